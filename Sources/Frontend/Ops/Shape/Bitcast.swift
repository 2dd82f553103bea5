extension Ops {
  /// The same bits as elements of another type. The last dimension grows or shrinks with the size of an element.
  static func view(_ x: Tensor, _ dtype: DType) throws(BackplaneError) -> Tensor {
    let old = x.dtype.byteCount, new = dtype.byteCount
    var shape = x.layout.shape
    var strides = x.layout.strides
    let what = "to view \(x.dtype.scalarName) as \(dtype.scalarName) (different element sizes), but got"
    if old != new {
      guard let last = shape.indices.last else {
        throw BackplaneError(
          .shape,
          "self.dim() cannot be 0 to view \(x.dtype.scalarName) as \(dtype.scalarName) (different element sizes)")
      }
      guard strides[last] == 1 else {
        throw BackplaneError(.shape, "self.stride(-1) must be 1 \(what) \(strides[last])")
      }
      if old > new {
        let factor = old / new
        for d in shape.indices.dropLast() { strides[d] = try Sizes.multiply(strides[d], factor, in: "view") }
        shape[last] = try Sizes.multiply(shape[last], factor, in: "view")
      } else {
        let factor = new / old
        guard shape[last] % factor == 0 else {
          throw BackplaneError(.shape, "self.size(-1) must be divisible by \(factor) \(what) \(shape[last])")
        }
        guard x.storageOffset % factor == 0 else {
          throw BackplaneError(
            .shape, "self.storage_offset() must be divisible by \(factor) \(what) \(x.storageOffset)")
        }
        for d in shape.indices.dropLast() {
          guard strides[d] % factor == 0 else {
            throw BackplaneError(.shape, "self.stride(\(d)) must be divisible by \(factor) \(what) \(strides[d])")
          }
          strides[d] /= factor
        }
        shape[last] /= factor
      }
    }
    return Tensor(
      storage: x.storage, offset: x.storageOffset * old / new, layout: try .strided(shape, strides), dtype: dtype)
  }
}

extension Tensor {
  /// A view of the tensor's bits as elements of another type: the last dimension grows or shrinks with the size of an
  /// element. Takes no part in gradients.
  ///
  /// ```swift
  /// Tensor([1.0]).view(.int32)  // [1065353216]
  /// ```
  public func view(_ dtype: DType) -> Tensor { funnel { () throws(BackplaneError) in try Ops.view(self, dtype) } }
}
