// The other way to write a dimension: `x.sum(dim: 1)` is `x.sum(1)`, and `x.quantile(0.5, 1)` is
// `x.quantile(0.5, dim: 1)`.

extension Tensor {
  /// The sum of the elements along one dimension. With `keepDim` it stays with extent 1.
  public func sum(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    sum([dim], keepDim: keepDim, dtype: dtype)
  }
  /// The sum of the elements over several dimensions. With `keepDim` they stay with extent 1.
  public func sum(dim: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    sum(dim, keepDim: keepDim, dtype: dtype)
  }
  /// The mean of the elements along one dimension. With `keepDim` it stays with extent 1.
  public func mean(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    mean([dim], keepDim: keepDim, dtype: dtype)
  }
  /// The mean of the elements over several dimensions. With `keepDim` they stay with extent 1.
  public func mean(dim: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    mean(dim, keepDim: keepDim, dtype: dtype)
  }
  /// The sum of the elements that are not NaN along one dimension. With `keepDim` it stays with extent 1.
  public func nansum(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    nansum([dim], keepDim: keepDim, dtype: dtype)
  }
  /// The sum of the elements that are not NaN over several dimensions. With `keepDim` they stay with extent 1.
  public func nansum(dim: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    nansum(dim, keepDim: keepDim, dtype: dtype)
  }
  /// The mean of the elements that are not NaN along one dimension. With `keepDim` it stays with extent 1.
  public func nanmean(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    nanmean([dim], keepDim: keepDim, dtype: dtype)
  }
  /// The mean of the elements that are not NaN over several dimensions. With `keepDim` they stay with extent 1.
  public func nanmean(dim: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    nanmean(dim, keepDim: keepDim, dtype: dtype)
  }
  /// The greatest elements along one dimension. With `keepDim` it stays with extent 1.
  public func amax(dim: Int, keepDim: Bool = false) -> Tensor { amax([dim], keepDim: keepDim) }
  /// The greatest elements over several dimensions. With `keepDim` they stay with extent 1.
  public func amax(dim: [Int], keepDim: Bool = false) -> Tensor { amax(dim, keepDim: keepDim) }
  /// The least elements along one dimension. With `keepDim` it stays with extent 1.
  public func amin(dim: Int, keepDim: Bool = false) -> Tensor { amin([dim], keepDim: keepDim) }
  /// The least elements over several dimensions. With `keepDim` they stay with extent 1.
  public func amin(dim: [Int], keepDim: Bool = false) -> Tensor { amin(dim, keepDim: keepDim) }
  /// The logarithm of the sum of exponentials, log Σ exp(x), along one dimension. With `keepDim` it stays with extent
  /// 1.
  public func logsumexp(dim: Int, keepDim: Bool = false) -> Tensor { logsumexp([dim], keepDim: keepDim) }
  /// The logarithm of the sum of exponentials, log Σ exp(x), over several dimensions. With `keepDim` they stay with
  /// extent 1.
  public func logsumexp(dim: [Int], keepDim: Bool = false) -> Tensor { logsumexp(dim, keepDim: keepDim) }
  /// The variance: squared distances from the mean, divided by their number minus `correction`, along one dimension.
  /// With `keepDim` it stays with extent 1.
  public func `var`(dim: Int, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    `var`([dim], correction: correction, keepDim: keepDim)
  }
  /// The variance: squared distances from the mean, divided by their number minus `correction`, over several
  /// dimensions. With `keepDim` they stay with extent 1.
  public func `var`(dim: [Int], correction: Double = 1, keepDim: Bool = false) -> Tensor {
    `var`(dim, correction: correction, keepDim: keepDim)
  }
  /// The standard deviation, the root of the variance, along one dimension. With `keepDim` it stays with extent 1.
  public func std(dim: Int, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    std([dim], correction: correction, keepDim: keepDim)
  }
  /// The standard deviation, the root of the variance, over several dimensions. With `keepDim` they stay with extent 1.
  public func std(dim: [Int], correction: Double = 1, keepDim: Bool = false) -> Tensor {
    std(dim, correction: correction, keepDim: keepDim)
  }
  /// The product of the elements along one dimension. With `keepDim` it stays with extent 1.
  public func prod(dim: Int, keepDim: Bool = false) -> Tensor { prod(dim, keepDim: keepDim) }
  /// Whether all elements are true along one dimension. With `keepDim` it stays with extent 1.
  public func all(dim: Int, keepDim: Bool = false) -> Tensor { all(dim, keepDim: keepDim) }
  /// Whether any element is true along one dimension. With `keepDim` it stays with extent 1.
  public func any(dim: Int, keepDim: Bool = false) -> Tensor { any(dim, keepDim: keepDim) }
  /// The index of the greatest element along one dimension, or with nil of the flattened tensor.
  public func argmax(dim: Int?, keepDim: Bool = false) -> Tensor { argmax(dim, keepDim: keepDim) }
  /// The index of the least element along one dimension, or with nil of the flattened tensor.
  public func argmin(dim: Int?, keepDim: Bool = false) -> Tensor { argmin(dim, keepDim: keepDim) }
  /// The greatest elements along one dimension, and their indices. With `keepDim` it stays with extent 1.
  public func max(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) { max(dim, keepDim: keepDim) }
  /// The least elements along one dimension, and their indices. With `keepDim` it stays with extent 1.
  public func min(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) { min(dim, keepDim: keepDim) }
  /// The medians along one dimension, of two middle elements the lesser, and their indices.
  public func median(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
    median(dim, keepDim: keepDim)
  }
  /// The medians of the elements along one dimension that are not NaN, and their indices.
  public func nanmedian(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
    nanmedian(dim, keepDim: keepDim)
  }
  /// The most frequent elements along one dimension, and the index of each one.
  public func mode(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) { mode(dim, keepDim: keepDim) }
  /// How many elements along one dimension are not zero.
  public func countNonzero(dim: Int) -> Tensor { countNonzero(dim) }
  /// How many elements over several dimensions are not zero.
  public func countNonzero(dim: [Int]) -> Tensor { countNonzero(dim) }

  // Along a dimension that stays.

  /// The logarithms of the running sums of exponentials along one dimension.
  public func logcumsumexp(dim: Int) -> Tensor { logcumsumexp(dim) }
  /// The running sums of the elements along one dimension.
  public func cumsum(dim: Int, dtype: DType? = nil) -> Tensor { cumsum(dim, dtype: dtype) }
  /// The running products of the elements along one dimension.
  public func cumprod(dim: Int, dtype: DType? = nil) -> Tensor { cumprod(dim, dtype: dtype) }
  /// The greatest of the elements so far along one dimension, and their indices.
  public func cummax(dim: Int) -> (values: Tensor, indices: Tensor) { cummax(dim) }
  /// The least of the elements so far along one dimension, and their indices.
  public func cummin(dim: Int) -> (values: Tensor, indices: Tensor) { cummin(dim) }
  /// The differences of neighbours along a dimension, `n` times over; of bools whether they differ.
  public func diff(_ n: Int, dim: Int = -1, prepend: Tensor? = nil, append: Tensor? = nil) -> Tensor {
    diff(n: n, dim: dim, prepend: prepend, append: append)
  }

  // Several results, several dimensions.

  /// Whether all elements are true over several dimensions. With `keepDim` they stay with extent 1.
  public func all(dim: [Int], keepDim: Bool = false) -> Tensor { all(dim, keepDim: keepDim) }
  /// Whether any element is true over several dimensions. With `keepDim` they stay with extent 1.
  public func any(dim: [Int], keepDim: Bool = false) -> Tensor { any(dim, keepDim: keepDim) }
  /// The variance and the mean along one dimension. With `keepDim` it stays with extent 1.
  public func varMean(_ dim: Int, correction: Double = 1, keepDim: Bool = false) -> (var: Tensor, mean: Tensor) {
    varMean([dim], correction: correction, keepDim: keepDim)
  }
  /// The variance and the mean along one dimension. With `keepDim` it stays with extent 1.
  public func varMean(dim: Int, correction: Double = 1, keepDim: Bool = false) -> (var: Tensor, mean: Tensor) {
    varMean([dim], correction: correction, keepDim: keepDim)
  }
  /// The variance and the mean over several dimensions. With `keepDim` they stay with extent 1.
  public func varMean(dim: [Int], correction: Double = 1, keepDim: Bool = false) -> (var: Tensor, mean: Tensor) {
    varMean(dim, correction: correction, keepDim: keepDim)
  }
  /// The standard deviation and the mean along one dimension. With `keepDim` it stays with extent 1.
  public func stdMean(_ dim: Int, correction: Double = 1, keepDim: Bool = false) -> (std: Tensor, mean: Tensor) {
    stdMean([dim], correction: correction, keepDim: keepDim)
  }
  /// The standard deviation and the mean along one dimension. With `keepDim` it stays with extent 1.
  public func stdMean(dim: Int, correction: Double = 1, keepDim: Bool = false) -> (std: Tensor, mean: Tensor) {
    stdMean([dim], correction: correction, keepDim: keepDim)
  }
  /// The standard deviation and the mean over several dimensions. With `keepDim` they stay with extent 1.
  public func stdMean(dim: [Int], correction: Double = 1, keepDim: Bool = false) -> (std: Tensor, mean: Tensor) {
    stdMean(dim, correction: correction, keepDim: keepDim)
  }
  /// The q-th quantile along a dimension: q in 0 … 1. NaN where a slice has one.
  public func quantile(
    _ q: Double, _ dim: Int, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear
  ) -> Tensor {
    quantile(q, dim: dim, keepDim: keepDim, interpolation: interpolation)
  }
  /// The quantiles of several q along a dimension, in a new first dimension. NaN where a slice has one.
  public func quantile(
    _ q: Tensor, _ dim: Int, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear
  ) -> Tensor {
    quantile(q, dim: dim, keepDim: keepDim, interpolation: interpolation)
  }
  /// The q-th quantile along a dimension of the elements that are not NaN.
  public func nanquantile(
    _ q: Double, _ dim: Int, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear
  ) -> Tensor {
    nanquantile(q, dim: dim, keepDim: keepDim, interpolation: interpolation)
  }
  /// The quantiles of several q along a dimension of the elements that are not NaN, in a new first dimension.
  public func nanquantile(
    _ q: Tensor, _ dim: Int, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear
  ) -> Tensor {
    nanquantile(q, dim: dim, keepDim: keepDim, interpolation: interpolation)
  }
}

// What PyTorch calls `unbiased`, from before it had `correction`.

extension Tensor {
  /// Not available: PyTorch's `unbiased=False` is `correction: 0` here.
  @available(*, unavailable, message: "unbiased=False is correction: 0, and unbiased=True the default")
  public func std(unbiased: Bool) -> Tensor { fatalError("unavailable") }
  /// Not available: PyTorch's `unbiased=False` is `correction: 0` here.
  @available(*, unavailable, message: "unbiased=False is correction: 0, and unbiased=True the default")
  public func std(_ dim: Any, unbiased: Bool, keepDim: Bool = false) -> Tensor { fatalError("unavailable") }
  /// Not available: PyTorch's `unbiased=False` is `correction: 0` here.
  @available(*, unavailable, message: "unbiased=False is correction: 0, and unbiased=True the default")
  public func std(dim: Any, unbiased: Bool, keepDim: Bool = false) -> Tensor { fatalError("unavailable") }
  /// Not available: PyTorch's `unbiased=False` is `correction: 0` here.
  @available(*, unavailable, message: "unbiased=False is correction: 0, and unbiased=True the default")
  public func `var`(unbiased: Bool) -> Tensor { fatalError("unavailable") }
  /// Not available: PyTorch's `unbiased=False` is `correction: 0` here.
  @available(*, unavailable, message: "unbiased=False is correction: 0, and unbiased=True the default")
  public func `var`(_ dim: Any, unbiased: Bool, keepDim: Bool = false) -> Tensor { fatalError("unavailable") }
  /// Not available: PyTorch's `unbiased=False` is `correction: 0` here.
  @available(*, unavailable, message: "unbiased=False is correction: 0, and unbiased=True the default")
  public func `var`(dim: Any, unbiased: Bool, keepDim: Bool = false) -> Tensor { fatalError("unavailable") }
}

// Python's `keepdim`.

extension Tensor {
  @available(*, unavailable, renamed: "sum(_:keepDim:)")
  public func sum(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "sum(dim:keepDim:)")
  public func sum(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "mean(_:keepDim:)")
  public func mean(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "mean(dim:keepDim:)")
  public func mean(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "prod(_:keepDim:)")
  public func prod(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "prod(dim:keepDim:)")
  public func prod(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "max(_:keepDim:)")
  public func max(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "max(dim:keepDim:)")
  public func max(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "min(_:keepDim:)")
  public func min(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "min(dim:keepDim:)")
  public func min(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "amax(_:keepDim:)")
  public func amax(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "amax(dim:keepDim:)")
  public func amax(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "amin(_:keepDim:)")
  public func amin(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "amin(dim:keepDim:)")
  public func amin(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "argmax(_:keepDim:)")
  public func argmax(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "argmax(dim:keepDim:)")
  public func argmax(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "argmin(_:keepDim:)")
  public func argmin(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "argmin(dim:keepDim:)")
  public func argmin(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "all(_:keepDim:)")
  public func all(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "all(dim:keepDim:)")
  public func all(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "any(_:keepDim:)")
  public func any(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "any(dim:keepDim:)")
  public func any(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "std(_:keepDim:)")
  public func std(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "std(dim:keepDim:)")
  public func std(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "var(_:keepDim:)")
  public func `var`(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "var(dim:keepDim:)")
  public func `var`(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "median(_:keepDim:)")
  public func median(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "median(dim:keepDim:)")
  public func median(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "logsumexp(_:keepDim:)")
  public func logsumexp(_ dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "logsumexp(dim:keepDim:)")
  public func logsumexp(dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "norm(_:dim:keepDim:)")
  public func norm(_ p: Double = 2, dim: Any, keepdim: Bool) -> Tensor { fatalError("unavailable") }
}
