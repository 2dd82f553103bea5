import Backplane
import TestSupport
import Testing

@Suite struct LayerTests {
  /// PyTorch trained for ten steps on one point.
  @Test(arguments: testDevices) func linearRegression(_ device: Device) {
    let layer = Linear(3, 1, device: device)
    Init.constant_(layer.bias!, 0.5)
    noGrad { _ = layer.weight.copy_(Tensor([[0.1, 0.2, 0.3]], device: device)) }
    let x = Tensor([[1.0, 2, 3]], device: device)
    let target = Tensor([[1.0]], device: device)
    let optimizer = SGD(layer.parameters(), lr: 0.01)
    var losses: [Double] = []
    for step in 0..<10 {
      optimizer.zeroGrad()
      let loss = MSELoss()(layer(x), target)
      loss.backward()
      if step == 0 { #expect(areClose(layer.weight.grad!.toArray(), [1.8, 3.6, 5.4])) }
      losses.append(loss.item())
      optimizer.step()
    }
    #expect(areClose([losses[0], losses[9]], [0.81, 0.001319], tolerance: 1e-6))
    #expect(areClose(layer.weight.toArray(), [0.0417, 0.0834, 0.1251], tolerance: 1e-4))
    #expect(areClose(layer.bias!.toArray(), [0.4417], tolerance: 1e-4))
  }

  @Test(arguments: testDevices) func linearStartsUniform(_ device: Device) {
    let layer = Linear(16, 400, device: device, generator: Generator(seed: 3))
    #expect(layer.weight.shape == [400, 16] && layer.bias!.shape == [400])
    for values in [layer.weight.toArray(Double.self), layer.bias!.toArray(Double.self)] {
      #expect(values.allSatisfy { abs($0) <= 0.25 })
      #expect(values.max()! > 0.24 && values.min()! < -0.24)
    }
    #expect(layer(Tensor.zeros([2, 5, 16], device: device)).shape == [2, 5, 400])
    #expect(Linear(16, 4, bias: false, device: device).bias == nil)
    #expect(
      Linear(0, 4, device: device)(Tensor.zeros([2, 0], device: device)).toArray(Float.self) == [
        0, 0, 0, 0, 0, 0, 0, 0,
      ])
  }

  @Test func linearRejectsOtherWidths() {
    let layer = Linear(2, 3, device: "reference")
    #expect(
      errorMessage { _ = layer(Tensor.zeros([4, 5], device: "reference")) }
        == "mat1 and mat2 shapes cannot be multiplied (4x5 and 2x3)")
  }

  @Test(arguments: testDevices) func activations(_ device: Device) {
    let x = Tensor([[-1.0, 0, 2]], device: device)
    #expect(ReLU()(x).toArray(Float.self) == [0, 0, 2])
    #expect(areClose(Sigmoid()(x).toArray(), [0.26894142, 0.5, 0.88079708]))
    #expect(areClose(Tanh()(x).toArray(), [-0.76159416, 0, 0.96402758]))
    #expect(areClose(Softmax(dim: 1)(x).toArray(), [0.04201007, 0.11419519, 0.84379473]))
    #expect(areClose(LogSoftmax(dim: -1)(x).toArray(), [-3.16984602, -2.16984602, -0.16984602]))
    #expect(Identity()(x) === x)
    #expect(Flatten()(Tensor.zeros([2, 3, 4], device: device)).shape == [2, 12])
    #expect(Flatten(startDim: 0, endDim: 1)(Tensor.zeros([2, 3, 4], device: device)).shape == [6, 4])
  }

  @Test(arguments: testDevices) func dropout(_ device: Device) {
    let x = Tensor.ones([1000], device: device, requiresGrad: true)
    let y = Functional.dropout(x, p: 0.25, generator: Generator(seed: 5))
    let values = y.toArray(Double.self)
    let kept = values.count { $0 != 0 }
    #expect((700...800).contains(kept))
    #expect(values.allSatisfy { $0 == 0 || abs($0 - 4 / 3.0) < 1e-6 })
    y.sum().backward()
    #expect(x.grad!.toArray(Double.self) == values)
    #expect(Dropout().eval()(x) === x)
    #expect(Dropout(p: 0)(x) === x)
    #expect(Dropout(p: 1)(x).sum().item() == 0)
    #expect(
      errorMessage { _ = Dropout(p: 1.5) } == "dropout probability has to be between 0 and 1, but got 1.5")
  }

  @Test func sequential() {
    let model = Sequential(["hidden": Linear(2, 3, device: "reference"), "act": ReLU()])
    #expect(model.stateDict().keys == ["hidden.weight", "hidden.bias"])
    #expect(model["act"] is ReLU && model[-1] is ReLU && model["none"] == nil && model.count == 2)
    model.append(Linear(3, 1, device: "reference"))
    #expect(model.stateDict().keys.last == "2.bias")
    #expect(model(Tensor.zeros([4, 2], device: "reference")).shape == [4, 1])
    let x = Tensor([1.0], device: "reference")
    #expect(Sequential()(x) === x)
    #expect(errorKind { _ = Sequential(["a.b": ReLU()]) } == .value)
    #expect(errorKind { _ = Sequential(["a": ReLU(), "a": ReLU()]) } == .value)
  }

  @Test(arguments: testDevices) func initialization(_ device: Device) {
    let x = Tensor.empty([200, 50], device: device, requiresGrad: true)
    let generator = Generator(seed: 9)
    #expect(Init.ones_(x).toArray(Float.self).allSatisfy { $0 == 1 } && Init.zeros_(x).sum().item() == 0)
    Init.normal_(x, mean: 2, std: 0.5, generator: generator)
    #expect(abs(x.mean().item() - 2) < 0.03 && abs(x.std().item() - 0.5) < 0.03)
    func bound(_ y: Tensor) -> Double { y.abs().max().item() }
    #expect(abs(bound(Init.uniform_(x, a: -3, b: 3, generator: generator)) - 3) < 0.01)
    #expect(abs(bound(Init.kaimingUniform_(x, generator: generator)) - (6.0 / 50).squareRoot()) < 0.001)
    #expect(
      abs(bound(Init.kaimingUniform_(x, mode: .output, generator: generator)) - (6.0 / 200).squareRoot())
        < 0.001)
    #expect(
      abs(bound(Init.xavierUniform_(x, gain: 2, generator: generator)) - 2 * (6.0 / 250).squareRoot()) < 0.001
    )
    #expect(x.isLeaf && x.requiresGrad)
    #expect(
      errorMessage { Init.kaimingUniform_(Tensor.ones([3], device: device)) }
        == "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
  }
}
