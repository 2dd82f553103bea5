import Backplane
import TestSupport
import Testing

@Suite struct GPTTests {
  private static let config = GPTConfig(
    vocabSize: 23, nPositions: 12, nEmbd: 8, nLayer: 2, nHead: 2, residPdrop: 0, embdPdrop: 0, attnPdrop: 0)

  private func golden(on device: Device) throws -> (SequenceGolden, GPT) {
    let golden = try SequenceGolden("gpt", on: device)
    let model = GPT(GPTTests.config)
    try golden.load(model)
    return (golden, model)
  }

  /// Logits and gradients of a GPT-2 that was written out in PyTorch, from its parameters.
  @Test(arguments: testDevices) func isPyTorchs(_ device: Device) throws {
    let (golden, model) = try golden(on: device)
    let ids = try golden["in/ids"]
    let logits = model(ids)
    #expect(areClose(logits.toArray(), try golden["out/0"].toArray(), tolerance: 1e-5))
    #expect(areClose(model(ids[1]).toArray(), try golden["out/0"][1].toArray(), tolerance: 1e-5))
    // The tied weights are one parameter of two names.
    let parameters = model.namedParameters()
    #expect(
      !parameters.contains { $0.name == "lm_head.weight" } && model.lmHead.weight === model.transformer.wte.weight)
    (logits * golden.cotangent(logits)).sum().backward()
    for (key, expected) in golden.all("grad/state") {
      let gradient = try #require(parameters.first { $0.name == key }?.parameter.grad)
      #expect(areClose(gradient.toArray(), expected.toArray(), tolerance: 1e-5), "\(key)")
    }
  }

  @Test(arguments: testDevices) func theLikeliestTokens(_ device: Device) throws {
    let (golden, model) = try golden(on: device)
    let prompt = try golden["in/ids"][0..<1, 0..<3]
    let expected = try golden["greedy"].toArray(Int.self)
    #expect(model.generate(prompt, maxNewTokens: 9).toArray(Int.self) == expected)
    #expect(model.generate(prompt, maxNewTokens: 9, useCache: false).toArray(Int.self) == expected)
    #expect(model.generate(prompt[0], maxNewTokens: 9).toArray(Int.self) == expected)
  }

  /// A token at a time, several at a time, and all at once.
  @Test(arguments: testDevices) func theCacheChangesNothing(_ device: Device) throws {
    let (golden, model) = try golden(on: device)
    let ids = try golden["in/ids"], all = model(ids).toArray(Double.self)
    for sizes in [[1, 1, 1, 1, 1, 1, 1], [3, 4], [4, 1, 2], [7]] {
      let cache = KeyValueCache()
      var parts: [Tensor] = []
      for size in sizes { parts.append(model(ids.narrow(1, cache.length, size), cache: cache)) }
      #expect(cache.length == 7)
      #expect(areClose(cat(parts, dim: 1).toArray(), all, tolerance: 1e-5), "\(sizes)")
      #expect(parts.allSatisfy { !$0.requiresGrad })
    }
    let cache = KeyValueCache()
    _ = model(ids, cache: cache)
    cache.crop(to: 5)
    let last = model(ids.narrow(1, 5, 2), cache: cache)
    #expect(areClose(last.toArray(), model(ids).narrow(1, 5, 2).toArray(), tolerance: 1e-5))
    cache.reset()
    #expect(cache.length == 0 && model(ids[0], cache: cache).shape == [7, 23])
  }

  /// Memory for more tokens than the first had room for.
  @Test func theCacheGrows() {
    let cache = KeyValueCache()
    var keys: [Tensor] = []
    for step in 0..<40 {
      keys.append(Tensor.full([2, 1, 1, 3], Double(step)))
      let (all, values) = cache.append(keys[step], keys[step] * 2, layer: 0)
      #expect(all.shape == [2, 1, step + 1, 3] && values.shape == all.shape)
    }
    let (all, values) = cache.append(Tensor.ones([2, 1, 0, 3]), Tensor.ones([2, 1, 0, 3]), layer: 0)
    #expect(all.equal(cat(keys, dim: 2)) && values.equal(all * 2) && cache.length == 40)
    #expect(errorKind { _ = cache.append(Tensor.ones([1, 1, 1, 3]), Tensor.ones([1, 1, 1, 3]), layer: 0) } == .shape)
    #expect(errorKind { _ = cache.append(Tensor.ones([2, 1, 1, 3]), Tensor.ones([2, 1, 1, 3]), layer: 2) } == .shape)
    #expect(errorKind { _ = cache.append(Tensor.ones([2, 3]), Tensor.ones([2, 3]), layer: 0) } == .shape)
    #expect(cache.length == 40)
  }

  @Test(arguments: oneOfEachKind) func drawnTokens(_ device: Device) throws {
    let (golden, model) = try golden(on: device)
    let prompt = try golden["in/ids"][0..., 0..<3]
    func draw(_ seed: UInt64, _ temperature: Double = 1, topK: Int? = nil, topP: Double? = nil) -> [Int] {
      model.generate(
        prompt, maxNewTokens: 6, doSample: true, temperature: temperature, topK: topK, topP: topP,
        generator: Generator(seed: seed)
      ).toArray(Int.self)
    }
    let likeliest = model.generate(prompt, maxNewTokens: 6).toArray(Int.self)
    #expect(draw(1) == draw(1) && draw(1) != draw(2))
    #expect(draw(1, topK: 1) == likeliest && draw(2, topP: 1e-9) == likeliest && draw(3, 1e-4) == likeliest)
    #expect(draw(1, topK: 99) == draw(1) && draw(1, topP: 1) == draw(1))
    // Draws follow the shares: of the two likeliest tokens none but these come, and both do.
    let two = Set(model(prompt)[0, -1].topk(2).indices.toArray(Int.self))
    let drawn = (0..<40).map { seed in
      model.generate(
        prompt[0], maxNewTokens: 1, doSample: true, temperature: 2, topK: 2, generator: Generator(seed: UInt64(seed))
      ).toArray(Int.self)[3]
    }
    #expect(Set(drawn) == two)
  }

  @Test func sequencesEnd() throws {
    let (golden, model) = try golden(on: "cpu")
    let prompt = try golden["in/ids"][0..<1, 0..<3]
    let free = model.generate(prompt, maxNewTokens: 9).toArray(Int.self)
    var seen: [Int] = []
    let ended = model.generate(prompt, maxNewTokens: 9, eosTokenId: free[5]) { seen += $0.toArray(Int.self) }
    let end = free[3...].firstIndex(of: free[5])!
    #expect(ended.toArray(Int.self) == Array(free[...end]) && seen == Array(free[3...end]))
    #expect(model.generate(prompt, maxNewTokens: 0).equal(prompt))
    // Where one sequence has ended and the other has not, it goes on with the last token.
    let both = try golden["in/ids"][0..., 0..<3]
    let rows = model.generate(both, maxNewTokens: 9).toArray(Int.self)
    let first = rows[3], other = Array(rows[15...])
    if !other.contains(first) {
      let result = model.generate(both, maxNewTokens: 9, eosTokenId: first).toArray(Int.self)
      #expect(result[3..<12].allSatisfy { $0 == first } && Array(result[15...]) == other)
    }
  }

  @Test func generationLeavesTheModeAlone() {
    let model = GPT(GPTConfig(vocabSize: 9, nPositions: 8, nEmbd: 4, nLayer: 1, nHead: 1, residPdrop: 1, embdPdrop: 1))
    model.transformer.drop.eval()
    let ids = Tensor([[1, 2]])
    #expect(model.generate(ids, maxNewTokens: 4).equal(model.generate(ids, maxNewTokens: 4)))
    #expect(model.training && !model.transformer.drop.training && model.transformer.h[0].training)
  }

  @Test func namesOfHuggingFace() {
    let keys = GPT(GPTTests.config).stateDict().keys
    #expect(keys.count == 2 + 2 * 12 + 2 + 1)
    #expect(
      Array(keys.prefix(14)) == [
        "transformer.wte.weight", "transformer.wpe.weight", "transformer.h.0.ln_1.weight", "transformer.h.0.ln_1.bias",
        "transformer.h.0.attn.c_attn.weight", "transformer.h.0.attn.c_attn.bias", "transformer.h.0.attn.c_proj.weight",
        "transformer.h.0.attn.c_proj.bias", "transformer.h.0.ln_2.weight", "transformer.h.0.ln_2.bias",
        "transformer.h.0.mlp.c_fc.weight", "transformer.h.0.mlp.c_fc.bias", "transformer.h.0.mlp.c_proj.weight",
        "transformer.h.0.mlp.c_proj.bias",
      ])
    #expect(Array(keys.suffix(3)) == ["transformer.ln_f.weight", "transformer.ln_f.bias", "lm_head.weight"])
  }

  @Test func checkpointsOfHuggingFace() throws {
    let (golden, model) = try golden(on: "cpu")
    var bare = StateDict()
    for (key, value) in model.stateDict() where key != "lm_head.weight" {
      bare[String(key.dropFirst("transformer.".count))] = value
    }
    bare["h.0.attn.bias"] = Tensor.ones([1, 1, 12, 12])
    let other = GPT(GPTTests.config)
    try other.load(pretrained: bare)
    #expect(other(try golden["in/ids"]).equal(model(try golden["in/ids"])))
    bare["h.0.attn.c_attn.weight"] = nil
    bare["h.0.more"] = Tensor.ones([1])
    let message = errorMessage { try other.load(pretrained: bare) }
    #expect(
      message.contains("Missing key(s) in state_dict: \"transformer.h.0.attn.c_attn.weight\".")
        && message.contains("Unexpected key(s) in state_dict: \"transformer.h.0.more\"."))
  }

  @Test func startsAsGPT2() {
    let config = GPTConfig(vocabSize: 200, nPositions: 50, nEmbd: 64, nLayer: 8, nHead: 4)
    let model = GPT(config, generator: Generator(seed: 1))
    func spread(_ x: Tensor) -> Double { x.std().item() }
    #expect(abs(spread(model.transformer.wte.weight) - 0.02) < 0.001)
    let block = model.transformer.h[3] as! GPTBlock
    #expect(abs(spread(block.attn.cAttn.weight) - 0.02) < 0.001)
    #expect(
      abs(spread(block.attn.cProj.weight) - 0.005) < 0.0003 && abs(spread(block.mlp.cProj.weight) - 0.005) < 0.0003)
    #expect(block.mlp.cFc.bias.abs().sum().item() == 0 && block.ln1.weight!.sum().item() == 64)
    let count = model.parameters().map(\.numel).reduce(0, +)
    #expect(count == 416_000)
  }

  @Test func mistakes() {
    let model = GPT(GPTTests.config)
    let ids = Tensor([[1, 2, 3]])
    #expect(
      errorMessage { _ = model(Tensor.zeros([1, 13], dtype: .int64)) }
        == "GPT: 13 tokens: a sequence has from 1 to 12 of them")
    let cache = KeyValueCache()
    _ = model(ids, cache: cache)
    #expect(
      errorMessage { _ = model(Tensor.zeros([1, 10], dtype: .int64), cache: cache) }
        == "GPT: 10 tokens after 3: a sequence has from 1 to 12 of them")
    #expect(errorKind { _ = model(Tensor([[1], [2]]), cache: cache) } == .shape)
    #expect(cache.length == 3)
    #expect(errorKind { _ = model(Tensor.zeros([1, 0], dtype: .int64)) } == .shape)
    #expect(errorKind { _ = model(Tensor.zeros([1, 1, 1], dtype: .int64)) } == .shape)
    #expect(errorKind { _ = model(Tensor([[23]])) } == .index)
    #expect(errorKind { _ = model(Tensor.ones([1, 2])) } == .dtype)
    #expect(errorKind { _ = model.generate(ids, maxNewTokens: 10) } == .value)
    #expect(errorKind { _ = model.generate(ids, maxNewTokens: -1) } == .value)
    #expect(errorKind { _ = model.generate(ids, maxNewTokens: 1, temperature: 0) } == .value)
    #expect(errorKind { _ = model.generate(ids, maxNewTokens: 1, topK: 0) } == .value)
    #expect(errorKind { _ = model.generate(ids, maxNewTokens: 1, topP: 1.5) } == .value)
    #expect(errorKind { _ = model.generate(Tensor.zeros([1, 0], dtype: .int64), maxNewTokens: 1) } == .value)
    #expect(errorKind { _ = model.generate(Tensor([[40]]), maxNewTokens: 2) } == .index)
    #expect(
      errorMessage { _ = GPT(GPTConfig(nEmbd: 10, nHead: 3)) }
        == "`embed_dim` must be divisible by num_heads (got `embed_dim`: 10 and `num_heads`: 3).")
    #expect(errorKind { _ = GPT(GPTConfig(nLayer: 0)) } == .value)
  }
}
