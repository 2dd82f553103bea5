extension Ops {
  /// The whole tensor several times along each dimension; new dimensions come in front.
  static func `repeat`(_ x: Tensor, _ counts: [Int]) throws(BackplaneError) -> Tensor {
    guard counts.count >= x.layout.rank else {
      throw BackplaneError(
        .shape,
        "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    }
    guard counts.allSatisfy({ $0 >= 0 }) else {
      throw BackplaneError(.value, "Trying to create tensor with negative dimension: \(counts)")
    }
    let shape = [Int](repeating: 1, count: counts.count - x.layout.rank) + x.layout.shape
    var target: [Int] = []
    for (extent, count) in zip(shape, counts) { target.append(try Sizes.multiply(extent, count, in: "repeat")) }
    if target.contains(0) { return try nothing(of: x, target) }
    _ = try Layout.elementCount(target)
    // Each repeated dimension becomes two, the outer of stride 0, which one copy then unrolls.
    var split: [Int] = [], wide: [Int] = []
    for (extent, count) in zip(shape, counts) {
      if count != 1 {
        split.append(1)
        wide.append(count)
      }
      if count == 1 || extent != 1 {
        split.append(extent)
        wide.append(extent)
      }
    }
    guard wide.count <= Layout.maximumRank else { return try tiled(x, shape, counts, target) }
    let result = try reshape(expand(reshape(x, split), wide), target)
    return result.storage === x.storage ? try clone(result) : result
  }

  /// One dimension after another, for ranks that leave no room for twice as many.
  private static func tiled(
    _ x: Tensor, _ shape: [Int], _ counts: [Int], _ target: [Int]
  ) throws(BackplaneError) -> Tensor {
    var result = x
    var extents = shape
    for (d, count) in counts.enumerated() where count != 1 {
      // What lies before the dimension, the copies, the dimension and what lies behind.
      let before = extents[..<d].reduce(1, *), rest = extents[d...].reduce(1, *)
      result = try expand(reshape(result, [before, 1, rest]), [before, count, rest])
      extents[d] = target[d]
      result = try reshape(result, extents)
    }
    return result.storage === x.storage ? try clone(result) : result
  }

  /// An empty tensor that is made of `x` all the same.
  private static func nothing(of x: Tensor, _ shape: [Int]) throws(BackplaneError) -> Tensor {
    let result = try empty(shape, x.dtype, on: x.context)
    if Autograd.records(x) {
      let layout = x.layout
      Autograd.record("RepeatBackward0", [x], result, saves: false) { g throws(BackplaneError) in
        [try full(layout, .int(0), g.dtype, on: g.context)]
      }
    }
    return result
  }

  /// As `repeat`, with counts of 1 for dimensions that none is given for.
  static func tile(_ x: Tensor, _ counts: [Int]) throws(BackplaneError) -> Tensor {
    try `repeat`(x, [Int](repeating: 1, count: Swift.max(0, x.layout.rank - counts.count)) + counts)
  }

  /// Each slice of a dimension several times; of the flattened tensor without a dimension.
  static func repeatInterleave(_ x: Tensor, _ count: Int, _ dim: Int?) throws(BackplaneError) -> Tensor {
    guard count >= 0 else { throw BackplaneError(.value, "Repeats must be non-negative") }
    let (source, d) = try axis(of: x, dim)
    var shape = source.layout.shape
    let wide = try unsqueeze(source, d + 1)
    var repeated = wide.layout.shape
    repeated[d + 1] = count
    shape[d] = try Sizes.multiply(shape[d], count, in: "repeat_interleave")
    let result = try reshape(expand(wide, repeated), shape)
    return result.storage === x.storage ? try clone(result) : result
  }

  /// Each slice of a dimension as often as its number says.
  static func repeatInterleave(
    _ x: Tensor, _ counts: Tensor, _ dim: Int?, outputSize: Int?
  ) throws(BackplaneError) -> Tensor {
    guard counts.dtype.isInteger else {
      throw BackplaneError(.dtype, "repeats has to be Long or Int tensor")
    }
    guard counts.layout.rank <= 1 else {
      throw BackplaneError(.shape, "repeat_interleave only accept 0D or 1D vector as repeats")
    }
    let (source, d) = try axis(of: x, dim)
    let extent = source.layout.elements[d]
    guard counts.numel == extent || counts.numel == 1 else {
      throw BackplaneError(
        .shape,
        "repeats must have the same size as input along dim, but got repeats.size(0) = \(counts.numel) and "
          + "input.size(\(d)) = \(extent)")
    }
    if counts.numel == 1, extent != 1 || counts.layout.rank == 0 {
      return try repeatInterleave(source, Int(item(counts).int64), d)
    }
    let index = try repeatedPositions(counts, outputSize: outputSize)
    return try indexSelect(source, d, move(index, to: source.context))
  }

  /// 0 as often as the first number says, 1 as often as the second, and so on.
  static func repeatedPositions(_ counts: Tensor, outputSize: Int?) throws(BackplaneError) -> Tensor {
    guard counts.layout.rank == 1 else {
      throw BackplaneError(.shape, "repeat_interleave only accept 1D vector as repeat")
    }
    guard counts.dtype == .int64 || counts.dtype == .int32 else {
      throw BackplaneError(.dtype, "repeats has to be Long or Int tensor")
    }
    // How long the result is, the numbers alone tell, so the host has to read them.
    let numbers = try toHost(counts, Int.self)
    guard numbers.allSatisfy({ $0 >= 0 }) else { throw BackplaneError(.value, "repeats can not be negative") }
    let total = try Layout.elementCount([Sizes.sum(numbers, in: "repeat_interleave")])
    if let outputSize, outputSize != total {
      throw BackplaneError(.value, "allocated size does not match required size")
    }
    try HostMemory.require(total, of: Int64.self, in: "repeat_interleave")
    var positions: [Int64] = []
    positions.reserveCapacity(total)
    for (i, count) in numbers.enumerated() { positions += repeatElement(Int64(i), count: count) }
    let result = try fromHost(positions, [positions.count], on: counts.context)
    return try cast(result, counts.dtype)
  }

  /// The tensor and one of its dimensions; without a dimension the flattened tensor.
  private static func axis(of x: Tensor, _ dim: Int?) throws(BackplaneError) -> (Tensor, Int) {
    guard let dim, x.layout.rank > 0 else {
      if let dim { _ = try normalize(dim, rank: 0) }
      return (try reshape(x, [x.numel]), 0)
    }
    return (x, try normalize(dim, rank: x.layout.rank))
  }
}

extension Tensor {
  /// The whole tensor several times along each dimension; new dimensions come in front.
  ///
  /// ```swift
  /// Tensor([1, 2]).repeat(2, 3)  // [[1, 2, 1, 2, 1, 2], [1, 2, 1, 2, 1, 2]]
  /// ```
  public func `repeat`(_ counts: [Int]) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.repeat(self, counts) }
  }
  /// The whole tensor several times along each dimension; new dimensions come in front.
  public func `repeat`(_ counts: Int...) -> Tensor { self.repeat(counts) }
  /// The whole tensor several times along each dimension. Counts left out in front are 1.
  public func tile(_ counts: [Int]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.tile(self, counts) } }
  /// The whole tensor several times along each dimension. Counts left out in front are 1.
  public func tile(_ counts: Int...) -> Tensor { tile(counts) }
  /// Each slice of a dimension `count` times in a row; without `dim`, each element of the flattened tensor.
  ///
  /// ```swift
  /// Tensor([1, 2]).repeatInterleave(2)  // [1, 1, 2, 2]
  /// ```
  public func repeatInterleave(_ count: Int, dim: Int? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.repeatInterleave(self, count, dim) }
  }
  /// Each slice of a dimension as often as its number in `counts` says. Reads the numbers.
  public func repeatInterleave(_ counts: Tensor, dim: Int? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.repeatInterleave(self, counts, dim, outputSize: nil) }
  }
}
