import Backplane
import TestSupport
import Testing

/// Values are PyTorch's.
@Suite struct WindowTests {
  struct Window: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let symmetric: [Double]
    let periodic: [Double]
    let make: @Sendable (Int, Bool, DType, Device) -> Tensor

    init(
      _ name: String, _ symmetric: [Double], _ periodic: [Double],
      _ make: @escaping @Sendable (Int, Bool, DType, Device) -> Tensor
    ) {
      testDescription = name
      self.symmetric = symmetric
      self.periodic = periodic
      self.make = make
    }
  }

  static let all: [Window] = [
    .init("bartlett", [0, 0.5, 1, 0.5, 0], [0, 0.4, 0.8, 0.8, 0.4]) {
      Signal.Windows.bartlett($0, sym: $1, dtype: $2, device: $3)
    },
    .init("blackman", [0, 0.34, 1, 0.34, 0], [0, 0.200770143263, 0.849229856737, 0.849229856737, 0.200770143263]) {
      Signal.Windows.blackman($0, sym: $1, dtype: $2, device: $3)
    },
    .init(
      "cosine", [0.309016994375, 0.809016994375, 1, 0.809016994375, 0.309016994375],
      [0.258819045103, 0.707106781187, 0.965925826289, 0.965925826289, 0.707106781187]
    ) { Signal.Windows.cosine($0, sym: $1, dtype: $2, device: $3) },
    .init(
      "exponential", [0.367879441171, 0.606530659713, 1, 0.606530659713, 0.367879441171],
      [0.28650479686, 0.472366552741, 0.778800783071, 0.778800783071, 0.472366552741]
    ) { Signal.Windows.exponential($0, tau: 2, sym: $1, dtype: $2, device: $3) },
    .init(
      "gaussian", [0.411112290507, 0.800737402917, 1, 0.800737402917, 0.411112290507],
      [0.249352208777, 0.606530659713, 0.945959468907, 0.945959468907, 0.606530659713]
    ) { Signal.Windows.gaussian($0, std: 1.5, sym: $1, dtype: $2, device: $3) },
    .init(
      "generalCosine", [0.54, 0.15, 1, 0.15, 0.54],
      [0.54, 0.138130823038, 0.741869176962, 0.741869176962, 0.138130823038]
    ) { Signal.Windows.generalCosine($0, a: [0.46, 0.23, 0.31], sym: $1, dtype: $2, device: $3) },
    .init(
      "generalHamming", [0.2, 0.6, 1, 0.6, 0.2], [0.2, 0.47639320225, 0.92360679775, 0.92360679775, 0.47639320225]
    ) { Signal.Windows.generalHamming($0, alpha: 0.6, sym: $1, dtype: $2, device: $3) },
    .init(
      "hamming", [0.08, 0.54, 1, 0.54, 0.08], [0.08, 0.397852182588, 0.912147817412, 0.912147817412, 0.397852182588]
    ) { Signal.Windows.hamming($0, sym: $1, dtype: $2, device: $3) },
    .init("hann", [0, 0.5, 1, 0.5, 0], [0, 0.345491502813, 0.904508497187, 0.904508497187, 0.345491502813]) {
      Signal.Windows.hann($0, sym: $1, dtype: $2, device: $3)
    },
    .init(
      "kaiser", [0.036710892271, 0.552851769699, 1, 0.552851769699, 0.036710892271],
      [0.036710892271, 0.414903639243, 0.913812483869, 0.913812483869, 0.414903639243]
    ) { Signal.Windows.kaiser($0, beta: 5, sym: $1, dtype: $2, device: $3) },
    .init(
      "nuttall", [0.0003628, 0.2269824, 1, 0.2269824, 0.0003628],
      [0.0003628, 0.11051525305, 0.79825809695, 0.79825809695, 0.11051525305]
    ) { Signal.Windows.nuttall($0, sym: $1, dtype: $2, device: $3) },
  ]

  @Test(arguments: all, testDevices) func values(_ window: Window, _ device: Device) {
    for (sym, expected) in [(true, window.symmetric), (false, window.periodic)] {
      let double = window.make(5, sym, .float64, device)
      #expect(areClose(double.toArray(), expected, tolerance: 1e-11), "\(double)")
      let float = window.make(5, sym, .float32, device)
      #expect(float.dtype == .float32)
      #expect(areClose(float.toArray(), expected, tolerance: 1e-6), "\(float)")
      #expect(window.make(0, sym, .float32, device).shape == [0])
      #expect(areClose(window.make(1, sym, .float32, device).toArray(), [1], tolerance: 1e-6))
    }
  }

  @Test(arguments: all) func badLengthsAndTypes(_ window: Window) {
    #expect(
      errorMessage { _ = window.make(-5, true, .float32, "cpu") }.contains(
        "requires non-negative window length, got M=-5"))
    #expect(errorMessage { _ = window.make(5, true, .float16, "cpu") }.contains("expects float32 or float64 dtypes"))
    for length in [Int.max, Int.min, 1 << 60] {
      #expect(errorKind { _ = window.make(length, false, .float64, "cpu") } != nil)
    }
  }

  @Test func parametersAreChecked() {
    #expect(
      errorMessage { _ = Signal.Windows.gaussian(5, std: 0) }
        == "Standard deviation must be positive, got: 0.0 instead.")
    #expect(errorMessage { _ = Signal.Windows.exponential(5, tau: -1) } == "Tau must be positive, got: -1.0 instead.")
    #expect(
      errorMessage { _ = Signal.Windows.exponential(5, center: 1) } == "Center must be None for symmetric windows")
    #expect(errorMessage { _ = Signal.Windows.generalCosine(5, a: []) } == "Coefficients cannot be empty")
    #expect(errorMessage { _ = Signal.Windows.kaiser(5, beta: -3) } == "beta must be non-negative, got: -3.0 instead.")
    #expect(errorMessage { _ = Signal.Windows.gaussian(5, std: .nan) }.contains("must be positive"))
    #expect(Signal.Windows.kaiser(5, beta: 500).toArray(Double.self).allSatisfy { $0 >= 0 && $0 <= 1 })
  }

  @Test(arguments: testDevices) func olderNamesArePeriodic(_ device: Device) {
    let pairs: [(Tensor, [Double])] = [
      (bartlettWindow(4, dtype: .float64, device: device), [0, 0.5, 1, 0.5]),
      (blackmanWindow(4, dtype: .float64, device: device), [0, 0.34, 1, 0.34]),
      (hannWindow(4, dtype: .float64, device: device), [0, 0.5, 1, 0.5]),
      (hammingWindow(4, dtype: .float64, device: device), [0.08, 0.54, 1, 0.54]),
      (
        hammingWindow(5, periodic: false, alpha: 0.5, beta: 0.4, dtype: .float64, device: device),
        [0.1, 0.5, 0.9, 0.5, 0.1]
      ),
      (kaiserWindow(4, dtype: .float64, device: device), [5.2773441e-05, 0.215672744759, 1, 0.215672744759]),
      (kaiserWindow(5, periodic: false, beta: -3, device: device), [0.2049, 0.7269, 1, 0.7269, 0.2049]),
    ]
    for (window, expected) in pairs {
      #expect(areClose(window.toArray(), expected, tolerance: window.dtype == .float64 ? 1e-10 : 1e-4), "\(window)")
    }
    #expect(hannWindow(4, dtype: .float16, device: device).dtype == .float16)
    #expect(hannWindow(0, device: device).shape == [0])
    #expect(
      errorMessage { _ = hannWindow(4, dtype: .int64) }.contains(
        "hann_window expects floating point dtypes, got: int64"))
    #expect(
      errorMessage { _ = hannWindow(-1) } == "hann_window requires non-negative window_length, got window_length=-1")
  }

  @Test func byName() throws {
    let w = try call("signal.windows.general_cosine", [5], ["a": [0.46, 0.23, 0.31], "sym": false]).tensor!
    #expect(areClose(w.toArray(), [0.54, 0.138130823038, 0.741869176962, 0.741869176962, 0.138130823038]))
    #expect(try call("hann_window", [4, false], ["dtype": .dtype(.float64)]).tensor!.dtype == .float64)
    #expect(try call("signal.windows.hann", [5], ["requires_grad": true]).tensor!.requiresGrad)
  }
}
