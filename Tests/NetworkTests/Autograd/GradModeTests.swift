import Backplane
import TestSupport
import Testing

/// Leaves, scopes and what `.grad` is: what a program that comes from PyTorch relies on, with its messages.
@Suite struct GradModeTests {
  private func leaf(_ values: [Double] = [1, 2]) -> Tensor { Tensor(values, requiresGrad: true) }

  @Test(arguments: testDevices) func printedWithTheirOperation(_ device: Device) {
    let a = Tensor([1.0, 2, 3], device: device, requiresGrad: true)
    let b = Tensor([1.0, 0, 1], device: device, requiresGrad: true)
    let mean = (a + b).mean()
    let place = device == "cpu" ? "" : ", device='\(mean.device)'"
    #expect("\(mean)" == "tensor(2.6667\(place), grad_fn=<MeanBackward0>)")
    mean.backward()
    #expect(areClose(a.grad!.toArray(), [0.3333, 0.3333, 0.3333], tolerance: 1e-4))
    #expect("\(a)".contains("requires_grad=True"))
  }

  @Test func higherDerivativesOfAPower() {
    let x = leaf()
    var g = (x ** 4).sum()
    var orders: [[Double]] = []
    for _ in 0..<3 {
      g = grad([g.sum()], [x], createGraph: true)[0]!
      orders.append(g.toArray())
    }
    #expect(orders == [[4, 32], [12, 48], [24, 48]])
  }

  @Test func gradIsNotInTheGraphUnlessAskedFor() {
    let x = leaf()
    (x ** 2).sum().backward()
    #expect(!x.grad!.requiresGrad && x.grad!.gradFn == nil)
    x.grad = nil
    (x ** 2).sum().backward(createGraph: true)
    #expect(x.grad!.requiresGrad && x.grad!.toArray(Double.self) == [2, 4])
    x.grad = nil
  }

  @Test func leaves() {
    let x = leaf()
    let y = x * 2
    #expect(Tensor([1.0]).isLeaf && x.isLeaf && !y.isLeaf && noGrad { x * 2 }.isLeaf && y.detach().isLeaf)
    #expect(
      errorMessage { y.requiresGrad_(false) }.hasPrefix("you can only change requires_grad flags of leaf variables."))
    #expect(
      errorMessage { Tensor([1]).requiresGrad_() }
        == "Only Tensors of floating point and complex dtype can require gradients")
    #expect(errorMessage { Tensor([1.0]).retainGrad() } == "can't retain_grad on Tensor that has requires_grad=False")
    #expect(
      errorMessage { Tensor([1.0]).backward() }
        == "element 0 of tensors does not require grad and does not have a grad_fn")
    #expect(
      errorMessage { _ = grad([x.sum()], [Tensor([1.0])]) } == "One of the differentiated Tensors does not require grad"
    )
    #expect(
      errorMessage { _ = grad([x.sum()], [y]) }
        == "The differentiated Tensor at index 0 appears to not have been used in the graph. Set allowUnused: true if this "
        + "is the desired behavior.")
    #expect(errorMessage { _ = grad([x.sum()], []) } == "`inputs` argument to `grad()` cannot be empty.")
  }

  @Test func theGradOfAResultIsNilWithAWarning() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let x = Tensor([1.0], requiresGrad: true)
      let y = x * 2
      y.sum().backward()
      precondition(y.grad == nil && x.grad != nil)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("The .grad attribute of a Tensor that is not a leaf Tensor is being accessed."))
    #expect(text.contains("Use .retainGrad() on the non-leaf Tensor."))
  }

  @Test func inferenceMode() {
    let x = leaf()
    let made = Backplane.inferenceMode { x * 2 }
    #expect(!made.requiresGrad)
    let message = errorMessage { _ = x * made }
    #expect(
      message
        == "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
        + "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in "
        + "autograd, or use `noGrad` instead of `inferenceMode`.")
    // What does not keep it, and a clone, may use it.
    #expect(errorMessage { _ = x + made } == "(no error)" && errorMessage { _ = x * made.clone() } == "(no error)")
    #expect(noGrad { x * made }.toArray(Double.self) == [2, 8])
    // Views, and what stands apart from the graph, are no other tensors.
    #expect(errorMessage { _ = x * made.detach() } == message && errorMessage { _ = x * made[0..<1] } == message)
    let view = Backplane.inferenceMode { x.view([2]) }
    #expect(errorMessage { _ = x * view } == "(no error)")

    let refusal = "Inplace update to inference tensor outside InferenceMode is not allowed."
    #expect(
      errorMessage { made.add_(1) }.hasPrefix(refusal)
        && errorMessage { noGrad { _ = made.add_(1) } }.hasPrefix(refusal))
    #expect(errorMessage { made[0] = 1 }.hasPrefix(refusal) && errorMessage { made[0..<1].mul_(2) }.hasPrefix(refusal))
    Backplane.inferenceMode { _ = made.add_(1) }
    #expect(made.toArray(Double.self) == [3, 5])
    #expect(
      errorMessage { made.requiresGrad_() }
        == "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
  }

  @Test func changesOfLeavesInPlace() {
    let x = leaf()
    let own = "a leaf Variable that requires grad is being used in an in-place operation."
    let view = "a view of a leaf Variable that requires grad is being used in an in-place operation."
    #expect(errorMessage { x.add_(1) } == own && errorMessage { x[0].add_(1) } == view)
    noGrad { _ = x.add_(1) }
    #expect(x.toArray(Double.self) == [2, 3] && x.isLeaf && x.requiresGrad)
    let target = Tensor.zeros([2])
    target.copy_(x)
    #expect(!target.isLeaf && target.requiresGrad)
  }

  @Test func savedTensorsThatWereChanged() {
    let x = leaf()
    let result = x.sigmoid()
    result.mul_(2)
    #expect(
      errorMessage { result.sum().backward() }
        == "one of the variables needed for gradient computation has been modified by an inplace operation: "
        + "[FloatTensor [2]], which is output 0 of SigmoidBackward0, is at version 1; expected version 0 instead. Hint: "
        + "enable anomaly detection to find the operation that failed to compute its gradient, with "
        + "setDetectAnomaly(true, checkNan: false).")
    // What stands apart from the graph shares the memory, and the count of changes.
    let squares = (x * x).sum()
    x.detach().zero_()
    #expect(
      errorMessage { squares.backward() }.contains("[FloatTensor [2]] is at version 1; expected version 0 instead."))
  }

  @Test func retainedGraphs() {
    let x = Tensor([[1.0, 0], [-1, 1]], requiresGrad: true)
    let sum = (x ** 2).sum()
    sum.backward(retainGraph: true)
    #expect(x.grad!.toArray(Double.self) == [2, 0, -2, 2])
    sum.backward()
    #expect(x.grad!.toArray(Double.self) == [4, 0, -4, 4])
    #expect(errorMessage { sum.backward() }.hasPrefix("Trying to backward through the graph a second time"))
    let b = x * 3
    b.retainGrad()
    b.retainGrad()
    (b * b).sum().backward()
    #expect(b.grad!.toArray(Double.self) == [6, 0, -6, 6])
    #expect(
      errorMessage { (x * 2).sum().backward(gradient: Tensor.ones([2])) }
        == "Mismatch in shape: grad_output[0] has a shape of [2] and output[0] has a shape of [].")
  }
}
