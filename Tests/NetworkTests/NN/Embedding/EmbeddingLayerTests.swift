import Backplane
import TestSupport
import Testing

@Suite struct EmbeddingLayerTests {
  @Test(arguments: testDevices) func tablesAgreeWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.Embedding", [6, 3], [:], [.whole([2, 4], below: 6)], [-2.25544075792, 0.367949826021], on: device)
    try expectAgreement(
      "nn.Embedding", [6, 3], ["padding_idx": -3, "scale_grad_by_freq": true], [.whole([5], below: 6)],
      [2.29843608487, -0.239716120794], on: device)
    try expectAgreement(
      "nn.Embedding", [6, 3], ["max_norm": 0.5], [.whole([5], below: 6)], [0.799772539493, 1.06283624574], on: device)
    try expectAgreement(
      "nn.EmbeddingBag", [6, 3], ["mode": "sum"], [.whole([2, 4], below: 6)], [-11.9120784097, -0.0708028409551],
      on: device)
    try expectAgreement(
      "nn.EmbeddingBag", [6, 3], ["mode": "mean"], [.whole([2, 4], below: 6)], [-2.97801960241, -0.0177007102388],
      on: device)
    try expectAgreement(
      "nn.EmbeddingBag", [6, 3], ["mode": "max"], [.whole([2, 4], below: 6)], [-2.96048283668, 1.99559758196],
      on: device)
    try expectAgreement(
      "nn.EmbeddingBag", [6, 3], ["mode": "sum", "padding_idx": 0], [.whole([3, 4], below: 6)],
      [-3.40886081164, -4.44410254756], on: device)
  }

  @Test(arguments: testDevices) func offsetsDivideAVector(_ device: Device) throws {
    let rows = Tensor([[1.0, 2], [3, 4], [5, 6]], device: device)
    let bags = EmbeddingBag.fromPretrained(rows, mode: .sum)
    let indices = Tensor([0, 1, 2, 2], device: device), offsets = Tensor([0, 3], device: device)
    #expect(bags(indices, offsets: offsets).toArray(Int.self) == [9, 12, 5, 6])
    let factors = Tensor([1.0, 0, 2, 3], device: device)
    #expect(bags(indices, offsets: offsets, perSampleWeights: factors).toArray(Int.self) == [11, 14, 15, 18])
    let named = try module(
      "nn.EmbeddingBag", [3, 2], ["mode": "max", "include_last_offset": true, "_weight": .tensor(rows)])
    let ends = Tensor([0, 2, 4], device: device)
    #expect(try named.call([.tensor(indices), .tensor(ends)]).tensor!.toArray(Int.self) == [3, 4, 5, 6])
    #expect(bags(indices.reshape([2, 2])).toArray(Int.self) == [4, 6, 10, 12])
  }

  @Test(arguments: testDevices) func pretrainedRowsAreFrozen(_ device: Device) {
    let rows = Tensor([[1, 2.25], [4, 5.5]], device: device)
    let table = Embedding.fromPretrained(rows)
    #expect(!table.weight.requiresGrad && table.weight.sharesStorage(with: rows) && table.parameters().count == 1)
    #expect(table(Tensor([1, 0], device: device)).toArray(Double.self) == [4, 5.5, 1, 2.25])
    #expect(Embedding.fromPretrained(rows, freeze: false).weight.requiresGrad)
    #expect(!EmbeddingBag.fromPretrained(rows).weight.requiresGrad)
  }

  @Test func startNormal() {
    let table = Embedding(2000, 4, paddingIdx: -1, device: "reference", generator: Generator(seed: 2))
    #expect(table.paddingIdx == 1999 && table.weight[1999].toArray(Float.self) == [0, 0, 0, 0])
    #expect(abs(table.weight.mean().item()) < 0.05 && abs(table.weight.std().item() - 1) < 0.05)
    let bags = EmbeddingBag(2000, 4, paddingIdx: 0, dtype: .float64, device: "reference")
    #expect(bags.weight[0].toArray(Float.self) == [0, 0, 0, 0] && bags.weight.dtype == .float64)
    #expect(table.stateDict().keys == ["weight"])
  }

  @Test func printAsPyTorchDoes() {
    #expect(
      "\(Embedding(10, 3, paddingIdx: -1, maxNorm: 1.5, normType: 1, scaleGradByFreq: true, sparse: true))"
        == "Embedding(10, 3, padding_idx=9, max_norm=1.5, norm_type=1.0, scale_grad_by_freq=True, sparse=True)")
    #expect(
      "\(EmbeddingBag(10, 3, maxNorm: 2, mode: .sum, paddingIdx: 2))"
        == "EmbeddingBag(10, 3, max_norm=2.0, mode='sum', padding_idx=2)")
  }

  @Test func mistakesAreTold() {
    func made(_ name: String, _ keywords: [String: Argument]) -> String {
      errorMessage { _ = try module(name, [6, 3], keywords) }
    }
    #expect(made("nn.Embedding", ["padding_idx": 6]) == "Padding_idx must be within num_embeddings")
    #expect(made("nn.EmbeddingBag", ["padding_idx": -7]) == "padding_idx must be within num_embeddings")
    #expect(
      made("nn.Embedding", ["_weight": .tensor(Tensor.zeros([5, 3]))])
        == "Shape of weight does not match num_embeddings and embedding_dim")
    #expect(made("nn.EmbeddingBag", ["mode": "median"]) == "mode has to be one of sum, mean or max")
    #expect(
      errorMessage { _ = Embedding.fromPretrained(Tensor.zeros([4])) }
        == "Embeddings parameter is expected to be 2-dimensional")
    let table = Embedding(6, 3, device: "reference")
    #expect(errorKind { _ = table(Tensor([7], device: "reference")) } == .index)
    #expect(errorKind { _ = table(Tensor([1.5], device: "reference")) } == .dtype)
  }
}
