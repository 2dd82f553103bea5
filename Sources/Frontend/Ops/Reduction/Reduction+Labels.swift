// Dimensions with a label, as PyTorch's keyword: `x.sum(dim: 1)` is `x.sum(1)`.

extension Tensor {
  public func sum(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    sum([dim], keepDim: keepDim, dtype: dtype)
  }
  public func sum(dim: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    sum(dim, keepDim: keepDim, dtype: dtype)
  }
  public func mean(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    mean([dim], keepDim: keepDim, dtype: dtype)
  }
  public func mean(dim: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    mean(dim, keepDim: keepDim, dtype: dtype)
  }
  public func nansum(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    nansum([dim], keepDim: keepDim, dtype: dtype)
  }
  public func nansum(dim: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    nansum(dim, keepDim: keepDim, dtype: dtype)
  }
  public func nanmean(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    nanmean([dim], keepDim: keepDim, dtype: dtype)
  }
  public func nanmean(dim: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    nanmean(dim, keepDim: keepDim, dtype: dtype)
  }
  public func amax(dim: Int, keepDim: Bool = false) -> Tensor { amax([dim], keepDim: keepDim) }
  public func amax(dim: [Int], keepDim: Bool = false) -> Tensor { amax(dim, keepDim: keepDim) }
  public func amin(dim: Int, keepDim: Bool = false) -> Tensor { amin([dim], keepDim: keepDim) }
  public func amin(dim: [Int], keepDim: Bool = false) -> Tensor { amin(dim, keepDim: keepDim) }
  public func logsumexp(dim: Int, keepDim: Bool = false) -> Tensor { logsumexp([dim], keepDim: keepDim) }
  public func logsumexp(dim: [Int], keepDim: Bool = false) -> Tensor { logsumexp(dim, keepDim: keepDim) }
  public func `var`(dim: Int, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    `var`([dim], correction: correction, keepDim: keepDim)
  }
  public func `var`(dim: [Int], correction: Double = 1, keepDim: Bool = false) -> Tensor {
    `var`(dim, correction: correction, keepDim: keepDim)
  }
  public func std(dim: Int, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    std([dim], correction: correction, keepDim: keepDim)
  }
  public func std(dim: [Int], correction: Double = 1, keepDim: Bool = false) -> Tensor {
    std(dim, correction: correction, keepDim: keepDim)
  }
  public func prod(dim: Int, keepDim: Bool = false) -> Tensor { prod(dim, keepDim: keepDim) }
  public func all(dim: Int, keepDim: Bool = false) -> Tensor { all(dim, keepDim: keepDim) }
  public func any(dim: Int, keepDim: Bool = false) -> Tensor { any(dim, keepDim: keepDim) }
  public func argmax(dim: Int?, keepDim: Bool = false) -> Tensor { argmax(dim, keepDim: keepDim) }
  public func argmin(dim: Int?, keepDim: Bool = false) -> Tensor { argmin(dim, keepDim: keepDim) }
  public func max(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) { max(dim, keepDim: keepDim) }
  public func min(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) { min(dim, keepDim: keepDim) }
  public func median(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
    median(dim, keepDim: keepDim)
  }
  public func nanmedian(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
    nanmedian(dim, keepDim: keepDim)
  }
  public func mode(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) { mode(dim, keepDim: keepDim) }
  public func countNonzero(dim: Int) -> Tensor { countNonzero(dim) }
  public func countNonzero(dim: [Int]) -> Tensor { countNonzero(dim) }

  // Along a dimension that stays.

  public func softmax(dim: Int) -> Tensor { softmax(dim) }
  public func logSoftmax(dim: Int) -> Tensor { logSoftmax(dim) }
  public func logcumsumexp(dim: Int) -> Tensor { logcumsumexp(dim) }
  public func cumsum(dim: Int, dtype: DType? = nil) -> Tensor { cumsum(dim, dtype: dtype) }
  public func cumprod(dim: Int, dtype: DType? = nil) -> Tensor { cumprod(dim, dtype: dtype) }
  public func cummax(dim: Int) -> (values: Tensor, indices: Tensor) { cummax(dim) }
  public func cummin(dim: Int) -> (values: Tensor, indices: Tensor) { cummin(dim) }
  public func sort(dim: Int, descending: Bool = false, stable: Bool = true) -> (values: Tensor, indices: Tensor) {
    sort(dim, descending: descending, stable: stable)
  }
  public func argsort(dim: Int, descending: Bool = false, stable: Bool = true) -> Tensor {
    argsort(dim, descending: descending, stable: stable)
  }

  // Shapes and positions.

  public func squeeze(dim: Int) -> Tensor { squeeze(dim) }
  public func squeeze(dim: [Int]) -> Tensor { squeeze(dim) }
  public func unsqueeze(dim: Int) -> Tensor { unsqueeze(dim) }
  public func size(dim: Int) -> Int { size(dim) }
  public func flip(dims: [Int]) -> Tensor { flip(dims) }
  public func permute(dims: [Int]) -> Tensor { permute(dims) }
  public func gather(dim: Int, index: Tensor) -> Tensor { gather(dim, index) }
  public func indexSelect(dim: Int, index: Tensor) -> Tensor { indexSelect(dim, index) }
  public func select(dim: Int, index: Int) -> Tensor { select(dim, index) }
  public func narrow(dim: Int, start: Int, length: Int) -> Tensor { narrow(dim, start, length) }
  public func flatten(startDim: Int, endDim: Int = -1) -> Tensor { flatten(startDim, endDim) }
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
