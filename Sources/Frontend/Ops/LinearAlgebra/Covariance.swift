/// Covariance and correlation of variables, a row each.
extension Ops {
  static func cov(
    _ input: Tensor, correction: Int = 1, fweights: Tensor? = nil, aweights: Tensor? = nil
  ) throws(BackplaneError) -> Tensor {
    guard input.layout.rank <= 2 else {
      throw BackplaneError(
        .shape,
        "cov(): expected input to have two or fewer dimensions but got an input with \(input.layout.rank) dimensions")
    }
    guard input.dtype != .bool else { throw BackplaneError(.dtype, "cov(): bool dtype is not supported for input") }
    var x = input
    while x.layout.rank < 2 { x = try unsqueeze(x, 0) }
    let count = try extent(x, 1)
    func require(_ w: Tensor, _ name: String, integers: Bool) throws(BackplaneError) {
      guard w.layout.rank <= 1 else {
        throw BackplaneError(
          .shape,
          "cov(): expected \(name) to have one or fewer dimensions but got \(name) with \(w.layout.rank) dimensions")
      }
      guard integers ? w.dtype.isInteger : w.dtype.isFloatingPoint else {
        throw BackplaneError(
          .dtype,
          "cov(): expected \(name) to have \(integers ? "integral" : "floating point") dtype but got \(name) with "
            + "\(w.dtype.scalarName) dtype")
      }
      guard w.numel == count else {
        throw BackplaneError(
          .shape,
          "cov(): expected \(name) to have the same numel as there are observations in the input but got \(w.numel) != "
            + "\(count)")
      }
    }
    func requireNotNegative(_ w: Tensor, _ name: String) throws(BackplaneError) {
      guard try !item(truth(.max, compare(.lt, w.detach(), .int(0)), nil, keepDim: false)).isTrue else {
        throw BackplaneError(.value, "cov(): \(name) cannot be negative")
      }
    }
    var weights: Tensor?
    if let fweights {
      try require(fweights, "fweights", integers: true)
      try requireNotNegative(fweights, "fweights")
      weights = fweights
    }
    if let aweights {
      try require(aweights, "aweights", integers: false)
      try requireNotNegative(aweights, "aweights")
      weights = try weights.map { (w) throws(BackplaneError) in try mul(w, aweights) } ?? aweights
    }
    x = try floating(x)
    let total: Tensor
    if let weights {
      let kind = try cast(weights, weights.dtype.isFloatingPoint ? weights.dtype : x.dtype.realType)
      total = try sum(kind, nil, keepDim: false)
      guard try item(total).double != 0 || count == 0 else {
        throw BackplaneError(.value, "cov(): weights sum to zero, can't be normalized")
      }
    } else {
      total = try full(.scalar, .double(Double(count)), x.dtype.realType, on: x.context)
    }
    let mean = try div(
      sum(weights.map { (w) throws(BackplaneError) in try mul(x, w) } ?? x, [1], keepDim: true), total)
    let freedom: Tensor
    if let weights, let aweights, correction != 0 {
      let square = try sum(mul(weights, aweights), nil, keepDim: false)
      freedom = try sub(total, mul(div(square, total), .int(Int64(correction))))
    } else {
      freedom = try sub(total, .int(Int64(correction)))
    }
    let positive = try binary(.maximum, freedom, zerosLike(freedom))
    let deviation = try sub(x, mean)
    let weighted = try weights.map { (w) throws(BackplaneError) in try mul(deviation, w) } ?? deviation
    let product = try matmul(weighted, transpose(conj(cast(deviation, weighted.dtype)), 0, 1))
    return try squeeze(div(product, positive), dims: nil)
  }

  /// The deviations of each row from its mean as parts of the greatest: of another scale the correlation is the same, and
  /// of this one its squares lie in the type's range.
  private static func standardDeviations(_ input: Tensor) throws(BackplaneError) -> Tensor {
    guard input.numel > 0 else { return input }
    let x = try widened(floating(input))
    let dims = x.layout.rank == 0 ? nil : [-1]
    let deviations = try sub(x, mean(x, dims, keepDim: true))
    let greatest = try extreme(.max, abs(deviations.detach()), dims, keepDim: true)
    let isUsable = try apply(
      .bitwiseAnd, compare(.gt, greatest, .int(0)), compare(.lt, greatest, .double(.infinity)), .bool)
    return try div(deviations, select(isUsable, .tensor(greatest), .scalar(.int(1)), greatest.dtype))
  }

  static func corrcoef(_ input: Tensor) throws(BackplaneError) -> Tensor {
    guard input.layout.rank <= 2 else {
      throw BackplaneError(
        .shape,
        "corrcoef(): expected input to have two or fewer dimensions but got an input with \(input.layout.rank) dimensions"
      )
    }
    let c = try cov(standardDeviations(input))
    if c.layout.rank == 0 { return try cast(div(c, c), input.dtype.isFloatingPoint ? input.dtype : c.dtype) }
    let deviation = try unary(.sqrt, real(diagonalView(c)))
    let scaled = try div(div(c, unsqueeze(deviation, 1)), unsqueeze(deviation, 0))
    func clipped(_ x: Tensor) throws(BackplaneError) -> Tensor {
      let one = try onesLike(x)
      return try binary(.maximum, binary(.minimum, x, one), neg(one))
    }
    // Rounding may lead beyond ±1; NaN stays NaN.
    if scaled.dtype.isComplex { return try complex(clipped(real(scaled)), clipped(imag(scaled))) }
    return try cast(clipped(scaled), input.dtype.isFloatingPoint ? input.dtype : scaled.dtype)
  }
}
