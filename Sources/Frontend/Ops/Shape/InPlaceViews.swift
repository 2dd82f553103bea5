/// Changes of a tensor's shape in place: the tensor becomes a view of what it was.
extension Ops {
  static func reshapeInPlace(
    _ x: Tensor, _ view: (Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) {
    // Unlike a change of elements this one is no matter of where they lie.
    if Scopes.recordsGradients, x.requiresGrad {
      if let base = x.base, base.isLeaf {
        throw BackplaneError(
          .autograd, "a view of a leaf Variable that requires grad is being used in an in-place operation.")
      }
      guard !x.isLeaf else {
        throw BackplaneError(.autograd, "a leaf Variable that requires grad is being used in an in-place operation.")
      }
    }
    let y = try view(x)
    let state = y.autograd
    x.setData(y)
    if state != nil { x.autograd = state }
  }

  /// x apart from its graph, which goes on without it.
  static func detachInPlace(_ x: Tensor) throws(BackplaneError) {
    guard x.base == nil else {
      throw BackplaneError(
        .autograd,
        "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, "
          + "and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be "
          + "called on these gradients.")
    }
    x.autograd = nil
  }
}

extension Tensor {
  private func reshaped(_ view: (Tensor) throws(BackplaneError) -> Tensor) -> Tensor {
    inPlace { x throws(BackplaneError) in try Ops.reshapeInPlace(x, view) }
  }

  /// Takes the dimensions of extent 1 away, in place.
  @discardableResult public func squeeze_() -> Tensor {
    reshaped { x throws(BackplaneError) in try Ops.squeeze(x, dims: nil) }
  }
  /// Takes a dimension away if its extent is 1, in place.
  @discardableResult public func squeeze_(_ dim: Int) -> Tensor {
    reshaped { x throws(BackplaneError) in try Ops.squeeze(x, dim) }
  }
  /// Inserts a dimension of extent 1, in place.
  @discardableResult public func unsqueeze_(_ dim: Int) -> Tensor {
    reshaped { x throws(BackplaneError) in try Ops.unsqueeze(x, dim) }
  }
  /// Exchanges two dimensions, in place.
  @discardableResult public func transpose_(_ dim0: Int, _ dim1: Int) -> Tensor {
    reshaped { x throws(BackplaneError) in try Ops.transpose(x, dim0, dim1) }
  }
  /// Transposes a matrix, in place; a vector or a scalar stays as it is.
  @discardableResult public func t_() -> Tensor { reshaped(Ops.t) }
  /// Takes the tensor out of its graph; it becomes a leaf without gradient. Not for views.
  @discardableResult public func detach_() -> Tensor { inPlace(Ops.detachInPlace) }
}
