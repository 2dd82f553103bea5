import Backplane
import TestSupport
import Testing

/// The elementwise functions on a device that has the core operators alone.
@Suite struct DecompositionRoundingTests {
  private static let device = Result<Device, any Error> {
    let reference = try QueriedPlugin.copy(of: "reference")
    let file = reference.deletingLastPathComponent().appendingPathComponent("libbackplane-rounding.so")
    try CompiledPlugin.compile("core.c", ["REFERENCE=\"\(reference.path)\"", "NAME=\"rounding\""], to: file)
    try Plugin.load(file.path)
    return "rounding"
  }

  static let extended = UnaryFunction.all.filter { $0.op.id >= 1024 }.map { $0.names[0] }

  /// What is made of several operators is rounded once, as a single operator is.
  @Test(arguments: extended, [DType.float16, .bfloat16]) func narrowTypes(_ name: String, _ dtype: DType) throws {
    let device = try DecompositionRoundingTests.device.get()
    let values = Array(stride(from: -3.9, through: 3.9, by: 0.013))
    let x = Tensor(values, dtype: .float64, device: device).to(dtype)
    func function(_ x: Tensor) throws -> [Double] { try call(name, [.tensor(x)]).tensor!.to(dtype).toArray() }
    let narrow = try function(x), wide = try function(x.to(.float32))
    #expect(zip(narrow, wide).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    #expect(narrow.contains { $0.isFinite && $0 != 0 })
  }
}
