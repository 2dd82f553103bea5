import Backplane
import TestSupport
import Testing

@Suite struct MultiheadAttentionTests {
  @Test(arguments: testDevices) func ofASequenceToItself(_ device: Device) throws {
    let golden = try SequenceGolden("mha", on: device)
    let module = MultiheadAttention(8, 2)
    try golden.load(module)
    let x = try golden.input("x")
    let (output, weights) = module(x, x, x)
    try golden.check(module, ["x": x], [output, try #require(weights)])
  }

  @Test(arguments: testDevices) func withMasksOfBools(_ device: Device) throws {
    let golden = try SequenceGolden("mha_masked", on: device)
    let module = MultiheadAttention(8, 2, batchFirst: true)
    try golden.load(module)
    let x = try golden.input("x")
    let (padding, mask) = (try golden["in/key_padding_mask"], try golden["in/attn_mask"])
    let (output, weights) = module(x, x, x, keyPaddingMask: padding, needWeights: false, attnMask: mask)
    #expect(weights == nil)
    // The same with the shares.
    let other = module(x, x, x, keyPaddingMask: padding, attnMask: mask)
    #expect(areClose(other.output.toArray(), output.toArray()))
    try golden.check(module, ["x": x], [output])
  }

  @Test(arguments: testDevices) func theSharesOfEachHead(_ device: Device) throws {
    let golden = try SequenceGolden("mha_heads", on: device)
    let module = MultiheadAttention(8, 2, bias: false, batchFirst: true)
    try golden.load(module)
    let x = try golden.input("x")
    let (output, weights) = module(x, x, x, attnMask: try golden["in/attn_mask"], averageAttnWeights: false)
    try golden.check(module, ["x": x], [output, try #require(weights)])
  }

  @Test(arguments: testDevices) func toStepsBefore(_ device: Device) throws {
    let golden = try SequenceGolden("mha_causal", on: device)
    let module = MultiheadAttention(8, 2)
    try golden.load(module)
    let x = try golden.input("x")
    let mask = Transformer.generateSquareSubsequentMask(4, device: device)
    #expect(mask.equal(try golden["in/attn_mask"]))
    try golden.check(
      module, ["x": x], [module(x, x, x, needWeights: false, attnMask: mask, isCausal: true).output])
  }

  @Test(arguments: testDevices) func ofOtherKeysAndValues(_ device: Device) throws {
    let golden = try SequenceGolden("mha_cross", on: device)
    let module = MultiheadAttention(8, 2, addBiasKv: true, addZeroAttn: true, kdim: 3, vdim: 5)
    try golden.load(module)
    let (q, k, v) = (try golden.input("q"), try golden.input("k"), try golden.input("v"))
    let (output, weights) = module(q, k, v)
    try golden.check(module, ["q": q, "k": k, "v": v], [output, try #require(weights)])
  }

  @Test(arguments: testDevices) func ofKeysThatAreTheValues(_ device: Device) throws {
    let golden = try SequenceGolden("mha_shared", on: device)
    let module = MultiheadAttention(8, 4, batchFirst: true)
    try golden.load(module)
    let (q, k) = (try golden.input("q"), try golden.input("k"))
    let apart = module(q, k, k.clone(), needWeights: false).output
    let output = module(q, k, k, needWeights: false).output
    #expect(areClose(apart.toArray(), output.toArray()))
    try golden.check(module, ["q": q, "k": k], [output])
  }

  @Test(arguments: testDevices) func withoutABatch(_ device: Device) throws {
    let golden = try SequenceGolden("mha_unbatched", on: device)
    let module = MultiheadAttention(8, 4, batchFirst: true)
    try golden.load(module)
    let x = try golden.input("x")
    let (output, weights) = module(x, x, x, keyPaddingMask: try golden["in/key_padding_mask"])
    try golden.check(module, ["x": x], [output, try #require(weights)])
  }

  @Test func namesDescriptionAndStart() {
    let module = MultiheadAttention(4, 2, addBiasKv: true, kdim: 3, generator: Generator(seed: 1))
    #expect(
      module.stateDict().keys == [
        "q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_bias", "bias_k", "bias_v", "out_proj.weight",
        "out_proj.bias",
      ])
    #expect(
      "\(module)"
        == "MultiheadAttention(\n"
        + "  (out_proj): NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)\n)")
    let wide = MultiheadAttention(64, 2, generator: Generator(seed: 1))
    #expect(wide.stateDict().keys.prefix(2) == ["in_proj_weight", "in_proj_bias"])
    let values = wide.inProjWeight!.toArray(Double.self), bound = (6.0 / 256).squareRoot()
    #expect(values.allSatisfy { abs($0) <= bound } && values.max()! > 0.99 * bound)
    #expect(wide.inProjBias!.abs().sum().item() == 0 && wide.outProj.bias!.abs().sum().item() == 0)
  }

  @Test func dropsSharesInTrainingAlone() {
    let module = MultiheadAttention(4, 2, dropout: 1, bias: false)
    let x = Tensor.ones([2, 3, 4])
    for needWeights in [true, false] {
      #expect(module.train()(x, x, x, needWeights: needWeights).output.abs().sum().item() == 0)
      #expect(module.eval()(x, x, x, needWeights: needWeights).output.abs().sum().item() > 0)
    }
  }

  @Test func hooksSeeThreeInputs() {
    let module = MultiheadAttention(4, 2)
    var counts: [Int] = []
    module.registerForwardHook { _, inputs, outputs in
      counts += [inputs.count, outputs.count]
      return nil
    }
    let x = Tensor.ones([2, 3, 4])
    _ = module(x, x, x)
    _ = module(x, x, x, needWeights: false)
    #expect(counts == [3, 2, 3, 1])
    #expect(Sequential(module)(x).shape == [2, 3, 4])
  }

  @Test func inOtherTypes() {
    let module = MultiheadAttention(4, 2, batchFirst: true)
    let x = Tensor.ones([2, 3, 4])
    autocast("cpu", dtype: .bfloat16) {
      #expect(module(x, x, x, needWeights: false, attnMask: Tensor.zeros([3, 3])).output.dtype == .bfloat16)
    }
    let wide = x.double()
    #expect(module.double()(wide, wide, wide).weights!.dtype == .float64)
  }

  @Test func mistakes() {
    func zeros(_ shape: Int...) -> Tensor { Tensor.zeros(shape) }
    func call(_ module: MultiheadAttention, _ q: Tensor, _ k: Tensor, _ v: Tensor) -> String {
      errorMessage { _ = module(q, k, v) }
    }
    #expect(errorMessage { _ = MultiheadAttention(5, 2) } == "embed_dim must be divisible by num_heads")
    #expect(
      errorMessage { _ = MultiheadAttention(0, 2) }
        == "embed_dim and num_heads must be greater than 0, got embed_dim=0 and num_heads=2 instead")
    #expect(errorKind { _ = MultiheadAttention(.max - 1, 2) } != nil)
    let module = MultiheadAttention(4, 2), x = zeros(2, 3, 4)
    #expect(
      call(module, zeros(2, 3, 5), zeros(2, 3, 5), zeros(2, 3, 5))
        == "was expecting embedding dimension of 4, but got 5")
    #expect(call(module, zeros(4), zeros(4), zeros(4)).contains("but received 1-D query tensor"))
    #expect(
      call(module, zeros(2, 4), zeros(2, 1, 4), zeros(2, 1, 4))
        == "For unbatched (2-D) `query`, expected `key` and `value` to be 2-D but found 3-D and 3-D tensors respectively"
    )
    #expect(
      call(module, x, zeros(5, 3, 4), zeros(4, 3, 4)) == "key shape [5, 3, 4] does not match value shape [4, 3, 4]")
    #expect(call(module, x, zeros(5, 2, 4), zeros(5, 2, 4)).contains("different batch sizes"))
    let batchFirst = MultiheadAttention(4, 2, batchFirst: true)
    #expect(call(batchFirst, x, zeros(3, 3, 4), zeros(3, 3, 4)).contains("different batch sizes"))
    #expect(
      errorMessage { _ = batchFirst(x, x, x, attnMask: zeros(2, 2)) }
        == "The shape of the 2D attn_mask is [2, 2], but should be [3, 3].")
    #expect(
      errorMessage { _ = module(x, x, x, isCausal: true) }.hasPrefix("Need attn_mask if specifying the is_causal hint.")
    )
    #expect(
      errorMessage { _ = module(x, x, x, keyPaddingMask: zeros(3, 2).to(.int64)) }
        == "only bool and floating types of key_padding_mask are supported")
    #expect(errorKind { _ = module(x, x, x, keyPaddingMask: zeros(2, 2)) } == .shape)
    #expect(
      errorMessage { _ = MultiheadAttention(4, 2, dropout: 1.5)(x, x, x) }
        == "dropout probability has to be between 0 and 1, but got 1.5")
    #expect(errorKind { _ = module(x.double(), x.double(), x.double()) } == .dtype)
  }

  @Test func byName() throws {
    let attention = try module("nn.MultiheadAttention", [4, 2], ["batch_first": true])
    let x: Argument = .tensor(Tensor.ones([2, 3, 4]))
    #expect(try attention.call([x, x, x]).flattened.map { $0.tensor?.shape } == [[2, 3, 4], [2, 3, 3]])
    #expect(try attention.call([x, x, x], ["need_weights": false]).flattened.count == 2)
  }
}
