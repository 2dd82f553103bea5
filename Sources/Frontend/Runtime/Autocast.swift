/// Which operators compute in which type inside `autocast`, and the operands they then get.
///
/// It acts on what a program calls, by the operators' names in PyTorch: what an operator is made of inside has the types
/// that it chose itself.
enum Autocast {
  /// The innermost `autocast` of each type of device.
  struct Scope: Sendable {
    struct Entry: Sendable {
      let dtype: DType
      let isCaching: Bool
    }

    var entries: [String: Entry] = [:]
    /// Of the outermost scope: it ends with it.
    let cache: CastCache
  }

  /// What becomes of the operands.
  enum Rule {
    /// They are cast to the scope's type.
    case lower
    /// Those of 16 bits are cast to float32.
    case single
    /// All are cast to the widest type among them.
    case widest
  }

  /// PyTorch's lists of operators for devices other than processors.
  static let acceleratorRules = rules(
    lower:
      "linear matmul mm mv bmm addmm addmv addr addbmm baddbmm einsum chain_matmul multi_dot conv1d conv2d "
      + "conv3d conv_transpose1d conv_transpose2d conv_transpose3d prelu scaled_dot_product_attention "
      + "multi_head_attention_forward rnn_tanh rnn_relu lstm gru rnn_tanh_cell rnn_relu_cell lstm_cell gru_cell",
    single:
      "pow acos asin cosh erfinv exp expm1 log log10 log1p log2 reciprocal rsqrt sinh tan softplus softmax log_softmax "
      + "softmin layer_norm group_norm norm cosine_similarity cdist pdist dist renorm normalize prod sum cumprod cumsum "
      + losses,
    widest: "addcdiv addcmul atan2 bilinear cross dot grid_sample scatter_add tensordot cat stack")

  /// PyTorch's lists of operators for processors.
  static let processorRules = rules(
    lower:
      "linear matmul mm bmm addmm addbmm baddbmm einsum chain_matmul multi_dot conv1d conv2d conv3d conv_transpose1d "
      + "conv_transpose2d conv_transpose3d prelu scaled_dot_product_attention multi_head_attention_forward rnn_tanh rnn_relu "
      + "lstm gru rnn_tanh_cell rnn_relu_cell lstm_cell gru_cell",
    single: "prod cdist grid_sample trace quantile nanquantile binary_cross_entropy " + losses,
    widest: "cat stack")

  private static let losses =
    "binary_cross_entropy_with_logits cosine_embedding_loss cross_entropy ctc_loss hinge_embedding_loss huber_loss "
    + "kl_div l1_loss margin_ranking_loss mse_loss multilabel_margin_loss multi_margin_loss nll_loss poisson_nll_loss "
    + "smooth_l1_loss soft_margin_loss triplet_margin_loss"

  private static func rules(lower: String, single: String, widest: String) -> [String: Rule] {
    var rules: [String: Rule] = [:]
    for (names, rule) in [(lower, Rule.lower), (single, .single), (widest, .widest)] {
      for name in names.split(separator: " ") { rules[String(name)] = rule }
    }
    return rules
  }

  // MARK: Operands

  /// An operand of the operator of this name; itself outside of `autocast`.
  @inline(__always)
  static func cast(_ name: StaticString, _ x: Tensor) throws(BackplaneError) -> Tensor {
    Scopes.areOpen ? try apply("\(name)", [x])[0] ?? x : x
  }

  /// ``cast(_:_:)-(_,Tensor)`` of an operand that may be missing.
  @inline(__always)
  static func cast(_ name: StaticString, _ x: Tensor?) throws(BackplaneError) -> Tensor? {
    Scopes.areOpen ? try apply("\(name)", [x])[0] : x
  }

  /// All operands of an operator whose types are to meet.
  @inline(__always)
  static func cast(_ name: StaticString, _ operands: [Tensor]) throws(BackplaneError) -> [Tensor] {
    Scopes.areOpen ? try apply("\(name)", operands).compactMap { $0 } : operands
  }

  /// The operands of the operator of this name.
  @inline(never)
  static func apply(_ name: String, _ operands: [Tensor?]) throws(BackplaneError) -> [Tensor?] {
    guard let scope = Scopes.autocast, let first = operands.lazy.compactMap({ $0 }).first,
      let entry = scope.entries[first.device.type],
      let rule = (first.device.type == "cpu" || first.device.type == "reference" ? processorRules : acceleratorRules)[
        name]
    else { return operands }
    var result = operands
    let types = operands.compactMap { $0 }.filter(isEligible).map(\.dtype)
    for (i, operand) in operands.enumerated() {
      guard let operand, isEligible(operand) else { continue }
      switch rule {
      case .lower: result[i] = try scope.cache.cast(operand, entry.dtype, isCaching: entry.isCaching)
      case .single: result[i] = try Ops.cast(operand, .float32)
      case .widest:
        // Types of 16 bits that differ meet in float32.
        let isSame = types.allSatisfy { $0 == types[0] }
        result[i] = isSame ? operand : try Ops.cast(operand, .float32)
      }
    }
    return result
  }

  /// Whether the types of an operand are autocast's: float64 stays what it is.
  private static func isEligible(_ x: Tensor) -> Bool {
    x.dtype == .float32 || x.dtype == .float16 || x.dtype == .bfloat16
  }
}

/// Casts of parameters, which a forward pass may ask for again and again.
final class CastCache: Sendable {
  private struct Key: Hashable {
    let tensor: ObjectIdentifier
    let dtype: DType
    /// What was cast without a graph must not be taken where there is one.
    let isRecorded: Bool
  }

  private struct Value: @unchecked Sendable {
    // Sendable: behind the lock, and tensors may be read by several threads.

    /// Kept, so that its identity is not another's.
    let tensor: Tensor
    let version: Int
    let result: Tensor
  }

  private let values = Lock<[Key: Value]>([:])

  /// A tensor in a lower type; a parameter's is made once for as long as the parameter does not change.
  func cast(_ x: Tensor, _ dtype: DType, isCaching: Bool) throws(BackplaneError) -> Tensor {
    if x.dtype == dtype { return x }
    guard isCaching, x.dtype == .float32, x.requiresGrad, x.isLeaf, x.base == nil else { return try Ops.cast(x, dtype) }
    let key = Key(tensor: ObjectIdentifier(x), dtype: dtype, isRecorded: Scopes.recordsGradients)
    let kept = values.withLock { $0[key] }
    if let kept, kept.version == x.storage.version { return kept.result }
    let result = try Ops.cast(x, dtype)
    let value = Value(tensor: x, version: x.storage.version, result: result)
    values.withLock { $0[key] = value }
    return result
  }
}

/// Runs code whose operators choose the type that they compute in: matrix products, convolutions and attention a type of
/// 16 bits; losses, and what loses digits, float32. All others compute in the types of their operands.
///
/// ```swift
/// let loss = autocast("cuda", dtype: .bfloat16) { F.crossEntropy(model(x), y) }
/// loss.backward()  // gradients arrive in the parameters' own type
/// ```
///
/// The lists of operators are PyTorch's: those for processors on devices of type `cpu` and `reference`, those for
/// accelerators on all others. Operands of float64, and what changes a tensor in place, are left alone. Casts of
/// parameters are kept until the outermost scope ends, or the parameter changes.
///
/// - Parameters:
///   - device: The device, of whose type the operands have to be; by default the default device.
///   - dtype: float16 or bfloat16; by default bfloat16 on processors, float16 elsewhere.
///   - enabled: False inside another scope for operators to compute in the types of their operands again.
///   - cacheEnabled: Whether casts of parameters are kept.
@discardableResult
public func autocast<Result>(
  _ device: Device? = nil, dtype: DType? = nil, enabled: Bool = true, cacheEnabled: Bool = true,
  _ body: () throws -> Result
) rethrows -> Result {
  let type = (device ?? .default).type, isProcessor = type == "cpu" || type == "reference"
  let dtype = dtype ?? (isProcessor ? .bfloat16 : .float16)
  var scope = Scopes.autocast ?? Autocast.Scope(cache: CastCache())
  let isKnown = dtype == .float16 || dtype == .bfloat16
  if !isKnown && enabled {
    report(
      BackplaneError(
        .dtype, "autocast: the target dtype has to be Half or BFloat16, but got \(dtype.scalarName)"))
  }
  scope.entries[type] = enabled && isKnown ? Autocast.Scope.Entry(dtype: dtype, isCaching: cacheEnabled) : nil
  return try Scopes.with(Scopes.$autocast, scope, body)
}

/// Whether operators on a device choose the type that they compute in.
public func isAutocastEnabled(_ device: Device) -> Bool {
  Scopes.areOpen && Scopes.autocast?.entries[device.type] != nil
}
