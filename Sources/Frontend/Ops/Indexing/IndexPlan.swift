/// How tensors of positions choose elements of a tensor: where the dimensions that they name go, and the row-major
/// numbers of what they choose among these dimensions.
struct IndexPlan {
  /// Positions in one dimension, or, from a mask, row-major numbers in several neighbours.
  struct Group {
    let first: Int
    let count: Int
    let positions: Ops.Positions

    var dims: Range<Int> { first..<first + count }
  }

  /// Dimensions that are named, and those that are not.
  private let indexed: [Int]
  private let kept: [Int]
  private let indexedCount: Int
  private let keptExtents: [Int]
  /// The shape of the positions, broadcast together.
  private let shape: [Int]
  /// How many of the kept dimensions come before the positions' in the result: by NumPy's rule those before the named
  /// ones if these are neighbours, else none.
  private let front: Int
  /// The row-major numbers among the named dimensions, as a vector.
  let numbers: Tensor

  /// The shape of what is chosen.
  var resultShape: [Int] { Array(keptExtents[..<front]) + shape + Array(keptExtents[front...]) }

  init(_ groups: [Group], of x: Tensor) throws(BackplaneError) {
    let extents = x.layout.shape
    var shape: [Int] = []
    for group in groups {
      do throws(BackplaneError) {
        shape = try broadcast(shape, group.positions.tensor.layout.shape)
      } catch {
        let shapes = groups.map { "\($0.positions.tensor.shape)" }.joined(separator: ", ")
        throw BackplaneError(
          .index, "shape mismatch: indexing tensors could not be broadcast together with shapes \(shapes)")
      }
    }
    let indexed = groups.flatMap(\.dims)
    kept = extents.indices.filter { !indexed.contains($0) }
    keptExtents = kept.map { extents[$0] }
    indexedCount = indexed.reduce(1) { $0 * extents[$1] }
    let areNeighbours = indexed.last! - indexed[0] == indexed.count - 1
    front = areNeighbours ? indexed[0] : 0
    var numbers: Tensor?
    var areValid: Tensor?
    for group in groups {
      let positions = group.positions.tensor
      let extent = group.dims.reduce(1) { $0 * extents[$1] }
      numbers =
        try numbers.map { (n) throws(BackplaneError) in
          try Ops.add(Ops.mul(n, .int(Int64(extent))), positions)
        } ?? positions
      if let valid = group.positions.areValid {
        areValid =
          try areValid.map { (a) throws(BackplaneError) in try Ops.apply(.bitwiseAnd, a, valid, .bool) } ?? valid
      }
    }
    // A position beyond its own dimension must not pass for one in the next: the device refuses −1.
    if let areValid {
      numbers = try Ops.select(areValid, .tensor(numbers!), .scalar(.int(-1)), .int64)
    }
    self.indexed = indexed
    self.shape = shape
    self.numbers = try Ops.reshape(Ops.expand(numbers!, shape), [shape.reduce(1, *)])
  }

  /// The numbers, for every element of the dimensions that are kept.
  private func spread() throws(BackplaneError) -> Tensor {
    try Ops.spread(numbers, 0, in: [numbers.numel] + keptExtents)
  }

  private var outOfBounds: (Int) -> BackplaneError {
    { BackplaneError(.index, "index \($0) is out of bounds: an index tensor holds a position beyond its dimension") }
  }

  /// The elements that are chosen, without gradient.
  func elements(of x: Tensor) throws(BackplaneError) -> Tensor {
    let rows = try Ops.reshape(Ops.permute(x.detach(), indexed + kept), [indexedCount] + keptExtents)
    let picked = try Ops.reshape(Ops.gathered(rows, 0, spread(), outOfBounds), shape + keptExtents)
    guard front > 0 else { return picked }
    let moved = shape.count
    let rank = moved + keptExtents.count
    return try Ops.permute(
      picked, Array(moved..<moved + front) + Array(0..<moved) + Array(moved + front..<rank))
  }

  /// Sets the chosen elements, or adds to them, without regard to the graph.
  func put(_ value: Tensor, into x: Tensor, accumulate: Bool) throws(BackplaneError) {
    let result = resultShape
    let near = try Ops.cast(Ops.move(value.detach(), to: x.context), x.dtype)
    guard near.layout.rank <= result.count || near.numel == 1, let shape = try? broadcast(result, near.layout.shape),
      shape == result
    else {
      throw BackplaneError(
        .shape,
        "shape mismatch: value tensor of shape \(value.shape) cannot be broadcast to indexing result of shape \(result)"
      )
    }
    if result.contains(0) { return }
    // What is read must not have been written over.
    let source = try sourceRows(near.storage === x.storage ? Ops.copy(near) : near)
    let target = try Ops.permute(x.detach(), indexed + kept)
    let extents = [indexedCount] + keptExtents
    let mode: ScatterMode = accumulate ? .add : .set
    if let strides = Ops.strides(target, extents) {
      let rows = target.view(try .strided(extents, strides), offset: target.storageOffset)
      return try Ops.scatter(into: rows, 0, spread(), source, mode)
    }
    // The named dimensions do not lie as one in memory.
    let dense = try Ops.copy(target)
    try Ops.scatter(into: Ops.view(dense, extents), 0, spread(), source, mode)
    try Dispatcher.unary(.copy, on: x.context, Operand(dense), to: Operand(target))
  }

  /// A value with what is chosen in front, as one dimension.
  private func sourceRows(_ value: Tensor) throws(BackplaneError) -> Tensor {
    var source = try Ops.expand(value.layout.rank > resultShape.count ? Ops.reshape(value, []) : value, resultShape)
    if front > 0 {
      let moved = shape.count
      source = try Ops.permute(
        source,
        Array(front..<front + moved) + Array(0..<front) + Array(front + moved..<moved + keptExtents.count))
    }
    return try Ops.reshape(source, [numbers.numel] + keptExtents)
  }
}
