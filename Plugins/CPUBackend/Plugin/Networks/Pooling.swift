import BackendAPI
import CPUKernelTypes

/// Section 6.22 of the header.
let poolingClaims: [NetworkClaim] = [
  NetworkClaim(BP_OP_MAX_POOL) { context, op throws(Failure) in
    var shape = try poolShape(op, whole: op.pointee.inputs[0]!, pooled: op.pointee.outputs[0]!)
    let indices = op.pointee.output_count > 1 ? op.pointee.outputs[1] : nil
    if let indices { try requireShape(op, indices, of: op.pointee.outputs[0]!) }
    shape.decide(sums: false, indices: indices)
    if shape.pooledRows == 0 || shape.pooled[2] == 0 || shape.channels == 0 { return }
    let out = op.pointee.outputs[0]!.data, places = indices?.data, x = op.pointee.inputs[0]!.data
    let kernel = context.pointee.networks.pooling.maximum
    try rows(context, op, shape, shape.pooledRows, shape.scratchBytes, taps: shape.taps) { shape, low, high, scratch in
      kernel(shape, low, high, out, places, x, scratch)
    }
  },
  NetworkClaim(BP_OP_AVERAGE_POOL) { context, op throws(Failure) in
    var shape = try poolShape(op, whole: op.pointee.inputs[0]!, pooled: op.pointee.outputs[0]!)
    try requireNoDilation(op, shape)
    shape.decide(sums: true, indices: nil)
    if shape.pooledRows == 0 || shape.pooled[2] == 0 || shape.channels == 0 { return }
    let out = op.pointee.outputs[0]!.data, x = op.pointee.inputs[0]!.data
    let kernel = context.pointee.networks.pooling.average
    try rows(context, op, shape, shape.pooledRows, shape.scratchBytes, taps: shape.taps) { shape, low, high, scratch in
      kernel(shape, low, high, out, x, scratch)
    }
  },
  NetworkClaim(BP_OP_AVERAGE_POOL_BACKWARD) { context, op throws(Failure) in
    var shape = try poolShape(op, whole: op.pointee.outputs[0]!, pooled: op.pointee.inputs[0]!)
    try requireNoDilation(op, shape)
    shape.decide(sums: false, indices: nil)
    shape.takesWindows = false
    if shape.batch * shape.channels * shape.planeSize == 0 { return }
    let out = op.pointee.outputs[0]!
    if shape.pooled[0] * shape.pooled[1] * shape.pooled[2] == 0 { return try zero(context, out) }
    let g = op.pointee.inputs[0]!.data, target = out.data
    let kernel = context.pointee.networks.pooling.averageBackward
    try rows(context, op, shape, shape.wholeRows, shape.backwardScratchBytes, taps: 4) { shape, low, high, scratch in
      kernel(shape, low, high, target, g, scratch)
    }
  },
  NetworkClaim(BP_OP_MAX_POOL_BACKWARD, run: scatterGradients),
]

/// MAX_POOL_BACKWARD: planes are shared among threads, so that no two write to one element.
private func scatterGradients(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, g = op.pointee.inputs[0]!, indices = op.pointee.inputs[1]!
  var shape = try poolShape(op, whole: out, pooled: g)
  try requireShape(op, indices, of: g)
  shape.indexStrides = strides(indices, shape.spatial)
  let planeSize = shape.planeSize
  if shape.batch * shape.channels * planeSize == 0 { return }
  if shape.pooled[0] * shape.pooled[1] * shape.pooled[2] == 0 { return try zero(context, out) }
  let isWide = shape.type == BP_FLOAT32 || shape.type == BP_FLOAT64
  // Whether a plane's elements follow one another at one distance: then they are added to where they are.
  var (step, isEven, length) = (0, true, 1)
  for axis in [2, 1, 0] where shape.whole[axis] > 1 {
    let stride = shape.wholeStrides[axis + 2]
    if step == 0 { step = stride / length }
    if stride != step * length { isEven = false }
    length *= shape.whole[axis]
  }
  let isDirect = isEven && isWide
  shape.takesChannels =
    isDirect && shape.channels >= 8 && shape.wholeStrides[1] == 1 && shape.pooledStrides[1] == 1
    && shape.indexStrides[1] == 1 && step != 1
  let least = shape.takesChannels ? 64 : 1
  let group = max(least, min(shape.channels, 32768 / max(1, planeSize)))
  let groups = (shape.channels + group - 1) / group, units = shape.batch * groups
  let bytes = isDirect ? 0 : planeSize * shape.laneSize
  let pieces = min(units, pieces(context, units * group * planeSize, atLeast: 32768))
  try requireWorkSpace(amount(bytes, min(pieces, context.pointee.threads)), operatorName(op.pointee.op))
  let kernel = context.pointee.networks.pooling.maximumBackward
  let (target, source, places, channels) = (out.data, g.data, indices.data, shape.channels)
  var stray: Int64?
  withUnsafePointer(to: shape) { shape in
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2 * pieces) { found in
      let (wrong, isWrong) = (found.baseAddress.unsafelyUnwrapped, found.baseAddress.unsafelyUnwrapped + pieces)
      for i in 0..<2 * pieces { wrong[i] = 0 }
      parallel(context, pieces) { piece in
        withUnsafeTemporaryAllocation(byteCount: max(bytes, 64), alignment: 64) { scratch in
          for unit in (units * piece / pieces)..<(units * (piece + 1) / pieces) {
            let (image, at) = unit.quotientAndRemainder(dividingBy: groups)
            let (low, high) = (at * group, min(channels, (at + 1) * group))
            let isRight = kernel(
              shape, image, low, high, target, step, source, places, isDirect ? nil : scratch.baseAddress, wrong + piece
            )
            if !isRight { isWrong[piece] = 1 }
            if !isRight { return }
          }
        }
      }
      for i in 0..<pieces where isWrong[i] != 0 && stray == nil { stray = wrong[i] }
    }
  }
  guard let stray else { return }
  throw .invalid(
    "\(operatorName(op.pointee.op)): index \(stray) is out of range for spatial axes of extent \(planeSize)")
}

/// Shares units of work, of a pooling whose windows have so many taps, among threads.
private func rows(
  _ context: Context, _ op: UnsafePointer<bp_op>, _ shape: PoolShape, _ units: Int, _ scratchBytes: Int, taps: Int,
  _ body: (_ shape: UnsafePointer<PoolShape>, _ low: Int, _ high: Int, _ scratch: UnsafeMutableRawPointer) -> Void
) throws(Failure) {
  let each = amount(max(shape.pooled[2], 1), shape.takesChannels ? shape.channels : 1, taps)
  let pieces = pieces(context, units, atLeast: max(1, 65536 / max(1, each)))
  try requireWorkSpace(amount(scratchBytes, min(pieces, context.pointee.threads)), operatorName(op.pointee.op))
  withUnsafePointer(to: shape) { shape in
    parallel(context, pieces) { piece in
      withUnsafeTemporaryAllocation(byteCount: scratchBytes, alignment: 64) { scratch in
        let (low, high) = (units * piece / pieces, units * (piece + 1) / pieces)
        body(shape, low, high, scratch.baseAddress.unsafelyUnwrapped)
      }
    }
  }
}

/// Of a gradient without windows.
private func zero(_ context: Context, _ out: View) throws(Failure) {
  var loop = Loop()
  for axis in 0..<out.rank { loop.append(out.extent(axis), SIMD4(repeating: out.stride(axis))) }
  loop.arrange(by: 0)
  let (data, size, step) = (out.data, out.size, loop.inner.stride[0])
  loop.runs(context, atLeast: 1 << 16) { offset, n in
    for i in 0..<n {
      (data + (offset[0] &+ i &* step) &* size).initializeMemory(as: UInt8.self, repeating: 0, count: size)
    }
  }
}

// MARK: - Shapes

private func requireShape(_ op: UnsafePointer<bp_op>, _ indices: View, of other: View) throws(Failure) {
  guard !indices.hasShape(of: other) else { return }
  throw .invalid("\(operatorName(op.pointee.op)): indices \(indices.shapeText) for windows \(other.shapeText)")
}

private func requireNoDilation(_ op: UnsafePointer<bp_op>, _ shape: PoolShape) throws(Failure) {
  for axis in 0..<3 where shape.dilation[axis] != 1 {
    throw .invalid("\(operatorName(op.pointee.op)): dilation \(shape.dilation[axis])")
  }
}

/// Strides of batch, channels, and three spatial axes, of which the operand has the last ones.
private func strides(_ view: View, _ spatial: Int) -> InlineArray<5, Int> {
  var result = InlineArray<5, Int>(repeating: 0)
  (result[0], result[1]) = (view.stride(0), view.stride(1))
  for axis in 0..<spatial { result[5 - spatial + axis] = view.stride(2 + axis) }
  return result
}

private func poolShape(_ op: UnsafePointer<bp_op>, whole: View, pooled: View) throws(Failure) -> PoolShape {
  let name = operatorName(op.pointee.op), rank = whole.rank, spatial = rank - 2
  let p = try parameters(op, bp_pool_params())
  try check { bp_check_flags(op, p.flags, BP_POOL_COUNT_PADDING, $0) }
  guard
    (3...5).contains(rank) && pooled.rank == rank && whole.extent(0) == pooled.extent(0)
      && whole.extent(1) == pooled.extent(1)
  else { throw .invalid("\(name): an input of \(whole.shapeText) has no windows of \(pooled.shapeText)") }
  var s = PoolShape()
  s.type = whole.dtype
  s.spatial = spatial
  (s.batch, s.channels) = (whole.extent(0), whole.extent(1))
  s.countsPadding = p.flags & BP_POOL_COUNT_PADDING != 0
  s.divisor = Int(p.divisor)
  (s.wholeStrides, s.pooledStrides) = (strides(whole, spatial), strides(pooled, spatial))
  func each(
    _ values: (Int64, Int64, Int64), _ least: Int, _ what: String
  ) throws(Failure) -> InlineArray<3, Int> {
    let values: InlineArray<3, Int> = [Int(values.0), Int(values.1), Int(values.2)]
    var result = InlineArray<3, Int>(repeating: least)
    for axis in 0..<spatial {
      guard values[axis] >= least && values[axis] <= Int(Int32.max) else {
        throw .invalid("\(name): \(what) \(values[axis]), not \(least) or more")
      }
      result[3 - spatial + axis] = values[axis]
    }
    return result
  }
  s.kernel = try each(p.kernel, 1, "kernel")
  s.stride = try each(p.stride, 1, "stride")
  s.low = try each(p.padding_low, 0, "padding")
  s.high = try each(p.padding_high, 0, "padding")
  s.dilation = try each(p.dilation, 1, "dilation")
  for axis in 0..<spatial {
    let at = 3 - spatial + axis
    (s.whole[at], s.pooled[at]) = (whole.extent(2 + axis), pooled.extent(2 + axis))
    for e in 0..<s.pooled[at] {
      let start = e * s.stride[at] - s.low[at], step = s.dilation[at]
      let first = start < 0 ? (step - 1 - start) / step : 0
      guard first < s.kernel[at] && start + first * step < s.whole[at] else {
        throw .invalid("\(name): window \(e) of axis \(2 + axis) holds no element of the \(s.whole[at])")
      }
    }
    // The stride of one window has no meaning.
    if s.pooled[at] <= 1 { s.stride[at] = 1 }
  }
  return s
}

extension PoolShape {
  fileprivate var taps: Int { amount(kernel[0], kernel[1], kernel[2]) }

  /// How the windows are best gone through.
  fileprivate mutating func decide(sums: Bool, indices: View?) {
    if let indices { indexStrides = strides(indices, spatial) }
    let isWide = type == BP_FLOAT32 || type == BP_FLOAT64
    // Sums of few terms are right in the type itself.
    var isShort: Bool { !sums || kernel[0] + kernel[1] + kernel[2] <= 18 }
    takesChannels =
      isWide && isShort && channels >= 8 && wholeStrides[1] == 1 && pooledStrides[1] == 1
      && (indices == nil || indexStrides[1] == 1) && (wholeStrides[4] != 1 || whole[2] == 1) && taps <= 1 << 12
    if takesChannels { return }
    mergeFullWindows()
    let reach = amount(kernel[2] - 1, dilation[2])
    let isFew = pooled[2] * 2 <= lanes && kernel[2] * 2 >= lanes && dilation[2] == 1
    let farthest = amount(
      amount(kernel[0] - 1, dilation[0], whole[1]) / 2 + amount(kernel[1] - 1, dilation[1]) / 2 + 1, whole[2])
    takesWindows =
      !isShort || kernel[2] > 16 || isFew || reach > 1 << 14 || stride[2] > 1 << 10 || farthest > 1 << 29
      || amount(slots[0], slots[1], phases, phaseLength) > 1 << 20
  }

  /// Windows that hold all of two axes which follow one another in memory are windows of one axis.
  private mutating func mergeFullWindows() {
    func isFull(_ axis: Int) -> Bool {
      pooled[axis] == 1 && kernel[axis] == whole[axis] && low[axis] == 0 && dilation[axis] == 1
    }
    for axis in [1, 0] where whole[axis] > 1 {
      guard isFull(axis) && isFull(2) && (axis == 1 || whole[1] == 1),
        wholeStrides[axis + 2] == whole[2] * wholeStrides[4]
      else { return }
      whole[2] *= whole[axis]
      kernel[2] = whole[2]
      (whole[axis], kernel[axis]) = (1, 1)
    }
  }
}
