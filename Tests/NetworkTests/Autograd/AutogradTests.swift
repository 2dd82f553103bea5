import Backplane
import TestSupport
import Testing

@Suite struct AutogradTests {
  @Test(arguments: testDevices) func goldenValues(_ device: Device) {
    let a = Tensor([1.0, 2, 3], device: device, requiresGrad: true)
    let b = Tensor([1.0, 0, 1], device: device, requiresGrad: true)
    let mean = (a + b).mean()
    #expect(mean.gradFn?.name == "MeanBackward0")
    mean.backward()
    #expect(areClose(a.grad!.toArray(), [Double](repeating: 1.0 / 3.0, count: 3)))

    let x = Tensor([[1.0, 0], [-1, 1]], device: device, requiresGrad: true)
    let sum = (x ** 2).sum()
    sum.backward(retainGraph: true)
    #expect(x.grad!.toArray(Double.self) == [2, 0, -2, 2])
    sum.backward()
    #expect(x.grad!.toArray(Double.self) == [4, 0, -4, 4])

    let p = Tensor([1.0, 2, 3], device: device, requiresGrad: true)
    let q = Tensor([4.0, 5, 6], device: device, requiresGrad: true)
    (p * q).sum().backward()
    #expect(p.grad!.toArray(Double.self) == [4, 5, 6])
    #expect(q.grad!.toArray(Double.self) == [1, 2, 3])
  }

  @Test(arguments: testDevices) func aLoopOfUnknownLength(_ device: Device) {
    let x = Tensor(0.5, device: device, requiresGrad: true)
    var y = x * 2
    while y.abs().item() < 1000 { y = y * 2 }
    y.backward()
    #expect(y.item() == 1024)
    #expect(x.grad!.item() == 2048)
  }

  @Test(arguments: testDevices) func oneStepOfDescent(_ device: Device) {
    let x = Tensor(2.0, device: device, requiresGrad: true)
    (x * x).backward()
    noGrad { _ = x.sub_(x.grad! * 0.1) }
    #expect(areClose([x.item()], [1.6]))
    #expect(x.isLeaf && x.requiresGrad)
  }

  @Test func gradientsAccumulateAndCanBeZeroed() {
    let x = Tensor([2.0, 3], requiresGrad: true)
    (x ** 2).sum().backward()
    #expect(x.grad!.toArray(Double.self) == [4, 6])
    x.grad = nil
    (x ** 3).sum().backward()
    #expect(areClose(x.grad!.toArray(), [12, 27]))
    #expect(!x.grad!.requiresGrad)
  }

  @Test func leavesAndScopes() {
    let plain = Tensor([1.0])
    let x = Tensor([1.0], requiresGrad: true)
    #expect(plain.isLeaf && x.isLeaf)
    let y = x * 2
    #expect(!y.isLeaf && y.requiresGrad)
    #expect(y.grad == nil)
    #expect(!noGrad { x * 2 }.requiresGrad)
    #expect(noGrad { enableGrad { x * 2 } }.requiresGrad)
    #expect(!y.detach().requiresGrad && y.detach().sharesStorage(with: y))
    y.retainGrad()
    (y * 3).sum().backward()
    #expect(y.grad!.toArray(Double.self) == [3])
    #expect(x.grad!.toArray(Double.self) == [6])
  }

  @Test func hooksSeeAndReplaceGradients() {
    let x = Tensor([1.0], requiresGrad: true)
    let y = x * 2
    y.registerHook { $0 * 10 }
    y.sum().backward()
    #expect(x.grad!.toArray(Double.self) == [20])
  }

  @Test func severalHooksOfAResultRunOnceEach() {
    let x = Tensor([1.0], requiresGrad: true)
    let y = x * 2
    y.retainGrad()
    y.registerHook { $0 * 10 }
    y.registerHook { $0 + 1 }
    y.sum().backward()
    #expect(y.grad!.toArray(Double.self) == [11])
    #expect(x.grad!.toArray(Double.self) == [22])
  }

  @Test func theGraphMayBeLong() {
    let x = Tensor(1.0, requiresGrad: true)
    var y = x
    for _ in 0..<100_000 { y = y + 1 }
    y.backward()
    #expect(x.grad!.item() == 1)
  }

  @Test func misuseIsNamed() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    #expect(errorMessage { (x * 2).backward() } == "grad can be implicitly created only for scalar outputs")
    let y = (x * x).sum()
    y.backward()
    #expect(errorMessage { y.backward() }.hasPrefix("Trying to backward through the graph a second time"))
    #expect(
      errorMessage { _ = Tensor([1], requiresGrad: true) }
        == "Only Tensors of floating point and complex dtype can require gradients")
    #expect(
      errorMessage { x.add_(1) }
        == "a leaf Variable that requires grad is being used in an in-place operation.")
    let z = x.exp()
    z.add_(1)
    #expect(z.requiresGrad)
    let w = x * 2
    let product = (w * w).sum()
    noGrad { _ = w.add_(1) }
    #expect(
      errorMessage { product.backward() }.hasPrefix(
        "one of the variables needed for gradient computation has been modified by an inplace operation"))
    #expect(errorMessage { Tensor([1.0]).backward() }.contains("does not require grad"))
    let inferred = inferenceMode { x * 2 }
    #expect(errorMessage { _ = inferred * x }.hasPrefix("Inference tensors cannot be saved for backward"))
  }
}
