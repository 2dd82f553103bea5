/// Parts of a tensor along a dimension, as views.
extension Ops {
  /// Throws where so many tensors would be more than the host's memory holds.
  private static func requireParts(_ count: Int, _ operation: String) throws(BackplaneError) {
    // What a tensor, its layout and its place in a list take up, roughly.
    typealias Part = (UInt128, UInt128, UInt128, UInt128, UInt128, UInt128, UInt128, UInt128)
    try HostMemory.require(count, of: Part.self, in: operation)
  }

  static func split(_ x: Tensor, _ sizes: [Int], _ dim: Int) throws(BackplaneError) -> [Tensor] {
    guard x.layout.rank > 0 else { throw BackplaneError(.shape, "split expects at least a 1-dimensional tensor") }
    let d = try normalize(dim, rank: x.layout.rank)
    let extent = x.layout.elements[d]
    guard sizes.allSatisfy({ $0 >= 0 }), (try? Sizes.sum(sizes, in: "split")) == extent else {
      throw BackplaneError(
        .shape,
        "split_with_sizes expects split_sizes to sum exactly to \(extent) (input tensor's size at dimension \(d)), but "
          + "got split_sizes=\(sizes)")
    }
    var parts: [Tensor] = []
    var start = 0
    for size in sizes {
      parts.append(try narrow(x, d, start, size))
      start += size
    }
    return parts
  }

  static func split(_ x: Tensor, _ size: Int, _ dim: Int) throws(BackplaneError) -> [Tensor] {
    guard x.layout.rank > 0 else { throw BackplaneError(.shape, "split expects at least a 1-dimensional tensor") }
    let extent = x.layout.elements[try normalize(dim, rank: x.layout.rank)]
    guard size >= 0 else {
      throw BackplaneError(.value, "split expects split_size be non-negative, but got split_size=\(size)")
    }
    guard size > 0 || extent == 0 else {
      throw BackplaneError(
        .value, "split_size can only be 0 if dimension size is 0, but got dimension size of \(extent)")
    }
    if extent == 0 { return [x] }
    let size = Swift.min(size, extent)
    try requireParts((extent - 1) / size + 1, "split")
    return try split(x, stride(from: 0, to: extent, by: size).map { Swift.min(size, extent - $0) }, dim)
  }

  static func chunk(_ x: Tensor, _ count: Int, _ dim: Int) throws(BackplaneError) -> [Tensor] {
    guard x.layout.rank > 0 else { throw BackplaneError(.shape, "chunk expects at least a 1-dimensional tensor") }
    guard count > 0 else { throw BackplaneError(.value, "chunk expects `chunks` to be greater than 0, got: \(count)") }
    let extent = x.layout.elements[try normalize(dim, rank: x.layout.rank)]
    guard extent > 0 else {
      // An empty dimension makes as many empty parts as are asked for.
      try requireParts(count, "chunk")
      return try split(x, [Int](repeating: 0, count: count), dim)
    }
    return try split(x, extent / count + (extent % count == 0 ? 0 : 1), dim)
  }

  /// All elements of a dimension, which goes away, as views.
  static func unbind(_ x: Tensor, _ dim: Int) throws(BackplaneError) -> [Tensor] {
    guard x.layout.rank > 0 else {
      throw .noDimensions(dim)
    }
    let d = try normalize(dim, rank: x.layout.rank)
    try requireParts(x.layout.elements[d], "unbind")
    var parts: [Tensor] = []
    for i in 0..<x.layout.elements[d] { parts.append(try select(x, d, i)) }
    return parts
  }

  /// `count` parts whose extents differ by at most one, the longer first.
  static func tensorSplit(_ x: Tensor, _ count: Int, _ dim: Int) throws(BackplaneError) -> [Tensor] {
    guard x.layout.rank > 0 else {
      throw BackplaneError(
        .shape, "tensor_split expected at least a 1-dimensional tensor, but got a tensor with \(x.layout.rank) dims")
    }
    guard count > 0 else {
      throw BackplaneError(.value, "number of sections must be larger than 0, got \(count)")
    }
    let extent = x.layout.elements[try normalize(dim, rank: x.layout.rank)]
    try requireParts(count, "tensor_split")
    return try split(x, (0..<count).map { extent / count + ($0 < extent % count ? 1 : 0) }, dim)
  }

  /// Parts between positions, which count and are clipped as the bounds of slices.
  static func tensorSplit(_ x: Tensor, at positions: [Int], _ dim: Int) throws(BackplaneError) -> [Tensor] {
    guard x.layout.rank > 0 else {
      throw BackplaneError(
        .shape, "tensor_split expected at least a 1-dimensional tensor, but got a tensor with \(x.layout.rank) dims")
    }
    var parts: [Tensor] = []
    var start = 0
    for position in positions {
      parts.append(try slice(x, dim, start, position, step: 1))
      start = position
    }
    return parts + [try slice(x, dim, start, nil, step: 1)]
  }

  /// By the number of parts or the positions between them, which a tensor may hold.
  static func tensorSplit(_ x: Tensor, _ numbers: Tensor, _ dim: Int) throws(BackplaneError) -> [Tensor] {
    guard numbers.dtype == .int64, numbers.layout.rank <= 1 else {
      throw BackplaneError(
        .dtype,
        "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor of dtype "
          + "long, but got a tensor with \(numbers.layout.rank) dims of dtype \(numbers.dtype.scalarName)")
    }
    if numbers.layout.rank == 0 { return try tensorSplit(x, Int(item(numbers).int64), dim) }
    return try tensorSplit(x, at: toHost(numbers, Int.self), dim)
  }

  /// The dimension that hsplit, vsplit and dsplit divide.
  enum SplitDirection: String {
    case hsplit, vsplit, dsplit

    fileprivate func dim(of x: Tensor) throws(BackplaneError) -> Int {
      let (rank, least) = (x.layout.rank, self == .hsplit ? 1 : self == .vsplit ? 2 : 3)
      guard rank >= least else {
        throw BackplaneError(
          .shape,
          "torch.\(rawValue) requires a tensor with at least \(least) dimension\(least == 1 ? "" : "s"), but got a "
            + "tensor with \(rank) dimensions!")
      }
      return self == .vsplit ? 0 : self == .dsplit ? 2 : rank == 1 ? 0 : 1
    }
  }

  static func split(_ x: Tensor, _ direction: SplitDirection, _ count: Int) throws(BackplaneError) -> [Tensor] {
    let d = try direction.dim(of: x)
    let extent = x.layout.elements[d]
    guard count > 0, extent % count == 0 else {
      throw BackplaneError(
        .shape,
        "torch.\(direction.rawValue) attempted to split along dimension \(d), but the size of the dimension \(extent) "
          + "is not divisible by the split_size \(count)!")
    }
    return try tensorSplit(x, count, d)
  }

  static func split(_ x: Tensor, _ direction: SplitDirection, at positions: [Int]) throws(BackplaneError) -> [Tensor] {
    try tensorSplit(x, at: positions, direction.dim(of: x))
  }
}

extension Tensor {
  /// Parts of the tensor, `asked` of them if that is known beforehand.
  private func parts(_ asked: Int?, _ body: () throws(BackplaneError) -> [Tensor]) -> [Tensor] {
    // The placeholder of a tensor has a shape to be read, and that is not to be divided.
    context.isInvalid ? Placeholder.tensors(asked) : funnel(or: Placeholder.tensors(asked), body)
  }

  /// The pieces of `size` along a dimension, as views; the last may be smaller.
  ///
  /// ```swift
  /// Tensor.arange(5).split(2)  // [0, 1], [2, 3] and [4]
  /// ```
  public func split(_ size: Int, dim: Int = 0) -> [Tensor] {
    parts(nil) { () throws(BackplaneError) in try Ops.split(self, size, dim) }
  }
  /// The pieces of the given sizes along a dimension, as views. The sizes must add up to its extent.
  public func split(_ sizes: [Int], dim: Int = 0) -> [Tensor] {
    parts(sizes.count) { () throws(BackplaneError) in try Ops.split(self, sizes, dim) }
  }
  /// At most `count` pieces of equal size along a dimension: 5 in 4 chunks are 2, 2, 1.
  public func chunk(_ count: Int, dim: Int = 0) -> [Tensor] {
    parts(count) { () throws(BackplaneError) in try Ops.chunk(self, count, dim) }
  }
  /// All elements of a dimension, which goes away, as views.
  public func unbind(dim: Int = 0) -> [Tensor] {
    parts(nil) { () throws(BackplaneError) in try Ops.unbind(self, dim) }
  }
  /// Splits a dimension into `count` parts whose extents differ by at most one, the longer first: 5 in 3 are 2, 2, 1.
  public func tensorSplit(_ count: Int, dim: Int = 0) -> [Tensor] {
    parts(count) { () throws(BackplaneError) in try Ops.tensorSplit(self, count, dim) }
  }
  /// The parts between positions: at [2, 3] of 5 they are 0 ..< 2, 2 ..< 3 and 3 ..< 5.
  public func tensorSplit(_ positions: [Int], dim: Int = 0) -> [Tensor] {
    parts(positions.count + 1) { () throws(BackplaneError) in try Ops.tensorSplit(self, at: positions, dim) }
  }
  /// Equal parts side by side: along dimension 1, of a vector along its only one.
  public func hsplit(_ count: Int) -> [Tensor] {
    parts(count) { () throws(BackplaneError) in try Ops.split(self, .hsplit, count) }
  }
  /// Parts side by side, between positions.
  public func hsplit(_ positions: [Int]) -> [Tensor] {
    parts(positions.count + 1) { () throws(BackplaneError) in try Ops.split(self, .hsplit, at: positions) }
  }
  /// Equal parts one above the other: along dimension 0.
  public func vsplit(_ count: Int) -> [Tensor] {
    parts(count) { () throws(BackplaneError) in try Ops.split(self, .vsplit, count) }
  }
  /// Parts one above the other, between positions.
  public func vsplit(_ positions: [Int]) -> [Tensor] {
    parts(positions.count + 1) { () throws(BackplaneError) in try Ops.split(self, .vsplit, at: positions) }
  }
  /// Equal parts one behind the other: along dimension 2.
  public func dsplit(_ count: Int) -> [Tensor] {
    parts(count) { () throws(BackplaneError) in try Ops.split(self, .dsplit, count) }
  }
  /// Parts one behind the other, between positions.
  public func dsplit(_ positions: [Int]) -> [Tensor] {
    parts(positions.count + 1) { () throws(BackplaneError) in try Ops.split(self, .dsplit, at: positions) }
  }
}
