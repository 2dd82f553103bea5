import Backplane
import Foundation
import TestSupport
import Testing

/// A toy that adds and multiplies, beside a device that has the core operators alone, takes contiguous operands only,
/// does nothing in place and insists on a workspace.
extension ThirdPartyTests {
  private static let exacting: Device = {
    let file = folder.appendingPathComponent("libbackplane-strict.so")
    // A copy: the reference itself is in the process, and is opened once [BP-10.1].
    let reference = folder.appendingPathComponent("reference-of-strict.so")
    let original = Program.folder.appendingPathComponent("libbackplane-reference.so")
    try! FileManager.default.copyItem(at: original, to: reference)
    try! CompiledPlugin.compile("core.c", ["REFERENCE=\"\(reference.path)\"", "NAME=\"strict\"", "EXACTING"], to: file)
    try! Plugin.load(file.path)
    return "strict"
  }()

  private func withFallback<Result>(_ body: () throws -> Result) rethrows -> Result {
    setenv("BACKPLANE_FALLBACK", "\(ThirdPartyTests.exacting)", 1)
    defer { unsetenv("BACKPLANE_FALLBACK") }
    return try body()
  }

  /// Operators that the toy lacks, with the count that each run adds, on operands that lie as they like.
  private static let calls: [(name: String, count: Int, call: @Sendable (Tensor) -> Tensor)] = [
    ("exp", 1, { $0.exp() }), ("exp", 1, { $0.t().exp() }), ("tanh", 1, { $0[0..., .stride(by: 2)].tanh() }),
    ("sub", 1, { $0 - 1 }), ("sub", 1, { $0.t() - $0[0, 0] }), ("div", 1, { $0[0] / $0 }), ("gt", 1, { $0 > 3 }),
    ("maximum", 2, { $0.maximum($0.flip([0])).maximum($0) }), ("sum", 1, { $0.t().sum(0) }),
    ("matmul", 1, { $0.matmul($0.t()) }), ("argmax", 1, { $0.argmax(1) }),
    ("gather", 1, { $0.t().gather(0, Tensor([[2, 0], [1, 1]], device: $0.device)) }),
    // What the other device writes into is brought along, and brought back.
    ("scatter", 1, { $0.t().scatter(0, Tensor([[2, 0]], device: $0.device), $0 * 10) }),
    ("floor", 1, { $0.clone().t().floor_() }),
    (
      "sub", 1,
      { x in
        let whole = x.clone()
        whole[0..., .stride(by: 2)].sub_(10)
        return whole
      }
    ),
    // An extended operator that neither has is made of operators that the other one has.
    ("exp", 1, { $0.silu() }),
  ]

  @Test(arguments: calls.indices) func anExactingTargetServesWhatTheToyLacks(_ index: Int) throws {
    let (name, count, call) = ThirdPartyTests.calls[index]
    func runs() throws -> Int {
      let pattern = "fallback: \(name) → strict:0, "
      let line = try memorySummary("toy").split(separator: "\n").first { $0.contains(pattern) }
      return line.flatMap { Int($0.split(separator: " ").dropLast().last ?? "") } ?? 0
    }
    let values: [[Double]] = [[1.25, -2, 3.5], [4, 0.5, -6.75]]
    try withFallback {
      let expected = call(Tensor(values, device: "reference"))
      let before = try runs()
      let result = try withErrors { call(Tensor(values, device: "toy")) }
      #expect(try runs() == before + count)
      #expect(result.device == "toy:0" && result.shape == expected.shape && result.dtype == expected.dtype)
      #expect(areClose(result.contiguous().toArray(), expected.toArray()))
    }
  }

  @Test func whatNeitherHasIsSaidOfBoth() {
    withFallback {
      #expect(
        errorMessage { _ = Linalg.cholesky(Tensor([[4.0]], device: "toy")) }
          == "cholesky of (float32) is not supported on toy:0: the toy adds and multiplies; nor on strict:0, which "
          + "BACKPLANE_FALLBACK names: core operators only")
    }
  }

  /// A program whose every step runs operators elsewhere: it learns as on the other device, and tells of each operator
  /// once.
  @Test func eachOperatorIsReportedOnce() throws {
    _ = ThirdPartyTests.exacting
    let toy = ThirdPartyTests.folder.appendingPathComponent("libbackplane-roomy.so")
    try CompiledPlugin.compile("toy.c", ["TOY_NAME=\"roomy\"", "TOY_MEMORY=(1 << 28)"], to: toy)
    let folder = try TemporaryFolder()
    func losses(_ device: String) throws -> (values: [Double], errors: String) {
      let path = folder.path(device)
      let run = try Program(
        "digits", ["--epochs", "1", "--device", device, "--losses", path, "--save", folder.path("weights")],
        environment: ["BACKPLANE_PLUGIN_PATH": ThirdPartyTests.folder.path, "BACKPLANE_FALLBACK": "strict"])
      #expect(run.status == 0, "\(run.errors)")
      let text = try String(contentsOfFile: path, encoding: .utf8)
      return (text.split(separator: "\n").compactMap { Double($0) }, run.errors)
    }
    let (values, errors) = try losses("roomy")
    #expect(try areClose(values, losses("strict").values) && values.count == 23)
    let reports = errors.split(separator: "\n").filter {
      $0.hasSuffix(" is not supported on roomy:0; it runs on strict:0")
    }
    #expect(reports.contains { $0.contains("matmul") } && Set(reports).count == reports.count, "\(errors)")
  }
}
