import Backplane
import TestSupport
import Testing

@Suite struct GradientClippingTests {
  private func parameters(_ device: Device, _ dtype: DType = .float32) -> [Tensor] {
    let a = Tensor.zeros([3], dtype: dtype, device: device).requiresGrad_()
    let b = Tensor.zeros([2, 2], dtype: dtype, device: device).requiresGrad_()
    a.grad = Tensor([3.0, -4, 0], dtype: dtype, device: device)
    b.grad = Tensor([[1.0, 2], [-2, 4]], dtype: dtype, device: device)
    return [a, Tensor.zeros([2], dtype: dtype, device: device).requiresGrad_(), b]
  }

  private func gradients(_ parameters: [Tensor]) -> [Double] {
    parameters.flatMap { $0.grad?.to(.float64).reshape(-1).toArray() ?? [] }
  }

  /// Results of PyTorch.
  @Test(arguments: testDevices, [(2.0, 7.0710678, 0.2828427), (1, 16, 0.1250000), (.infinity, 4, 0.4999999)])
  func norms(_ device: Device, _ c: (order: Double, norm: Double, factor: Double)) {
    let parameters = parameters(device)
    let norm = clipGradNorm_(parameters, maxNorm: 2, normType: c.order)
    #expect(areClose([norm.item()], [c.norm], tolerance: 1e-6))
    #expect(
      areClose(gradients(parameters), [3.0, -4, 0, 1, 2, -2, 4].map { $0 * c.factor }, tolerance: 1e-6))
    #expect(parameters[1].grad == nil)
  }

  @Test(arguments: testDevices) func whatIsShortEnoughStaysAsItIs(_ device: Device) {
    let parameters = parameters(device)
    #expect(areClose([clipGradNorm_(parameters, maxNorm: 8).item()], [7.0710678], tolerance: 1e-6))
    #expect(gradients(parameters) == [3, -4, 0, 1, 2, -2, 4])
  }

  @Test(arguments: testDevices, [DType.float16, .bfloat16, .float64]) func types(_ device: Device, _ dtype: DType) {
    let parameters = parameters(device, dtype)
    let norm = clipGradNorm_(parameters, maxNorm: 2)
    #expect(norm.dtype == dtype && norm.shape == [])
    let tolerance = dtype == .float64 ? 1e-7 : dtype == .float16 ? 1e-3 : 8e-3
    #expect(areClose([norm.to(.float64).item()], [7.0710678], tolerance: tolerance))
    #expect(
      areClose(gradients(parameters), [3.0, -4, 0, 1, 2, -2, 4].map { $0 * 0.2828427 }, tolerance: tolerance))
  }

  /// One after the other of several types and strides; numbers that are complex count by their magnitude.
  @Test(arguments: testDevices) func ofSeveralKinds(_ device: Device) {
    let parts = Tensor([[3.0, 4], [0, 0]], dtype: .float64, device: device)
    let z = Tensor.zeros([2], dtype: .complex128, device: device).requiresGrad_()
    z.grad = parts.viewAsComplex().clone()
    let t = Tensor.zeros([2, 3], device: device).requiresGrad_()
    t.grad = Tensor([[1.0, 1], [1, 1], [2, 2]], device: device).t()
    let norm = clipGradNorm_([z, t], maxNorm: 1)
    #expect(norm.dtype == .float64)
    let length = 37.0.squareRoot()
    #expect(areClose([norm.item()], [length], tolerance: 1e-7))
    #expect(areClose(z.grad!.viewAsReal().reshape(-1).toArray(), [3 / length, 4 / length, 0, 0], tolerance: 1e-6))
    #expect(areClose(t.grad!.reshape(-1).toArray(), [1.0, 1, 2, 1, 1, 2].map { $0 / length }, tolerance: 1e-6))
  }

  @Test(arguments: testDevices) func normsThatAreNotFinite(_ device: Device) {
    let p = Tensor.zeros([2], device: device).requiresGrad_()
    p.grad = Tensor([Double.infinity, 1], device: device)
    #expect(
      errorMessage { clipGradNorm_([p], maxNorm: 1, errorIfNonfinite: true) }
        .hasPrefix("The total norm of order 2.0 for gradients from `parameters` is non-finite"))
    #expect(gradients([p]) == [.infinity, 1])
    #expect(clipGradNorm_([p], maxNorm: 1).item() == .infinity)
    #expect(areClose(gradients([p]), [.nan, 0]))
  }

  @Test func ofNothing() {
    #expect(clipGradNorm_([], maxNorm: 1).item() == 0)
    #expect(clipGradNorm_([Tensor([1.0], requiresGrad: true)], maxNorm: 1).item() == 0)
    clipGradValue_([], clipValue: 1)
  }

  @Test(arguments: testDevices) func values(_ device: Device) {
    let parameters = parameters(device)
    clipGradValue_(parameters, clipValue: 1.5)
    #expect(gradients(parameters) == [1.5, -1.5, 0, 1, 1.5, -1.5, 1.5])
  }
}
