import BackendAPI

extension OperatorCatalogue {
  /// Section 6.24 of the header.
  static let attention: [OperatorEntry] = [
    OperatorEntry(
      "ATTENTION", BP_OP_ATTENTION, .attention,
      attentionSignatures {
        [$0, $0, $0]
      } outputs: {
        [$0, $0.statistics]
      },
      drawn: { AttentionPlan.drawn($1, &$2).operation($0, &$2) }
    ) { signature in
      AttentionPlan.all(signature).map { plan in OperatorCase(plan.label) { plan.operation(signature, &$0) } }
        + AttentionPlan.infinite(signature)
    },
    OperatorEntry(
      "ATTENTION_BACKWARD", BP_OP_ATTENTION_BACKWARD, .attention,
      attentionSignatures {
        [$0, $0, $0, $0, $0, $0.statistics]
      } outputs: {
        [$0, $0, $0]
      },
      drawn: { AttentionPlan.drawn($1, &$2).gradient($0, &$2) }
    ) { signature in
      AttentionPlan.all(signature).map { plan in OperatorCase(plan.label) { plan.gradient(signature, &$0) } }
    },
  ]

  /// Without a mask, with one of bool, and with one that is added.
  private static func attentionSignatures(
    _ inputs: (DType) -> [DType], outputs: (DType) -> [DType]
  ) -> [Signature] {
    DType.floats.flatMap { dtype in
      [
        Signature(dtype.name, inputs(dtype), outputs(dtype)),
        Signature("\(dtype.name)-bool", inputs(dtype) + [.bool], outputs(dtype)),
        Signature("\(dtype.name)-added", inputs(dtype) + [dtype], outputs(dtype)),
      ]
    }
  }
}

/// What an attention is asked of.
struct AttentionPlan: Sendable {
  /// How heads lie in memory.
  enum Heads: CaseIterable, Sendable {
    /// (N, H, L, E), row-major.
    case apart
    /// (N, L, H, E) seen as (N, H, L, E).
    case interleaved
    /// The same, one of three that lie side by side.
    case packed
    /// (N, H, E, L) seen as (N, H, L, E).
    case columns
    case reversed
    case everySecond
    /// One batch for all.
    case shared

    func layout(_ shape: [Int]) -> Layout {
      let (h, l, e) = (shape[1], shape[2], shape[3])
      switch self {
      case .apart: return Layout(contiguous: shape)
      case .interleaved: return Layout(shape, strides: [l * h * e, e, h * e, 1])
      case .packed: return Layout(shape, strides: [l * 3 * h * e, e, 3 * h * e, 1], lead: h * e)
      case .columns: return Layout(shape, strides: [h * l * e, l * e, 1, l])
      case .reversed: return Layout(shape, strides: [-h * l * e, -l * e, -e, -1])
      case .everySecond: return Layout(shape, strides: [h * l * e * 2, l * e * 2, e * 2, 2], lead: 1)
      case .shared: return Layout(shape, strides: [0, l * e, e, 1])
      }
    }
  }

  /// What of a mask lies apart: else its strides are zero.
  enum MaskExtent: CaseIterable, Sendable {
    case all, pairs, keys, batchKeys, queries, one, transposed

    func layout(_ shape: [Int]) -> Layout {
      let (h, l, s) = (shape[1], shape[2], shape[3])
      switch self {
      case .all: return Layout(contiguous: shape)
      case .pairs: return Layout(shape, strides: [0, 0, s, 1])
      case .keys: return Layout(shape, strides: [0, 0, 0, 1])
      case .batchKeys: return Layout(shape, strides: [s, 0, 0, 1])
      case .queries: return Layout(shape, strides: [h * l, l, 1, 0])
      case .one: return Layout(shape, strides: [0, 0, 0, 0])
      case .transposed: return Layout(shape, strides: [0, 0, 1, l], lead: 1)
      }
    }
  }

  var label: String
  /// N, H, K, L, S, E, V of the header.
  var extents: [Int]
  var q = Heads.apart
  var k = Heads.apart
  var v = Heads.apart
  var out = Heads.apart
  var mask = MaskExtent.all
  var isCausal = false
  var p = 0.0
  var scale: Double?
  var range = 2.0
  /// Every third query sees no key, by the mask.
  var hasBlindRows = false

  init(_ label: String, _ extents: [Int]) {
    self.label = label
    self.extents = extents
  }

  var qShape: [Int] { [extents[0], extents[1], extents[3], extents[5]] }
  var kShape: [Int] { [extents[0], extents[2], extents[4], extents[5]] }
  var vShape: [Int] { [extents[0], extents[2], extents[4], extents[6]] }
  var outShape: [Int] { [extents[0], extents[1], extents[3], extents[6]] }
  var maskShape: [Int] { [extents[0], extents[1], extents[3], extents[4]] }

  var params: bp_attention_params {
    var params = bp_attention_params()
    params.flags = isCausal ? BP_ATTENTION_CAUSAL : 0
    params.scale = scale ?? 1 / Double(max(extents[5], 1)).squareRoot()
    params.p = p
    (params.seed, params.offset) = p == 0 ? (0, 0) : (0x1234_5678_9abc_def0, 0xffff_fffe)
    return params
  }

  func operation(_ signature: Signature, _ random: inout RandomSource) -> Operation {
    let dtype = signature.outputs[0]
    let values = ValueSet.uniform("", -range...range)
    var inputs = [
      Operand(dtype, q.layout(qShape), values, &random), Operand(dtype, k.layout(kShape), values, &random),
      Operand(dtype, v.layout(vShape), values, &random),
    ]
    if signature.inputs.count == 4 || signature.inputs.count == 7 {
      inputs.append(Operand(signature.inputs.last!, mask.layout(maskShape), maskValues, &random))
    }
    let outputs = [
      Operand(dtype, out.layout(outShape)),
      Operand(signature.outputs[0].statistics, Layout(contiguous: Array(outShape.dropLast()))),
    ]
    return Operation(inputs, outputs, .attention(params))
  }

  /// The gradient of the same: what the forward pass gave is computed here, in float64.
  func gradient(_ signature: Signature, _ random: inout RandomSource) -> Operation {
    let forward = operation(signature, &random)
    let dtype = signature.outputs[0]
    let incoming = Operand(dtype, out.layout(outShape), .uniform("", -2...2), &random)
    let (result, logSums) = AttentionValues(
      forward.inputs.map(\.elements), forward.inputs.map(\.layout.shape), params
    ).forward()
    // Of nothing, strides of 0 are no broadcast.
    let rows = outShape.contains(0) ? Layout(contiguous: outShape) : out.layout(outShape).withoutBroadcast
    let inputs =
      [incoming] + forward.inputs[..<3] + [
        Operand(rows, ElementArray(dtype, doubles: result)),
        Operand(forward.outputs[1].layout, ElementArray(dtype.statistics, doubles: logSums)),
      ] + forward.inputs[3...]
    return Operation(
      inputs,
      // What heads share is written once.
      [
        Operand(dtype, (q == .shared ? .apart : q).output.layout(qShape)),
        Operand(dtype, (k == .shared ? .apart : k).output.layout(kShape)),
        Operand(dtype, (v == .shared ? .apart : v).output.layout(vShape)),
      ], .attention(params))
  }

  private var maskValues: ValueSet {
    let row = extents[4]
    return ValueSet("mask") { dtype, count, _, random in
      var result = ElementArray(dtype, zeros: count)
      for i in 0..<count {
        let isBlind = hasBlindRows ? i / max(row, 1) % 3 == 0 : random.oneIn(4)
        if dtype == .bool {
          result.setBits(i, isBlind ? 0 : random.oneIn(4) ? UInt64(random.int(2...255)) : 1)
        } else {
          result.setBits(i, dtype.bits(of: isBlind ? -.infinity : random.double(-3...3)))
        }
      }
      return result
    }
  }
}

extension AttentionPlan.Heads {
  /// The strides of outputs are positive.
  fileprivate var output: AttentionPlan.Heads { self == .reversed ? .interleaved : self }
}
