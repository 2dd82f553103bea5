import Backplane
import TestSupport
import Testing

/// Which operations a gradient runs, frees and calls hooks of. Numbers and refusals are PyTorch's.
@Suite struct GraphWalkTests {
  private let secondTime = "Trying to backward through the graph a second time"

  private func leaf(_ values: [Double], _ device: Device = "cpu") -> Tensor {
    Tensor(values, device: device).requiresGrad_()
  }

  @Test(arguments: testDevices) func onlyWhatLeadsToTheInputsIsRun(_ device: Device) {
    let x = leaf([1, 2], device), w = leaf([3, 4], device)
    let h = x.exp() * x
    h.sum().backward()
    // What lies before h is gone, and not needed.
    #expect(grad((h * w).sum(), w).toArray(Double.self) == h.toArray(Double.self))
    #expect(errorMessage { _ = grad((h * w).sum(), x) }.contains(secondTime))
  }

  @Test func whatIsNotNeededIsNotFreed() {
    let x = leaf([1, 2]), w = leaf([3, 4])
    let h = x.exp()
    let y = (h * w).sum()
    _ = grad([y], [w], retainGraph: true)
    _ = grad(y, w)
    // h's own node was not run: it can still be gone through, while the product's cannot.
    h.sum().backward()
    #expect(areClose(x.grad!.toArray(Double.self), x.exp().toArray(Double.self)))
    #expect(errorMessage { y.backward() }.contains(secondTime))
  }

  @Test func aFailingOperationOffTheWayDoesNotMatter() {
    let x = leaf([1, 2]), w = leaf([3, 4])
    let h = x * 1
    let e = h * h
    h.add_(1)  // e's gradient is lost with this
    #expect(grad((e + w * 2).sum(), w).toArray(Double.self) == [2, 2])
    #expect(errorMessage { _ = grad((e + w * 2).sum(), x) }.contains("modified by an inplace operation"))
  }

  @Test func gradientsOfWhatLiesBetween() {
    let x = leaf([1, 2])
    let h = x * 3
    let k = h * h
    let grads = grad([k.sum()], [h, x, k], retainGraph: true)
    #expect(grads.map { $0!.toArray(Double.self) } == [[6, 12], [18, 36], [1, 1]])
    let y = h.sum()
    #expect(grad(y, y).item() == 1)
    #expect(grad([y], [h, h]).map { $0!.toArray(Double.self) } == [[1, 1], [1, 1]])
    let twice = grad([h.sum(), (h * 2).sum()], [x])[0]!
    #expect(twice.toArray(Double.self) == [9, 9])
  }

  @Test func hooksOnTheWayAreCalled() {
    let w = leaf([2, 3]), v = leaf([1, 1])
    var log: [String] = []
    func note(_ name: String, _ factor: Double) -> (Tensor) -> Tensor? {
      {
        log.append("\(name) \($0.toArray(Double.self))")
        return factor == 1 ? nil : $0 * factor
      }
    }
    w.registerHook(note("w", 10))
    v.registerHook(note("v", 1))
    let h = w * v
    h.registerHook(note("h", 2))
    h.retainGrad()
    let k = h * 3
    k.registerHook(note("k", 1))
    k.retainGrad()
    let y = k.sum()
    #expect(grad([y], [w], retainGraph: true)[0]?.toArray(Double.self) == [60, 60])
    #expect(log == ["k [1.0, 1.0]", "h [3.0, 3.0]", "w [6.0, 6.0]"])
    #expect(h.grad?.toArray(Double.self) == [6, 6] && k.grad?.toArray(Double.self) == [1, 1])
    #expect(w.grad == nil && v.grad == nil)
    log = []
    #expect(grad([y], [h], retainGraph: true)[0]?.toArray(Double.self) == [6, 6])
    #expect(log == ["k [1.0, 1.0]", "h [3.0, 3.0]"])
    log = []
    y.backward()
    #expect(log.count == 4 && v.grad?.toArray(Double.self) == [12, 18] && w.grad?.toArray(Double.self) == [60, 60])
  }

  @Test func aHookOutlivesItsTensor() {
    let x = leaf([1, 2])
    var seen: [Double] = []
    func loss() -> Tensor {
      let h = x * 2
      h.registerHook {
        seen = $0.toArray(Double.self)
        return $0 * 10
      }
      return h.sum()
    }
    loss().backward()
    #expect(seen == [1, 1])
    #expect(x.grad?.toArray(Double.self) == [20, 20])
  }

  @Test func misuse() {
    let x = leaf([1, 2])
    #expect(
      errorMessage { _ = grad(x.sum(), Tensor([1.0])) } == "One of the differentiated Tensors does not require grad")
    #expect(errorMessage { _ = grad([x.sum()], []) } == "`inputs` argument to `grad()` cannot be empty.")
    #expect(errorMessage { _ = grad(x.sum(), leaf([1])) }.contains("appears to not have been used in the graph"))
    #expect(grad([x.sum()], [leaf([1])], allowUnused: true)[0] == nil)
  }

  // MARK: A second time

  struct Operation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let function: @Sendable (Tensor) -> Tensor

    init(_ name: String, _ function: @escaping @Sendable (Tensor) -> Tensor) {
      testDescription = name
      self.function = function
    }
  }

  static let savingNothing: [Operation] = [
    Operation("add") { $0 + $0 }, Operation("add number") { $0 + 1 }, Operation("sub") { $0 - $0.detach() },
    Operation("number sub") { 1 - $0 }, Operation("neg") { -$0 }, Operation("mean") { $0.mean() },
    Operation("sum") { $0.sum(0) }, Operation("clone") { $0.clone() }, Operation("cat") { cat([$0, $0]) },
    Operation("stack") { stack([$0, $0]) }, Operation("cumsum") { $0.cumsum(0) }, Operation("select") { $0[0] },
    Operation("slice") { $0[1...] }, Operation("floor") { $0.floor() }, Operation("flip") { $0.flip([0]) },
    Operation("roll") { $0.roll(1) }, Operation("to") { $0.to(.float64) }, Operation("view") { $0.view([3, 1]) },
    Operation("expand") { $0.expand(2, 3) }, Operation("permute") { $0.view([1, 3]).permute(1, 0) },
    Operation("t") { $0.view([1, 3]).t() }, Operation("repeat") { $0.repeat([2]) }, Operation("diag") { $0.diag() },
    Operation("tril") { $0.view([1, 3]).tril() }, Operation("unfold") { $0.unfold(0, 2, 1) },
    Operation("pad") { F.pad($0, [1, 1]) }, Operation("lerp") { $0.lerp($0, 0.3) },
    Operation("dropout") { F.dropout($0, p: 0.5, training: false) },
    Operation("squeeze") { $0.unsqueeze(0).squeeze(0) },
    Operation("split") { $0.split(2)[0] }, Operation("asStrided") { $0.asStrided([2], [1]) },
    Operation("copy_") { Tensor.zeros([3], device: $0.device).copy_($0) },
    Operation("add alpha") { $0.add($0, alpha: 2) }, Operation("sub alpha") { $0.sub($0.detach(), alpha: 0.5) },
    Operation("slice assigned") { x in
      let y = Tensor.zeros([4], device: x.device)
      y[1...] = x
      return y
    },
  ]

  static let saving: [Operation] = [
    Operation("mul") { $0 * $0 }, Operation("mul number") { $0 * 2 }, Operation("div number") { $0 / 2 },
    Operation("exp") { $0.exp() }, Operation("relu") { $0.relu() }, Operation("pow") { $0 ** 1 },
    Operation("where") { Backplane.where($0 .> 1, $0, $0) },
    Operation("gather") { $0.gather(0, Tensor([0], device: $0.device)) },
    Operation("index") { $0[Tensor([0, 1], device: $0.device)] }, Operation("sort") { $0.sort().values },
    Operation("maskedFill") { $0.maskedFill($0 .> 1, 0) }, Operation("matmul") { $0.matmul($0.detach()) },
    Operation("softmax") { $0.softmax(0) }, Operation("std") { $0.std() },
    Operation("mul detached") { $0 * $0.detach() },
  ]

  @Test(arguments: savingNothing) func isAllowedWhereNothingWasSaved(_ operation: Operation) {
    for device in testDevices {
      let x = leaf([1, 2, 4], device)
      let y = operation.function(x).sum()
      y.backward()
      let once = x.grad!.toArray(Double.self)
      #expect(errorMessage { y.backward() } == "(no error)")
      #expect(x.grad!.toArray(Double.self) == once.map { 2 * $0 })
    }
  }

  @Test(arguments: saving, testDevices) func isRefusedWhereSomethingWas(_ operation: Operation, _ device: Device) {
    let x = leaf([1, 2, 4], device)
    let y = operation.function(x).sum()
    y.backward()
    #expect(errorMessage { y.backward() }.contains(secondTime))
  }

  // MARK: .grad

  @Test func anotherKindOfGradientIsRefusedAtOnce() {
    let w = leaf([1, 2])
    #expect(
      errorMessage { w.grad = Tensor.ones([3]) }
        == "attempting to assign a gradient of size '[3]' to a tensor of size '[2]'. Please ensure that the gradient and "
        + "the tensor are the same size")
    #expect(errorKind { w.grad = Tensor.ones([2, 1]) } == .shape)
    #expect(errorKind { w.grad = Tensor.ones([2], dtype: .float64) } == .dtype)
    #expect(errorKind { w.grad = Tensor.ones([2], device: "reference") } == .device)
    #expect(errorMessage { w.grad = w } == "can't assign Variable as its own grad")
    #expect(w.grad == nil)
    w.grad = Tensor.ones([2])
    #expect(w.grad?.toArray(Double.self) == [1, 1])
    w.grad = nil
    #expect(w.grad == nil)
  }
}
