/// Sums of powers whose terms leave the type's range although the result does not: the squares behind norms and
/// deviations.
extension Ops {
  /// What to divide x by before its elements are raised to a power, so that the sum over `reduced` neither overflows nor
  /// loses its digits to underflow: the greatest magnitude of each slice. Nil where the plain sum is as good.
  ///
  /// Where the host reaches a device's memory it looks at the sums; a device of its own is not waited for.
  ///
  /// - Parameters:
  ///   - x: Real, without gradient.
  ///   - total: The plain sum, or mean, of the powers.
  ///   - addend: A number that is going to be added to `total`, beside which small ones do not count.
  ///   - smallest: The least magnitude instead, for negative powers.
  static func powerUnit(
    of x: Tensor, _ total: Tensor, _ reduced: [Bool], beside addend: Double = 0, smallest: Bool = false
  ) throws(BackplaneError) -> Tensor? {
    let limits = try FInfo(checking: x.dtype)
    guard total.numel > 0, try leavesRange(total, limits, beside: addend) else { return nil }
    let size: Tensor
    if smallest {
      size = try reduce(.min, unary(.abs, x), reduced, x.dtype)
    } else {
      size = try binary(.maximum, reduce(.max, x, reduced, x.dtype), neg(reduce(.min, x, reduced, x.dtype)))
    }
    let unit = try addend > 0 ? binary(.maximum, size, .double(addend.squareRoot())) : size
    // What is zero, infinite or NaN comes out right by itself.
    let isUsable = try apply(.bitwiseAnd, compare(.gt, unit, .int(0)), compare(.lt, unit, .double(.infinity)), .bool)
    return try select(isUsable, .tensor(unit), .scalar(.int(1)), x.dtype)
  }

  private static func leavesRange(
    _ total: Tensor, _ limits: FInfo, beside addend: Double
  ) throws(BackplaneError) -> Bool {
    guard total.context.hasHostMemory else { return true }
    let all = [Bool](repeating: true, count: total.layout.rank)
    let low = try item(reduce(.min, total, all, total.dtype)).double
    let high = try item(reduce(.max, total, all, total.dtype)).double
    // Below, terms that still count would be subnormal.
    let least = limits.tiny / limits.eps
    return !(high <= limits.max && (low >= least || addend * limits.eps >= least))
  }
}
