// Diagonals taken and made.

extension Ops {
  private static func dimensions(_ a: Int, _ b: Int, rank: Int) throws(BackplaneError) -> (Int, Int) {
    let first = try normalize(a, rank: rank), second = try normalize(b, rank: rank)
    guard first != second else {
      throw BackplaneError(.value, "diagonal dimensions cannot be identical \(a), \(b)")
    }
    return (first, second)
  }

  /// A diagonal of two dimensions, a view in which it is the last one.
  static func diagonalView(
    _ x: Tensor, offset: Int = 0, _ dim1: Int = -2, _ dim2: Int = -1
  ) throws(BackplaneError) -> Tensor {
    let (a, b) = try dimensions(dim1, dim2, rank: x.layout.rank)
    return try part("DiagonalBackward0", x) { x throws(BackplaneError) in
      var shape = x.layout.shape, strides = x.layout.strides
      let rows = shape[a] + Swift.min(offset, 0), columns = shape[b] - Swift.max(offset, 0)
      let length = Swift.max(0, Swift.min(rows, columns))
      // A diagonal with elements begins within the matrix.
      let start = length == 0 ? 0 : offset >= 0 ? offset * strides[b] : -offset * strides[a]
      let stride = strides[a] + strides[b]
      for d in [Swift.max(a, b), Swift.min(a, b)] {
        shape.remove(at: d)
        strides.remove(at: d)
      }
      return (try .strided(shape + [length], strides + [stride]), x.storageOffset + start)
    }
  }

  /// A tensor with the last dimension of `x` on a diagonal of two new ones, and zeros beside it.
  static func diagEmbed(
    _ x: Tensor, offset: Int = 0, _ dim1: Int = -2, _ dim2: Int = -1
  ) throws(BackplaneError) -> Tensor {
    let rank = x.layout.rank + 1
    let (a, b) = try dimensions(dim1, dim2, rank: rank)
    let n = try Sizes.add(extent(x, -1), Sizes.int(offset.magnitude, in: "diag_embed"), in: "diag_embed")
    var shape = Array(x.layout.shape.dropLast())
    for d in [Swift.min(a, b), Swift.max(a, b)] { shape.insert(n, at: d) }
    let result = try zeros(shape, like: x)
    let target = try diagonalView(result, offset: offset, a, b)
    if x.numel > 0 { try Dispatcher.unary(.copy, on: x.context, Operand(x), to: Operand(target)) }
    if Autograd.records(x) {
      Autograd.record("DiagEmbedBackward0", [x], result, saves: false) { g throws(BackplaneError) in
        [try diagonalView(g, offset: offset, a, b)]
      }
    }
    return result
  }

  /// The diagonal of a matrix, as a copy, or the matrix with a vector as diagonal.
  static func diag(_ x: Tensor, _ offset: Int) throws(BackplaneError) -> Tensor {
    switch x.layout.rank {
    case 1: return try diagEmbed(x, offset: offset)
    case 2: return try clone(diagonalView(x, offset: offset))
    default: throw BackplaneError(.shape, "diag(): Supports 1D or 2D tensors. Got \(x.layout.rank)D")
    }
  }

  static func trace(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.layout.rank == 2 else {
      throw BackplaneError(.shape, "trace: expected a matrix, but got tensor with dim \(x.layout.rank)")
    }
    return try sum(diagonalView(x), nil, keepDim: false)
  }

  /// Matrices along the diagonal of a large one.
  static func blockDiag(_ tensors: [Tensor]) throws(BackplaneError) -> Tensor {
    var blocks: [Tensor] = []
    for (i, x) in tensors.enumerated() {
      guard x.layout.rank <= 2 else {
        throw BackplaneError(
          .shape,
          "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input \(i) has \(x.layout.rank) dimensions")
      }
      blocks.append(try reshape(x, [Int](repeating: 1, count: 2 - x.layout.rank) + x.layout.shape))
    }
    guard !blocks.isEmpty else { return try empty([1, 0], .float32, on: context(nil)) }
    try requireSameDevice(blocks)
    let columns = try Sizes.sum(blocks.map { $0.layout.elements[1] }, in: "block_diag")
    var rows: [Tensor] = []
    var start = 0
    for x in blocks {
      let (before, after) = (start, columns - start - x.layout.elements[1])
      rows.append(
        try cat(
          [zeros([x.layout.elements[0], before], like: x), x, zeros([x.layout.elements[0], after], like: x)], 1))
      start += x.layout.elements[1]
    }
    return try cat(rows, 0)
  }
}

// MARK: - Triangles

extension Ops {
  /// True where column − row compares with `k` as `op` says.
  private static func triangle(
    _ op: Operator, _ k: Int, _ rows: Int, _ columns: Int, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    let row = try arithmeticSequence(.int(0), .int(1), rows, .int64, on: context)
    let column = try arithmeticSequence(.int(0), .int(1), columns, .int64, on: context)
    return try compare(op, sub(column, unsqueeze(row, 1)), .int(Int64(k)))
  }

  private static func triangle(
    _ op: Operator, _ x: Tensor, _ k: Int, _ name: String
  ) throws(BackplaneError) -> Tensor {
    guard x.layout.rank >= 2 else {
      throw BackplaneError(.shape, "\(name): input tensor must have at least 2 dimensions")
    }
    let mask = try triangle(op, k, extent(x, -2), extent(x, -1), on: x.context)
    let result = try select(mask, .tensor(x.detach()), .scalar(.int(0)), x.dtype)
    if Autograd.records(x) {
      Autograd.record(name == "tril" ? "TrilBackward0" : "TriuBackward0", [x], result, saves: false) {
        g throws(BackplaneError) in [try triangle(op, g, k, name)]
      }
    }
    return result
  }

  static func tril(_ x: Tensor, _ k: Int = 0) throws(BackplaneError) -> Tensor { try triangle(.le, x, k, "tril") }
  static func triu(_ x: Tensor, _ k: Int = 0) throws(BackplaneError) -> Tensor { try triangle(.ge, x, k, "triu") }

  /// Σ min(max(i + first, 0), columns) over the rows i.
  private static func countBelow(
    _ first: Int, _ rows: Int, _ columns: Int, _ name: String
  ) throws(BackplaneError) -> Int {
    // From row `start` on there are some, from row `end` on all.
    let start = Swift.min(Swift.max(0, -first), rows)
    let end = Swift.min(Swift.max(start, try Sizes.subtract(columns, first, in: name)), rows)
    let ends = (start + first) + (end - 1 + first)
    let rising = end > start ? try Sizes.multiply(end - start, ends, in: name) / 2 : 0
    return try Sizes.add(rising, Sizes.multiply(rows - end, columns, in: name), in: name)
  }

  /// The rows and columns of a triangle's elements, row by row.
  static func triangleIndices(
    _ name: String, _ rows: Int, _ columns: Int, offset: Int, _ dtype: DType?, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    guard rows >= 0, columns >= 0 else {
      throw BackplaneError(.value, "\(rows < 0 ? "row" : "col") must be non-negative, got\(Swift.min(rows, columns))")
    }
    guard dtype == nil || dtype == .int32 || dtype == .int64 else {
      throw BackplaneError(.dtype, "\"\(name)\" not implemented for '\(dtype!.scalarName)'")
    }
    let isLower = name == "tril_indices"
    // A lower triangle has the columns j < i + first of row i, an upper one the others.
    let first = try Sizes.add(Swift.min(Swift.max(offset, -rows), columns), isLower ? 1 : 0, in: name)
    let below = try countBelow(first, rows, columns, name)
    let count = try isLower ? below : Sizes.multiply(rows, columns, in: name) - below
    _ = try Layout.contiguous([2, count])
    try HostMemory.require(2 * count, of: Int64.self, in: name)
    var rowNumbers: [Int64] = [], columnNumbers: [Int64] = []
    rowNumbers.reserveCapacity(2 * count)
    columnNumbers.reserveCapacity(count)
    // Rows without a position, of which there may be more than could be gone through, stand at one end.
    var i = isLower ? Swift.min(Swift.max(0, 1 - first), rows) : 0
    while columnNumbers.count < count {
      let bound = Swift.min(Swift.max(i + first, 0), columns)
      for j in isLower ? 0..<bound : bound..<columns {
        rowNumbers.append(Int64(i))
        columnNumbers.append(Int64(j))
      }
      i += 1
    }
    rowNumbers.append(contentsOf: columnNumbers)
    return try fromHost(rowNumbers, [2, count], dtype ?? .int64, on: context(device))
  }
}
