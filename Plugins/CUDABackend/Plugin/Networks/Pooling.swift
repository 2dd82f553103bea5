import BackendAPI
import CUDATypes

let poolingClaims: [NetworkClaim] = [
  NetworkClaim(BP_OP_MAX_POOL, run: maxPool),
  NetworkClaim(BP_OP_MAX_POOL_BACKWARD, run: maxPoolBackward),
  NetworkClaim(BP_OP_AVERAGE_POOL, run: averagePool),
  NetworkClaim(BP_OP_AVERAGE_POOL_BACKWARD, run: averagePool),
]

/// MAX_POOL.
@Sendable private func maxPool(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let data = op.pointee.inputs[0]!, out = op.pointee.outputs[0]!
  let index = op.pointee.output_count > 1 ? op.pointee.outputs[1] : nil
  var pool = try Pool(queue, op, data: data, windows: out)
  if let index, !index.hasShape(of: out) {
    throw pool.refusal("positions \(index.shapeText) and result \(out.shapeText) have to be of one shape")
  }
  try pool.launch("max_pool", queue, out: out, in: data, index: index)
}

/// MAX_POOL_BACKWARD.
@Sendable private func maxPoolBackward(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let gradient = op.pointee.inputs[0]!, index = op.pointee.inputs[1]!, out = op.pointee.outputs[0]!
  var pool = try Pool(queue, op, data: out, windows: gradient)
  guard index.hasShape(of: gradient) else {
    throw pool.refusal("positions \(index.shapeText) and gradient \(gradient.shapeText) have to be of one shape")
  }
  try pool.launch("max_pool_backward", queue, out: out, in: gradient, index: index)
}

/// AVERAGE_POOL and AVERAGE_POOL_BACKWARD.
@Sendable private func averagePool(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let input = op.pointee.inputs[0]!, out = op.pointee.outputs[0]!
  let isBackward = op.pointee.op == BP_OP_AVERAGE_POOL_BACKWARD
  var pool = try Pool(queue, op, data: isBackward ? out : input, windows: isBackward ? input : out)
  try pool.launch(isBackward ? "average_pool_backward" : "average_pool", queue, out: out, in: input, index: nil)
}

private struct Pool {
  private var p = ck_pool()
  private let name: String
  /// Whether positions need 64 bits.
  private var isWide = false

  init(_ queue: Queue, _ op: UnsafePointer<bp_op>, data: View, windows: View) throws(Failure) {
    name = operatorName(queue.op)
    let params = try parameters(op, bp_pool_params())
    let isAverage = queue.op == BP_OP_AVERAGE_POOL || queue.op == BP_OP_AVERAGE_POOL_BACKWARD
    try check { bp_check_flags(op, params.flags, BP_POOL_COUNT_PADDING, $0) }
    guard
      (3...5).contains(data.rank) && windows.rank == data.rank && data.extent(0) == windows.extent(0)
        && data.extent(1) == windows.extent(1)
    else { throw refusal("\(data.shapeText) and \(windows.shapeText) do not go together") }
    p.op = queue.op
    p.fault = queue.stream.faultAddress
    p.divisor = isAverage ? params.divisor : 0
    p.is_padding_counted = params.flags & BP_POOL_COUNT_PADDING != 0 ? 1 : 0
    for place in 0..<3 {
      let axis = place - (5 - data.rank)
      guard axis >= 0 else {
        set(&p.data, place, Int64(1))
        set(&p.windows, place, Int64(1))
        set(&p.kernel, place, Int64(1))
        set(&p.step, place, Int64(1))
        set(&p.dilation, place, Int64(1))
        continue
      }
      try setAxis(place, axis, params, data.extent(2 + axis), windows.extent(2 + axis), isAverage)
    }
  }

  private mutating func setAxis(
    _ place: Int, _ axis: Int, _ params: bp_pool_params, _ data: Int, _ windows: Int, _ isAverage: Bool
  ) throws(Failure) {
    let kernel = spatial(params.kernel, axis), step = spatial(params.stride, axis)
    let low = spatial(params.padding_low, axis), high = spatial(params.padding_high, axis)
    let dilation = spatial(params.dilation, axis)
    guard kernel >= 1 && step >= 1 && dilation >= 1 && low >= 0 && high >= 0 else {
      throw refusal(
        "along spatial axis \(axis) kernel \(kernel), stride \(step), padding \(low) and \(high), dilation \(dilation)")
    }
    guard !isAverage || dilation == 1 else { throw refusal("the dilation is \(dilation), and has to be 1") }
    let limit = Int64.max / 8
    guard max(kernel, step, low, high, dilation) < limit, let reach = product(kernel - 1, dilation),
      let last = product(Int64(windows - 1), step)
    else { throw refusal("the windows along spatial axis \(axis) reach too far") }
    // Those that begin in the padding may end in it, or have a gap over the input.
    var isHit = last - low < Int64(data)
    for window in 0..<min(Int64(windows), (low + step - 1) / step) {
      let start = window * step - low, first = (dilation - 1 - start) / dilation
      if first >= kernel || start + first * dilation >= Int64(data) { isHit = false }
    }
    guard isHit || windows == 0 else {
      throw refusal("along spatial axis \(axis) a window holds no element of the input")
    }
    set(&p.data, place, Int64(data))
    set(&p.windows, place, Int64(windows))
    set(&p.kernel, place, kernel)
    set(&p.step, place, step)
    set(&p.low, place, low)
    set(&p.high, place, high)
    set(&p.dilation, place, dilation)
    if max(Int64(data) + high, last + reach + low + step + dilation) >= 1 << 30 { isWide = true }
  }

  private func product(_ a: Int64, _ b: Int64) -> Int64? {
    let (value, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow || value > Int64.max / 8 ? nil : value
  }

  func refusal(_ text: String) -> Failure { .invalid("\(name): \(text)") }

  mutating func launch(_ kernel: String, _ queue: Queue, out: View, in input: View, index: View?) throws(Failure) {
    p.count = Int64(out.count)
    if p.count == 0 { return }
    p.out = out.address
    p.in = input.address
    p.index = index?.address ?? 0
    let missing = 5 - out.rank
    for place in 0..<5 {
      let axis = place < 2 ? place : place - missing
      guard place < 2 || axis >= 2 else {
        set(&p.extent, place, ck_divisor(1))
        continue
      }
      set(&p.extent, place, ck_divisor(out.extent(axis)))
      set(&p.out_stride, place, Int64(out.stride(axis)))
      set(&p.in_stride, place, Int64(input.stride(axis)))
      set(&p.index_stride, place, Int64(index?.stride(axis) ?? 0))
    }
    p.is_narrow = p.count < 1 << 31 ? 1 : 0
    // Neighbouring threads go along the axis on which neighbours lie.
    let isChannelsLast = out.stride(1).magnitude < out.stride(out.rank - 1).magnitude && out.extent(1) > 1
    p.is_channels_last = isChannelsLast ? 1 : 0
    let window = min(p.kernel.0, p.data.0) * min(p.kernel.1, p.data.1) * min(p.kernel.2, p.data.2)
    p.lanes = queue.op == BP_OP_AVERAGE_POOL && window >= 64 && !isChannelsLast ? 32 : 1
    guard queue.op == BP_OP_MAX_POOL_BACKWARD else { return try launch(kernel, queue, out.dtype) }
    try queue.withScratch(MemoryLayout<UInt32>.size) { scratch throws(Failure) in
      p.strays = scratch
      let driver = queue.device.driver
      try queue.device.check(driver.cuMemsetD8Async(scratch, 0, 4, queue.stream.handle), "\(name): cuMemsetD8Async")
      try launch(kernel, queue, out.dtype)
      try launch("max_pool_backward_of_strays", queue, out.dtype)
    }
  }

  private func launch(_ kernel: String, _ queue: Queue, _ dtype: Int32) throws(Failure) {
    try queue.launch(
      kernel, of: "pooling.cu", ["DTYPE=\(dtype)", "COORDINATE=\(isWide ? "i64" : "i32")"],
      blocks: queue.everyBlock(for: Int(p.count) * Int(p.lanes), threads: Queue.threads), p)
  }
}

/// One of the numbers that there are for three spatial axes.
func spatial(_ values: (Int64, Int64, Int64), _ axis: Int) -> Int64 {
  axis == 0 ? values.0 : axis == 1 ? values.1 : values.2
}
