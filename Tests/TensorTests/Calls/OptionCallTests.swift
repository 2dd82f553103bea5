import Backplane
import TestSupport
import Testing

/// Options that are enums in Swift and strings by name: the words of both are the same, and others are told as in PyTorch.
@Suite struct OptionCallTests {
  /// A word, and what Swift's spelling of it gives.
  struct Word: Sendable {
    let text: String
    let result: @Sendable (Tensor) -> Tensor

    init(_ text: String, _ result: @escaping @Sendable (Tensor) -> Tensor) {
      self.text = text
      self.result = result
    }
  }

  struct Option: Sendable, CustomTestStringConvertible {
    let name: String
    let keyword: String
    /// The operands for a matrix.
    let operands: @Sendable (Tensor) -> [Argument]
    let results: [Word]
    let message: String
    var testDescription: String { name }

    init(
      _ name: String, _ keyword: String, _ operands: @escaping @Sendable (Tensor) -> [Argument], _ results: [Word],
      refuses message: String
    ) {
      self.name = name
      self.keyword = keyword
      self.operands = operands
      self.results = results
      self.message = message
    }
  }

  @Test(arguments: factorizationDevices, options) func wordsAreTheSame(_ device: Device, _ option: Option) throws {
    let x = Tensor([[4.0, 1, 2], [1, 5, 3], [2, 3, 6]], device: device)
    for word in option.results {
      let result = try call(option.name, option.operands(x), [option.keyword: .string(word.text)])
      #expect(try #require(result.tensor).allclose(word.result(x)), "\(word.text)")
    }
    #expect(
      errorMessage { _ = try call(option.name, option.operands(x), [option.keyword: "nope"]) } == option.message)
  }

  /// More rows than columns, so that the modes of a factorization differ.
  private static func tall(_ x: Tensor) -> Tensor { x[.all, ..<2] }
  private static func places(_ x: Tensor) -> Tensor { Tensor([[0, 0, 1]], device: x.device) }
  private static func row(_ x: Tensor) -> Tensor { Tensor([1], device: x.device) }

  static let options: [Option] = [
    .init(
      "linalg.qr", "mode", { [.tensor(tall($0))] },
      [
        .init("reduced") { Linalg.qr(tall($0)).q }, .init("complete") { Linalg.qr(tall($0), mode: .complete).q },
        .init("r") { Linalg.qr(tall($0), mode: .r).q },
      ],
      refuses: "qr received unrecognized mode 'nope' but expected one of 'reduced' (default), 'r', or 'complete'"),
    .init(
      "linalg.eigh", "UPLO", { [.tensor($0)] },
      [.init("L") { Linalg.eigh($0).eigenvalues }, .init("u") { Linalg.eigh($0, uplo: .upper).eigenvalues }],
      refuses: "Expected UPLO argument to be 'L' or 'U', but got nope"),
    .init(
      "linalg.lstsq", "driver", { [.tensor(tall($0)), .tensor($0)] },
      [
        .init("gels") { Linalg.lstsq(tall($0), $0, driver: .gels).solution },
        .init("gelsy") { Linalg.lstsq(tall($0), $0).solution },
        .init("gelsd") { Linalg.lstsq(tall($0), $0, driver: .gelsd).solution },
        .init("gelss") { Linalg.lstsq(tall($0), $0, driver: .gelss).solution },
      ],
      refuses: "torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"),
    .init(
      "meshgrid", "indexing", { [[.tensor($0[0]), .tensor($0[1])]] },
      [.init("ij") { meshgrid([$0[0], $0[1]])[0] }, .init("xy") { meshgrid([$0[0], $0[1]], indexing: .xy)[0] }],
      refuses: "torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: nope"),
    .init(
      "scatter", "reduce", { [.tensor($0), 0, .tensor(places($0)), .tensor($0)] },
      [
        .init("add") { $0.scatter(0, places($0), $0, reduce: .add) },
        .init("multiply") { $0.scatter(0, places($0), $0, reduce: .multiply) },
      ], refuses: "reduce argument must be either add or multiply."),
    .init(
      "scatter_reduce", "reduce", { [.tensor($0), 0, .tensor(places($0)), .tensor($0)] },
      [
        .init("sum") { $0.scatterReduce(0, places($0), $0, reduce: .sum) },
        .init("mean") { $0.scatterReduce(0, places($0), $0, reduce: .mean) },
        .init("amin") { $0.scatterReduce(0, places($0), $0, reduce: .amin) },
      ], refuses: "reduce argument must be either sum, prod, mean, amax or amin, got nope"),
    .init(
      "index_reduce", "reduce", { [.tensor($0), 0, .tensor(row($0)), .tensor($0[..<1])] },
      [
        .init("prod") { $0.indexReduce(0, row($0), $0[..<1], reduce: .prod) },
        .init("amax") { $0.indexReduce(0, row($0), $0[..<1], reduce: .amax) },
      ], refuses: "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got nope."),
    .init(
      "div", "rounding_mode", { [.tensor($0), -3] },
      [.init("floor") { $0.div(-3, roundingMode: .floor) }, .init("trunc") { $0.div(-3, roundingMode: .trunc) }],
      refuses: "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found 'nope'"),
    .init(
      "fft.rfft", "norm", { [.tensor($0)] },
      [
        .init("backward") { FFT.rfft($0) }, .init("ortho") { FFT.rfft($0, norm: .ortho) },
        .init("forward") { FFT.rfft($0, norm: .forward) },
      ], refuses: "Invalid normalization mode: \"nope\""),
  ]
}
