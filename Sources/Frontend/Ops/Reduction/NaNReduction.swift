/// Reductions that pass over NaN.
extension Ops {
  static func nansum(_ x: Tensor, _ dims: [Int]?, keepDim: Bool, dtype: DType? = nil) throws(BackplaneError) -> Tensor {
    guard !x.dtype.isComplex else { throw BackplaneError(.dtype, "nansum does not support complex inputs") }
    guard x.dtype.isFloatingPoint else { return try sum(x, dims, keepDim: keepDim, dtype: dtype) }
    return try sum(select(isNaN(x), .scalar(.int(0)), .tensor(x), x.dtype), dims, keepDim: keepDim, dtype: dtype)
  }

  static func nanmean(_ x: Tensor, _ dims: [Int]?, keepDim: Bool, dtype: DType? = nil) throws(BackplaneError) -> Tensor
  {
    guard x.dtype.isFloatingPoint || x.dtype.isComplex else {
      throw BackplaneError(
        .dtype, "nanmean(): expected input to have floating point or complex dtype but got \(x.dtype.scalarName)")
    }
    let isNumber = try compare(.eq, x.detach(), x.detach())
    let count = try sum(isNumber, dims, keepDim: keepDim)
    let clean = try select(isNumber, .tensor(x), .scalar(.int(0)), x.dtype)
    guard x.dtype.byteCount == 2 else { return try div(sum(clean, dims, keepDim: keepDim, dtype: dtype), count) }
    // The sum of what has 16 bits may be out of their range though the mean is not.
    let wide = dtype ?? x.dtype
    return try cast(div(sum(clean, dims, keepDim: keepDim, dtype: wide.accumulationType), count), wide)
  }
}

extension Tensor {
  /// The sum of all elements that are not NaN.
  public func nansum(dtype: DType? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.nansum(self, nil, keepDim: false, dtype: dtype) }
  }
  /// The sum of the elements that are not NaN along one dimension. With `keepDim` it stays with extent 1.
  public func nansum(_ dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    nansum([dim], keepDim: keepDim, dtype: dtype)
  }
  /// The sum of the elements that are not NaN over several dimensions. With `keepDim` they stay with extent 1.
  public func nansum(_ dims: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.nansum(self, dims, keepDim: keepDim, dtype: dtype) }
  }
  /// The mean of all elements that are not NaN.
  public func nanmean(dtype: DType? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.nanmean(self, nil, keepDim: false, dtype: dtype) }
  }
  /// The mean of the elements that are not NaN along one dimension. With `keepDim` it stays with extent 1.
  public func nanmean(_ dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    nanmean([dim], keepDim: keepDim, dtype: dtype)
  }
  /// The mean of the elements that are not NaN over several dimensions. With `keepDim` they stay with extent 1.
  public func nanmean(_ dims: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.nanmean(self, dims, keepDim: keepDim, dtype: dtype) }
  }
}
