// The factor of `add` and `sub`.

extension Ops {
  /// `x` times `alpha`, for the sum or difference `f` with `other`.
  static func scaled(
    _ f: BinaryFunction, _ x: Tensor, by alpha: Scalar, beside other: Tensor
  ) throws(BackplaneError) -> Tensor {
    alpha == .int(1) ? x : try scaled(x, by: alpha, resultType(f, x, other))
  }

  /// `x` times `alpha`, for the sum or difference `f` with the number `other`.
  static func scaled(
    _ f: BinaryFunction, _ x: Tensor, by alpha: Scalar, beside other: Scalar
  ) throws(BackplaneError) -> Tensor {
    alpha == .int(1) ? x : try scaled(x, by: alpha, resultType(f, x, other))
  }

  private static func scaled(_ x: Tensor, by alpha: Scalar, _ result: DType) throws(BackplaneError) -> Tensor {
    try checkAlpha(alpha, result)
    // Of the result's type first, for a whole number times a fraction would be of float32 beside a float64.
    let x = try cast(x, result)
    // Among bools a factor is a truth, and so is the product.
    let factor = result == .bool ? .bool(alpha.isTrue) : alpha
    let product = try mul(x.detach(), factor)
    if Autograd.records(x) {
      // A product by a number would keep `x`, which no gradient needs.
      Autograd.record("MulBackward0", [x], product, saves: false) { g throws(BackplaneError) in
        [try mul(g, alpha.conjugate)]
      }
    }
    return product
  }

  /// The factor must be of no higher kind than the result.
  static func checkAlpha(_ alpha: Scalar, _ result: DType) throws(BackplaneError) {
    if case .bool = alpha, result != .bool {
      throw BackplaneError(.dtype, "Boolean alpha only supported for Boolean results.")
    }
    if case .double = alpha, result.category < .floatingPoint {
      throw BackplaneError(.dtype, "For integral input tensors, argument alpha must not be a floating point number.")
    }
    if case .complex = alpha, !result.isComplex {
      throw BackplaneError(.dtype, "For non-complex input tensors, argument alpha must not be a complex number.")
    }
    if result != .bool { try alpha.requireFits(result, roundingToInfinity: result.byteCount == 2) }
  }
}
