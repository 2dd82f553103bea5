import Backplane
import TestSupport
import Testing

/// Functions that see gradients. Numbers and messages are PyTorch's.
@Suite struct HookTests {
  private func leaf(_ values: [Double] = [1, 2]) -> Tensor { Tensor(values, requiresGrad: true) }

  @Test func hooksAreRemoved() {
    let x = leaf([1])
    var calls: [String] = []
    func note(_ name: String) -> (Tensor) -> Tensor? {
      {
        calls.append(name)
        return $0 * 2
      }
    }
    let first = x.registerHook(note("first"))
    let second = x.registerHook(note("second"))
    (x * 1).sum().backward()
    #expect(calls == ["first", "second"] && x.grad!.item() == 4)
    first.remove()
    first.remove()
    x.grad = nil
    (x * 1).sum().backward()
    #expect(calls == ["first", "second", "second"] && x.grad!.item() == 2)
    second.remove()
    (x * 1).sum().backward()
    #expect(calls.count == 3)

    let y = x * 3
    let handle = y.registerHook(note("result"))
    handle.remove()
    y.sum().backward()
    #expect(calls.count == 3)
  }

  @Test func aHookStaysWhenItsHandleIsGone() {
    let x = leaf([1])
    do { _ = x.registerHook { $0 * 5 } }
    (x * 1).sum().backward()
    #expect(x.grad!.item() == 5)
  }

  @Test func whatHooksGiveIsChecked() {
    let x = leaf()
    func message(_ hook: @escaping (Tensor) -> Tensor?) -> [String] {
      let leafHandle = x.registerHook(hook)
      defer { leafHandle.remove() }
      let y = x.detach().requiresGrad_() * 2
      y.registerHook(hook)
      return [errorMessage { (x * 2).sum().backward() }, errorMessage { y.sum().backward() }]
    }
    for text in message({ $0[0..<1] }) { #expect(text == "hook has changed the size of value (was [2] got [1])") }
    for text in message({ $0.double() }) {
      #expect(text == "hook has changed the type of value (was FloatTensor got DoubleTensor)")
    }
    for text in message({ $0.to("reference") }) {
      #expect(text == "hook has changed the device of value (was cpu got reference)")
    }
    for text in message({ $0.reshape([7]) }) { #expect(text.contains("shape '[7]' is invalid")) }
    #expect(x.grad == nil)
    #expect(
      errorMessage { leaf().detach().registerHook { $0 } }
        == "cannot register a hook on a tensor that doesn't require gradient")
  }

  @Test func hooksRunInPyTorchsOrder() {
    let x = leaf([1])
    var calls: [String] = []
    let y = x * 2
    y.registerHook {
      calls.append("tensor")
      return $0 * 10
    }
    y.retainGrad()
    y.gradFn!.registerPrehook {
      calls.append("pre \($0[0]!.toArray(Double.self)[0])")
      return [$0[0]! * 3]
    }
    y.gradFn!.registerHook { inputs, outputs in
      calls.append("node \(inputs[0]!.toArray(Double.self)[0]) \(outputs[0]!.toArray(Double.self)[0])")
      return [inputs[0]! + 1]
    }
    x.registerHook {
      calls.append("leaf")
      return $0
    }
    x.registerPostAccumulateGradHook { calls.append("accumulated \($0.grad!.toArray(Double.self)[0])") }
    y.sum().backward()
    #expect(calls == ["tensor", "pre 10.0", "node 60.0 30.0", "leaf", "accumulated 61.0"])
    #expect(y.grad!.item() == 10 && x.grad!.item() == 61)
  }

  @Test func hooksOfNodesAreRemovedAndChecked() {
    let x = leaf([1])
    let y = x * 2
    let pre = y.gradFn!.registerPrehook { [$0[0], $0[0]] }
    #expect(
      errorMessage { y.sum().backward(retainGraph: true) }
        == "a prehook of MulBackward0 returned an invalid number of grad_output, got 2, but expected 1")
    pre.remove()
    let post = y.gradFn!.registerHook { _, _ in [] }
    #expect(
      errorMessage { y.sum().backward(retainGraph: true) }.contains("number of grad_input, got 0, but expected 1"))
    post.remove()
    y.sum().backward()
    #expect(x.grad!.item() == 2)
  }

  @Test func completeGradientsAreToldOfAtOnce() {
    // The last layer's gradient is complete, and may be freed, before the first one's is computed.
    let (first, last) = (leaf([2]), leaf([3]))
    var calls: [String] = []
    let h = first * 5
    h.registerHook { _ in
      calls.append("between")
      return nil
    }
    for (name, leaf) in [("first", first), ("last", last)] {
      leaf.registerPostAccumulateGradHook { tensor in
        calls.append("\(name) \(tensor.grad!.toArray(Double.self)[0])")
        tensor.grad = nil
      }
    }
    (h * last).sum().backward()
    #expect(calls == ["last 10.0", "between", "first 15.0"])
    #expect(first.grad == nil && last.grad == nil)
  }

  @Test func aLeafThatIsUsedTwiceIsToldOfOnce() {
    let x = leaf([2])
    var seen: [Double] = []
    let handle = x.registerPostAccumulateGradHook { seen.append($0.grad!.toArray(Double.self)[0]) }
    let unused = x * 7
    (x * x + x.exp() * 0).sum().backward()
    #expect(seen == [4])
    (x * 1).sum().backward()
    #expect(seen == [4, 5])
    // Not of gradients that are asked for elsewhere.
    _ = grad((x * x).sum(), x)
    #expect(seen.count == 2)
    handle.remove()
    (x * 1).sum().backward()
    #expect(seen.count == 2)
    #expect(
      errorMessage { unused.registerPostAccumulateGradHook { _ in } }
        == "post accumulate grad hooks cannot be registered on non-leaf tensors")
    #expect(
      errorMessage { x.detach().registerPostAccumulateGradHook { _ in } }
        == "cannot register a hook on a tensor that doesn't require gradient")
  }

  @Test func anOptimizersStepInAHook() {
    let x = leaf([1])
    let optimizer = SGD([x], lr: 0.1)
    x.registerPostAccumulateGradHook { x in
      optimizer.step()
      x.grad = nil
    }
    for _ in 0..<2 { (x * x).sum().backward() }
    #expect(areClose([x.item()], [0.64]) && x.grad == nil)
  }

  @Test func leavesAreMetInTheOrderOfTheirGradients() {
    let leaves = (0..<20).map { _ in leaf([1]) }
    var order: [Int] = []
    for (i, leaf) in leaves.enumerated() {
      leaf.registerHook { _ in
        order.append(i)
        return nil
      }
    }
    var total = leaves[0] * 1
    for leaf in leaves.dropFirst() { total = total + leaf * 1 }
    total.sum().backward()
    // From the last operation on.
    #expect(order == Array((0..<20).reversed()))
  }

  @Test func gradientsOfSomeLeavesAlone() {
    let (x, y) = (leaf(), leaf())
    let z = (x * y).sum()
    z.backward(retainGraph: true, inputs: [x, x])
    #expect(x.grad!.toArray(Double.self) == [1, 2] && y.grad == nil)
    backward([z, (y * 3).sum()], inputs: [y])
    #expect(y.grad!.toArray(Double.self) == [4, 5] && x.grad!.toArray(Double.self) == [1, 2])
    #expect(
      errorMessage { (x * 2).sum().backward(inputs: []) } == "`inputs` argument to `backward()` cannot be empty.")
    #expect(errorMessage { (x * 2).sum().backward(inputs: [x.detach()]) }.contains("leaves that require gradients"))
    #expect(errorMessage { backward([z, z], gradTensors: [nil]) } == "got 2 tensors and 1 gradients")
    #expect(grad([(x * 2).sum()], [x, y], materializeGrads: true)[1]!.toArray(Double.self) == [0, 0])
    let w = x * 2
    backward([w.sum(), w], gradTensors: [nil, Tensor([10.0, 20])])
    #expect(x.grad!.toArray(Double.self) == [23, 44])
  }
}
