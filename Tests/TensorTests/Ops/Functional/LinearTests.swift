import Backplane
import TestSupport
import Testing

@Suite struct LinearTests {
  private func operands(_ device: Device, _ dtype: DType = .float64) -> [Tensor] {
    [
      Tensor([[1.5, -2, 0.25], [3, 0.5, -1.25]], dtype: dtype, device: device),
      Tensor([[0.5, 1, -1], [2, 4, -0.25]], dtype: dtype, device: device),
      Tensor([0.75, -0.5], dtype: dtype, device: device),
    ]
  }

  /// By hand.
  @Test(arguments: testDevices, [DType.float16, .bfloat16, .float32, .float64])
  func values(_ device: Device, _ dtype: DType) {
    let o = operands(device, dtype)
    let (x, w, b) = (o[0], o[1], o[2])
    #expect(F.linear(x, w, b).reshape(-1).toArray() == [-0.75, -5.5625, 4, 7.8125])
    #expect(F.linear(x, w).reshape(-1).toArray() == [-1.5, -5.0625, 3.25, 8.3125])
    #expect(F.linear(x[0], w, b).toArray() == [-0.75, -5.5625])
    #expect(F.linear(x, w[0]).toArray() == [-1.5, 3.25])
    let rows = stack([x, x * 2]).reshape(2, 1, 2, 3)
    let y = F.linear(rows, w, b)
    #expect(y.shape == [2, 1, 2, 2] && y[0, 0].reshape(-1).toArray() == [-0.75, -5.5625, 4, 7.8125])
    #expect(F.linear(rows.transpose(0, 2), w, b).transpose(0, 2).equal(y))
    #expect(F.linear(Tensor.zeros([0, 3], dtype: dtype, device: device), w, b).shape == [0, 2])
    let nothing = Tensor.zeros([2, 0], dtype: dtype, device: device)
    #expect(F.linear(nothing, nothing, b).reshape(-1).toArray() == [0.75, -0.5, 0.75, -0.5])
  }

  @Test(arguments: testDevices) func derivatives(_ device: Device) throws {
    let o = operands(device).map { $0.requiresGrad_() }
    try gradcheck({ F.linear($0[0], $0[1], $0[2]) }, o)
    try gradgradcheck({ F.linear($0[0], $0[1], $0[2]) }, o)
    try gradcheck({ F.linear($0[0], $0[1]) }, Array(o[..<2]))
    let rows = o[0].detach().reshape(1, 2, 1, 3).requiresGrad_()
    try gradcheck({ F.linear($0[0], $0[1], $0[2]) }, [rows, o[1], o[2]])
    try gradgradcheck({ F.linear($0[0], $0[1], $0[2]) }, [rows, o[1], o[2]])
    try gradcheck({ F.linear($0[0], $0[1], $0[2]) }, [o[0].detach()[0].requiresGrad_(), o[1], o[2]])
  }

  /// A layer and the function that follows it are what they are apart, in values and both orders of gradients.
  @Test(arguments: testDevices) func layersBeforeFunctions(_ device: Device) throws {
    for function in [ReLU(), Sigmoid(), Tanh(), SiLU()] as [Module] {
      let layer = Linear(3, 2, dtype: .float64, device: device)
      let model = Sequential(layer, function, Linear(2, 2, dtype: .float64, device: device))
      let last = model[2]
      let x = operands(device)[0].requiresGrad_()
      let together = model(x), apart = last(function(layer(x)))
      #expect(areClose(together.reshape(-1).toArray(), apart.reshape(-1).toArray(), tolerance: 1e-14))
      let leaves = [x] + model.parameters()
      let (a, b) = (grad([(together * together).sum()], leaves), grad([(apart * apart).sum()], leaves))
      for (a, b) in zip(a, b) {
        #expect(areClose(a!.reshape(-1).toArray(), b!.reshape(-1).toArray(), tolerance: 1e-12))
      }
      try gradgradcheck({ model($0[0]) }, [x])
    }
  }

  /// What takes a layer's place in a chain, or sees what it gives, does so still.
  @Test func layersOfOtherKinds() {
    final class Doubled: Linear {
      override func forward(_ x: Tensor) -> Tensor { super.forward(x) * 2 }
    }
    let layer = Doubled(3, 2, device: "reference")
    let x = operands("reference", .float32)[0]
    #expect(Sequential(layer, ReLU())(x).equal((F.linear(x, layer.weight, layer.bias) * 2).relu()))
    #expect(Sequential(ReLU(), ReLU())(x).equal(x.relu()))
    #expect(Sequential()(x) === x)
  }

  @Test(arguments: testDevices) func whatDoesNotFit(_ device: Device) {
    let o = operands(device)
    #expect(
      errorMessage { _ = F.linear(o[0], o[1].t()) }
        == "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")
    #expect(errorMessage { _ = F.linear(o[0].to(.float32), o[1]) }.contains("same dtype"))
    let three = Tensor.zeros([3], dtype: .float64, device: device)
    #expect(errorMessage { _ = F.linear(o[0], o[1], three) }.contains("must match the size"))
    // A bias of one number is broadcast.
    let one = Tensor([1.0], dtype: .float64, device: device)
    #expect(F.linear(o[0], o[1], one).reshape(-1).toArray() == [-0.5, -4.0625, 4.25, 9.3125])
  }

  @Test(arguments: oneOfEachKind) func whatWasSavedIsWatched(_ device: Device) {
    let o = operands(device).map { $0.requiresGrad_() }
    let y = F.linear(o[0], o[1], o[2])
    noGrad { o[1].mul_(2) }
    #expect(errorMessage { y.sum().backward() }.contains("modified by an inplace operation"))
  }
}

/// Checks the derivatives of a function's gradient, which is summed up with weights that depend on the inputs.
private func gradgradcheck(_ f: ([Tensor]) -> Tensor, _ inputs: [Tensor]) throws {
  try gradcheck(
    { inputs in
      let y = f(inputs)
      let gradients = grad([(y * y.sin()).sum()], inputs, createGraph: true)
      return gradients.map { ($0! * $0!).sum() }.reduce(Tensor(0.0, dtype: .float64, device: y.device), +)
    }, inputs)
}
