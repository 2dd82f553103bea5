import Backplane
import TestSupport
import Testing

@Suite struct TransformerTests {
  @Test(arguments: testDevices) func encoderLayer(_ device: Device) throws {
    let golden = try SequenceGolden("encoder_layer", on: device)
    let layer = TransformerEncoderLayer(8, 2, dimFeedforward: 16, dropout: 0)
    try golden.load(layer)
    let x = try golden.input("x")
    try golden.check(layer, ["x": x], [layer(x)])
  }

  @Test(arguments: testDevices) func encoder(_ device: Device) throws {
    let golden = try SequenceGolden("encoder", on: device)
    let layer = TransformerEncoderLayer(
      8, 2, dimFeedforward: 16, dropout: 0, activation: .gelu, batchFirst: true, normFirst: true)
    let encoder = TransformerEncoder(layer, 2, norm: LayerNorm(8))
    try golden.load(encoder)
    let x = try golden.input("x")
    let (mask, padding) = (try golden["in/mask"], try golden["in/src_key_padding_mask"])
    let output = encoder(x, mask: mask, srcKeyPaddingMask: padding)
    // Told what it otherwise sees itself, and with the mask of bools.
    let told = encoder(x, mask: mask, srcKeyPaddingMask: padding, isCausal: true)
    let ofBools = encoder(x, mask: mask.lt(0), srcKeyPaddingMask: padding)
    #expect(areClose(told.toArray(), output.toArray()) && areClose(ofBools.toArray(), output.toArray()))
    try golden.check(encoder, ["x": x], [output])
  }

  @Test(arguments: testDevices) func decoder(_ device: Device) throws {
    let golden = try SequenceGolden("decoder", on: device)
    let layer = TransformerDecoderLayer(8, 2, dimFeedforward: 16, dropout: 0, activation: .function { $0.silu() })
    let decoder = TransformerDecoder(layer, 2)
    try golden.load(decoder)
    let (x, memory) = (try golden.input("x"), try golden.input("memory"))
    let output = decoder(
      x, memory, tgtMask: try golden["in/tgt_mask"], memoryKeyPaddingMask: try golden["in/memory_key_padding_mask"])
    try golden.check(decoder, ["x": x, "memory": memory], [output])
  }

  @Test(arguments: testDevices) func transformer(_ device: Device) throws {
    let golden = try SequenceGolden("transformer", on: device)
    let model = Transformer(
      dModel: 8, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 2, dimFeedforward: 16, dropout: 0, batchFirst: true,
      normFirst: true)
    try golden.load(model)
    let (src, tgt) = (try golden.input("src"), try golden.input("tgt"))
    let output = model(
      src, tgt, tgtMask: try golden["in/tgt_mask"], srcKeyPaddingMask: try golden["in/src_key_padding_mask"])
    try golden.check(model, ["src": src, "tgt": tgt], [output])
  }

  /// The loss of fifty steps, beside PyTorch's from the same parameters.
  @Test(arguments: oneOfEachKind) func trainsAsPyTorchDoes(_ device: Device) throws {
    final class Reader: Module {
      let body = TransformerEncoderLayer(4, 2, dimFeedforward: 8, dropout: 0, batchFirst: true)
      let head = Linear(4, 3)
      override func forward(_ x: Tensor) -> Tensor { head(body(x).mean(dim: 1)) }
    }
    let golden = try SequenceGolden("transformer_curve", on: device)
    let model = Reader()
    try golden.load(model)
    let (x, y) = (try golden["in/x"], try golden["in/y"])
    let optimizer = SGD(model.parameters(), lr: 0.1, momentum: 0.9)
    var losses: [Double] = []
    for _ in 0..<50 {
      optimizer.zeroGrad()
      let loss = F.crossEntropy(model(x), y)
      loss.backward()
      optimizer.step()
      losses.append(loss.item())
    }
    #expect(areClose(losses, try golden["losses"].toArray(), tolerance: 1e-4))
  }

  /// The layers of a stack begin equal and are trained apart, and the given one is none of them.
  @Test func stacksAreOfCopies() {
    let layer = TransformerEncoderLayer(
      4, 2, dimFeedforward: 8, activation: .gelu, layerNormEps: 1e-3, normFirst: true, bias: false)
    layer.linear2.requiresGrad_(false)
    layer.dropout2.eval()
    layer.double()
    let encoder = TransformerEncoder(layer, 2)
    #expect(
      encoder.stateDict().keys.prefix(2) == ["layers.0.self_attn.in_proj_weight", "layers.0.self_attn.out_proj.weight"])
    for case let copy as TransformerEncoderLayer in encoder.layers {
      #expect(copy !== layer && copy.normFirst && copy.norm1.eps == 1e-3)
      #expect(zip(copy.parameters(), layer.parameters()).allSatisfy { $0 !== $1 && $0.equal($1) })
      #expect(copy.parameters().map(\.requiresGrad) == layer.parameters().map(\.requiresGrad))
      #expect(copy.linear1.weight.dtype == .float64 && !copy.dropout2.training && copy.dropout1.training)
    }
    let x = Tensor.ones([3, 1, 4], dtype: .float64)
    let before = encoder.eval()(x)
    Init.zeros_(layer.linear1.weight)
    #expect(encoder(x).equal(before))
    #expect(
      "\(TransformerDecoder(TransformerDecoderLayer(4, 2), 1, norm: LayerNorm(4)))".hasPrefix(
        "TransformerDecoder(\n  (layers): ModuleList(\n    (0): TransformerDecoderLayer(\n      (self_attn): "))
  }

  @Test func layersOfOnesOwn() {
    final class Doubled: TransformerEncoderLayer {
      override func forward(_ src: Tensor, srcMask: Tensor?, srcKeyPaddingMask: Tensor?, isCausal: Bool) -> Tensor {
        src * 2
      }
    }
    let x = Tensor.ones([3, 1, 4])
    let encoder = TransformerEncoder(layers: [Doubled(4, 2), Doubled(4, 2)])
    #expect(encoder(x).equal(x * 4) && encoder.numLayers == 2)
    #expect(
      errorMessage { _ = TransformerEncoder(Doubled(4, 2), 2) }
        == "Doubled does not override copy(), so that a stack of it would be one of TransformerEncoderLayer: override it, "
        + "or give layers one by one")
    let model = Transformer(dModel: 4, nhead: 2, numDecoderLayers: 1, dimFeedforward: 8, customEncoder: encoder)
    #expect(model.encoder === encoder && model(x, x).shape == [3, 1, 4])
  }

  @Test func hooksSeeWhatGoesThrough() {
    let layer = TransformerEncoderLayer(4, 2, dimFeedforward: 8, dropout: 0)
    var seen: [String] = []
    for module in [layer.selfAttn, layer.linear1, layer.linear2, layer.norm1, layer] as [Module] {
      module.registerForwardHook { module, inputs, _ in
        seen.append("\(type(of: module)) \(inputs.count)")
        return nil
      }
    }
    _ = layer(Tensor.ones([3, 1, 4]), srcMask: Transformer.generateSquareSubsequentMask(3))
    #expect(
      seen == ["MultiheadAttention 3", "LayerNorm 1", "Linear 1", "Linear 1", "TransformerEncoderLayer 1"])
  }

  @Test func masks() {
    let mask = Transformer.generateSquareSubsequentMask(3)
    let inf = Double.infinity
    #expect(mask.toArray(Double.self) == [0, -inf, -inf, 0, 0, -inf, 0, 0, 0])
    #expect(Transformer.generateSquareSubsequentMask(2, dtype: .float64).dtype == .float64)
    #expect(Transformer.generateSquareSubsequentMask(0).shape == [0, 0])
    #expect(errorKind { _ = Transformer.generateSquareSubsequentMask(-1) } == .shape)
    // A mask that is not causal is not taken for one.
    let encoder = TransformerEncoder(TransformerEncoderLayer(4, 2, dimFeedforward: 8).eval(), 1)
    let x = Tensor.randn([3, 2, 4], generator: Generator(seed: 1))
    let open = encoder(x, mask: Tensor.zeros([3, 3]))
    #expect(areClose(open.toArray(), encoder(x).toArray(Double.self)))
    #expect(!areClose(open.toArray(), encoder(x, mask: mask).toArray(Double.self)))
  }

  @Test func mistakes() {
    func zeros(_ shape: Int...) -> Tensor { Tensor.zeros(shape) }
    let model = Transformer(dModel: 8, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 16)
    #expect(
      errorMessage { _ = model(zeros(2, 3, 8), zeros(2, 4, 8)) } == "the batch number of src and tgt must be equal")
    #expect(
      errorMessage { _ = model(zeros(2, 3, 7), zeros(2, 3, 8)) }
        == "the feature number of src and tgt must be equal to d_model")
    #expect(errorKind { _ = model(zeros(8), zeros(8)) } == .shape)
    #expect(errorMessage { _ = TransformerEncoderLayer(8, 3) } == "embed_dim must be divisible by num_heads")
    let layer = TransformerEncoderLayer(8, 2, dimFeedforward: 16)
    #expect(errorMessage { _ = layer(zeros(2, 3, 7)) } == "was expecting embedding dimension of 8, but got 7")
    #expect(errorMessage { _ = TransformerEncoder(layer, 0)(zeros(2, 3, 8)) } == "index 0 is out of range")
    #expect(
      errorMessage {
        _ = TransformerEncoder(layer, 1)(zeros(2, 3, 8), srcKeyPaddingMask: zeros(3, 2).to(.int64))
      } == "only bool and floating types of src_key_padding_mask are supported")
    let encoder = TransformerEncoder(layer, 1)
    encoder.layers[0] = Linear(8, 8)
    #expect(errorMessage { _ = encoder(zeros(2, 3, 8)) } == "a stack of TransformerEncoderLayer holds a Linear")
    #expect(
      errorMessage { _ = try module("nn.TransformerEncoderLayer", [8, 2], ["activation": "x"]) }
        == "activation should be relu/gelu, not x")
  }

  @Test func byName() throws {
    let x: Argument = .tensor(Tensor.ones([3, 2, 8]))
    let options: [String: Argument] = ["dim_feedforward": 16, "dropout": 0]
    #expect(try module("nn.TransformerEncoderLayer", [8, 2], options).call([x]).tensor?.shape == [3, 2, 8])
    #expect(try module("nn.TransformerDecoderLayer", [8, 2], options).call([x, x]).tensor?.shape == [3, 2, 8])
    let model = try module("nn.Transformer", [8, 2, 1, 1], options)
    #expect(try model.call([x, x], ["src_is_causal": false]).tensor?.shape == [3, 2, 8])
    #expect(errorKind { _ = try module("nn.Transformer", [], ["custom_encoder": 3]) } == .unsupported)
  }
}
