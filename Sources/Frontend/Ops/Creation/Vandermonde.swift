/// Matrices of powers.
extension Ops {
  /// Row i holds the powers of x[i], the highest first unless `increasing`.
  static func vander(_ x: Tensor, _ count: Int?, increasing: Bool) throws(BackplaneError) -> Tensor {
    guard x.layout.rank == 1 else { throw BackplaneError(.shape, "x must be a one-dimensional tensor.") }
    let n = count ?? x.numel
    guard n >= 0 else { throw BackplaneError(.value, "N must be non-negative.") }
    let powers = try powers(x, n)
    return try increasing ? powers : flip(powers, [-1])
  }

  /// The powers 0 … n − 1 of all elements, in a new last dimension.
  static func linalgVander(_ x: Tensor, _ count: Int?) throws(BackplaneError) -> Tensor {
    guard x.dtype != .bool, x.dtype != .float16, x.dtype != .bfloat16 else {
      throw BackplaneError(
        .dtype,
        "linalg.vander supports floating point, complex, and integer tensors, but got \(x.dtype.scalarName)")
    }
    let n = count ?? x.layout.shape.last ?? 1
    guard n > 1 else { throw BackplaneError(.value, "N must be greater than 1.") }
    return try powers(x.layout.rank == 0 ? reshape(x, [1]) : x, n)
  }

  private static func powers(_ x: Tensor, _ n: Int) throws(BackplaneError) -> Tensor {
    let operand = try x.dtype.category < .floatingPoint ? cast(x, .int64) : x
    let shape = operand.layout.shape
    // Whether memory can hold it is known before any of it is made.
    _ = try Layout.contiguous(shape + [n])
    let ones = try full(.contiguous(shape + [Swift.min(n, 1)]), .int(1), operand.dtype, on: x.context)
    if n < 2 { return ones }
    return try cat([ones, cumprod(expand(unsqueeze(operand, -1), shape + [n - 1]), -1)], -1)
  }
}

/// Vandermonde's matrix: row i holds the powers of x[i], of which there are `n`, by default as many as elements. The
/// highest come first unless `increasing`.
///
/// ```swift
/// vander(Tensor([2, 3]), n: 3)  // [[4, 2, 1], [9, 3, 1]]
/// ```
public func vander(_ x: Tensor, n: Int? = nil, increasing: Bool = false) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.vander(x, n, increasing: increasing) }
}

/// Vandermonde's matrix with `n` columns: row i holds powers of x[i].
public func vander(_ x: Tensor, _ n: Int, increasing: Bool = false) -> Tensor {
  vander(x, n: n, increasing: increasing)
}

extension Linalg {
  /// Vandermonde's matrices: the powers 0 … n − 1 of all elements, in a new last dimension. `n` is by default the last
  /// extent.
  public static func vander(_ x: Tensor, n: Int? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.linalgVander(x, n) }
  }
}
