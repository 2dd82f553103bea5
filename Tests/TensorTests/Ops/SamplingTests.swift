import Backplane
import TestSupport
import Testing

/// Draws that can occur, and those that cannot.
@Suite struct SamplingTests {
  private func tensor(_ values: [Double], _ device: Device, _ dtype: DType = .float32) -> Tensor {
    Tensor(values, shape: [values.count], dtype: dtype, device: device)
  }

  @Test(arguments: testDevices) func weightsOfZeroAreNotDrawn(_ device: Device) {
    let rows: [([Double], DType)] = [
      ([0, 1e-60], .float64), ([0, .leastNonzeroMagnitude], .float64), ([0, 1], .float32), ([0, 1e-45], .float32),
      ([0, 6e-8], .float16),
      ([0, 3e38], .float32), ([0, 1.7e308], .float64),
    ]
    for (values, dtype) in rows {
      let w = tensor(values, device, dtype)
      #expect(w.multinomial(1).toArray(Int.self) == [1])
      #expect(w.multinomial(500, replacement: true).toArray(Int.self) == [Int](repeating: 1, count: 500))
    }
    let oneHot = tensor([0, 0, 1, 0], device)
    #expect((oneHot.multinomial(20_000, replacement: true) .== 2).all().item(Bool.self))
    // Sums that overflow, and weights beside which others vanish.
    #expect(
      (tensor([1e308, 0, 1e308], device, .float64).multinomial(200, replacement: true) .!= 1).all().item(Bool.self))
    #expect(tensor([1e-300, 0, 1], device, .float64).multinomial(2).toArray(Int.self) == [2, 0])
    #expect(tensor([.leastNonzeroMagnitude, 0, 1e300], device, .float64).multinomial(1).toArray(Int.self) == [2])
    // Without replacement what has no weight comes last.
    #expect(Set(tensor([0, 1, 0, 2], device).multinomial(2).toArray(Int.self)) == [1, 3])
    #expect(Set(tensor([0, 1, 0, 2], device).multinomial(3).toArray(Int.self).prefix(2)) == [1, 3])
    let matrix = Tensor([[0.0, 1, 0], [2, 0, 0]], device: device)
    #expect(matrix.multinomial(1).toArray(Int.self) == [1, 0])
    #expect(matrix.multinomial(3, replacement: true).toArray(Int.self) == [1, 1, 1, 0, 0, 0])
    #expect(errorMessage { _ = tensor([0, 0], device).multinomial(1) }.hasPrefix("invalid multinomial distribution"))
  }

  @Test(arguments: testDevices) func frequenciesAreTheWeights(_ device: Device) {
    let weights = [0.1, 0.2, 0, 0.7]
    let draws = tensor(weights, device).multinomial(20_000, replacement: true, generator: Generator(seed: 3))
    let shares: [Double] = (draws.bincount(minlength: 4).double() / 20_000).toArray()
    #expect(areClose(shares, weights, tolerance: 0.015))
    // The first of two that are drawn without replacement.
    let pairs = tensor(weights, device).expand(4000, 4).contiguous().multinomial(2, generator: Generator(seed: 4))
    let first: [Double] = (pairs.select(1, 0).bincount(minlength: 4).double() / 4000).toArray()
    #expect(areClose(first, weights, tolerance: 0.03))
    #expect((pairs.select(1, 0) .!= pairs.select(1, 1)).all().item(Bool.self))
  }

  /// One seed gives the same numbers on every device, also where operators are made of others.
  @Test(arguments: testDevices) func oneSeedOnEveryDevice(_ device: Device) {
    func draws(_ device: Device) -> [[Double]] {
      let generator = Generator(seed: 9)
      let weights = Tensor([0.5, 0, 3, 1.25], device: device)
      let x = Tensor.full([50], 0.3, device: device)
      return [
        Tensor.rand([9], device: device, generator: generator), Tensor.randn([9], device: device, generator: generator),
        Tensor.randint(0, 1000, [9], device: device, generator: generator),
        Tensor.randperm(20, device: device, generator: generator), x.bernoulli(generator: generator),
        weights.multinomial(30, replacement: true, generator: generator), weights.multinomial(3, generator: generator),
        x.clone().geometric_(0.2, generator: generator), x.clone().uniform_(-1, 2, generator: generator),
      ].map { $0.toArray(Double.self) }
    }
    #expect(draws(device) == draws("cpu"))
  }

  /// Memory does not grow as draws times categories: that would be 40 GB.
  @Test func manyDrawsOfManyCategories() {
    let draws = Tensor.ones([50_000]).multinomial(100_000, replacement: true)
    #expect(draws.min().item() >= 0 && draws.max().item() < 50_000)
  }

  @Test(arguments: testDevices, [DType.float32, .float64, .float16, .bfloat16])
  func whatLiesBetweenBounds(_ device: Device, _ dtype: DType) {
    func empty(_ count: Int = 1 << 12) -> Tensor { Tensor.empty([count], dtype: dtype, device: device) }
    for (low, high) in [(1.0, 2.0), (-2, -1), (0, 1), (0, 3), (0.1, 0.1000001), (2, 2), (-1, 0)] {
      let x = empty().uniform_(low, high).double()
      let (least, greatest) = (
        tensor([low], device, dtype).double().item(), tensor([high], device, dtype).double().item()
      )
      #expect(x.min().item() >= least && (low == high ? x.max().item() == high : x.max().item() <= greatest))
      if high - low >= 1 { #expect(x.max().item() < high) }
    }
    for rate in [1.0, 100] { #expect(empty().exponential_(rate).min().item() > 0) }
    #expect(areClose([empty().exponential_(generator: Generator(seed: 1)).double().mean().item()], [1], tolerance: 0.1))
    #expect(empty().geometric_(0.5).min().item() == 1)
    #expect(empty().logNormal_().min().item() > 0)
    // Of so many in float16, one in 25 runs would have one beyond 65504.
    #expect(empty().cauchy_(generator: Generator(seed: 3)).isfinite().all().item(Bool.self))
    let rare = Tensor.full([1 << 14], 0.001, dtype: dtype, device: device).bernoulli(generator: Generator(seed: 2))
    #expect(rare.double().sum().item() < 60)
    #expect(empty().bernoulli_(0).sum().item() == 0 && empty(64).bernoulli_(1).sum().item() == 64)
  }

  @Test(arguments: testDevices) func wholeNumbersDoNotWrap(_ device: Device) {
    for dtype in [DType.int8, .uint8, .int16, .int32, .int64] {
      let x = Tensor.empty([2000], dtype: dtype, device: device)
      #expect(x.geometric_(1e-4).min().item() >= 1)
      #expect(x.geometric_(1e-300).min().item() >= 100)
    }
    #expect(
      errorMessage { _ = Tensor.randint(0, 300, [3], dtype: .int8) } == "to - 1 is out of bounds for signed char")
    #expect(
      errorMessage { _ = Tensor.randint(-1, 3, [3], dtype: .uint8) } == "from is out of bounds for unsigned char")
    #expect(errorKind { _ = Tensor.randintLike(Tensor.empty([2], dtype: .int16), 0, 40_000) } == .value)
    #expect(Tensor.randint(0, 128, [500], dtype: .int8, device: device).min().item() >= 0)
  }

  @Test(arguments: testDevices) func parametersThatAreNoNumbers(_ device: Device) {
    let x = Tensor.zeros([3], device: device)
    #expect(errorMessage { x.bernoulli_(.nan) } == "bernoulli_ expects p to be in [0, 1], but got p=nan")
    #expect(errorKind { _ = tensor([0.5, .nan], device).bernoulli() } == .value)
    #expect(errorKind { _ = Tensor.normal(x, tensor([1, .nan, 1], device)) } == .value)
    #expect(errorKind { x.exponential_(.nan) } == .value)
    #expect(errorKind { x.geometric_(.nan) } == .value)
    #expect(errorKind { x.uniform_(.nan, 1) } == .value)
    #expect(errorKind { x.uniform_(-.infinity, 1) } == .value)
    #expect(
      errorMessage { x.uniform_(-3e38, 3e38) }
        == "uniform_ expects to-from <= std::numeric_limits<Float>::max(), but found to=3e+38 and from=-3e+38 which "
        + "result in to-from to exceed the limit")
    #expect(errorKind { x.long().exponential_() } == .dtype)
    for bad in [[.nan, 1], [-1, 1], [Double.infinity, 1]] {
      #expect(errorKind { _ = tensor(bad, device).multinomial(1) } == .value)
    }
  }
}
