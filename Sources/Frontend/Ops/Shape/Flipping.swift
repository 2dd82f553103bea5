/// Elements in another order along their dimensions.
extension Ops {
  /// A rearrangement whose gradient is the reverse rearrangement.
  private static func rearranged(
    _ name: String, _ x: Tensor, _ forward: (Tensor) throws(BackplaneError) -> Tensor,
    _ backward: @escaping (Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    let result = try forward(x.detach())
    if Autograd.records(x) {
      Autograd.record(name, [x], result, saves: false) { g throws(BackplaneError) in [try backward(g)] }
    }
    return result
  }

  /// The elements in reverse order along some dimensions.
  static func flip(_ x: Tensor, _ dims: [Int]) throws(BackplaneError) -> Tensor {
    let rank = x.layout.rank
    var flipped: [Int] = []
    for dim in dims {
      let d = try normalize(dim, rank: rank)
      guard !flipped.contains(d) else {
        throw BackplaneError(.index, "dim \(d) appears multiple times in the list of dims")
      }
      flipped.append(d)
    }
    flipped.removeAll { rank == 0 || x.layout.elements[$0] < 2 }
    return try rearranged(
      "FlipBackward0", x,
      { x throws(BackplaneError) in
        var strides = x.layout.strides
        var offset = x.storageOffset
        for d in flipped where x.numel > 0 {
          offset += (x.layout.elements[d] - 1) * strides[d]
          strides[d] = -strides[d]
        }
        return try copy(x.view(.strided(x.layout.shape, strides), offset: offset))
      }, { g throws(BackplaneError) in try flip(g, flipped) })
  }

  static func flipLeftRight(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.layout.rank >= 2 else { throw BackplaneError(.shape, "Input must be >= 2-d.") }
    return try flip(x, [1])
  }

  static func flipUpDown(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.layout.rank >= 1 else { throw BackplaneError(.shape, "Input must be >= 1-d.") }
    return try flip(x, [0])
  }

  /// The elements moved on along some dimensions; those that leave at the end come in at the beginning. Without
  /// dimensions, of the flattened tensor.
  static func roll(_ x: Tensor, _ shifts: [Int], _ dims: [Int]) throws(BackplaneError) -> Tensor {
    guard !shifts.isEmpty else { throw BackplaneError(.value, "`shifts` required") }
    if dims.isEmpty, shifts.count == 1 {
      return try reshape(roll(reshape(x, [x.numel]), shifts, [0]), x.layout.shape)
    }
    guard shifts.count == dims.count else {
      throw BackplaneError(
        .value, "shifts and dimensions must align. shifts: \(shifts.count), dims:\(dims.count)")
    }
    let rank = x.layout.rank
    guard rank > 0 else { throw .noDimensions(dims[0]) }
    var steps: [(Int, Int)] = []
    for (shift, dim) in zip(shifts, dims) {
      let d = try normalize(dim, rank: rank)
      let extent = x.layout.elements[d]
      let step = extent == 0 ? 0 : shift % extent
      if step != 0 { steps.append((d, step < 0 ? step + extent : step)) }
    }
    return try rolled(x, steps)
  }

  /// - Parameter steps: Dimensions and how far to move on along them, within their extents.
  private static func rolled(_ x: Tensor, _ steps: [(Int, Int)]) throws(BackplaneError) -> Tensor {
    try rearranged(
      "RollBackward0", x,
      { x throws(BackplaneError) in
        if steps.isEmpty || x.numel == 0 { return try copy(x) }
        var result = x
        for (d, step) in steps {
          let rest = x.layout.elements[d] - step
          result = try cat([narrow(result, d, rest, step), narrow(result, d, 0, rest)], d)
        }
        return result
      }, { g throws(BackplaneError) in try rolled(g, steps.map { ($0, g.layout.elements[$0] - $1) }) })
  }

  /// A quarter turn k times, from the first dimension to the second.
  static func rot90(_ x: Tensor, _ k: Int, _ dims: [Int]) throws(BackplaneError) -> Tensor {
    let rank = x.layout.rank
    guard dims.count == 2 else {
      throw BackplaneError(
        .value, "expected total rotation dims == 2, but got dims = \(dims.count)")
    }
    guard rank >= 2 else { throw BackplaneError(.shape, "expected total dims >= 2, but got total dims = \(rank)") }
    let (distance, isFar) = dims[0].subtractingReportingOverflow(dims[1])
    guard distance != 0, isFar || distance.magnitude != rank else {
      throw BackplaneError(
        .value, "expected rotation dims to be different, but got dim0 = \(dims[0]) and dim1 = \(dims[1])")
    }
    let a = try rotated(dims[0], rank, 0), b = try rotated(dims[1], rank, 1)
    switch ((k % 4) + 4) % 4 {
    case 1: return try transpose(flip(x, [b]), a, b)
    case 2: return try flip(x, [a, b])
    case 3: return try transpose(flip(x, [a]), a, b)
    default: return try clone(x)
    }
  }

  private static func rotated(_ dim: Int, _ rank: Int, _ position: Int) throws(BackplaneError) -> Int {
    guard dim >= -rank, dim < rank else {
      throw BackplaneError(.index, "Rotation dim\(position) out of range, dim\(position) = \(dim)")
    }
    return dim < 0 ? dim + rank : dim
  }
}

extension Tensor {
  /// The elements in reverse order along some dimensions; a copy.
  public func flip(_ dims: [Int]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.flip(self, dims) } }
  /// The elements in reverse order along some dimensions; a copy.
  public func flip(_ dims: Int...) -> Tensor { flip(dims) }
  /// The second dimension in reverse order.
  public func fliplr() -> Tensor { funnel { () throws(BackplaneError) in try Ops.flipLeftRight(self) } }
  /// The first dimension in reverse order.
  public func flipud() -> Tensor { funnel { () throws(BackplaneError) in try Ops.flipUpDown(self) } }
  /// The elements moved on by `shifts` along `dims`; those that leave at the end come in at the beginning.
  ///
  /// ```swift
  /// Tensor([1, 2, 3]).roll(1)  // [3, 1, 2]
  /// ```
  public func roll(_ shifts: [Int], dims: [Int] = []) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.roll(self, shifts, dims) }
  }
  /// The elements moved on by `shift` along one dimension, or with nil through the flattened tensor.
  public func roll(_ shift: Int, dims: Int? = nil) -> Tensor { roll([shift], dims: dims.map { [$0] } ?? []) }
  /// A quarter turn `k` times in the plane of two dimensions, from the first to the second.
  public func rot90(k: Int = 1, dims: [Int] = [0, 1]) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.rot90(self, k, dims) }
  }
}
