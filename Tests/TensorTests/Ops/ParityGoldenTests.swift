import Backplane
import TestSupport
import Testing

/// Values and texts that users of PyTorch know, checked against PyTorch 2. Those of indexing, views, autograd and
/// optimizers stand with their subjects.
@Suite struct ParityGoldenTests {
  @Test(arguments: testDevices) func casts(_ device: Device) {
    func cast(_ value: Double, _ dtype: DType) -> Double {
      Tensor([value], dtype: .float64, device: device).to(dtype).item()
    }
    #expect(cast(65519, .float16) == 65504)
    #expect(cast(65520, .float16) == .infinity)
    #expect(cast(1 + 0x1p-8, .bfloat16) == 1)
    #expect(cast(65504, .bfloat16) == 65536)
    #expect(cast(3.4e38, .bfloat16) == .infinity)
    #expect(cast(-1.7, .int64) == -1)
    #expect(Tensor([300, -1], device: device).to(.uint8).toArray(Int.self) == [44, 255])
    #expect(cast(0.5, .bool) == 1)
  }

  @Test(arguments: testDevices) func promotion(_ device: Device) {
    let whole = Tensor([1, 2], device: device)
    let bytes = Tensor([1, 2], dtype: .uint8, device: device)
    let real = Tensor([1.0, 2], dtype: .float32, device: device)
    #expect((whole + 1.5).dtype == .float32)
    #expect((whole / whole).dtype == .float32)
    #expect(bytes.sum().dtype == .int64)
    #expect((real .> 1).sum().dtype == .int64)
    #expect((bytes + 1000).dtype == .uint8)
    #expect((real + Tensor(1.0, dtype: .float64, device: device)).dtype == .float32)
    #expect((bytes + Tensor([1], dtype: .int8, device: device)).dtype == .int16)
    #expect((whole ** whole).dtype == .int64)
    #expect(whole.abs().dtype == .int64 && whole.exp().dtype == .float32)
    #expect(errorMessage { whole.add_(1.5) } == "result type Float can't be cast to the desired output type Long")
    #expect(errorKind { _ = whole.matmul(real) } == .dtype)
  }

  @Test(arguments: testDevices) func remaindersTakeTheDivisorsSign(_ device: Device) {
    let a = Tensor([-7, 7, -7, 7], device: device)
    let b = Tensor([3, -3, -3, 3], device: device)
    #expect((a % b).toArray(Int.self) == [2, -2, -1, 1])
    #expect(a.fmod(b).toArray(Int.self) == [-1, 1, -1, 1])
    #expect((Tensor([-7.5], device: device) % 2).toArray(Double.self) == [0.5])
    #expect(a.floorDivide(b).toArray(Int.self) == [-3, -3, 2, 2])
  }

  @Test(arguments: testDevices) func statistics(_ device: Device) {
    #expect("\(Tensor([1.0, 2, 3, 4], device: device).std().cpu())" == "tensor(1.2910)")
    #expect(errorMessage { _ = Tensor([1], device: device).mean() }.hasPrefix("mean(): could not infer output dtype."))
    let x = Tensor([3, 1, 3, 2, 1], device: device)
    let (values, inverse, counts) = x.unique(returnInverse: true, returnCounts: true)
    #expect(values.toArray(Int.self) == [1, 2, 3])
    #expect(inverse!.toArray(Int.self) == [2, 0, 2, 1, 0])
    #expect(counts!.toArray(Int.self) == [2, 1, 2])
    #expect(Tensor([[2, 1], [1, 2]], device: device).unique().shape == [2])
    #expect(errorMessage { _ = x.topk(6) } == "selected index k out of range")
  }

  @Test(arguments: testDevices) func partsAndStorage(_ device: Device) {
    let five = Tensor.arange(5, device: device)
    #expect(five.split(2).map(\.numel) == [2, 2, 1])
    #expect(five.chunk(4).map(\.numel) == [2, 2, 1])
    let points = Tensor([[1, 4], [2, 1], [3, 5]], device: device)
    let storage = points.asStrided([6], [1], storageOffset: 0)
    #expect(storage.toArray(Int.self) == [1, 4, 2, 1, 3, 5])
    #expect("\(points.t().cpu())" == "tensor([[1, 2, 3],\n        [4, 1, 5]])")
    let dense = points.t().contiguous()
    #expect(dense.asStrided([6], [1], storageOffset: 0).toArray(Int.self) == [1, 2, 3, 4, 1, 5])
    #expect(storage.toArray(Int.self) == [1, 4, 2, 1, 3, 5])
  }

  @Test(arguments: factorizationDevices) func linearAlgebra(_ device: Device) {
    func matrix(_ rows: [[Double]]) -> Tensor { Tensor(rows, device: device) }
    let a = matrix([[1, 2], [3, 4]])
    #expect("\(a.matmul(matrix([[5, 6], [7, 8]])).cpu())" == "tensor([[19., 22.],\n        [43., 50.]])")
    #expect(areClose(Linalg.solve(a, Tensor([5.0, 6], device: device)).toArray(), [-4, 4.5]))
    let eigenvalues: [Double] = Linalg.eig(a).eigenvalues.real.toArray()
    #expect(areClose(eigenvalues.sorted(), [-0.3723, 5.3723], tolerance: 1e-4))
    #expect(areClose(Linalg.svdvals(a).toArray(), [5.4650, 0.3660], tolerance: 1e-4))
    #expect("\(Linalg.cholesky(matrix([[1, 2], [2, 5]])).cpu())" == "tensor([[1., 0.],\n        [2., 1.]])")
    #expect(
      errorMessage { _ = Linalg.solve(a.long(), a.long()) }
        == "linalg.solve: Expected a floating point or complex tensor as input. Got Long")
    #expect(
      errorMessage { _ = Linalg.cholesky(stack([matrix([[1, 0], [0, 1]]), matrix([[1, 2], [2, 1]])])) }
        == "linalg.cholesky: (Batch element 1): The factorization could not be completed because the input is not "
        + "positive-definite (the leading minor of order 2 is not positive-definite).")
  }

  @Test(arguments: testDevices) func gradientsPrintTheirFunction(_ device: Device) {
    let a = Tensor([1.0, 2, 3], requiresGrad: true)
    let b = Tensor([1.0, 0, 1], requiresGrad: true)
    let mean = (a + b).mean()
    #expect("\(mean)" == "tensor(2.6667, grad_fn=<MeanBackward0>)")
    mean.backward()
    #expect("\(a.grad!)" == "tensor([0.3333, 0.3333, 0.3333])")
  }

  /// Ten steps of descent for one linear layer.
  @Test(arguments: testDevices) func aLinearLayerLearns(_ device: Device) {
    let layer = Linear(3, 1, device: device)
    noGrad {
      layer.weight.copy_(Tensor([[0.1, 0.2, 0.3]], device: device))
      layer.bias!.fill_(0.5)
    }
    let x = Tensor([[1.0, 2, 3]], device: device)
    let target = Tensor([[1.0]], device: device)
    let optimizer = SGD(layer.parameters(), lr: 0.01)
    var losses: [Double] = []
    for step in 0..<10 {
      optimizer.zeroGrad()
      let loss = F.mseLoss(layer(x), target)
      loss.backward()
      losses.append(loss.item())
      if step == 0 { #expect(areClose(layer.weight.grad!.toArray(), [1.8, 3.6, 5.4])) }
      optimizer.step()
    }
    #expect(areClose([losses[0], losses[9]], [0.81, 0.001319], tolerance: 1e-6))
    #expect(areClose(layer.weight.toArray(), [0.0417, 0.0834, 0.1251], tolerance: 1e-4))
    #expect(areClose(layer.bias!.toArray(), [0.4417], tolerance: 1e-4))
  }

  @Test(arguments: testDevices) func lossesAndCounts(_ device: Device) {
    let logits = Tensor([[1.0, 2, 3], [1, 2, 3]], device: device)
    let targets = Tensor([2, 0], device: device)
    #expect("\(F.crossEntropy(logits, targets).cpu())" == "tensor(1.4076)")
    let a = Tensor([1.0, 2, 3], device: device)
    #expect(areClose([F.cosineSimilarity(a, a + 3, dim: 0).item()], [0.9746], tolerance: 1e-4))
    let net = Sequential(Linear(10, 20), ReLU(), Linear(20, 1))
    #expect(net.parameters().map(\.numel).reduce(0, +) == 241)
  }

  @Test func devices() {
    let a = Tensor([1.0], device: "cpu")
    let b = Tensor([1.0], device: "reference")
    #expect(
      errorMessage { _ = a + b }.hasPrefix(
        "Expected all tensors to be on the same device, but found at least two devices, cpu and reference"))
    #expect(Device("cuda").description == "cuda:0" && Device("cuda").index == 0)
    #expect(b.to("cpu").device == "cpu" && b.cpu().device == "cpu")
    #expect(isAvailable("cpu") && deviceCount("cpu") == 1 && deviceCount("absent") == 0)
  }
}
