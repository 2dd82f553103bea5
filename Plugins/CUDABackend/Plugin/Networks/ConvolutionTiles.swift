import BackendAPI
import CUDATypes

/// A convolution as a product of matrices that are never laid out: tensors have their channels last for it.
struct ConvolutionTiles {
  private let queue: Queue
  private let form: Convolution
  let hasMatrixUnits: Bool

  /// Nil where the kernels, which count in 32 bits, cannot.
  init?(_ queue: Queue, _ form: Convolution) {
    (self.queue, self.form) = (queue, form)
    let is16Bit = form.x.size == 2
    hasMatrixUnits = is16Bit && queue.device.capability >= 80
    let limit = 1 << 30, space = SIMD3(repeating: limit)
    guard all(form.data .< space), all(form.windows .< space), all(form.taps .< space), all(form.step .< space),
      all(form.low .< space), all(form.dilation .< space), form.channels < limit, form.results < limit,
      form.batch < limit, form.groups < limit, form.termCount > 0
    else { return nil }
    for axis in 0..<3 {
      let reach = form.windows[axis] * form.step[axis] + form.taps[axis] * form.dilation[axis] + form.low[axis]
      guard reach < limit else { return nil }
    }
    let pixels = form.batch * max(form.windowCount, form.dataCount)
    let terms = form.tapCount * (max(form.channels, form.results) + 8)
    guard pixels < limit, terms < limit else { return nil }
    for view in [form.x, form.y, form.w] {
      for axis in 0..<view.rank where view.extent(axis) > 1 && view.stride(axis).magnitude >= limit { return nil }
    }
    guard packedExtent(form.channels) * form.groups < limit / 8, packedExtent(form.results) * form.groups < limit / 8
    else { return nil }
    // What is laid out anew has its batch as the greatest stride.
    let channels = max(packedExtent(form.channels), packedExtent(form.results)) * form.groups
    guard channels * max(form.windowCount, form.dataCount) < limit else { return nil }
  }

  /// Elements of 16 bytes.
  private var packLength: Int { 16 / form.x.size }
  private func packedExtent(_ channels: Int) -> Int { (channels + packLength - 1) / packLength * packLength }

  func run() throws(Failure) {
    var p = ck_tiles()
    p.groups = Int32(form.groups)
    set3(&p.taps, form.taps, as: Int32.self)
    set3(&p.step, form.step, as: Int32.self)
    set3(&p.low, form.low, as: Int32.self)
    set3(&p.dilation, form.dilation, as: Int32.self)
    if let bias = form.bias {
      p.bias = bias.address
      p.bias_stride = Int64(bias.stride(0))
    }
    let strides = form.strides(form.out)
    p.out = form.out.address
    switch form.op {
    case BP_OP_CONVOLUTION:
      setPixels(&p, form.windows, count: form.windowCount, columns: form.results, terms: form.channels)
      p.out_group = Int64(form.results * strides.channel)
      try withChannelsLast(form.x, form.channels, form.data) { a throws(Failure) in
        try withWeight(rows: form.results, terms: form.channels, isTransposed: false) { b throws(Failure) in
          try launch(&p, a, b)
        }
      }
    case BP_OP_CONVOLUTION_INPUT:
      setPixels(&p, form.data, count: form.dataCount, columns: form.channels, terms: form.results)
      p.out_group = Int64(form.channels * strides.channel)
      try withChannelsLast(form.y, form.results, form.windows) { a throws(Failure) in
        try withWeight(rows: form.channels, terms: form.results, isTransposed: true) { b throws(Failure) in
          try launch(&p, a, b)
        }
      }
    default:
      p.channels = Int32(packedExtent(form.channels))
      p.kept = Int32(form.channels)
      p.m = Int64(form.tapCount * packedExtent(form.channels))
      p.n = Int64(form.results)
      p.k = Int64(form.batch * form.windowCount)
      for axis in 0..<3 { set(&p.pixel, axis, ck_divisor(form.windows[axis])) }
      set(&p.out_stride, 0, Int64(form.w.extent(1) > 1 ? strides.channel : 0))
      for axis in 0..<3 { set(&p.out_stride, 1 + axis, Int64(form.taps[axis] > 1 ? strides.space[axis] : 0)) }
      p.out_group = Int64(form.results * strides.batch)
      p.out_column = Int64(strides.batch)
      try withChannelsLast(form.x, form.channels, form.data) { a throws(Failure) in
        try withChannelsLast(form.y, form.results, form.windows) { b throws(Failure) in try launch(&p, a, b) }
      }
    }
  }

  /// The result's rows are pixels.
  private func setPixels(_ p: inout ck_tiles, _ extents: SIMD3<Int>, count: Int, columns: Int, terms: Int) {
    let strides = form.strides(form.out)
    p.channels = Int32(packedExtent(terms))
    p.kept = Int32(terms)
    p.m = Int64(form.batch * count)
    p.n = Int64(columns)
    p.k = Int64(form.tapCount * packedExtent(terms))
    for axis in 0..<3 { set(&p.pixel, axis, ck_divisor(extents[axis])) }
    set(&p.out_stride, 0, Int64(form.batch > 1 ? strides.batch : 0))
    for axis in 0..<3 { set(&p.out_stride, 1 + axis, Int64(extents[axis] > 1 ? strides.space[axis] : 0)) }
    p.out_column = Int64(strides.channel)
  }

  private var mode: Int32 {
    form.op == BP_OP_CONVOLUTION ? CK_OF_PIXELS : form.op == BP_OP_CONVOLUTION_INPUT ? CK_OF_INPUT : CK_OF_WEIGHT
  }

  private func launch(_ p: inout ck_tiles, _ a: ChannelsLast, _ b: ChannelsLast) throws(Failure) {
    p.a = a.address
    p.a_group = Int64(a.group)
    p.b = b.address
    p.b_group = Int64(b.group)
    for i in 0..<4 {
      set(&p.a_stride, i, Int32(a.strides[i]))
      set(&p.b_stride, i, Int32(b.strides[i]))
    }
    set3(&p.a_extent, a.extents, as: Int32.self)
    let width = hasMatrixUnits && p.n > 64 ? 128 : Int(CK_CHANNEL_TILE)
    let depth = hasMatrixUnits ? Int(CK_MMA_DEPTH) : 8
    let rows = (Int(p.m) + Int(CK_PIXEL_TILE) - 1) / Int(CK_PIXEL_TILE)
    let tiles = rows * ((Int(p.n) + width - 1) / width) * form.groups
    // Where there are few tiles, the sums are cut into parts.
    let most = min(64, Int(p.k) / (32 * depth), 2 * queue.device.multiprocessors / max(tiles, 1))
    let part = (Int(p.k) / max(most, 1) + depth) / depth * depth
    p.part = Int64(part)
    p.splits = Int32((Int(p.k) + part - 1) / part)
    let cells = form.groups * Int(p.m * p.n)
    if p.splits == 1 { return try start(p, tiles, width) }
    try queue.withScratch(Int(p.splits) * cells * (form.x.size == 8 ? 8 : 4)) { scratch throws(Failure) in
      p.partial = scratch
      try start(p, tiles * Int(p.splits), width)
      try queue.launch(
        "add_parts", of: "convolution_tiles.cu", ["DTYPE=\(form.x.dtype)", "MODE=\(mode)"],
        blocks: queue.blocks(for: cells), p)
    }
  }

  private func start(_ p: ck_tiles, _ blocks: Int, _ width: Int) throws(Failure) {
    let definitions = ["DTYPE=\(form.x.dtype)", "MODE=\(mode)"]
    guard hasMatrixUnits else {
      return try queue.launch(
        "convolve", of: "convolution_tiles.cu", definitions, blocks: blocks, threads: Int(CK_TILE_THREADS), p)
    }
    let rows = Int(CK_PIXEL_TILE), depth = Int(CK_MMA_DEPTH)
    let stage = mode == CK_OF_WEIGHT ? depth * (rows + width + 16) : (rows + width) * (depth + 8)
    try queue.launch(
      "convolve", of: "convolution_mma.cu", definitions + ["WIDTH=\(width)"], blocks: blocks,
      threads: Int(CK_MMA_THREADS), sharedBytes: Int(CK_MMA_STAGES) * stage * 2, p)
  }

  // MARK: Operands

  /// A tensor whose channels lie side by side, in whole packs; strides of batch and space.
  private struct ChannelsLast {
    var address: UInt64
    var strides: [Int]
    var group: Int
    var extents: SIMD3<Int>
  }

  /// x or y with its channels last: as it lies, or laid out anew.
  private func withChannelsLast(
    _ view: View, _ channels: Int, _ extents: SIMD3<Int>, _ body: (ChannelsLast) throws(Failure) -> Void
  ) throws(Failure) {
    let strides = form.strides(view), length = packLength
    func stride(_ extent: Int, _ stride: Int) -> Int { extent > 1 ? stride : 0 }
    var lying = ChannelsLast(
      address: view.address, strides: [stride(form.batch, strides.batch)], group: stride(form.groups, channels),
      extents: extents)
    for axis in 0..<3 { lying.strides.append(stride(extents[axis], strides.space[axis])) }
    if strides.channel == 1 && channels % length == 0 && view.address % 16 == 0
      && lying.strides.allSatisfy({ $0 % length == 0 })
    {
      return try body(lying)
    }
    let padded = packedExtent(channels), pixels = extents[0] * extents[1] * extents[2], step = padded * form.groups
    var p = ck_packing()
    p.source = view.address
    (p.channels, p.padded, p.step) = (Int64(channels), Int64(padded), Int64(step))
    p.channel_stride = Int64(strides.channel)
    var outer = Axes(), inner = Axes()
    outer.append(form.batch, SIMD4(pixels * step, strides.batch, 0, 0))
    outer.append(form.groups, SIMD4(padded, channels * strides.channel, 0, 0))
    for axis in 0..<3 { inner.append(extents[axis], SIMD4(strides.space[axis], 0, 0, 0)) }
    inner.merge()
    p.outer = outer.parameters
    p.pixels = inner.parameters
    var packed = ChannelsLast(address: 0, strides: [pixels * step], group: padded, extents: extents)
    packed.strides += [extents[1] * extents[2] * step, extents[2] * step, step]
    try withPacked(&p, form.batch * pixels * step) { address throws(Failure) in
      packed.address = address
      try body(packed)
    }
  }

  /// The weight as a matrix for each group: rows of all taps with the terms of each, padded to whole packs.
  private func withWeight(
    rows: Int, terms: Int, isTransposed: Bool, _ body: (ChannelsLast) throws(Failure) -> Void
  ) throws(Failure) {
    let strides = form.strides(form.w), padded = packedExtent(terms), length = form.tapCount * padded
    var p = ck_packing()
    p.source = form.w.address
    (p.channels, p.padded, p.step) = (Int64(terms), Int64(padded), Int64(padded))
    p.channel_stride = Int64(isTransposed ? strides.batch : strides.channel)
    var outer = Axes(), inner = Axes()
    outer.append(form.groups, SIMD4(rows * length, form.results * strides.batch, 0, 0))
    outer.append(rows, SIMD4(length, isTransposed ? strides.channel : strides.batch, 0, 0))
    for axis in 0..<3 { inner.append(form.taps[axis], SIMD4(strides.space[axis], 0, 0, 0)) }
    inner.merge()
    p.outer = outer.parameters
    p.pixels = inner.parameters
    try withPacked(&p, form.groups * rows * length) { address throws(Failure) in
      try body(
        ChannelsLast(address: address, strides: [0, 0, 0, 0], group: rows * length, extents: SIMD3(repeating: 0)))
    }
  }

  private func withPacked(
    _ p: inout ck_packing, _ count: Int, _ body: (UInt64) throws(Failure) -> Void
  ) throws(Failure) {
    try queue.withScratch(count * form.x.size) { scratch throws(Failure) in
      p.target = scratch
      let squares = Int(p.outer.count) * ((Int(p.pixels.count) + 31) / 32) * ((Int(p.padded) + 31) / 32)
      try queue.launch(
        "channels_last", of: "packing.cu", ["SIZE=\(form.x.size)"], blocks: queue.everyBlock(for: squares, threads: 1),
        p)
      try body(scratch)
    }
  }
}
