// The other way to write a dimension: `x.sort(dim: 1)` is `x.sort(1)`, and `x.topk(2, 1)` is `x.topk(2, dim: 1)`.

extension Tensor {
  /// The elements in order along one dimension, and the places they had.
  public func sort(dim: Int, descending: Bool = false, stable: Bool = true) -> (values: Tensor, indices: Tensor) {
    sort(dim, descending: descending, stable: stable)
  }
  /// The places of the elements along one dimension in the order of their values.
  public func argsort(dim: Int, descending: Bool = false, stable: Bool = true) -> Tensor {
    argsort(dim, descending: descending, stable: stable)
  }
  /// The `k` greatest elements of a dimension in descending order, or the least in ascending order, and their indices.
  public func topk(
    _ k: Int, _ dim: Int, largest: Bool = true, sorted: Bool = true
  ) -> (values: Tensor, indices: Tensor) {
    topk(k, dim: dim, largest: largest, sorted: sorted)
  }
  /// The `k`-th least element of each slice along one dimension, counted from 1, and its index.
  public func kthvalue(_ k: Int, _ dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
    kthvalue(k, dim: dim, keepDim: keepDim)
  }
}
