import Backplane
import TestSupport
import Testing

/// Code inside `withErrors` runs on after an error, and what it finds in place of results can be used.
@Suite struct PlaceholderTests {
  struct Use: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// From a valid matrix of shape [2, 3] and an invalid tensor.
    let body: @Sendable (_ x: Tensor, _ bad: Tensor) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (Tensor, Tensor) throws -> Void) {
      testDescription = name
      self.body = body
    }
  }

  private static func afterAnError(_ use: Use, on device: Device = "cpu") -> String {
    errorMessage {
      let x = Tensor.ones([2, 3], device: device)
      try use.body(x, x + Tensor.ones([2], device: device))
    }
  }

  private static let first = "The size of tensor a (3) must match the size of tensor b (2)"

  @Test(arguments: lists + values + shapes + graphs + modules) func canBeUsed(_ use: Use) {
    #expect(PlaceholderTests.afterAnError(use).hasPrefix(PlaceholderTests.first))
  }

  /// The error itself is in the call whose result is used.
  @Test(arguments: failures) func ofAFailingCallCanBeUsed(_ use: Use) {
    let message = errorMessage { try use.body(Tensor.ones([2, 3]), Tensor.ones([2, 3])) }
    #expect(message != "(no error)" && !message.contains("failed call"))
  }

  static let lists = [
    Use("split") { _, bad in _ = bad.split(1)[5] + 1 },
    Use("split in sizes") { _, bad in _ = bad.split([1, 2, 3, 4])[3] + 1 },
    Use("chunk") { _, bad in
      let parts = bad.chunk(3, dim: -1)
      #expect(parts.count == 3)
      _ = parts[0].matmul(parts[1].mT).softmax(-1).matmul(parts[2])
    },
    Use("many chunks") { _, bad in _ = bad.chunk(1 << 60)[99] },
    Use("unbind") { _, bad in _ = bad.unbind(dim: 1)[7] + bad.unbind()[2] },
    Use("tensorSplit") { _, bad in _ = bad.tensorSplit(4)[3] + bad.tensorSplit([1, 2])[2] },
    Use("hsplit, vsplit, dsplit") { _, bad in
      _ = bad.hsplit(3)[2] + bad.vsplit([1])[1] + bad.dsplit(2)[1] + bad.hsplit([1])[1]
    },
    Use("meshgrid") { x, bad in _ = meshgrid([x[0], bad])[1] + 1 },
    Use("broadcastTensors") { x, bad in _ = broadcastTensors([x, bad])[1] + 1 },
    Use("nonzeroTuple") { x, bad in
      let rows = bad.nonzeroTuple()
      _ = x[rows[0], rows[1]]
    },
    Use("where") { _, bad in _ = `where`(bad .> 0)[2] },
    Use("nested loops over parts end") { _, bad in
      for row in bad.unbind() { for part in row.split(1) { _ = part.chunk(2)[1] } }
    },
    Use("copies of parts") { _, bad in
      _ = splitCopy(bad, 1)[3] + splitWithSizesCopy(bad, [1, 2])[1] + unbindCopy(bad)[2]
    },
    Use("gradient, unravelIndex") { _, bad in
      _ = gradient(bad, dim: [0, 1])[1] + gradient(bad)[3] + unravelIndex(bad, [2, 3, 4])[2]
    },
    Use("randomSplit") { x, _ in
      let parts = randomSplit(TensorDataset(x), [1, 5])
      _ = parts[1][0] + 1
      for batch in DataLoader(parts[1], batchSize: 2) { _ = batch * 2 }
    },
    Use("TensorDataset") { x, bad in
      let data = TensorDataset(x, bad)
      _ = data[0].1 + 1
      for (a, b) in DataLoader(data) { _ = a + b }
    },
  ]

  static let values = [
    Use("item") { _, bad in #expect(bad.item() == 0 && Int(bad.item()) == 0) },
    Use("item of a type") { _, bad in
      #expect(bad.item(Int.self) == 0 && bad.item(Float.self) == 0 && !bad.item(Bool.self))
      #expect(bad.item(Scalar.self) == .int(0))
    },
    Use("toArray") { _, bad in #expect(bad.toArray(Float.self)[5] == 0 && bad.toArray(Int.self)[0] == 0) },
    Use("an index made of a value") { x, bad in _ = x[bad.argmax().item(Int.self)] },
    Use("equal, allclose") { x, bad in #expect(!bad.equal(x) && !x.allclose(bad)) },
    Use("description") { _, bad in #expect("\(bad)" == "tensor(invalid)") },
    Use("max, sort, topk") { _, bad in
      let ((values, _), (_, places)) = (bad.max(1), bad.sort())
      _ = values + bad.topk(2).indices + places + bad.median(0).values + bad.mode().indices + bad.kthvalue(1).values
    },
    Use("aminmax, cummax, unique") { _, bad in
      _ = bad.aminmax().max + bad.cummax(0).values + bad.unique(returnCounts: true).counts!
      _ = bad.unique(returnInverse: true).inverse! + bad.uniqueConsecutive(returnInverse: true).inverse!
    },
    Use("factorizations") { _, bad in
      _ = Linalg.svd(bad).s + Linalg.qr(bad).r + Linalg.eigh(bad).eigenvalues + Linalg.slogdet(bad).sign
      _ = Linalg.lu(bad).p + Linalg.lstsq(bad, bad).solution + bad.slogdet().logAbsDet + Linalg.luFactor(bad).pivots
    },
    Use("a call by name") { _, bad in
      let parts = try call("split", [.tensor(bad), 1]).flattened
      _ = parts[0].tensor!
    },
  ]

  static let shapes = [
    Use("shape") { _, bad in
      _ = Tensor.zeros([bad.shape[0], bad.shape[1], bad.shape[-1]])
      _ = bad.shape.extents[2] + bad.shape.first! + bad.shape.last! + bad.shape.count
    },
    Use("size") { _, bad in _ = (100 / bad.size(0), 100 / bad.size(-1), bad.size()[3]) },
    Use("strides") { _, bad in _ = bad.strides[1] + bad.storageOffset + bad.numel },
    Use("loops over extents") { _, bad in
      for i in 0..<bad.size(0) { _ = bad[i] }
      for d in 0..<bad.dim - 2 { _ = bad.shape[d] }
    },
    Use("device and dtype") { _, bad in
      _ = Tensor.zeros([1], device: bad.device)
      _ = Tensor.zeros([1], dtype: bad.dtype)
    },
    Use("limits of a wrong type") { _, _ in _ = finfo(.int8).eps + Double(iinfo(.float32).max) },
    Use("an extent that is not there") { x, _ in _ = (10 / x.shape[7], 10 / x.size(9)) },
  ]

  static let graphs = [
    Use("grad of a list") { x, bad in
      let w = Tensor.ones([3], requiresGrad: true)
      _ = grad([bad.sum()], [w, x])[0]! + grad([(w * bad).sum()], [w])[0]!
    },
    Use("grad") { _, bad in
      let w = Tensor.ones([3], requiresGrad: true)
      _ = grad((w * bad).sum(), w) * 2
    },
    Use("the gradient after backward") { x, bad in
      let w = Tensor.ones([3], requiresGrad: true)
      (x * w + bad).sum().backward()
      noGrad { _ = w.sub_(w.grad! * 0.1) }
      _ = bad.grad!
    },
    Use("gradFn") { _, bad in #expect(bad.gradFn!.name == "Invalid") },
    Use("an optimizer's step") { x, bad in
      let model = Linear(3, 1)
      let optimizer = SGD(model.parameters(), lr: 0.1)
      (model(x) + bad).sum().backward()
      optimizer.step()
      optimizer.zeroGrad()
    },
  ]

  static let modules = [
    Use("stateDict lookups") { _, _ in _ = Linear(2, 2).stateDict()["wieght"]! + 1 },
    Use("Sequential") { x, _ in _ = Sequential(["a.b": Linear(3, 1)])["a.b"]!(Sequential(ReLU())[4](x)) },
    Use("a layer of a wrong size") { x, _ in
      let layer = Linear(-3, 1)
      _ = layer.weight.size(0) + layer.bias!.size(0)
      _ = layer(x)
    },
    Use("what throws as a consequence hides nothing") { _, bad in
      struct Consequence: Error {}
      if bad.item() == 0 { throw Consequence() }
    },
  ]

  static let failures = [
    Use("split") { x, _ in _ = x.split([1, 7], dim: 1)[0] + x.split([1, 7], dim: 1)[1] },
    Use("split of a dimension that is not") { x, _ in _ = x.split(2, dim: 7)[0] + 1 },
    Use("chunk") { x, _ in _ = x.chunk(3, dim: 5)[2] + 1 },
    Use("chunk in none") { x, _ in _ = x.chunk(0)[0] + 1 },
    Use("unbind") { x, _ in _ = x.unbind(dim: 4)[1] + 1 },
    Use("tensorSplit") { x, _ in _ = x.tensorSplit(3, dim: 2)[2] + 1 },
    Use("hsplit") { x, _ in _ = x.hsplit(2)[1] + 1 },
    Use("dsplit") { x, _ in _ = x.dsplit([1, 2])[2] + 1 },
    Use("meshgrid") { x, _ in _ = meshgrid([x, x])[1] + 1 },
    Use("broadcastTensors") { x, _ in _ = broadcastTensors([x, Tensor.ones([2])])[1] + 1 },
    Use("grad") { x, _ in _ = grad([x.sum()], [x])[0]! + 1 },
    Use("item") { x, _ in _ = 3 / (1 + Int(x.item())) },
    Use("broadcastShapes") { _, _ in _ = 1 / broadcastShapes([2, 3], [4])[1] },
    Use("gradient") { x, _ in _ = gradient(x, dim: [0, 5])[1] + 1 },
    Use("max") { x, _ in _ = x.max(9).indices + 1 },
    Use("an element") { x, _ in _ = x[0, 5].item() + Double(x[5].shape[0]) },
    Use("shape") { x, _ in _ = 10 / x.shape[9] },
    Use("randomSplit") { x, _ in _ = randomSplit(TensorDataset(x), [5, 5])[1][0] },
    Use("ragged items") { x, _ in
      struct Ragged: Dataset {
        let count = 2
        subscript(position: Int) -> [Tensor] { Array(repeating: Tensor.ones([1]), count: 2 - position) }
      }
      for batch in DataLoader(Ragged(), batchSize: 2) { _ = batch[1] + 1 }
    },
    Use("items of different names") { x, _ in
      struct Ragged: Dataset {
        let count = 2
        subscript(position: Int) -> [String: Tensor] { ["\(position)": Tensor.ones([1])] }
      }
      for batch in DataLoader(Ragged(), batchSize: 2) { _ = batch["0"] }
    },
  ]
}
