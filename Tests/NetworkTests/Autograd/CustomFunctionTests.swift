import Backplane
import TestSupport
import Testing

/// Operations with gradients of the program's own. Numbers and messages are PyTorch's.
@Suite struct CustomFunctionTests {
  struct Square: CustomFunction {
    func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
      context.saveForBackward(inputs[0])
      return [inputs[0] * inputs[0]]
    }
    func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
      [gradOutputs[0]! * 2 * context.savedTensors[0]]
    }
  }

  /// The exponential, of which the gradient needs the result.
  struct Exponential: CustomFunction {
    func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
      let y = inputs[0].exp()
      context.saveForBackward(y)
      return [y]
    }
    func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
      [gradOutputs[0]! * context.savedTensors[0]]
    }
  }

  /// A function whose gradient is what the test says.
  struct Given: CustomFunction {
    var result: @Sendable (FunctionContext, [Tensor]) -> [Tensor] = { _, inputs in [inputs[0] * inputs[0]] }
    var gradient: @Sendable (FunctionContext, [Tensor?]) -> [Tensor?] = { _, g in g }
    func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { result(context, inputs) }
    func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] { gradient(context, gradOutputs) }
  }

  private func leaf(_ values: [Double] = [1, 2], _ device: Device = "cpu") -> Tensor {
    Tensor(values, device: device, requiresGrad: true)
  }

  @Test(arguments: testDevices) func gradientsAreThoseOfTheFormula(_ device: Device) {
    let x = leaf([1, -3], device)
    let y = Square().apply(x)
    #expect(y.gradFn?.name == "SquareBackward" && !y.isLeaf && "\(y)".contains("grad_fn=<SquareBackward>"))
    #expect(y.toArray(Double.self) == [1, 9])
    y.sum().backward()
    #expect(x.grad!.toArray(Double.self) == [2, -6])
    #expect(!Square().apply(x.detach()).requiresGrad)
    #expect(!noGrad { Square().apply(x) }.requiresGrad)
  }

  @Test(arguments: testDevices) func gradientsOfGradients(_ device: Device) throws {
    let x = leaf([0.5, -3], device)
    func derivatives(_ function: (Tensor) -> Tensor, _ count: Int) -> [[Double]] {
      var y = function(x)
      return (0..<count).map { _ in
        y = grad([y.sum()], [x], createGraph: true)[0]!
        return y.toArray()
      }
    }
    #expect(derivatives({ Square().apply($0) }, 2) == [[1, -6], [2, 2]])
    for values in derivatives({ Exponential().apply($0) }, 4) { #expect(areClose(values, x.exp().toArray())) }
    let points = Tensor([0.3, 1.7], dtype: .float64, device: device, requiresGrad: true)
    try gradcheck({ Square().apply($0[0]) }, [points])
    try gradgradcheck({ Exponential().apply($0[0]) }, [points])
  }

  @Test func propertiesAndValuesThatAreNoTensors() {
    struct Clip: CustomFunction {
      let limit: Double
      func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
        context["count"] = inputs[0].numel
        context.saveForBackward(inputs[0])
        return [inputs[0].clamp(min: -limit, max: limit)]
      }
      func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
        let count: Int? = context["count"]
        let absent: Int? = context["other"]
        let ofAnotherType: String? = context["count"]
        #expect(count == 2 && absent == nil && ofAnotherType == nil)
        return [gradOutputs[0]! * (context.savedTensors[0].abs() .<= limit)]
      }
    }
    let x = leaf([0.5, 3])
    Clip(limit: 1).apply(x).sum().backward()
    #expect(x.grad!.toArray(Double.self) == [1, 0])
  }

  @Test(arguments: testDevices) func severalInputsAndOutputs(_ device: Device) {
    let (a, b) = (leaf([1, 2], device), Tensor([3.0, 4], device: device))
    let function = Given(
      result: { context, x in
        #expect(context.needsInputGrad == [true, false])
        return [x[0] + x[1], x[0] * x[1], x[0].argmax(), x[0] * 5]
      },
      gradient: { context, g in
        #expect(g.count == 4 && g[3]!.toArray(Double.self) == [0, 0] && g[2]!.dtype == .int64)
        return [g[0]! + g[1]! * 2, nil]
      })
    let y = function.apply([a, b])
    #expect(y.map(\.requiresGrad) == [true, true, false, true] && y[2].gradFn == nil)
    #expect(y[1].gradFn === y[0].gradFn)
    (y[0].sum() + y[1].sum() * 10).backward()
    #expect(a.grad!.toArray(Double.self) == [21, 21] && b.grad == nil)
  }

  @Test func absentGradientsAreNilWhereTheFunctionSaysSo() {
    let function = Given(
      result: { context, x in
        context.setMaterializeGrads(false)
        return [x[0] * 1, x[0] * 2]
      },
      gradient: { _, g in
        #expect(g[0] != nil && g[1] == nil)
        return [g[0]]
      })
    let x = leaf()
    function.apply([x])[0].sum().backward()
    #expect(x.grad!.toArray(Double.self) == [1, 1])
  }

  @Test func gradientsAreFittedToTheInputs() {
    let x = leaf()
    Given(gradient: { _, _ in [Tensor.ones([3, 2])] }).apply(x).sum().backward()
    #expect(x.grad!.toArray(Double.self) == [3, 3])
    x.grad = nil
    Given(gradient: { _, g in [g[0]!.double()] }).apply(x).sum().backward()
    #expect(x.grad!.dtype == .float32)
    x.grad = nil
    // Nil is no gradient, and more of them than inputs do no harm.
    Given(gradient: { _, g in [g[0], nil] }).apply(x).sum().backward()
    #expect(x.grad != nil)
    x.grad = nil
    Given(gradient: { _, g in [nil] }).apply(x).sum().backward()
    #expect(x.grad == nil)
  }

  @Test func wrongGradientsAreErrors() {
    let x = leaf()
    func message(_ gradient: @escaping @Sendable (FunctionContext, [Tensor?]) -> [Tensor?]) -> String {
      errorMessage { Given(gradient: gradient).apply(x).sum().backward() }
    }
    #expect(
      message { _, g in [g[0], g[0]] }
        == "function GivenBackward returned an incorrect number of gradients (expected 1, got 2)")
    #expect(
      message { _, _ in [] } == "function GivenBackward returned an incorrect number of gradients (expected 1, got 0)")
    #expect(
      message { _, g in [g[0]![0..<1]] }
        == "Function GivenBackward returned an invalid gradient at index 0 - got [1] but expected shape compatible with [2]"
    )
    #expect(
      message { _, g in [Tensor.ones([2], device: "reference")] }
        == "Function GivenBackward returned an invalid gradient at index 0 - expected device cpu but got reference")
    #expect(message { _, g in [g[0]!.reshape([7])] }.contains("shape '[7]' is invalid"))
    #expect(x.grad == nil)
    #expect(errorMessage { _ = Given(result: { _, x in [x[0], x[0]] }).apply(x) }.contains("2 outputs"))
    #expect(errorMessage { _ = Given(result: { _, _ in [] }).apply(x) }.contains("0 outputs"))
    #expect(errorMessage { _ = Given(result: { _, x in [x[0].reshape([7])] }).apply(x) }.contains("'[7]' is invalid"))
  }

  @Test func whatWasSavedIsWatched() {
    let x = leaf()
    let h = x * 1
    let y = Square().apply(h)
    h.add_(1)
    #expect(errorMessage { y.sum().backward() }.contains("modified by an inplace operation"))
    let result = Exponential().apply(x)
    result.mul_(2)
    #expect(errorMessage { result.sum().backward() }.contains("modified by an inplace operation"))
    let z = Square().apply(x).sum()
    z.backward()
    #expect(errorMessage { z.backward() }.hasPrefix("Trying to backward through the graph a second time"))
    let inferred = inferenceMode { x.detach() * 1 }
    #expect(
      errorMessage {
        _ = Given(result: { context, inputs in
          context.saveForBackward(inputs[1])
          return [inputs[0] * 2]
        }).apply(x, inferred)
      }.hasPrefix("Inference tensors cannot be saved for backward"))
  }

  @Test func whatWasSavedIsFreed() {
    weak var kept: Tensor?
    let x = leaf()
    let function = Given(
      result: { context, inputs in
        context.saveForBackward(inputs[0])
        return [inputs[0] * 2]
      })
    func result() -> Tensor {
      let h = x * 3
      kept = h
      return function.apply(h)
    }
    let y = result()
    #expect(kept != nil)
    y.sum().backward()
    #expect(kept == nil)
    weak var node: Node?
    do {
      let z = Exponential().apply(x)
      node = z.gradFn
      #expect(node != nil)
    }
    #expect(node == nil)
  }

  @Test(arguments: testDevices) func inputsChangedInPlace(_ device: Device) {
    let function = Given(
      result: { context, inputs in
        inputs[0].add_(1)
        context.markDirty(inputs[0])
        return inputs
      },
      gradient: { _, g in [g[0]! * 3] })
    let x = leaf([1, 2], device)
    let h = x * 1
    let y = function.apply(h)
    #expect(y === h && h.gradFn?.name == "GivenBackward" && h.toArray(Double.self) == [2, 3])
    h.sum().backward()
    #expect(x.grad!.toArray(Double.self) == [3, 3])
    // Of a view its base.
    x.grad = nil
    let base = x * 1
    _ = function.apply(base[0..<1])
    base.sum().backward()
    #expect(base.toArray(Double.self) == [2, 2] && x.grad!.toArray(Double.self) == [3, 1])

    #expect(
      errorMessage { _ = function.apply(leaf([1, 2], device)) }
        == "a leaf Variable that requires grad is being used in an in-place operation.")
    let forgetful = Given(result: { context, inputs in
      inputs[0].add_(1)
      context.markDirty(inputs[0])
      return [inputs[0] * 2]
    })
    #expect(
      errorMessage { _ = forgetful.apply(x * 1) }.hasPrefix(
        "Some elements marked as dirty during the forward method were not returned as output."))
  }

  @Test func inputsAndViewsOfThemAsOutputs() {
    let x = leaf()
    let same = Given(result: { _, x in x }, gradient: { _, g in [g[0]! * 3] }).apply(x)
    #expect(same !== x && same.sharesStorage(with: x) && x.isLeaf && !same.isLeaf)
    same.sum().backward()
    #expect(x.grad!.toArray(Double.self) == [3, 3])
    let view = Given(result: { _, x in [x[0].view([2, 1])] }, gradient: { _, g in [g[0]!.view([2])] }).apply(x * 1)
    let message = errorMessage { view.add_(1) }
    #expect(message.hasPrefix("Output 0 of Given is a view and is being modified inplace."))
    #expect(message.hasSuffix("You can fix this by cloning the output of the custom Function."))
    #expect(errorMessage { view.clone().add_(1) } == "(no error)")
    // One tensor twice is two outputs.
    let twice = Given(
      result: { _, x in
        let y = x[0] * 2
        return [y, y]
      }, gradient: { _, g in [g[0]! + g[1]! * 10] })
    x.grad = nil
    let y = twice.apply([x])
    (y[0].sum() + y[1].sum()).backward()
    #expect(x.grad!.toArray(Double.self) == [11, 11])
  }

  @Test func outputsWithoutGradients() {
    let x = leaf()
    let y = Given(
      result: { context, x in
        let (values, more) = (x[0] * 2, x[0] * 3)
        context.markNonDifferentiable(more)
        return [values, more]
      }, gradient: { _, g in [g[0]! + g[1]!] }
    ).apply([x])
    #expect(y.map(\.requiresGrad) == [true, false])
  }

  @Test func gradientsThatAreNotToBeDifferentiated() {
    struct Once: CustomFunction {
      static let onceDifferentiable = true
      func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { Square().forward(context, inputs) }
      func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
        #expect(!isGradEnabled)
        return Square().backward(context, gradOutputs)
      }
    }
    let x = leaf()
    #expect(grad([Once().apply(x).sum()], [x])[0]!.toArray(Double.self) == [2, 4])
    let g = grad([(Once().apply(x) ** 2).sum()], [x], createGraph: true)[0]!
    #expect(areClose(g.toArray(), [4, 32]) && g.requiresGrad)
    #expect(
      errorMessage { _ = grad([g.sum()], [x]) }
        == "trying to differentiate twice a function that was marked with onceDifferentiable")
  }

  @Test func operationsWithinAreNotRecorded() {
    let function = Given(result: { _, x in
      #expect(!isGradEnabled)
      let y = x[0] * 2
      #expect(!y.requiresGrad)
      return [y]
    })
    #expect(function.apply(leaf()).gradFn!.nextFunctions.count == 1)
  }
}
