import Backplane
import TestSupport
import Testing

/// Differentiable operators against central differences, and their second derivatives likewise. (The elementwise functions
/// of one tensor are in `FunctionRowTests`.)
@Suite struct GradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let shapes: [[Int]]
    /// Moves the uniform samples in (0, 1) into the function's domain.
    let scale: Double
    let shift: Double
    let function: @Sendable ([Tensor]) -> Tensor

    init(
      _ name: String, _ shapes: [[Int]], scale: Double = 2, shift: Double = -1,
      _ function: @escaping @Sendable ([Tensor]) -> Tensor
    ) {
      self.name = name
      self.shapes = shapes
      self.scale = scale
      self.shift = shift
      self.function = function
    }

    var testDescription: String { name }

    func inputs(_ device: Device) -> [Tensor] {
      let generator = Generator(seed: 11)
      return shapes.map { shape in
        let unit = Tensor.rand(shape, dtype: .float64, device: device, generator: generator)
        return (unit * scale + shift).detach().requiresGrad_()
      }
    }
  }

  static let vector = [[2, 3]]
  static let pair = [[2, 3], [2, 3]]
  static let broadcast = [[2, 1, 3], [4, 1]]

  static let cases: [Case] = [
    Case("square", vector) { $0[0].square() }, Case("clamp", vector) { $0[0].clamp(min: -0.5, max: 0.5) },
    Case("pow scalar", vector, scale: 1, shift: 0.5) { $0[0] ** 2.5 },
    Case("scalar pow", vector) { 2.5 ** $0[0] },
    Case("pow", pair, scale: 1, shift: 0.5) { $0[0].pow($0[1]) },
    Case("add", broadcast) { $0[0] + $0[1] }, Case("sub", broadcast) { $0[0] - $0[1] },
    Case("mul", broadcast) { $0[0] * $0[1] },
    Case("div", broadcast, scale: 1, shift: 0.5) { $0[0] / $0[1] },
    Case("scalar div", vector, scale: 1, shift: 0.5) { 2 / $0[0] - $0[0] / 3 },
    Case("maximum", pair) { $0[0].maximum($0[1]) }, Case("minimum", pair) { $0[0].minimum($0[1]) },
    Case("atan2", pair, scale: 1, shift: 0.5) { $0[0].atan2($0[1]) },
    Case("remainder", pair, scale: 1, shift: 0.5) { $0[0] % $0[1] },
    Case("fmod", pair, scale: 1, shift: 0.5) { $0[0].fmod($0[1]) },
    Case("where", pair) { Backplane.where($0[0] .> 0, $0[0] * 2, $0[1]) },
    Case("maskedFill", vector) { $0[0].maskedFill($0[0] .> 0, 3) },
    Case("sum", vector) { $0[0].sum() }, Case("sum dim", vector) { $0[0].sum(1) },
    Case("mean", vector) { $0[0].mean([0, 1], keepDim: true) },
    Case("prod", vector) { $0[0].prod() }, Case("prod dim", vector) { $0[0].prod(0, keepDim: true) },
    Case("max", vector) { $0[0].max() }, Case("max dim", vector) { $0[0].max(1).values },
    Case("amin", vector) { $0[0].amin([0]) },
    Case("var", vector) { $0[0].var([1]) }, Case("std", vector) { $0[0].std() },
    Case("softmax", vector) { $0[0].softmax(1) }, Case("logSoftmax", vector) { $0[0].logSoftmax(0) },
    Case("matmul", [[2, 3], [3, 4]]) { $0[0].matmul($0[1]) },
    Case("matmul batches", [[2, 1, 2, 3], [3, 3, 2]]) { $0[0].matmul($0[1]) },
    Case("matmul vectors", [[3], [3]]) { $0[0].matmul($0[1]) },
    Case("matmul matrix vector", [[2, 3], [3]]) { $0[0].matmul($0[1]) },
    Case("reshape", vector) { $0[0].t().reshape(3, 2) * 2 },
    Case("permute", [[2, 3, 2]]) { $0[0].permute(2, 0, 1) },
    Case("expand", [[1, 3]]) { $0[0].expand(2, 3) },
    Case("slice", [[4, 3]]) { $0[0][1..<4, .stride(by: 2)] },
    Case("select", vector) { $0[0][1] }, Case("squeeze", [[1, 3]]) { $0[0].squeeze().unsqueeze(1) },
    Case("positions", vector) { $0[0][[1, 1, 0], [0, 0, 2]] },
    Case("cat", pair) { cat([$0[0], $0[1]], dim: 1) }, Case("stack", pair) { stack([$0[0], $0[1]]) },
    Case("gather", vector) { $0[0].gather(1, Tensor([[0, 0], [2, 1]], device: $0[0].device)) },
    Case("scatter", pair) { $0[0].scatter(1, Tensor([[0, 2, 1], [1, 0, 2]], device: $0[0].device), $0[1]) },
    Case("scatterAdd", pair) { $0[0].scatterAdd(1, Tensor([[0, 0, 1], [1, 1, 1]], device: $0[0].device), $0[1]) },
    Case("to", vector) { ($0[0] * 2).to(.float64).clone() },
    Case("assignment", [[2, 3], [3]]) {
      let y = $0[0] * 2
      y[0] = $0[1]
      return y * y
    },
    Case("in place", pair) {
      let y = $0[0] * 1
      y.mul_($0[1]).exp_().add_(1)
      return y
    },
  ]

  @Test(arguments: testDevices, cases) func first(_ device: Device, _ test: Case) throws {
    try gradcheck(test.function, test.inputs(device))
  }

  @Test(arguments: testDevices, cases) func second(_ device: Device, _ test: Case) throws {
    // The gradient as a function of the inputs, checked in turn. A product with the inputs makes it depend on them.
    try gradcheck(
      { inputs in
        let output = test.function(inputs).square().sum()
        let gradients = grad([output], inputs, createGraph: true, allowUnused: true)
        return stack(zip(gradients, inputs).map { ($0 ?? Tensor.zerosLike($1)).square().sum() })
      }, test.inputs(device))
  }

  @Test func aWrongGradientIsFound() {
    let x = Tensor([1.0, 2.0], dtype: .float64, requiresGrad: true)
    #expect(throws: BackplaneError.self) {
      try gradcheck({ $0[0].detach() * $0[0] }, [x])
    }
  }
}
