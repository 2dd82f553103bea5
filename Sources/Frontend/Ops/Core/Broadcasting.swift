/// Tensors brought to common shapes, and back.
extension Ops {
  /// Views of all tensors in the shape that they broadcast to.
  static func broadcastTensors(_ tensors: [Tensor]) throws(BackplaneError) -> [Tensor] {
    var shape: [Int] = []
    for x in tensors { shape = try broadcast(shape, x.layout.shape) }
    var result: [Tensor] = []
    for x in tensors { result.append(try expand(x, shape)) }
    return result
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
  static func pythonTuple(_ values: [Int]) -> String {
    "(" + values.map(String.init).joined(separator: ", ") + (values.count == 1 ? ",)" : ")")
  }

  /// The sums that take a tensor back to a shape that broadcasts to its own.
  static func sumToSize(_ x: Tensor, _ shape: [Int]) throws(BackplaneError) -> Tensor {
    let lead = x.layout.rank - shape.count
    let isExpandable =
      lead >= 0 && shape.indices.allSatisfy { shape[$0] == 1 || shape[$0] == x.layout.elements[lead + $0] }
    guard isExpandable else {
      throw BackplaneError(.shape, "size {\(shape)} is not expandable to size {\(x.shape)}.")
    }
    if shape.isEmpty { return try sum(x, nil, keepDim: false) }
    if shape == x.layout.shape { return x }
    let dims = (0..<x.layout.rank).filter {
      $0 < lead || (shape[$0 - lead] == 1 && x.layout.elements[$0] != 1)
    }
    let total = dims.isEmpty ? x : try sum(x, dims, keepDim: true)
    return try reshape(total, shape)
  }

  /// The coordinates of a grid, each in the grid's shape.
  static func meshgrid(_ tensors: [Tensor], _ indexing: MeshgridIndexing) throws(BackplaneError) -> [Tensor] {
    guard let first = tensors.first else {
      throw BackplaneError(.value, "meshgrid expects a non-empty TensorList")
    }
    for x in tensors {
      guard x.layout.rank <= 1 else {
        throw BackplaneError(
          .shape, "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: \(x.shape)")
      }
      guard x.dtype == first.dtype else {
        throw BackplaneError(.dtype, "torch.meshgrid expects all tensors to have the same dtype")
      }
    }
    try requireSameDevice(tensors)
    let isSwapped = indexing == .xy && tensors.count > 1
    var axes = tensors
    if isSwapped { axes.swapAt(0, 1) }
    let shape = axes.map(\.numel)
    var grids: [Tensor] = []
    for (d, x) in axes.enumerated() {
      var extents = [Int](repeating: 1, count: axes.count)
      extents[d] = x.numel
      grids.append(try expand(reshape(x, extents), shape))
    }
    if isSwapped { grids.swapAt(0, 1) }
    return grids
  }

  /// All combinations of one element of each vector, as rows.
  static func cartesianProd(_ tensors: [Tensor]) throws(BackplaneError) -> Tensor {
    guard let first = tensors.first else {
      throw BackplaneError(.value, "cartesian_prod expects a non-empty TensorList")
    }
    for x in tensors where x.layout.rank != 1 {
      throw BackplaneError(.shape, "Expect a 1D vector, but got shape \(x.shape)")
    }
    if tensors.count == 1 { return first }
    var columns: [Tensor] = []
    for grid in try meshgrid(tensors, .ij) { columns.append(try reshape(grid, [-1])) }
    return try stack(columns, 1)
  }

  /// In how many ways r of n things may be selected.
  private static func selectionCount(_ n: Int, _ r: Int, withReplacement: Bool) throws(BackplaneError) -> Int {
    let among = withReplacement ? try Sizes.add(n, r - 1, in: "combinations") : n
    guard r <= among else { return 0 }
    // The product stays a whole number; it leaves Int's range before it has many factors, or it has few.
    var result: UInt128 = 1
    for i in 1...Swift.max(Swift.min(r, among - r), 1) where r < among {
      result = result * UInt128(among - i + 1) / UInt128(i)
      guard result <= UInt128(Int.max) else {
        throw BackplaneError(.shape, "combinations: more selections of \(r) of \(n) than memory can hold")
      }
    }
    return Int(result)
  }

  /// All selections of r elements of a vector, in order, as rows.
  static func combinations(_ x: Tensor, _ r: Int, withReplacement: Bool) throws(BackplaneError) -> Tensor {
    guard x.layout.rank == 1 else {
      throw BackplaneError(.shape, "Expect a 1D vector, but got shape \(x.shape)")
    }
    guard r >= 0 else { throw BackplaneError(.value, "Expect a non-negative number, but got \(r)") }
    if r == 0 { return try empty([0], x.dtype, on: x.context) }
    let n = x.numel
    let rows = try selectionCount(n, r, withReplacement: withReplacement)
    let count = try Layout.elementCount([rows, r])
    guard rows > 0 else { return try reshape(indexSelect(x, 0, fromHost([Int64](), [0], on: x.context)), [0, r]) }
    // The positions follow from the shape alone, so the host makes them.
    try HostMemory.require(count, of: Int64.self, in: "combinations")
    var row = (0..<Int64(r)).map { withReplacement ? 0 : $0 }
    var positions: [Int64] = []
    positions.reserveCapacity(count)
    while true {
      positions += row
      // The last place that can move on does, and those behind it follow.
      func last(_ place: Int) -> Int64 { Int64(withReplacement ? n - 1 : n - r + place) }
      guard let moved = row.indices.last(where: { row[$0] < last($0) }) else { break }
      let start = row[moved] + 1
      for place in moved..<r { row[place] = start + (withReplacement ? 0 : Int64(place - moved)) }
    }
    let index = try fromHost(positions, [count], on: x.context)
    return try reshape(indexSelect(x, 0, index), [rows, r])
  }
}

extension Tensor {
  /// The tensor in the shape of another, without a copy.
  public func expandAs(_ other: Tensor) -> Tensor { expand(other.layout.shape) }
  /// Dimensions of extent 1 repeated to a larger shape, without a copy; −1 keeps an extent.
  public func broadcastTo(_ shape: [Int]) -> Tensor { expand(shape) }
  /// The sums that take the tensor back to a shape that broadcasts to its own: what ``expand(_:)-([Int])`` undoes in a
  /// gradient.
  public func sumToSize(_ shape: [Int]) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.sumToSize(self, shape) }
  }
}

/// Views of all tensors in the shape that they broadcast to.
public func broadcastTensors(_ tensors: [Tensor]) -> [Tensor] {
  funnel(or: Placeholder.tensors(tensors.count)) { () throws(BackplaneError) in try Ops.broadcastTensors(tensors) }
}

/// The order of the dimensions of a grid: those of a matrix's indices, or of a plot's axes.
public enum MeshgridIndexing: String, Sendable {
  /// The first vector runs along the first dimension.
  case ij
  /// The first two dimensions exchanged: the first vector runs along the second dimension, as plots want it.
  case xy

  init(named name: String) throws(BackplaneError) {
    guard let indexing = MeshgridIndexing(rawValue: name) else {
      throw BackplaneError(
        .value, "torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: \(name)")
    }
    self = indexing
  }
}

/// The coordinates of the points of a grid: for vectors x and y, tensors that hold every point's x and y.
///
/// ```swift
/// let grid = meshgrid([Tensor([1, 2]), Tensor([3, 4, 5])])
/// grid[0]  // [[1, 1, 1], [2, 2, 2]]
/// grid[1]  // [[3, 4, 5], [3, 4, 5]]
/// ```
public func meshgrid(_ tensors: [Tensor], indexing: MeshgridIndexing = .ij) -> [Tensor] {
  funnel(or: Placeholder.tensors(tensors.count)) { () throws(BackplaneError) in try Ops.meshgrid(tensors, indexing) }
}

/// All combinations of one element of each vector, as rows.
public func cartesianProd(_ tensors: [Tensor]) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.cartesianProd(tensors) }
}

/// All selections of `r` elements of a vector, in order, as rows.
public func combinations(_ x: Tensor, r: Int = 2, withReplacement: Bool = false) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.combinations(x, r, withReplacement: withReplacement) }
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
