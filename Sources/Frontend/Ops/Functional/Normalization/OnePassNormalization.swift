import BackendAPI

extension Operator {
  static let normalize = Operator(BP_OP_NORMALIZE, "normalize")
  static let normalizeBackward = Operator(BP_OP_NORMALIZE_BACKWARD, "normalize_backward")
  static let normalizeFrozen = Operator(BP_OP_NORMALIZE_FROZEN, "normalize_frozen")

  static let statistics: [Operator] = [normalize, normalizeBackward, normalizeFrozen]
}

extension DType {
  /// The type of statistics over elements of this one.
  var statistics: DType { self == .float16 || self == .bfloat16 ? .float32 : self }
}

/// Normalizations by the device's operator, where it has one.
extension Ops {
  /// x brought to mean 0 and variance 1 over some dimensions, times weight plus bias, with the mean and the factor that
  /// the deviations were multiplied by, which have no gradient; nil where the device leaves it to other operators.
  ///
  /// - Parameters:
  ///   - shape: That of weight and bias, as they meet x.
  ///   - name: The node's, in the graph.
  static func onePassNormalize(
    _ x: Tensor, _ dims: [Int], _ weight: Tensor?, _ bias: Tensor?, _ shape: [Int], eps: Double,
    isCentered: Bool = true, name: String
  ) throws(BackplaneError) -> (result: Tensor, mean: Tensor, scale: Tensor)? {
    guard eps >= 0, let job = try Normalizing(x, dims, weight, bias, shape, isCentered: isCentered, eps: eps) else {
      return nil
    }
    return try job.run(x, weight, bias, name)
  }

  /// The variance that a factor came from, times a number.
  static func variance(_ scale: Tensor, _ eps: Double, times factor: Double) throws(BackplaneError) -> Tensor {
    let power = try unary(.reciprocal, mul(scale, scale))
    return try mul(sub(power, .double(eps)), .double(factor))
  }

  /// (x − mean) / √(variance + eps) · weight + bias, with known statistics; nil as for ``onePassNormalize(_:_:_:_:_:eps:isCentered:name:)``.
  static func onePassNormalizeFrozen(
    _ x: Tensor, _ mean: Tensor, _ variance: Tensor, _ weight: Tensor?, _ bias: Tensor?, _ shape: [Int], eps: Double
  ) throws(BackplaneError) -> Tensor? {
    let type = x.dtype.statistics
    // Statistics that learn have gradients of their own.
    guard !Autograd.records(mean, variance), weight != nil || bias == nil,
      let vectors = try Normalizing.vectors([mean, variance, weight, bias], x, shape),
      Dispatcher.supports(
        .normalizeFrozen, on: x.context, inputs: [x.dtype] + vectors.map { _ in type }, outputs: [x.dtype])
    else { return nil }
    let result = try Tensor(empty: x.isContiguous ? x.layout : .contiguous(x.layout.shape), x.dtype, on: x.context)
    var params = bp_normalize_params(struct_size: UInt32(MemoryLayout<bp_normalize_params>.size), flags: 0, eps: eps)
    try withParams(&params) { (p) throws(BackplaneError) in
      try Dispatcher.call(
        .normalizeFrozen, on: x.context, [Operand(x)] + vectors.map { Operand($0) }, to: [Operand(result)], params: p)
    }
    withExtendedLifetime(vectors) {}
    let operands = [x] + (weight.map { [$0] } ?? []) + (bias.map { [$0] } ?? [])
    guard Autograd.records(operands) else { return result }
    let savedX = try Saved(x), savedWeight = try weight.map { (w) throws(BackplaneError) in try Saved(w) }
    let mean = vectors[0], variance = vectors[1], hasBias = bias != nil
    Autograd.record("NativeBatchNormBackward0", operands, result) { g throws(BackplaneError) in
      let x = try savedX.unpack(), weight = try savedWeight?.unpack(), wide = try widened(g)
      let factor = try unary(.rsqrt, add(variance, .double(eps)))
      let slope = try weight.map { (w) throws(BackplaneError) in
        try mul(factor, reshape(cast(w, factor.dtype), shape))
      }
      var gradients: [Tensor?] = [x.requiresGrad ? try cast(mul(wide, slope ?? factor), x.dtype) : nil]
      if let weight {
        let z = try mul(sub(widened(x), mean), factor)
        gradients.append(try gathered(mul(wide, z), shape, as: weight))
      }
      if hasBias, let weight { gradients.append(try gathered(wide, shape, as: weight)) }
      return gradients
    }
    return result
  }

  /// The sum over the dimensions along which a vector is broadcast, in the vector's shape and type.
  static func gathered(_ x: Tensor, _ shape: [Int], as vector: Tensor) throws(BackplaneError) -> Tensor {
    let lead = x.layout.rank - shape.count
    let dims = (0..<x.layout.rank).filter { $0 < lead || shape[$0 - lead] == 1 && x.layout.elements[$0] != 1 }
    let total = try dims.isEmpty ? x : sum(x, dims, keepDim: false)
    return try cast(reshape(total, vector.layout.shape), vector.dtype)
  }
}

/// One call of NORMALIZE, and what its gradient needs beside its operands.
private struct Normalizing {
  private let dims: [Int]
  /// The shape in which weight and bias meet x, of x's rank.
  private let shape: [Int]
  /// Weight and bias as the operator takes them.
  private let vectors: [Tensor]
  private let isCentered: Bool
  private let eps: Double
  /// A bias without a weight is added afterwards.
  private let addsBias: Bool

  init?(
    _ x: Tensor, _ dims: [Int], _ weight: Tensor?, _ bias: Tensor?, _ shape: [Int], isCentered: Bool, eps: Double
  ) throws(BackplaneError) {
    (self.dims, self.isCentered, self.eps) = (dims, isCentered, eps)
    self.shape = Array(repeating: 1, count: x.layout.rank - shape.count) + shape
    addsBias = weight == nil && bias != nil
    guard x.dtype.isFloatingPoint, let vectors = try Normalizing.vectors(addsBias ? [] : [weight, bias], x, self.shape)
    else { return nil }
    self.vectors = vectors
    let type = x.dtype.statistics
    guard
      Dispatcher.supports(
        .normalize, on: x.context, inputs: [x.dtype] + vectors.map { _ in type }, outputs: [x.dtype, type, type])
    else { return nil }
  }

  /// Vectors in the type of statistics and the shape in which they meet x; nil where that would lose digits.
  static func vectors(_ vectors: [Tensor?], _ x: Tensor, _ shape: [Int]) throws(BackplaneError) -> [Tensor]? {
    let type = x.dtype.statistics
    var result: [Tensor] = []
    for case let vector? in vectors {
      guard vector.dtype == type || vector.dtype.statistics == .float32 && vector.dtype.isFloatingPoint else {
        return nil
      }
      try Ops.requireSameDevice([x, vector])
      let plain = try Ops.cast(vector.detach(), type)
      result.append(plain.layout.shape == shape ? plain : try Ops.reshape(plain, shape))
    }
    return result
  }

  private var params: bp_normalize_params {
    bp_normalize_params(
      struct_size: UInt32(MemoryLayout<bp_normalize_params>.size), flags: isCentered ? 0 : BP_NORMALIZE_UNCENTERED,
      eps: eps)
  }

  func run(
    _ x: Tensor, _ weight: Tensor?, _ bias: Tensor?, _ name: String
  ) throws(BackplaneError) -> (result: Tensor, mean: Tensor, scale: Tensor) {
    let type = x.dtype.statistics, context = x.context
    var extents = x.layout.shape
    for dim in dims { extents[dim] = 1 }
    let layout = try Layout.contiguous(extents)
    let result = try Tensor(empty: x.isContiguous ? x.layout : .contiguous(x.layout.shape), x.dtype, on: context)
    let mean = try Tensor(empty: layout, type, on: context), scale = try Tensor(empty: layout, type, on: context)
    var params = params
    try Ops.withParams(&params) { (p) throws(BackplaneError) in
      try Dispatcher.call(
        .normalize, on: context, [Operand(x)] + vectors.map { Operand($0) },
        to: [Operand(result), Operand(mean), Operand(scale)], params: p)
    }
    withExtendedLifetime(vectors) {}
    let operands = [x] + (weight.map { [$0] } ?? []) + (addsBias ? [] : bias.map { [$0] } ?? [])
    if Autograd.records(operands) {
      let savedX = try Saved(x), savedWeight = try weight.map { (w) throws(BackplaneError) in try Saved(w) }
      let job = self, count = operands.count
      Autograd.record(name, operands, result) { g throws(BackplaneError) in
        let gradients = try job.gradients(g, savedX.unpack(), savedWeight?.unpack(), mean, scale)
        return Array(gradients.prefix(count))
      }
    }
    guard addsBias, let bias else { return (result, mean, scale) }
    return (try Ops.cast(Ops.affine(Ops.widened(result), nil, bias, shape), x.dtype), mean, scale)
  }

  /// The gradients of x, the weight and the bias.
  private func gradients(
    _ g: Tensor, _ x: Tensor, _ weight: Tensor?, _ mean: Tensor, _ scale: Tensor
  ) throws(BackplaneError) -> [Tensor?] {
    let type = x.dtype.statistics
    let isRecorded = Autograd.records([g, x] + (weight.map { [$0] } ?? []))
    let vector = weight == nil ? [] : [vectors[0]]
    guard !isRecorded,
      Dispatcher.supports(
        .normalizeBackward, on: x.context, inputs: [x.dtype, x.dtype, type, type] + vector.map { _ in type },
        outputs: [x.dtype] + (weight == nil ? [] : [type, type]))
    else { return try decomposedGradients(g, x, weight) }
    let result = try Tensor(empty: x.isContiguous ? x.layout : .contiguous(x.layout.shape), x.dtype, on: x.context)
    var sums: [Tensor] = []
    for _ in 0..<2 * vector.count { sums.append(try Tensor(empty: .contiguous(shape), type, on: x.context)) }
    var params = params
    try Ops.withParams(&params) { (p) throws(BackplaneError) in
      try Dispatcher.call(
        .normalizeBackward, on: x.context,
        [Operand(g), Operand(x), Operand(mean), Operand(scale)] + vector.map { Operand($0) },
        to: [Operand(result)] + sums.map { Operand($0) }, params: p)
    }
    withExtendedLifetime((vectors, mean, scale)) {}
    guard let weight else { return [result] }
    var gradients: [Tensor?] = [result]
    for sum in sums { gradients.append(try Ops.cast(Ops.reshape(sum, weight.layout.shape), weight.dtype)) }
    return gradients
  }

  /// The same from operators that have gradients themselves.
  private func decomposedGradients(
    _ g: Tensor, _ x: Tensor, _ weight: Tensor?
  ) throws(BackplaneError) -> [Tensor?] {
    let wide = try Ops.widened(x), upstream = try Ops.widened(g)
    let centred = try isCentered ? Ops.sub(wide, Ops.mean(wide, dims, keepDim: true)) : wide
    let plain = centred.detach()
    let unit = try Ops.powerUnit(
      of: plain, Ops.mean(Ops.mul(plain, plain), dims, keepDim: true), Ops.dims(dims, plain), beside: eps)
    let (z, scale) = try Ops.scaled(centred, dims, eps, unit)
    let h =
      try weight.map { (w) throws(BackplaneError) in
        try Ops.mul(upstream, Ops.reshape(Ops.cast(w, upstream.dtype), shape))
      } ?? upstream
    let along = try Ops.mul(z, Ops.mean(Ops.mul(h, z), dims, keepDim: true))
    let rest = try isCentered ? Ops.sub(h, Ops.mean(h, dims, keepDim: true)) : h
    var gradients: [Tensor?] = [try Ops.cast(Ops.mul(Ops.sub(rest, along), scale), x.dtype)]
    if let weight {
      gradients.append(try Ops.gathered(Ops.mul(upstream, z), shape, as: weight))
      gradients.append(try Ops.gathered(upstream, shape, as: weight))
    }
    return gradients
  }
}
