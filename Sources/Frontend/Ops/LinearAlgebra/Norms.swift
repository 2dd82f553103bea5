/// Norms of vectors and matrices.
extension Ops {
  /// The order of a norm, as PyTorch takes it.
  enum NormOrder: Equatable {
    case number(Double)
    case frobenius
    case nuclear

    init(_ value: Argument, _ function: String) throws(BackplaneError) {
      switch value {
      case .string("fro"): self = .frobenius
      case .string("nuc"): self = .nuclear
      case .string(let name):
        throw BackplaneError(.value, "\(function): Order \(name) not supported.")
      default:
        guard let number = value.scalar?.double else {
          throw BackplaneError(.value, "\(function): an order is a number, 'fro' or 'nuc', not \(value.typeName)")
        }
        self = .number(number)
      }
    }

    var text: String {
      switch self {
      case .number(let p): "\(p)"
      case .frobenius: "fro"
      case .nuclear: "nuc"
      }
    }
  }

  /// The operand of a norm in the type to compute in, and the type of the result.
  private static func normOperand(
    _ x: Tensor, _ dtype: DType?, _ function: String
  ) throws(BackplaneError) -> Tensor {
    guard x.dtype.isFloatingPoint || x.dtype.isComplex else {
      throw BackplaneError(
        .dtype,
        "\(function): Expected a floating point or complex tensor as input. Got \(x.dtype.scalarName)")
    }
    guard let dtype else { return x }
    guard dtype.isFloatingPoint || dtype.isComplex else {
      throw BackplaneError(
        .dtype, "\(function): dtype should be floating point or complex. Got \(dtype.scalarName)")
    }
    guard dtype.isComplex == x.dtype.isComplex else {
      throw BackplaneError(
        .dtype,
        "\(function): dtype should be \(x.dtype.isComplex ? "complex" : "real") for "
          + "\(x.dtype.isComplex ? "complex" : "real") inputs, but got \(dtype.scalarName)")
    }
    guard DType.promote(x.dtype, dtype) == dtype else {
      throw BackplaneError(
        .dtype,
        "\(function): the dtype of the input (\(x.dtype.scalarName)) should be convertible without narrowing to the "
          + "specified dtype (\(dtype.scalarName))")
    }
    return try cast(x, dtype)
  }

  /// (Σ |x|ᵖ)^(1/p) over dimensions, or their limits: the number of nonzeros, the greatest and least modulus.
  static func vectorNorm(
    _ x: Tensor, _ p: Double = 2, _ dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil,
    function: String = "linalg.vector_norm"
  ) throws(BackplaneError) -> Tensor {
    let operand = try normOperand(x, dtype, function)
    // What has 16 bits is summed and rooted in 32, and rounded at the end.
    if operand.dtype.byteCount == 2 {
      return try cast(vectorNorm(cast(operand, .float32), p, dims, keepDim: keepDim, function: function), operand.dtype)
    }
    let reduced = try Ops.dims(dims, operand)
    let kept = reduced.indices.filter { reduced[$0] }
    if p < 0 || p == .infinity {
      for d in kept where operand.layout.elements[d] == 0 {
        throw BackplaneError(
          .shape,
          dims == nil || dims!.isEmpty
            ? "\(function) cannot compute the \(orderText(p)) norm on an empty tensor because the operation does not have an identity"
            : "\(function) cannot compute the \(orderText(p)) norm on the dimension \(d) because this dimension is empty and the "
              + "operation does not have an identity")
      }
    }
    let full = try normValue(operand.detach(), p, reduced)
    let result = try squeeze(full, reduced, keepDim: keepDim)
    if Autograd.records(operand) {
      let saved = try Saved(operand)
      let shape = full.layout.shape
      let savedResult = Saved(result: result)
      let node = Autograd.makeNode("LinalgVectorNormBackward0", [operand]) { node, grads throws(BackplaneError) in
        guard let g = grads[0] else { return [nil] }
        let norm = try reshape(savedResult.unpack(node), shape)
        return [try normGradient(reshape(g, shape), saved.unpack(), norm, p, kept)]
      }
      Autograd.attach(node, to: result)
    }
    return result
  }

  /// An order as Python prints it: `-1`, `0.5`, `inf`.
  private static func orderText(_ p: Double) -> String {
    p == p.rounded() && p.magnitude < 0x1p53 ? "\(Int(p))" : "\(p)"
  }

  /// The norm of a tensor without gradient; reduced dimensions keep extent 1.
  private static func normValue(_ x: Tensor, _ p: Double, _ reduced: [Bool]) throws(BackplaneError) -> Tensor {
    let type = x.dtype.realType
    if p == 0 { return try reduce(.sum, cast(compare(.ne, x, .int(0)), type), reduced, type) }
    if p == 2 {
      guard x.dtype.isComplex else { return try rootOfSquares(x, reduced) }
      return try squeeze(rootOfSquares(viewAsReal(x), reduced + [true]), reduced.count)
    }
    let size = try abs(x)
    switch p {
    case 1: return try reduce(.sum, size, reduced, type)
    case .infinity: return try reduce(.max, size, reduced, type)
    case -.infinity: return try reduce(.min, size, reduced, type)
    default:
      func root(_ size: Tensor) throws(BackplaneError) -> (Tensor, total: Tensor) {
        let total = try reduce(.sum, pow(size, .double(p)), reduced, type)
        return (try pow(total, .double(1 / p)), total)
      }
      let (plain, total) = try root(size)
      guard let unit = try powerUnit(of: size, total, reduced, smallest: p < 0) else { return plain }
      return try mul(root(div(size, unit)).0, unit)
    }
  }

  private static func rootOfSquares(_ x: Tensor, _ reduced: [Bool]) throws(BackplaneError) -> Tensor {
    let total = try reduce(.sum, mul(x, x), reduced, x.dtype)
    guard let unit = try powerUnit(of: x, total, reduced) else { return try unary(.sqrt, total) }
    let part = try div(x, unit)
    return try mul(unary(.sqrt, reduce(.sum, mul(part, part), reduced, x.dtype)), unit)
  }

  /// g (|x| / ‖x‖)ᵖ⁻¹ sgn x and its limits, 0 where the norm is not differentiable.
  private static func normGradient(
    _ g: Tensor, _ x: Tensor, _ norm: Tensor, _ p: Double, _ dims: [Int]
  ) throws(BackplaneError) -> Tensor {
    // At 0 nothing is divided by the norm, for that a mask could not mend in later derivatives.
    func safeNorm() throws(BackplaneError) -> (norm: Tensor, isZero: Tensor) {
      let isZero = try compare(.eq, norm, .int(0))
      return (try select(isZero, .scalar(.int(1)), .tensor(norm), norm.dtype), isZero)
    }
    switch p {
    case 0: return try zerosLike(x)
    case 1: return try mul(sgn(x), g)
    case 2:
      let (safe, isZero) = try safeNorm()
      return try mul(div(x, safe), zeroed(g, where: isZero))
    case .infinity, -.infinity:
      let size = try abs(x)
      let isExtreme = try cast(
        apply(.bitwiseOr, compare(.eq, size, norm), isNaN(size), .bool), norm.dtype)
      let count = try sum(isExtreme, dims, keepDim: true)
      return try mul(mul(sgn(x), isExtreme), div(g, count))
    default:
      let (safe, isZero) = try safeNorm()
      let isOrigin = try compare(.eq, x, .int(0))
      let part = try select(isOrigin, .scalar(.int(1)), .tensor(x), x.dtype)
      // Neither power by itself: only their quotient is sure to lie in the type's range.
      let slope = try mul(sgn(part), pow(div(abs(part), safe), .double(p - 1)))
      return try mul(zeroed(slope, where: isOrigin), zeroed(g, where: isZero))
    }
  }

  /// Norms of the matrices in two dimensions: Frobenius, nuclear, ±1 and ±∞ of absolute sums, ±2 of singular values.
  static func matrixNorm(
    _ x: Tensor, _ order: NormOrder, _ dims: [Int] = [-2, -1], keepDim: Bool = false, dtype: DType? = nil
  ) throws(BackplaneError) -> Tensor {
    let function = "linalg.matrix_norm"
    guard x.layout.rank >= 2 else {
      throw BackplaneError(.shape, "\(function): The input tensor A must have at least 2 dimensions.")
    }
    guard dims.count == 2 else {
      throw BackplaneError(.value, "\(function): dim must be a 2-tuple. Got \(dims)")
    }
    let operand = try normOperand(x, dtype, function)
    let a = try normalize(dims[0], rank: x.layout.rank), b = try normalize(dims[1], rank: x.layout.rank)
    guard a != b else {
      throw BackplaneError(.value, "\(function): dims must be different. Got (\(dims[0]), \(dims[1]))")
    }
    func restored(_ norm: Tensor) throws(BackplaneError) -> Tensor {
      guard keepDim else { return norm }
      return try unsqueeze(unsqueeze(norm, Swift.min(a, b)), Swift.max(a, b))
    }
    /// The matrices in the last two dimensions.
    func matrices() throws(BackplaneError) -> Tensor {
      try permute(operand, (0..<x.layout.rank).filter { $0 != a && $0 != b } + [a, b])
    }
    switch order {
    case .frobenius: return try vectorNorm(operand, 2, [a, b], keepDim: keepDim, function: function)
    case .nuclear:
      try requireFloatOrComplex(operand, function)
      return try restored(sum(svdvals(matrices(), function), [-1], keepDim: false))
    case .number(let p) where p.magnitude == 2:
      try requireFloatOrComplex(operand, function)
      return try restored(extremeNorm(svdvals(matrices(), function), -1, greatest: p > 0, keepDim: false))
    case .number(let p) where p.magnitude == 1 || p.magnitude == .infinity:
      // 1 sums columns, ∞ rows.
      let summed = p.magnitude == 1 ? a : b
      let sums = try vectorNorm(operand, 1, [summed], keepDim: true, function: function)
      return try extremeNorm(sums, summed == a ? b : a, greatest: p > 0, keepDim: true)
        .reducedShape(keepDim ? [] : [a, b])
    case .number(let p):
      throw BackplaneError(.value, "\(function): Order \(orderText(p)) not supported.")
    }
  }

  /// The greatest of norms along a dimension, which is 0 if there are none, or the least, which then is an error.
  private static func extremeNorm(
    _ norms: Tensor, _ dim: Int, greatest: Bool, keepDim: Bool
  ) throws(BackplaneError) -> Tensor {
    if norms.layout.elements[try normalize(dim, rank: norms.layout.rank)] > 0 {
      return try extreme(greatest ? .max : .min, norms, [dim], keepDim: keepDim)
    }
    guard greatest else {
      throw BackplaneError(.index, "amin(): Expected reduction dim \(dim) to have non-zero size.")
    }
    return try sum(norms, [dim], keepDim: keepDim)
  }

  /// PyTorch's `linalg.norm`: of a vector without an order its length, of a matrix the order's matrix norm.
  static func linalgNorm(
    _ x: Tensor, _ order: NormOrder?, _ dims: [Int]?, keepDim: Bool, dtype: DType? = nil
  ) throws(BackplaneError) -> Tensor {
    if let dims {
      guard (1...2).contains(dims.count) || order == nil else {
        throw BackplaneError(
          .value, "linalg.norm: If dim is specified, it must be of length 1 or 2. Got \(dims)")
      }
    } else if order != nil {
      guard (1...2).contains(x.layout.rank) else {
        throw BackplaneError(
          .shape,
          "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got \(x.layout.rank)D.")
      }
    }
    guard let order else {
      if let dims { return try vectorNorm(x, 2, dims, keepDim: keepDim, dtype: dtype) }
      return try vectorNorm(x, 2, nil, keepDim: keepDim, dtype: dtype)
    }
    if dims?.count == 2 || dims == nil && x.layout.rank == 2 {
      return try matrixNorm(x, order, dims ?? [0, 1], keepDim: keepDim, dtype: dtype)
    }
    guard case .number(let p) = order else {
      throw BackplaneError(
        .value, "linalg.norm: Order \(order.text) is a norm of matrices, and one dimension makes none")
    }
    return try vectorNorm(x, p, dims, keepDim: keepDim, dtype: dtype)
  }

  /// PyTorch's older `norm`, whose numbers are orders of vector norms over any number of dimensions.
  static func norm(
    _ x: Tensor, _ order: NormOrder, _ dims: [Int]?, keepDim: Bool, dtype: DType? = nil
  ) throws(BackplaneError) -> Tensor {
    switch order {
    case .number(let p): return try vectorNorm(x, p, dims, keepDim: keepDim, dtype: dtype)
    case .frobenius: return try vectorNorm(x, 2, dims, keepDim: keepDim, dtype: dtype)
    case .nuclear:
      guard dims == nil else { return try matrixNorm(x, .nuclear, dims!, keepDim: keepDim, dtype: dtype) }
      return try matrixNorm(x, .nuclear, keepDim: keepDim, dtype: dtype)
    }
  }

  /// The p-norm of a − b.
  static func dist(_ a: Tensor, _ b: Tensor, _ p: Double) throws(BackplaneError) -> Tensor {
    try vectorNorm(sub(a, b), p)
  }

  /// The p-norms of all differences of a row of `a` and a row of `b`.
  static func cdist(_ a: Tensor, _ b: Tensor, _ p: Double) throws(BackplaneError) -> Tensor {
    guard a.dtype.isFloatingPoint, b.dtype.isFloatingPoint else {
      throw BackplaneError(
        .dtype,
        "cdist only supports floating-point dtypes, X\(a.dtype.isFloatingPoint ? 2 : 1) got: "
          + (a.dtype.isFloatingPoint ? b : a).dtype.scalarName)
    }
    for (i, x) in [a, b].enumerated() where x.layout.rank < 2 {
      throw BackplaneError(
        .shape, "cdist only supports at least 2D tensors, X\(i + 1) got: \(x.layout.rank)D")
    }
    guard try extent(a, -1) == extent(b, -1) else {
      throw BackplaneError(
        .shape, "X1 and X2 must have the same number of columns. X1: \(try extent(a, -1)) X2: \(try extent(b, -1))")
    }
    guard p >= 0 else { throw BackplaneError(.value, "cdist only supports non-negative p values") }
    let differences = try sub(unsqueeze(a, -2), unsqueeze(b, -3))
    if try extent(a, -1) == 0 { return try sum(differences, [-1], keepDim: false) }
    return try vectorNorm(differences, p, [-1])
  }

  /// Slices along a dimension whose p-norm exceeds `maxNorm` scaled down to it.
  static func renorm(_ x: Tensor, _ p: Double, _ dim: Int, _ maxNorm: Double) throws(BackplaneError) -> Tensor {
    guard p > 0 else { throw BackplaneError(.value, "renorm: non-positive-norm not supported") }
    guard maxNorm >= 0 else {
      throw BackplaneError(.value, "renorm: expected maxnorm to be >= 0 but got \(maxNorm)")
    }
    let rank = x.layout.rank
    guard rank > 1 else {
      throw BackplaneError(.shape, "renorm: input needs at least 2 dimensions, got \(rank) dimensions")
    }
    let d = try normalize(dim, rank: rank)
    let norms = try vectorNorm(x, p, (0..<rank).filter { $0 != d }, keepDim: true)
    let isLong = try compare(.gt, norms, .double(maxNorm))
    let long = try select(isLong, .tensor(norms), .scalar(.int(1)), norms.dtype)
    let factors = try binary(.div, .double(maxNorm), add(long, .double(1e-7)))
    let scale = try select(isLong, .tensor(factors), .scalar(.int(1)), norms.dtype)
    return try mul(x, scale)
  }
}

extension Tensor {
  /// Without the given dimensions, whose extent is 1.
  fileprivate func reducedShape(_ dims: [Int]) throws(BackplaneError) -> Tensor {
    try dims.isEmpty ? self : Ops.squeeze(self, dims: dims)
  }
}
