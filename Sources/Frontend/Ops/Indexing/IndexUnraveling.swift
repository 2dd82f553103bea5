extension Ops {
  /// The coordinates of elements in a tensor of a shape, from their places in row-major order.
  static func unravelIndex(_ indices: Tensor, _ shape: [Int]) throws(BackplaneError) -> [Tensor] {
    guard indices.dtype.isInteger else {
      throw BackplaneError(.dtype, "expected 'indices' to be integer dtype, but got torch.\(indices.dtype)")
    }
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw BackplaneError(.value, "'shape' cannot have negative values, but got \(pythonTuple(shape))")
    }
    guard !shape.contains(0) || indices.numel == 0 else {
      throw BackplaneError(
        .value,
        "'shape' cannot have zero dimensions when 'indices' is non-empty, but got \(pythonTuple(shape))")
    }
    let places = try cast(indices, .int64)
    var results: [Tensor] = []
    var step = 1
    for (d, extent) in shape.enumerated().reversed() {
      let rows = try binary(.floorDivide, places, .int(Int64(Swift.max(step, 1))))
      results.append(try binary(.remainder, rows, .int(Int64(Swift.max(extent, 1)))))
      if d > 0 { step = try Sizes.multiply(step, extent, in: "unravel_index") }
    }
    return results.reversed()
  }
}

/// The coordinates of elements in a tensor of a shape, a tensor for each dimension, from their places in row-major order.
///
/// ```swift
/// unravelIndex(Tensor([7, 2]), [2, 4])  // [tensor([1, 0]), tensor([3, 2])]
/// ```
public func unravelIndex(_ indices: Tensor, _ shape: [Int]) -> [Tensor] {
  funnel(or: Placeholder.tensors(shape.count)) { () throws(BackplaneError) in try Ops.unravelIndex(indices, shape) }
}
