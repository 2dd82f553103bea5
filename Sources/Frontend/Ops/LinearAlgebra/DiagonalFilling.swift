extension Ops {
  /// x with one number on its main diagonal, the elements whose indices are all equal; with `wraps` a tall matrix's
  /// diagonal begins anew one row below its end.
  static func fillDiagonal(_ x: Tensor, _ value: Scalar, wraps: Bool) throws(BackplaneError) -> Tensor {
    let shape = x.layout.shape, rank = shape.count
    guard rank >= 2 else { throw BackplaneError(.shape, "dimensions must larger than 1") }
    guard rank == 2 || shape.allSatisfy({ $0 == shape[0] }) else {
      throw BackplaneError(.shape, "all dimensions of input must be of equal length")
    }
    func positions(_ d: Int) throws(BackplaneError) -> Tensor {
      var extents = [Int](repeating: 1, count: rank)
      extents[d] = shape[d]
      return try reshape(arithmeticSequence(.int(0), .int(1), shape[d], .int64, on: x.context), extents)
    }
    var first = try positions(0)
    if wraps, rank == 2 { first = try binary(.remainder, first, .int(Int64(shape[1]) + 1)) }
    var isDiagonal = try compare(.eq, first, positions(1))
    for d in 2..<Swift.max(rank, 2) {
      isDiagonal = try apply(.bitwiseAnd, isDiagonal, compare(.eq, first, positions(d)), .bool)
    }
    return try maskedFill(x, isDiagonal, value)
  }
}

extension Tensor {
  /// Sets the main diagonal, the elements whose indices are all equal, in place. With `wrap` the diagonal of a tall matrix
  /// begins anew one row below its end.
  @discardableResult
  public func fillDiagonal_(_ value: some ScalarConvertible, wrap: Bool = false) -> Tensor {
    change { x throws(BackplaneError) in try Ops.fillDiagonal(x, value.scalar, wraps: wrap) }
  }
}
