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

  /// The shape that shapes broadcast to.
  static func broadcastShapes(_ shapes: [[Int]]) throws(BackplaneError) -> [Int] {
    var result = [Int](repeating: 1, count: shapes.map(\.count).max() ?? 0)
    for (i, shape) in shapes.enumerated() {
      for back in 1..<(shape.count + 1) {
        let extent = shape[shape.count - back], d = result.count - back
        guard extent >= 0 else {
          throw BackplaneError(.value, "Attempting to broadcast a dimension with negative length!")
        }
        if result[d] == 1 {
          result[d] = extent
        } else if extent != 1, extent != result[d] {
          throw BackplaneError(
            .shape,
            "Attempting to broadcast a dimension of length \(extent) at -\(back)! Mismatching argument at index \(i) had "
              + "\(pythonTuple(shape)); but expected shape should be broadcastable to \(result)")
        }
      }
    }
    return result
  }

  /// Numbers as Python shows a tuple of them.
  private static func pythonTuple(_ values: [Int]) -> String {
    "(" + values.map(String.init).joined(separator: ", ") + (values.count == 1 ? ",)" : ")")
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

/// The shape that shapes broadcast to.
///
/// ```swift
/// broadcastShapes([2, 1], [3])  // [2, 3]
/// ```
public func broadcastShapes(_ shapes: [Int]...) -> [Int] {
  // A shape of ones stands for one that is not known.
  let longest = shapes.map(\.count).max() ?? 0
  return funnel(or: [Int](repeating: 1, count: longest)) { () throws(BackplaneError) in try Ops.broadcastShapes(shapes)
  }
}
