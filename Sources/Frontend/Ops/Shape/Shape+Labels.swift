// The other way to write a dimension: `x.squeeze(dim: 1)` is `x.squeeze(1)`, and `cat([x, y], 1)` is
// `cat([x, y], dim: 1)`.

extension Tensor {
  /// The extent of one dimension, which may be counted from the back.
  public func size(dim: Int) -> Int { size(dim) }
  /// The tensor without the dimension if its extent is 1; a view.
  public func squeeze(dim: Int) -> Tensor { squeeze(dim) }
  /// The tensor without those of the dimensions whose extent is 1; a view.
  public func squeeze(dim: [Int]) -> Tensor { squeeze(dim) }
  /// The tensor with a new dimension of extent 1 at a place, which may be counted from the back; a view.
  public func unsqueeze(dim: Int) -> Tensor { unsqueeze(dim) }
  /// The tensor with two dimensions exchanged, as a view.
  public func transpose(dim0: Int, dim1: Int) -> Tensor { transpose(dim0, dim1) }
  /// The tensor with two dimensions exchanged: ``transpose(dim0:dim1:)`` by NumPy's name.
  public func swapaxes(axis0: Int, axis1: Int) -> Tensor { transpose(axis0, axis1) }
  /// The tensor with two dimensions exchanged: ``transpose(dim0:dim1:)`` by another name.
  public func swapdims(dim0: Int, dim1: Int) -> Tensor { transpose(dim0, dim1) }
  /// The tensor with one dimension moved to another place; the others keep their order.
  public func movedim(source: Int, destination: Int) -> Tensor { movedim(source, destination) }
  /// The tensor with dimensions moved to other places; the others keep their order.
  public func movedim(source: [Int], destination: [Int]) -> Tensor { movedim(source, destination) }
  /// The tensor with one dimension moved to another place: ``movedim(source:destination:)-(Int,_)`` by NumPy's name.
  public func moveaxis(source: Int, destination: Int) -> Tensor { movedim(source, destination) }
  /// The tensor with dimensions moved to other places: ``movedim(source:destination:)-([Int],_)`` by NumPy's name.
  public func moveaxis(source: [Int], destination: [Int]) -> Tensor { movedim(source, destination) }
  /// The dimensions in another order, as a view.
  public func permute(dims: [Int]) -> Tensor { permute(dims) }
  /// The dimensions in another order, as a view.
  public func permute(dims: Int...) -> Tensor { permute(dims) }
  /// The elements in reverse order along some dimensions; a copy.
  public func flip(dims: [Int]) -> Tensor { flip(dims) }
  /// The elements in reverse order along some dimensions; a copy.
  public func flip(dims: Int...) -> Tensor { flip(dims) }
  /// The elements moved on by `shifts` along `dims`; those that leave at the end come in at the beginning.
  public func roll(_ shifts: [Int], _ dims: [Int]) -> Tensor { roll(shifts, dims: dims) }
  /// The elements moved on by `shift` along one dimension; those that leave at the end come in at the beginning.
  public func roll(_ shift: Int, _ dim: Int) -> Tensor { roll(shift, dims: dim) }
  /// The elements moved on by `shifts` along `dims`; those that leave at the end come in at the beginning.
  public func roll(shifts: [Int], dims: [Int] = []) -> Tensor { roll(shifts, dims: dims) }
  /// The elements moved on by `shifts` along one dimension, or with nil through the flattened tensor.
  public func roll(shifts: Int, dims: Int? = nil) -> Tensor { roll(shifts, dims: dims) }
  /// The slice at one position of a dimension, which goes away; a view.
  public func select(dim: Int, index: Int) -> Tensor { select(dim, index) }
  /// The slices start, start + step, … up to `end` of a dimension, as a view; bounds may count from the back.
  public func slice(dim: Int, start: Int? = nil, end: Int? = nil, step: Int = 1) -> Tensor {
    slice(dim, start, end, step: step)
  }
  /// The `length` slices of a dimension from `start` on, as a view.
  public func narrow(dim: Int, start: Int, length: Int) -> Tensor { narrow(dim, start, length) }
  /// A copy of the `length` slices of a dimension from `start` on.
  public func narrowCopy(dim: Int, start: Int, length: Int) -> Tensor { narrowCopy(dim, start, length) }
  /// A dimension as several, whose extents multiply to its own; one may be −1.
  public func unflatten(dim: Int, sizes: [Int]) -> Tensor { unflatten(dim, sizes) }
  /// Windows of `size` elements along a dimension, `step` apart, as a new last dimension; a view.
  public func unfold(dimension: Int, size: Int, step: Int) -> Tensor { unfold(dimension, size, step) }

  /// The parts of one extent along a dimension, of which the last may be smaller; views.
  public func split(_ size: Int, _ dim: Int) -> [Tensor] { split(size, dim: dim) }
  /// The parts of given extents along a dimension; views.
  public func split(_ sizes: [Int], _ dim: Int) -> [Tensor] { split(sizes, dim: dim) }
  /// At most `count` pieces of equal size along a dimension, as views: 5 in 4 chunks are 2, 2, 1.
  public func chunk(_ count: Int, _ dim: Int) -> [Tensor] { chunk(count, dim: dim) }
  /// The slices of a dimension, which goes away; views.
  public func unbind(_ dim: Int) -> [Tensor] { unbind(dim: dim) }
  /// The `count` parts of a dimension whose extents differ by at most one, the longer first; views.
  public func tensorSplit(_ count: Int, _ dim: Int) -> [Tensor] { tensorSplit(count, dim: dim) }
  /// The parts of a dimension between the positions given; views.
  public func tensorSplit(_ positions: [Int], _ dim: Int) -> [Tensor] { tensorSplit(positions, dim: dim) }
  /// Each slice of a dimension `count` times in a row.
  public func repeatInterleave(_ count: Int, _ dim: Int) -> Tensor { repeatInterleave(count, dim: dim) }
  /// Each slice of a dimension as often as its number in `counts` says. Reads the numbers.
  public func repeatInterleave(_ counts: Tensor, _ dim: Int) -> Tensor { repeatInterleave(counts, dim: dim) }

  /// The dimensions from `startDim` to `endDim` as one.
  public func flatten(_ startDim: Int, _ endDim: Int = -1) -> Tensor { flatten(startDim: startDim, endDim: endDim) }
  /// A quarter turn `k` times in the plane of two dimensions, from the first to the second.
  public func rot90(_ k: Int, dims: [Int] = [0, 1]) -> Tensor { rot90(k: k, dims: dims) }
  /// A diagonal of two dimensions, `offset` places to the right, as a new last dimension; a view.
  public func diagonal(_ offset: Int, dim1: Int = 0, dim2: Int = 1) -> Tensor {
    diagonal(offset: offset, dim1: dim1, dim2: dim2)
  }

  // In place.

  /// Takes a dimension away if its extent is 1, in place.
  @discardableResult public func squeeze_(dim: Int) -> Tensor { squeeze_(dim) }
  /// Inserts a dimension of extent 1, in place.
  @discardableResult public func unsqueeze_(dim: Int) -> Tensor { unsqueeze_(dim) }
  /// Exchanges two dimensions, in place.
  @discardableResult public func transpose_(dim0: Int, dim1: Int) -> Tensor { transpose_(dim0, dim1) }
}

/// Tensors joined along a dimension that they have; the other extents are equal.
public func cat(_ tensors: [Tensor], _ dim: Int) -> Tensor { cat(tensors, dim: dim) }
/// Tensors of one shape joined along a new dimension.
public func stack(_ tensors: [Tensor], _ dim: Int) -> Tensor { stack(tensors, dim: dim) }

/// A copy with the dimensions in another order.
public func permuteCopy(_ x: Tensor, dims: [Int]) -> Tensor { permuteCopy(x, dims) }
/// A copy of one slice of a dimension, which goes away.
public func selectCopy(_ x: Tensor, dim: Int, index: Int) -> Tensor { selectCopy(x, dim, index) }
/// A copy without the dimension if its extent is 1.
public func squeezeCopy(_ x: Tensor, dim: Int) -> Tensor { squeezeCopy(x, [dim]) }
/// A copy without those of the dimensions whose extent is 1.
public func squeezeCopy(_ x: Tensor, dim: [Int]) -> Tensor { squeezeCopy(x, dim) }
/// A copy with a dimension of extent 1 put in.
public func unsqueezeCopy(_ x: Tensor, dim: Int) -> Tensor { unsqueezeCopy(x, dim) }
/// A copy with two dimensions exchanged.
public func transposeCopy(_ x: Tensor, dim0: Int, dim1: Int) -> Tensor { transposeCopy(x, dim0, dim1) }
/// A copy of windows of `size` elements along a dimension, `step` apart.
public func unfoldCopy(_ x: Tensor, dimension: Int, size: Int, step: Int) -> Tensor {
  unfoldCopy(x, dimension, size, step)
}
/// Copies of all slices of a dimension, which goes away.
public func unbindCopy(_ x: Tensor, _ dim: Int) -> [Tensor] { unbindCopy(x, dim: dim) }
/// Copies of parts of one size along a dimension.
public func splitCopy(_ x: Tensor, _ size: Int, _ dim: Int) -> [Tensor] { splitCopy(x, size, dim: dim) }
/// Copies of parts of given sizes along a dimension.
public func splitWithSizesCopy(_ x: Tensor, _ sizes: [Int], _ dim: Int) -> [Tensor] {
  splitWithSizesCopy(x, sizes, dim: dim)
}
