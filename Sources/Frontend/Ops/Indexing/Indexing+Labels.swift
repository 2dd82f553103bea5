// Dimensions and what follows them with labels: `x.gather(dim: 1, index: i)` is `x.gather(1, i)`. The tensor that
// elements come from is `src` where PyTorch's documents say so, and `source` elsewhere.

extension Tensor {
  /// The elements that `index` names along one dimension: `out[i][j] = self[index[i][j]][j]` for `dim` 0.
  public func gather(dim: Int, index: Tensor) -> Tensor { gather(dim, index) }
  /// The slices of one dimension that a vector of positions names.
  public func indexSelect(dim: Int, index: Tensor) -> Tensor { indexSelect(dim, index) }
  /// The elements that `indices` names along a dimension, the other dimensions broadcast.
  public func takeAlongDim(_ indices: Tensor, _ dim: Int) -> Tensor { takeAlongDim(indices, dim: dim) }

  /// The tensor with elements of `src` at the places that `index` names along `dim`.
  public func scatter(dim: Int, index: Tensor, src: Tensor) -> Tensor { scatter(dim, index, src) }
  /// The tensor with one number at the places that `index` names along `dim`.
  public func scatter(dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor { scatter(dim, index, value) }
  /// The tensor with elements of `src` combined with those at the places that `index` names along `dim`.
  public func scatter(dim: Int, index: Tensor, src: Tensor, reduce: ScatterOperation) -> Tensor {
    scatter(dim, index, src, reduce: reduce)
  }
  /// The tensor with elements of `src` added at the places that `index` names along `dim`.
  public func scatterAdd(dim: Int, index: Tensor, src: Tensor) -> Tensor { scatterAdd(dim, index, src) }
  /// The tensor with the elements of `src` that `index` sends to one place along `dim` reduced there.
  public func scatterReduce(
    dim: Int, index: Tensor, src: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor {
    scatterReduce(dim, index, src, reduce: reduce, includeSelf: includeSelf)
  }

  /// The tensor with `alpha · source` added to the slices of a dimension that a vector of positions names.
  public func indexAdd(dim: Int, index: Tensor, source: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    indexAdd(dim, index, source, alpha: alpha)
  }
  /// The tensor with the slices that a vector of positions names replaced by those of `source`.
  public func indexCopy(dim: Int, index: Tensor, source: Tensor) -> Tensor { indexCopy(dim, index, source) }
  /// The tensor with one value in the slices that a vector of positions names.
  public func indexFill(dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
    indexFill(dim, index, value)
  }
  /// The tensor with the slices that a vector of positions names reduced with those of `source`.
  public func indexReduce(
    dim: Int, index: Tensor, source: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor {
    indexReduce(dim, index, source, reduce: reduce, includeSelf: includeSelf)
  }
  /// A copy in which one slice of a dimension is replaced by `src`.
  public func selectScatter(_ src: Tensor, dim: Int, index: Int) -> Tensor { selectScatter(src, dim, index) }

  // In place.

  /// Sets the places that `index` names along `dim` to the elements of `src`, in place.
  @discardableResult
  public func scatter_(dim: Int, index: Tensor, src: Tensor) -> Tensor { scatter_(dim, index, src) }
  /// Sets the places that `index` names along `dim` to one number, in place.
  @discardableResult
  public func scatter_(dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
    scatter_(dim, index, value)
  }
  /// Adds the elements of `src` at the places that `index` names along `dim`, in place.
  @discardableResult
  public func scatterAdd_(dim: Int, index: Tensor, src: Tensor) -> Tensor { scatterAdd_(dim, index, src) }
  /// Reduces the elements of `src` that `index` sends to one place along `dim`, in place.
  @discardableResult
  public func scatterReduce_(
    dim: Int, index: Tensor, src: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor {
    scatterReduce_(dim, index, src, reduce: reduce, includeSelf: includeSelf)
  }
  /// Adds `alpha · source` to the slices of a dimension that a vector of positions names, in place.
  @discardableResult
  public func indexAdd_(dim: Int, index: Tensor, source: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    indexAdd_(dim, index, source, alpha: alpha)
  }
  /// Replaces the slices of a dimension that a vector of positions names by those of `source`, in place.
  @discardableResult
  public func indexCopy_(dim: Int, index: Tensor, source: Tensor) -> Tensor { indexCopy_(dim, index, source) }
  /// Sets the slices of a dimension that a vector of positions names to one value, in place.
  @discardableResult
  public func indexFill_(dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
    indexFill_(dim, index, value)
  }
}
