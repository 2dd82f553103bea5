import BackendAPI
import CUDATypes

let orderClaims: [NetworkClaim] = [NetworkClaim(BP_OP_SORT, BP_OP_TOPK, run: order)]

/// SORT and TOPK.
@Sendable private func order(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let name = operatorName(queue.op)
  let data = op.pointee.inputs[0]!, out = op.pointee.outputs[0]!, index = op.pointee.outputs[1]!
  let params = try parameters(op, bp_sort_params())
  guard data.rank >= 1 && out.rank == data.rank && index.hasShape(of: out) else {
    throw .invalid("\(name): input \(data.shapeText), outputs \(out.shapeText) and \(index.shapeText)")
  }
  guard params.descending == 0 || params.descending == 1 else {
    throw .invalid("\(name): descending is \(params.descending), neither 0 nor 1")
  }
  let axis = try axis(op, params.axis, data)
  let length = data.extent(axis), kept = out.extent(axis)
  guard kept == length || queue.op == BP_OP_TOPK && kept < length else {
    throw .invalid("\(name): \(kept) of \(length) along axis \(axis)")
  }
  var slices = Axes()
  for other in 0..<data.rank where other != axis {
    guard data.extent(other) == out.extent(other) else {
      throw .invalid("\(name): input \(data.shapeText) and output \(out.shapeText) differ off axis \(axis)")
    }
    slices.append(data.extent(other), SIMD4(data.stride(other), out.stride(other), index.stride(other), 0))
  }
  if slices.count == 0 || kept == 0 { return }
  guard length < 1 << 32 - 1 else { throw .unsupported("\(name): \(length) elements in one slice") }
  slices.arrange(by: 1)
  var p = ck_order()
  (p.in, p.out, p.index) = (data.address, out.address, index.address)
  p.slices = slices.parameters
  (p.length, p.kept) = (Int64(length), Int64(kept))
  p.stride = (Int64(data.stride(axis)), Int64(out.stride(axis)), Int64(index.stride(axis)))
  p.is_descending = params.descending
  try Ordering(queue: queue, dtype: data.dtype, size: data.size, slices: slices.count, p: p).run()
}

private struct Ordering {
  let queue: Queue
  let dtype: Int32
  /// Of an element, and of its key.
  let size: Int
  let slices: Int
  var p: ck_order

  private var length: Int { Int(p.length) }
  private var kept: Int { Int(p.kept) }
  private static let block = Int(CK_ORDER_BLOCK)

  /// That of BACKPLANE_CUDA_ORDER (digits, select) wherever it can be gone, for tests; nil leaves it to the plugin.
  private static let wanted = environment("BACKPLANE_CUDA_ORDER")

  func run() throws(Failure) {
    if Self.wanted == "select" && kept <= Self.block { return try select() }
    if Self.wanted == "digits" { return try sortByDigits() }
    if length <= Self.block { return try sortWithinBlocks("sort_slices", length) }
    // Where many are kept, all are sorted.
    if kept <= Self.block && kept < length / 4 { return try select() }
    try sortByDigits()
  }

  private func launch(_ kernel: String, _ p: ck_order, blocks: Int) throws(Failure) {
    guard blocks <= Int(Int32.max) else { throw .unsupported("\(operatorName(queue.op)): too many blocks") }
    try queue.launch(kernel, of: "order.cu", ["DTYPE=\(dtype)"], blocks: blocks, p)
  }

  private func scan(_ p: ck_order, rows: Int) throws(Failure) {
    var p = p
    p.rows = Int64(rows)
    let isFew = p.tiles <= Int64(CK_ORDER_FEW_TILES)
    try launch("scan", p, blocks: isFew ? queue.everyBlock(for: rows, threads: Queue.threads) : rows)
  }

  /// Several slices to a block, each with as many places as a power of two.
  private func sortWithinBlocks(_ kernel: String, _ count: Int) throws(Failure) {
    var p = p
    var padded = 1
    while padded < count { padded *= 2 }
    p.padded = Int32(padded)
    let each = Self.block / padded
    try launch(kernel, p, blocks: queue.everyBlock(for: (slices + each - 1) / each, threads: 1))
  }

  /// Tiles of a slice.
  private var tiles: Int {
    let tile = Int(CK_ORDER_TILE) / (size == 8 ? 2 : 1)
    return (length + tile - 1) / tile
  }

  /// Memory for the arrays of so many bytes each.
  private func withScratch(
    _ bytes: [Int], _ body: ([UInt64]) throws(Failure) -> Void
  ) throws(Failure) {
    let rounded = bytes.map { ($0 + 255) / 256 * 256 }
    try queue.withScratch(rounded.reduce(0, +)) { scratch throws(Failure) in
      var addresses: [UInt64] = []
      var address = scratch
      for size in rounded {
        addresses.append(address)
        address += UInt64(size)
      }
      try body(addresses)
    }
  }

  private func sortByDigits() throws(Failure) {
    let count = slices * length, tiles = tiles
    // What one pass does needs no room between passes.
    let keys = size == 1 ? 0 : count * size, positions = size == 1 ? 0 : count * 4
    let sizes = [keys, keys, positions, positions, slices * 256 * tiles * 4, slices * 256 * 4]
    try withScratch(sizes) { scratch throws(Failure) in
      var p = p
      p.tiles = Int64(tiles)
      (p.counts, p.totals) = (scratch[4], scratch[5])
      for digit in 0..<size {
        p.keys = digit % 2 == 0 ? (scratch[0], scratch[1]) : (scratch[1], scratch[0])
        p.positions = digit % 2 == 0 ? (scratch[2], scratch[3]) : (scratch[3], scratch[2])
        p.shift = Int32(8 * digit)
        p.is_first = digit == 0 ? 1 : 0
        p.is_last = digit == size - 1 ? 1 : 0
        try launch("count", p, blocks: slices * tiles)
        try scan(p, rows: slices * 256)
        try launch("scatter", p, blocks: slices * tiles)
      }
    }
  }

  private func select() throws(Failure) {
    let tiles = tiles
    let sizes = [slices * kept * size, slices * kept * 4, slices * 2 * tiles * 4, slices * 256 * 4, slices * 16]
    try withScratch(sizes) { scratch throws(Failure) in
      var p = p
      p.tiles = Int64(tiles)
      (p.keys.0, p.positions.0) = (scratch[0], scratch[1])
      (p.counts, p.totals, p.choices) = (scratch[2], scratch[3], scratch[4])
      let driver = queue.device.driver
      let code = driver.cuMemsetD8Async(p.totals, 0, slices * 256 * 4, queue.stream.handle)
      try queue.device.check(code, "\(operatorName(queue.op)): cuMemsetD8Async")
      for digit in (0..<size).reversed() {
        p.shift = Int32(8 * digit)
        p.is_first = digit == size - 1 ? 1 : 0
        try launch("tally", p, blocks: slices * tiles)
        try launch("choose", p, blocks: slices)
      }
      try launch("mark", p, blocks: slices * tiles)
      try scan(p, rows: slices * 2)
      try launch("collect", p, blocks: slices * tiles)
      var winners = self
      winners.p = p
      try winners.sortWithinBlocks("sort_winners", kept)
    }
  }
}
