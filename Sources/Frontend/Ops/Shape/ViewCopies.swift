// The views of a tensor with memory of their own, under PyTorch's names: `view_copy` is `viewCopy`.

private func copied(_ view: () throws(BackplaneError) -> Tensor) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.clone(view()) }
}

/// Copies of several views, `asked` of them if that is known beforehand.
private func copies(_ asked: Int?, _ views: () throws(BackplaneError) -> [Tensor]) -> [Tensor] {
  funnel(or: Placeholder.tensors(asked)) { () throws(BackplaneError) in
    var copies: [Tensor] = []
    for view in try views() { copies.append(try Ops.clone(view)) }
    return copies
  }
}

/// A copy of the tensor, as ``Tensor/clone()``.
public func aliasCopy(_ x: Tensor) -> Tensor { copied { () throws(BackplaneError) in x } }
/// A copy apart from the graph.
public func detachCopy(_ x: Tensor) -> Tensor { copied { () throws(BackplaneError) in x.detach() } }
/// A copy of ``Tensor/asStrided(_:_:storageOffset:)``.
public func asStridedCopy(_ x: Tensor, _ size: [Int], _ stride: [Int], storageOffset: Int? = nil) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.asStrided(x, size, stride, offset: storageOffset) }
}
/// A copy of a diagonal of two dimensions.
public func diagonalCopy(_ x: Tensor, offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.diagonalView(x, offset: offset, dim1, dim2) }
}
/// The tensor in a larger shape, with memory for every element.
public func expandCopy(_ x: Tensor, _ size: [Int]) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.expand(x, size) }
}
/// A copy with the dimensions in another order.
public func permuteCopy(_ x: Tensor, _ dims: [Int]) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.permute(x, dims) }
}
/// A copy of one slice of a dimension, which goes away.
public func selectCopy(_ x: Tensor, _ dim: Int, _ index: Int) -> Tensor {
  copied { () throws(BackplaneError) in
    let d = try normalize(dim, rank: x.layout.rank)
    return try Ops.select(x, d, index, reportedAs: d)
  }
}
/// A copy of a range of a dimension.
public func sliceCopy(_ x: Tensor, dim: Int = 0, start: Int? = nil, end: Int? = nil, step: Int = 1) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.slice(x, dim, start, end, step: step) }
}
/// A copy without the dimensions of extent 1, or those of them that are named.
public func squeezeCopy(_ x: Tensor, _ dims: [Int]? = nil) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.squeeze(x, dims: dims) }
}
/// A copy with a dimension of extent 1 put in.
public func unsqueezeCopy(_ x: Tensor, _ dim: Int) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.unsqueeze(x, dim) }
}
/// A copy of a matrix's transpose.
public func tCopy(_ x: Tensor) -> Tensor { copied { () throws(BackplaneError) in try Ops.t(x) } }
/// A copy with two dimensions exchanged.
public func transposeCopy(_ x: Tensor, _ dim0: Int, _ dim1: Int) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.transpose(x, dim0, dim1) }
}
/// A copy of windows along a dimension.
public func unfoldCopy(_ x: Tensor, _ dim: Int, _ size: Int, _ step: Int) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.unfold(x, dim, size, step) }
}
/// A copy in another shape.
public func viewCopy(_ x: Tensor, _ shape: [Int]) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.view(x, shape) }
}
/// A copy of the bits as elements of another type.
public func viewCopy(_ x: Tensor, _ dtype: DType) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.view(x, dtype) }
}
/// A copy of complex numbers as pairs of real ones.
public func viewAsRealCopy(_ x: Tensor) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.viewAsReal(x) }
}
/// A copy of pairs of real numbers as complex ones.
public func viewAsComplexCopy(_ x: Tensor) -> Tensor {
  copied { () throws(BackplaneError) in try Ops.viewAsComplex(x) }
}
/// Copies of parts of one size.
public func splitCopy(_ x: Tensor, _ size: Int, dim: Int = 0) -> [Tensor] {
  copies(nil) { () throws(BackplaneError) in try Ops.split(x, size, dim) }
}
/// Copies of parts of given sizes.
public func splitWithSizesCopy(_ x: Tensor, _ sizes: [Int], dim: Int = 0) -> [Tensor] {
  copies(sizes.count) { () throws(BackplaneError) in try Ops.split(x, sizes, dim) }
}
/// Copies of all slices of a dimension, which goes away.
public func unbindCopy(_ x: Tensor, dim: Int = 0) -> [Tensor] {
  copies(nil) { () throws(BackplaneError) in try Ops.unbind(x, dim) }
}

extension Tensor {
  /// A copy of `length` elements of a dimension from `start` on.
  public func narrowCopy(_ dim: Int, _ start: Int, _ length: Int) -> Tensor {
    copied { () throws(BackplaneError) in try Ops.narrow(self, dim, start, length) }
  }
}
