import Backplane
import TestSupport
import Testing

@Suite struct ActivationModuleTests {
  /// An activation: what it prints, and what it gives for the test's elements.
  struct Row: Sendable {
    let description: String
    let expected: [Double]
    let make: @Sendable () -> Module

    init(_ description: String, _ expected: [Double], _ make: @escaping @Sendable () -> Module) {
      self.description = description
      self.expected = expected
      self.make = make
    }
  }

  private static func input(_ device: Device) -> Tensor {
    Tensor([[-7, -2.5, -1, -0.25], [0, 0.5, 2, 6.5]], device: device)
  }

  /// PyTorch's results and descriptions.
  private static let rows: [Row] = [
    Row("ReLU()", [0, 0, 0, 0, 0, 0.5, 2, 6.5]) { ReLU() },
    Row("ReLU6()", [0, 0, 0, 0, 0, 0.5, 2, 6]) { ReLU6() },
    Row("LeakyReLU(negative_slope=0.01)", [-0.07, -0.025, -0.01, -0.0025, 0, 0.5, 2, 6.5]) { LeakyReLU() },
    Row("LeakyReLU(negative_slope=0.3)", [-2.1, -0.75, -0.3, -0.075, 0, 0.5, 2, 6.5]) { LeakyReLU(negativeSlope: 0.3) },
    Row(
      "RReLU(lower=0.125, upper=0.3333333333333333)",
      [-1.6041667, -0.57291667, -0.22916667, -0.057291667, 0, 0.5, 2, 6.5]
    ) { RReLU().eval() },
    Row("PReLU(num_parameters=1)", [-1.75, -0.625, -0.25, -0.0625, 0, 0.5, 2, 6.5]) { PReLU() },
    Row("PReLU(num_parameters=4)", [-3.5, -1.25, -0.5, -0.125, 0, 0.5, 2, 6.5]) { PReLU(numParameters: 4, init: 0.5) },
    Row("Threshold(threshold=0.1, value=20)", [20, 20, 20, 20, 20, 0.5, 2, 6.5]) { Threshold(0.1, 20) },
    Row("ELU(alpha=0.5)", [-0.49954406, -0.4589575, -0.31606028, -0.11059961, 0, 0.5, 2, 6.5]) { ELU(alpha: 0.5) },
    Row("CELU(alpha=0.5)", [-0.49999958, -0.49663103, -0.43233236, -0.19673467, 0, 0.5, 2, 6.5]) { CELU(alpha: 0.5) },
    Row("SELU()", [-1.7564962, -1.6137858, -1.1113307, -0.3888902, 0, 0.52535049, 2.101402, 6.8295564]) { SELU() },
    Row("Sigmoid()", [0.00091105119, 0.07585818, 0.26894142, 0.4378235, 0.5, 0.62245933, 0.88079708, 0.99849882]) {
      Sigmoid()
    },
    Row(
      "LogSigmoid()",
      [-7.0009115, -2.5788897, -1.3132617, -0.82593942, -0.69314718, -0.47407698, -0.12692801, -0.0015023102]
    ) { LogSigmoid() },
    Row("Hardsigmoid()", [0, 0.083333333, 0.33333333, 0.45833333, 0.5, 0.58333333, 0.83333333, 1]) { Hardsigmoid() },
    Row("Tanh()", [-0.99999834, -0.9866143, -0.76159416, -0.24491866, 0, 0.46211716, 0.96402758, 0.99999548]) {
      Tanh()
    },
    Row("Hardtanh(min_val=-1.0, max_val=1.0)", [-1, -1, -1, -0.25, 0, 0.5, 1, 1]) { Hardtanh() },
    Row("Hardtanh(min_val=-2, max_val=2.5)", [-2, -2, -1, -0.25, 0, 0.5, 2, 2.5]) { Hardtanh(minVal: -2, maxVal: 2.5) },
    Row("Softsign()", [-0.875, -0.71428571, -0.5, -0.2, 0, 0.33333333, 0.66666667, 0.86666667]) { Softsign() },
    Row("Tanhshrink()", [-6.0000017, -1.5133857, -0.23840584, -0.0050813376, 0, 0.037882843, 1.0359724, 5.5000045]) {
      Tanhshrink()
    },
    Row("SiLU()", [-0.0063773584, -0.18964545, -0.26894142, -0.10945587, 0, 0.31122967, 1.7615942, 6.4902423]) {
      SiLU()
    },
    Row("Mish()", [-0.0063802634, -0.1968162, -0.30340146, -0.12992696, 0, 0.37524521, 1.943959, 6.4999707]) { Mish() },
    Row("Hardswish()", [-0, -0.20833333, -0.33333333, -0.11458333, 0, 0.29166667, 1.6666667, 6.5]) { Hardswish() },
    Row(
      "GELU(approximate='none')",
      [-8.9586671e-12, -0.015524163, -0.15865525, -0.10032342, 0, 0.34573123, 1.9544997, 6.5]
    ) { GELU() },
    Row(
      "GELU(approximate='tanh')",
      [-2.3314684e-15, -0.015084266, -0.15880801, -0.10032465, 0, 0.34571401, 1.9545977, 6.5]
    ) { GELU(approximate: .tanh) },
    Row("GLU(dim=-1)", [-1.8825899, -1.0945587, 0, 0.49924941]) { GLU() },
    Row("GLU(dim=0)", [-3.5, -1.5561483, -0.88079708, -0.2496247]) { GLU(0) },
    Row(
      "Softplus(beta=1.0, threshold=20.0)",
      [0.00091146645, 0.078889734, 0.31326169, 0.57593942, 0.69314718, 0.97407698, 2.126928, 6.5015023]
    ) { Softplus() },
    Row(
      "Softplus(beta=2.0, threshold=3.0)",
      [4.1576419e-07, 0.0033576742, 0.063464006, 0.23703849, 0.34657359, 0.65663084, 2, 6.5]
    ) { Softplus(beta: 2, threshold: 3) },
    Row("Hardshrink(0.5)", [-7, -2.5, -1, 0, 0, 0, 2, 6.5]) { Hardshrink() },
    Row("Softshrink(0.5)", [-6.5, -2, -0.5, 0, 0, 0, 1.5, 6]) { Softshrink() },
    Row(
      "Softmax(dim=1)",
      [0.00074156212, 0.066753295, 0.29916751, 0.63333763, 0.0014810878, 0.002441901, 0.010943841, 0.98513317]
    ) { Softmax(1) },
    Row(
      "LogSoftmax(dim=0)",
      [-7.0009115, -3.0485874, -3.0485874, -6.7511702, -0.00091146645, -0.048587352, -0.048587352, -0.0011701947]
    ) { LogSoftmax(dim: 0) },
    Row(
      "Softmin(dim=-1)",
      [0.98545602, 0.010947428, 0.0024427013, 0.0011538504, 0.57360191, 0.34790714, 0.077628576, 0.00086237559]
    ) { Softmin(dim: -1) },
  ]

  @Test(arguments: testDevices) func activationsAgree(_ device: Device) {
    for row in ActivationModuleTests.rows {
      let module = row.make().to(device)
      let result = module(ActivationModuleTests.input(device))
      #expect(areClose(result.toArray(), row.expected), "\(row.description): \(result)")
      #expect("\(module)" == row.description)
    }
  }

  /// The classes that change their input where asked to, and what they then print.
  private static var inplace: [(Module, String)] {
    [
      (ReLU(inplace: true), "ReLU(inplace=True)"), (ReLU6(inplace: true), "ReLU6(inplace=True)"),
      (LeakyReLU(inplace: true), "LeakyReLU(negative_slope=0.01, inplace=True)"),
      (RReLU(inplace: true).eval(), "RReLU(lower=0.125, upper=0.3333333333333333, inplace=True)"),
      (Threshold(0, 1, inplace: true), "Threshold(threshold=0, value=1, inplace=True)"),
      (ELU(inplace: true), "ELU(alpha=1.0, inplace=True)"), (CELU(inplace: true), "CELU(alpha=1.0, inplace=True)"),
      (SELU(inplace: true), "SELU(inplace=True)"), (Hardsigmoid(inplace: true), "Hardsigmoid()"),
      (Hardtanh(inplace: true), "Hardtanh(min_val=-1.0, max_val=1.0, inplace=True)"),
      (SiLU(inplace: true), "SiLU(inplace=True)"), (Mish(inplace: true), "Mish(inplace=True)"),
      (Hardswish(inplace: true), "Hardswish()"),
    ]
  }

  @Test(arguments: testDevices) func inplaceChangesTheInput(_ device: Device) throws {
    for (changing, description) in ActivationModuleTests.inplace {
      #expect("\(changing)" == description)
      let name = "nn.\(type(of: changing))"
      let arguments: [Argument] = changing is Threshold ? [0, 1] : []
      let plain = try module(name, arguments).eval()
      let start = ActivationModuleTests.input(device).requiresGrad_()
      let x = start * 1
      let expected = plain(start)
      let result = changing(x)
      #expect(result === x && x.equal(expected), "\(name)")
      let weights = Tensor.arange(8, dtype: .float32, device: device).view(2, 4)
      (result * weights).sum().backward()
      let changed = start.grad!.clone()
      start.grad = nil
      (expected * weights).sum().backward()
      #expect(areClose(changed.toArray(), start.grad!.toArray()), "\(name)")
      #expect(
        errorMessage { _ = changing(start) }
          == "a leaf Variable that requires grad is being used in an in-place operation.", "\(name)")
    }
  }

  @Test(arguments: testDevices) func randomSlopes(_ device: Device) {
    let x = Tensor.full([1000], -1.0, device: device)
    let slopes = (-RReLU(lower: 0.25, upper: 0.5)(x)).toArray(Double.self)
    #expect(slopes.allSatisfy { $0 >= 0.25 && $0 <= 0.5 } && Set(slopes).count > 500)
    #expect(RReLU(lower: 0.25, upper: 0.5).eval()(x).toArray(Double.self).allSatisfy { $0 == -0.375 })
  }

  @Test(arguments: testDevices) func slopesAreLearned(_ device: Device) {
    let layer = PReLU(numParameters: 2, device: device)
    #expect(layer.stateDict().keys == ["weight"] && layer.weight.requiresGrad)
    layer(Tensor([[-1.0, 2], [-3, -4]], device: device)).sum().backward()
    #expect(layer.weight.grad!.toArray(Float.self) == [-4, -4])
    noGrad { _ = layer.weight.fill_(1) }
    layer.resetParameters()
    #expect(layer.weight.toArray(Float.self) == [0.25, 0.25])
    #expect(
      errorMessage { _ = layer(Tensor.zeros([1, 3], device: device)) }
        == "Mismatch of parameter numbers and input channel size. Found parameter numbers = 2 and channel size = 3.")
  }

  @Test(arguments: testDevices) func softmaxOfChannels(_ device: Device) {
    let x = Tensor.arange(24, dtype: .float32, device: device).view(1, 3, 2, 4)
    #expect(Softmax2d()(x).equal(x.softmax(1)) && Softmax2d()(x[0]).equal(x[0].softmax(0)))
    #expect(
      errorMessage { _ = Softmax2d()(x[0][0]) } == "Softmax2d: expected input to be 3D or 4D, got 2D instead")
  }

  @Test func dimensionsThatAreNotGiven() {
    let x = Tensor.arange(24, dtype: .float32, device: "cpu").view(2, 3, 4)
    #expect(Softmax()(x).equal(x.softmax(0)) && Softmax()(x[0]).equal(x[0].softmax(1)))
    #expect(LogSoftmax()(x[0][0]).equal(x[0][0].logSoftmax(0)) && Softmin()(x).equal((-x).softmax(0)))
    #expect("\(Softmax()) \(LogSoftmax()) \(Softmin())" == "Softmax(dim=None) LogSoftmax(dim=None) Softmin(dim=None)")
  }

  @Test func mistakes() {
    let x = Tensor([[1.0, 2, 3]], device: "cpu")
    #expect(
      errorMessage { _ = Hardtanh(minVal: 1, maxVal: -1) } == "max_val (-1) must be greater than min_val (1)")
    #expect(errorMessage { _ = GLU()(x) } == "Halving dimension must be even, but dimension 1 is size 3")
    #expect(
      errorMessage { _ = Softmax(2)(x) } == "Dimension out of range (expected to be in range of [-2, 1], but got 2)")
    #expect(
      errorMessage { _ = try module("nn.GELU", ["exact"]) }
        == "approximate argument must be either none or tanh.")
    #expect(
      errorMessage { _ = try module("nn.ReLU", [], ["slope": 1]) }
        == "ReLU() got an unexpected keyword argument 'slope'")
    #expect(
      errorMessage { _ = try module("nn.Threshold", [1]) }
        == "Threshold() missing 1 required positional argument: \"value\"")
  }

  @Test func byName() throws {
    let made: [(String, [Argument], [String: Argument], String)] = [
      ("nn.LeakyReLU", [0.5, true], [:], "LeakyReLU(negative_slope=0.5, inplace=True)"),
      ("nn.Hardtanh", [], ["min_value": -2, "max_value": 3], "Hardtanh(min_val=-2, max_val=3)"),
      ("nn.PReLU", [3], ["dtype": .dtype(.float64)], "PReLU(num_parameters=3)"),
      ("nn.Softplus", [], ["threshold": 10.0], "Softplus(beta=1.0, threshold=10.0)"),
      ("nn.GELU", ["tanh"], [:], "GELU(approximate='tanh')"), ("nn.Softmax2d", [], [:], "Softmax2d()"),
      ("nn.LogSoftmax", [], ["dim": -1], "LogSoftmax(dim=-1)"), ("nn.Softmax", [nil], [:], "Softmax(dim=None)"),
    ]
    for (name, arguments, keywords, description) in made {
      #expect("\(try module(name, arguments, keywords))" == description)
    }
  }
}
