import Backplane
import TestSupport
import Testing

/// Functions that see the gradients of a module's inputs and outputs. Numbers and messages are PyTorch's.
@Suite struct BackwardHookTests {
  private func double(_ gradients: [Tensor?]) -> [[Double]?] { gradients.map { $0?.toArray(Double.self) } }

  private func layer() -> Linear {
    let layer = Linear(2, 1)
    noGrad {
      layer.weight.copy_(Tensor([[2.0, 3]]))
      _ = layer.bias?.zero_()
    }
    return layer
  }

  @Test func hooksSeeBothSides() {
    let layer = layer()
    var seen: [[[Double]?]] = []
    let handle = layer.registerFullBackwardHook { module, inputs, outputs in
      #expect(module === layer)
      seen += [double(inputs), double(outputs)]
      return nil
    }
    let x = Tensor([[1.0, 1]], requiresGrad: true)
    (layer(x) * 5).sum().backward()
    #expect(seen == [[[10, 15]], [[5]]])
    #expect(x.grad!.toArray(Double.self) == [10, 15] && layer.weight.grad!.toArray(Double.self) == [5, 5])
    handle.remove()
    layer(x).sum().backward()
    #expect(seen.count == 2)
  }

  @Test func hooksReplaceGradients() {
    let layer = layer()
    layer.registerFullBackwardHook { _, inputs, _ in [inputs[0]! + 1] }
    layer.registerFullBackwardHook { _, inputs, _ in [inputs[0]! * 10] }
    layer.registerFullBackwardPreHook { _, outputs in [outputs[0]! * 2] }
    var seen: [[Double]?] = []
    layer.registerFullBackwardHook { _, _, outputs in
      seen = double(outputs)
      return nil
    }
    let x = Tensor([[1.0, 1]], requiresGrad: true)
    layer(x).sum().backward()
    #expect(x.grad!.toArray(Double.self) == [50, 70])
    #expect(layer.weight.grad!.toArray(Double.self) == [2, 2])
    #expect(seen == [[2]])
  }

  @Test func withoutInputsThatLearn() {
    let layer = layer()
    var calls = 0
    layer.registerFullBackwardHook { _, inputs, outputs in
      calls += 1
      #expect(inputs.count == 1 && inputs[0] == nil && outputs[0]!.toArray(Double.self) == [1])
      return nil
    }
    layer(Tensor([[1.0, 1]])).sum().backward()
    #expect(calls == 1)
    _ = noGrad { layer(Tensor([[1.0, 1]])) }
    #expect(calls == 1)
  }

  @Test func severalInputsAndOutputs() {
    final class Pair: Module {
      func callAsFunction(_ a: Tensor, _ b: Tensor) -> [Tensor] {
        callWithHooks([a, b]) { [$0[0] * $0[1], $0[1] * 3] }
      }
    }
    let pair = Pair()
    var seen: [[[Double]?]] = []
    pair.registerFullBackwardHook { _, inputs, outputs in
      seen += [double(inputs), double(outputs)]
      return [inputs[0].map { $0 * 2 }, nil]
    }
    let a = Tensor([2.0], requiresGrad: true), b = Tensor([5.0])
    let outputs = pair(a, b)
    #expect(outputs.map(\.requiresGrad) == [true, false])
    outputs[0].sum().backward()
    #expect(seen == [[[5], nil], [[1], nil]] && a.grad!.item() == 10)
  }

  @Test func gradientsOfGradientsPassThrough() {
    let layer = layer()
    layer.registerFullBackwardHook { _, _, _ in nil }
    let x = Tensor([[1.0, 2]], requiresGrad: true)
    let g = grad([(layer(x) ** 2).sum()], [x], createGraph: true)[0]!
    #expect(grad([g.sum()], [x])[0]!.toArray(Double.self) == [20, 30])
  }

  @Test func misuseIsNamed() {
    let layer = layer()
    let x = Tensor([[1.0, 1]], requiresGrad: true)
    let hook = layer.registerFullBackwardHook { _, inputs, _ in [inputs[0], inputs[0]] }
    #expect(
      errorMessage { layer(x).sum().backward() }
        == "Backward hook returned an invalid number of grad_input, got 2, but expected 1")
    hook.remove()
    let pre = layer.registerFullBackwardPreHook { _, outputs in outputs + outputs }
    #expect(
      errorMessage { layer(x).sum().backward() }
        == "Backward pre hook returned an invalid number of grad_output, got 2, but expected 1")
    pre.remove()
    layer.registerFullBackwardHook { _, _, _ in nil }
    let y = layer(x)
    #expect(y.gradFn?.name == "BackwardHookFunctionBackward")
    #expect(
      errorMessage { y.add_(1) }.hasPrefix("Output 0 of BackwardHookFunction is a view and is being modified inplace."))
  }

  @Test func insideAModel() {
    let inner = layer()
    let model = Sequential(Linear(2, 2), inner, ReLU())
    var calls = 0
    inner.registerFullBackwardHook { _, _, _ in
      calls += 1
      return nil
    }
    model(Tensor([[1.0, 1]])).sum().backward()
    #expect(calls == 1)
  }
}
