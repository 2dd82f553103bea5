import Backplane
import TestSupport
import Testing

@Suite struct SoftmaxTests {
  /// Of 16-bit types too, on devices with the operators and without.
  @Test(arguments: testDevices, [DType.float16, .bfloat16])
  func gradientsAreRoundedOnce(_ device: Device, _ dtype: DType) {
    func random(_ seed: UInt64) -> Tensor {
      Tensor.randn([5, 33], device: device, generator: Generator(seed: seed)).to(dtype)
    }
    let x = random(1).requiresGrad_(), g = random(2)
    let unit = dtype == .float16 ? 0x1p-10 : 0x1p-7
    for isLog in [false, true] {
      let y = isLog ? x.logSoftmax(1) : x.softmax(1)
      let found = grad([y], [x], gradOutputs: [g])[0]!.toArray(Double.self)
      let (p, q) = (y.detach().double(), g.double())
      let exact =
        (isLog ? q - p.exp() * q.sum(1, keepDim: true) : p * (q - (q * p).sum(1, keepDim: true))).toArray(Double.self)
      for (a, b) in zip(found, exact) { #expect(abs(a - b) <= unit * abs(b) + 2e-6, "\(a), not \(b)") }
    }
  }

  @Test(arguments: testDevices) func theGradientIsOneNode(_ device: Device) {
    let x = Tensor([[1.0, 2, 3]], device: device, requiresGrad: true)
    #expect(x.softmax(1).gradFn?.name == "SoftmaxBackward0")
    #expect(x.logSoftmax(1).gradFn?.name == "LogSoftmaxBackward0")
    #expect(x.silu().gradFn?.name == "SiluBackward0" && x.erfinv().gradFn?.name == "ErfinvBackward0")
  }

  @Test(arguments: testDevices) func extremes(_ device: Device) {
    let inf = Double.infinity, nan = Double.nan
    let x = Tensor([[-inf, 0, 0], [-inf, -inf, -inf], [inf, 0, 1], [nan, 0, 1]], device: device)
    #expect(areClose(x.softmax(1).toArray(), [0, 0.5, 0.5] + [Double](repeating: nan, count: 9)))
    let log = -0.6931471805599453
    #expect(areClose(x.logSoftmax(1).toArray(), [-inf, log, log] + [Double](repeating: nan, count: 9)))
    let large = Tensor([88.0, 3e38, 3e38], device: device)
    #expect(areClose(large.softmax(0).toArray(), [0, 0.5, 0.5]))
  }
}
