import Backplane
import TestSupport
import Testing

/// Activations and their gradients, on devices that have them as operators and on those that have not: PyTorch's numbers.
@Suite struct ActivationOperatorTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let values: [Double]
    let gradient: [Double]
    let function: @Sendable (Tensor) -> Tensor
  }

  private static let x: [Double] = [-6, -2.5, -1, -0.25, 0, 0.5, 1, 3, 8]
  private static let g: [Double] = [1, -2, 3, 0.5, 1, 2, -1, 0.25, 4]

  static let rows = [
    Row(
      testDescription: "gelu",
      values: [-6e-09, -0.015524163, -0.158655254, -0.100323419, 0.0, 0.345731231, 0.841344746, 2.995950306, 8.0],
      gradient: [-3.5e-08, 0.075222172, -0.249946412, 0.152313323, 0.5, 1.734990249, -1.083315471, 0.252986412, 4.0]
    ) { F.gelu($0) },
    Row(
      testDescription: "gelu_tanh",
      values: [-0.0, -0.015084266, -0.158808009, -0.100324649, 0.0, 0.34571401, 0.841191991, 2.996362608, 8.0],
      gradient: [-1e-09, 0.075903152, -0.248892252, 0.152322952, 0.5, 1.734739807, -1.082964084, 0.252896042, 4.0]
    ) { F.gelu($0, approximate: .tanh) },
    Row(
      testDescription: "silu",
      values: [
        -0.014835739, -0.18964545, -0.268941421, -0.109455875, 0.0, 0.311229666, 0.731058579, 2.85772238, 7.997317199,
      ],
      gradient: [
        -0.012326433, 0.198802223, 0.216988464, 0.188144989, 0.5, 1.479922375, -0.927670512, 0.272026027, 4.009386205,
      ]
    ) { F.silu($0) },
    Row(
      testDescription: "sigmoid",
      values: [
        0.002472623, 0.07585818, 0.268941421, 0.437823499, 0.5, 0.622459331, 0.731058579, 0.952574127, 0.99966465,
      ],
      gradient: [
        0.002466509, -0.140207433, 0.5898358, 0.123067041, 0.25, 0.470007424, -0.196611933, 0.011294165, 0.001340951,
      ]
    ) { $0.sigmoid() },
    Row(
      testDescription: "tanh",
      values: [
        -0.999987712, -0.986614298, -0.761594156, -0.244918662, 0.0, 0.462117157, 0.761594156, 0.995054754, 0.999999775,
      ],
      gradient: [
        2.4577e-05, -0.053184453, 1.259923025, 0.470007424, 1.0, 1.572895466, -0.419974342, 0.002466509, 1.801e-06,
      ]
    ) { $0.tanh() },
    Row(
      testDescription: "relu", values: [0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 3.0, 8.0],
      gradient: [0.0, 0.0, 0.0, 0.0, 0.0, 2.0, -1.0, 0.25, 4.0]
    ) { $0.relu() },
  ]

  @Test(arguments: testDevices, rows) func valuesAndGradients(_ device: Device, _ row: Row) {
    let types: [(DType, Double)] = [(.float32, 1e-6), (.float64, 1e-8), (.float16, 0x1p-9), (.bfloat16, 0x1p-6)]
    for (dtype, tolerance) in types {
      let x = Tensor(Self.x, dtype: dtype, device: device).requiresGrad_()
      let y = row.function(x)
      #expect(y.dtype == dtype && areClose(y.toArray(Double.self), row.values, tolerance: tolerance))
      y.backward(gradient: Tensor(Self.g, dtype: dtype, device: device))
      #expect(x.grad?.dtype == dtype)
      #expect(areClose(x.grad?.toArray(Double.self) ?? [], row.gradient, tolerance: tolerance))
      // One incoming gradient that stands for all.
      let other = Tensor(Self.x, dtype: dtype, device: device).requiresGrad_()
      row.function(other).sum().backward()
      let ones = zip(row.gradient, Self.g).map { $0 / $1 }
      #expect(areClose(other.grad?.toArray(Double.self) ?? [], ones, tolerance: 4 * tolerance))
    }
  }

  @Test(arguments: testDevices, rows) func derivatives(_ device: Device, _ row: Row) throws {
    let x = Tensor(Self.x.filter { $0 != 0 && abs($0) < 6 }, dtype: .float64, device: device)
    try gradcheck({ row.function($0[0]) }, [x.detach().requiresGrad_()])
    try gradcheck(
      { grad([row.function($0[0]).square().sum()], [$0[0]], createGraph: true)[0]! }, [x.detach().requiresGrad_()])
  }

  @Test(arguments: testDevices, rows) func transposed(_ device: Device, _ row: Row) {
    let square = Tensor(Self.x, device: device).reshape([3, 3])
    let x = square.t().contiguous().t().requiresGrad_()
    let y = row.function(x)
    #expect(areClose(y.toArray(Double.self), row.values, tolerance: 1e-6))
    y.backward(gradient: Tensor(Self.g, device: device).reshape([3, 3]))
    #expect(areClose(x.grad?.toArray(Double.self) ?? [], row.gradient, tolerance: 1e-6))
  }

  /// The approximation's derivative is level far out, where a square would be infinite.
  @Test(arguments: testDevices) func farOut(_ device: Device) {
    let x = Tensor([-1e30, 1e30, -.infinity], device: device).requiresGrad_()
    let y = F.gelu(x, approximate: .tanh)
    #expect(areClose(y.toArray(Double.self), [0, 1e30, .nan]))
    y.backward(gradient: Tensor([2.0, 2, 2], device: device))
    #expect(x.grad?.toArray(Double.self).prefix(2) == [0, 2])
  }

  /// In place it is the result that is changed, which the gradient is taken at.
  @Test(arguments: testDevices) func inPlace(_ device: Device) {
    for change in [{ $0.tanh_() }, { $0.sigmoid_() }, { $0.relu_() }] as [@Sendable (Tensor) -> Tensor] {
      let x = Tensor(Self.x, device: device).requiresGrad_()
      let y = change(x * 1)
      y.sum().backward()
      let saved = y.detach().toArray(Double.self)
      #expect(x.grad?.toArray(Double.self).count == saved.count)
      let again = change(x.detach() * 1)
      #expect(again.toArray(Double.self) == saved)
    }
  }
}
