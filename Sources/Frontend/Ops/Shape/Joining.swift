extension Ops {
  static func cat(_ tensors: [Tensor], _ dim: Int) throws(BackplaneError) -> Tensor {
    guard let first = tensors.first else {
      throw BackplaneError(.value, "cat(): expected a non-empty list of Tensors")
    }
    try requireSameDevice(tensors)
    // PyTorch lets a legacy empty vector join anything.
    let parts = tensors.filter { !($0.layout.rank == 1 && $0.numel == 0) }
    guard let model = parts.first else { return try clone(first) }
    let rank = model.layout.rank
    guard rank > 0 else {
      throw BackplaneError(.shape, "zero-dimensional tensor (at position 0) cannot be concatenated")
    }
    let d = try normalize(dim, rank: rank)
    var promotion = Promotion()
    for x in tensors { promotion.add(x.dtype, rank: 1) }
    let dtype = promotion.result
    var extent = 0
    for (i, x) in parts.enumerated() {
      guard x.layout.rank == rank else {
        throw BackplaneError(
          .shape, "Tensors must have same number of dimensions: got \(rank) and \(x.layout.rank)")
      }
      for e in 0..<rank where e != d && x.layout.elements[e] != model.layout.elements[e] {
        throw BackplaneError(
          .shape,
          "Sizes of tensors must match except in dimension \(d). Expected size \(model.layout.elements[e]) but got "
            + "size \(x.layout.elements[e]) for tensor number \(i) in the list.")
      }
      extent = try Sizes.add(extent, x.layout.elements[d], in: "cat")
    }
    var shape = model.layout.shape
    shape[d] = extent
    let result = try empty(shape, dtype, on: first.context)
    let strides = result.layout.strides
    var starts: [Int] = []
    var start = 0
    for x in parts {
      let window = result.view(try .strided(x.layout.shape, strides), offset: start * strides[d])
      if x.numel > 0 { try Dispatcher.unary(.copy, on: first.context, Operand(x), to: Operand(window)) }
      starts.append(start)
      start += x.layout.elements[d]
    }
    if Autograd.records(parts) {
      let extents = parts.map { $0.layout.elements[d] }
      let dtypes = parts.map(\.dtype)
      Autograd.record("CatBackward0", parts, result, saves: false) { g throws(BackplaneError) in
        var grads: [Tensor?] = []
        for i in extents.indices { grads.append(try cast(narrow(g, d, starts[i], extents[i]), dtypes[i])) }
        return grads
      }
    }
    return result
  }

  static func stack(_ tensors: [Tensor], _ dim: Int) throws(BackplaneError) -> Tensor {
    guard let first = tensors.first else {
      throw BackplaneError(.value, "stack expects a non-empty TensorList")
    }
    let d = try normalize(dim, rank: first.layout.rank + 1)
    var parts: [Tensor] = []
    for (i, x) in tensors.enumerated() {
      guard x.layout.hasSameShape(as: first.layout) else {
        throw BackplaneError(
          .shape,
          "stack expects each tensor to be equal size, but got \(first.shape) at entry 0 and \(x.shape) at entry \(i)")
      }
      parts.append(try unsqueeze(x, d))
    }
    return try cat(parts, d)
  }
}

/// Tensors joined along a dimension that they have. Their other extents must agree.
///
/// ```swift
/// cat([Tensor([[1, 2]]), Tensor([[3, 4], [5, 6]])])  // [[1, 2], [3, 4], [5, 6]]
/// ```
public func cat(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.cat(Autocast.cast("cat", tensors), dim) }
}

/// Tensors of one shape joined along a new dimension. Shapes that differ are an error.
///
/// ```swift
/// stack([Tensor([1, 2]), Tensor([3, 4])], dim: 1)  // [[1, 3], [2, 4]]
/// ```
public func stack(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.stack(Autocast.cast("stack", tensors), dim) }
}
