import BackendAPI
import CUDATypes

let convolutionClaims: [NetworkClaim] = [
  NetworkClaim(BP_OP_CONVOLUTION, BP_OP_CONVOLUTION_INPUT, BP_OP_CONVOLUTION_WEIGHT, run: convolve)
]

/// CONVOLUTION, CONVOLUTION_INPUT and CONVOLUTION_WEIGHT: by cuDNN, by tiles, or element by element.
@Sendable private func convolve(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let form = try Convolution(queue, op)
  if form.out.count == 0 { return }
  let wanted = ConvolutionWay.wanted
  if wanted != .direct, wanted != .tiles, ConvolutionWay.usesCUDNN, form.termCount > 0,
    wanted == .cudnn || form.products >= 0x1p24, try convolveByCUDNN(queue, form)
  {
    return ConvolutionWay.cudnn.log(form)
  }
  if wanted != .direct, wanted == .tiles || form.isWorthTiles, let tiles = ConvolutionTiles(queue, form) {
    try tiles.run()
    return (tiles.hasMatrixUnits ? ConvolutionWay.matrixUnits : .tiles).log(form)
  }
  try convolveDirectly(queue, form)
  ConvolutionWay.direct.log(form)
}

/// How a convolution is computed.
enum ConvolutionWay: String {
  case cudnn, tiles, direct
  case matrixUnits = "tiles on matrix units"

  /// That of BACKPLANE_CUDA_CONVOLUTION (cudnn, tiles, direct), wherever it can be gone; nil leaves it to the plugin.
  static let wanted = environment("BACKPLANE_CUDA_CONVOLUTION").flatMap(ConvolutionWay.init(rawValue:))

  /// BACKPLANE_CUDA_CUDNN=0 does without cuDNN.
  static let usesCUDNN = environment("BACKPLANE_CUDA_CUDNN") != "0"

  /// Tells the log once for each kind of call.
  func log(_ form: Convolution) {
    var kind = Hasher()
    kind.combine(self)
    kind.combine(form.op)
    kind.combine(form.x.dtype)
    for view in [form.x, form.w, form.y] {
      for axis in 1..<view.rank { kind.combine(view.extent(axis)) }
    }
    HostLog.debugOnce(kind.finalize()) {
      "\(operatorName(form.op)) of \(String(cString: bp_dtype_name(form.x.dtype))), x \(form.x.shapeText), w "
        + "\(form.w.shapeText), y \(form.y.shapeText): \(rawValue)"
    }
  }
}

/// The trilinear form of a call: x, w and y, of which one is the output. Of space there are three axes; those that are
/// lacking come first, and have extent 1.
struct Convolution {
  let op: Int32
  let x: View
  let w: View
  let y: View
  let bias: View?
  let batch: Int
  let groups: Int
  /// Of x, of one group.
  let channels: Int
  /// Channels of y, of one group.
  let results: Int
  /// Axes of space that there are.
  let space: Int
  private(set) var data = SIMD3(repeating: 1)
  private(set) var windows = SIMD3(repeating: 1)
  private(set) var taps = SIMD3(repeating: 1)
  private(set) var step = SIMD3(repeating: 1)
  private(set) var low = SIMD3(repeating: 0)
  private(set) var dilation = SIMD3(repeating: 1)

  init(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
    let first = op.pointee.inputs[0]!, second = op.pointee.inputs[1]!, out = op.pointee.outputs[0]!
    self.op = queue.op
    switch queue.op {
    case BP_OP_CONVOLUTION: (x, w, y) = (first, second, out)
    case BP_OP_CONVOLUTION_INPUT: (x, w, y) = (out, second, first)
    default: (x, w, y) = (first, out, second)
    }
    bias = queue.op != BP_OP_CONVOLUTION_WEIGHT && op.pointee.input_count > 2 ? op.pointee.inputs[2] : nil
    let name = operatorName(queue.op)
    let params = try parameters(op, bp_convolution_params())
    try check { bp_check_flags(op, params.flags, 0, $0) }
    guard params.groups >= 1 else { throw .invalid("\(name): groups is \(params.groups), less than 1") }
    groups = Int(params.groups)
    let shapes = Failure.invalid(
      "\(name): x \(x.shapeText), w \(w.shapeText) and y \(y.shapeText) in \(groups) groups do not go together")
    guard (3...5).contains(x.rank) && w.rank == x.rank && y.rank == x.rank else { throw shapes }
    (batch, space) = (x.extent(0), x.rank - 2)
    guard
      x.extent(1) % groups == 0 && y.extent(1) % groups == 0 && y.extent(0) == batch
        && w.extent(0) == y.extent(1) && w.extent(1) == x.extent(1) / groups
    else { throw shapes }
    (channels, results) = (x.extent(1) / groups, y.extent(1) / groups)
    if let bias {
      guard bias.rank == 1 && bias.extent(0) == out.extent(1) else {
        throw .invalid("\(name): a bias \(bias.shapeText) for \(out.extent(1)) channels")
      }
    }
    for axis in 0..<space { try setAxis(axis, params, name, shapes) }
  }

  private mutating func setAxis(
    _ axis: Int, _ params: bp_convolution_params, _ name: String, _ shapes: Failure
  ) throws(Failure) {
    let step = Int(spatial(params.stride, axis)), dilation = Int(spatial(params.dilation, axis))
    let low = Int(spatial(params.padding_low, axis)), high = Int(spatial(params.padding_high, axis))
    guard step >= 1 && dilation >= 1 && low >= 0 && high >= 0 else {
      throw .invalid(
        "\(name): along spatial axis \(axis) stride \(step), padding \(low) and \(high), dilation \(dilation)")
    }
    let place = 3 - space + axis
    (data[place], taps[place], windows[place]) = (x.extent(2 + axis), w.extent(2 + axis), y.extent(2 + axis))
    guard taps[place] >= 1 else { throw shapes }
    let room =
      Int128(data[place]) + Int128(low) + Int128(high) - Int128(dilation) * Int128(taps[place] - 1) - 1
    let whole = room >= 0 ? room / Int128(step) : -((Int128(step) - 1 - room) / Int128(step))
    guard whole + 1 == Int128(windows[place]) else {
      throw .invalid(
        "\(name): along spatial axis \(axis) there are \(whole + 1) windows, not \(windows[place]): extent "
          + "\(data[place]), weight \(taps[place]), stride \(step), padding \(low) and \(high), dilation \(dilation)")
    }
    // With a single window or tap the distance to the next has no meaning, and might be beyond all numbers.
    self.step[place] = windows[place] > 1 ? step : 1
    self.dilation[place] = taps[place] > 1 ? dilation : 1
    self.low[place] = low
  }

  var out: View { op == BP_OP_CONVOLUTION ? y : op == BP_OP_CONVOLUTION_INPUT ? x : w }
  var tapCount: Int { taps[0] * taps[1] * taps[2] }
  var windowCount: Int { windows[0] * windows[1] * windows[2] }
  var dataCount: Int { data[0] * data[1] * data[2] }

  /// Terms of each sum, those outside the input as well.
  var termCount: Int {
    switch op {
    case BP_OP_CONVOLUTION: channels * tapCount
    case BP_OP_CONVOLUTION_INPUT: results * tapCount
    default: batch * windowCount
    }
  }

  /// Products to be added up.
  var products: Double { Double(batch * windowCount) * Double(groups * results) * Double(channels * tapCount) }

  /// Whether there are as many rows, columns and terms as make tiles worth their set-up.
  var isWorthTiles: Bool {
    let rows = op == BP_OP_CONVOLUTION_WEIGHT ? channels * tapCount : 64
    let columns = op == BP_OP_CONVOLUTION_INPUT ? channels : results
    return products >= 0x1p21 && min(rows, columns) >= 16 && termCount >= 16
  }

  /// A tensor's strides along batch and channels, and along the three axes of space.
  func strides(_ view: View) -> (batch: Int, channel: Int, space: SIMD3<Int>) {
    var result = SIMD3(repeating: 0)
    for axis in 0..<space { result[3 - space + axis] = view.stride(2 + axis) }
    return (view.stride(0), view.stride(1), result)
  }
}

/// Sets an array of C of three numbers.
func set3<Tuple, Element: FixedWidthInteger & BitwiseCopyable>(
  _ tuple: inout Tuple, _ values: SIMD3<Int>, as: Element.Type
) {
  for i in 0..<3 { set(&tuple, i, Element(truncatingIfNeeded: values[i])) }
}

// MARK: - Element by element

private func convolveDirectly(_ queue: Queue, _ form: Convolution) throws(Failure) {
  var p = ck_correlation()
  (p.x, p.w, p.y) = (form.x.address, form.w.address, form.y.address)
  if let bias = form.bias {
    p.bias = bias.address
    p.bias_stride = Int64(bias.stride(0))
  }
  let out = form.out
  p.count = Int64(out.count)
  p.is_narrow = p.count < 1 << 31 ? 1 : 0
  (p.batch, p.groups) = (Int64(form.batch), Int64(form.groups))
  (p.channels, p.results) = (Int64(form.channels), Int64(form.results))
  set3(&p.data, form.data, as: Int64.self)
  set3(&p.windows, form.windows, as: Int64.self)
  set3(&p.taps, form.taps, as: Int64.self)
  set3(&p.step, form.step, as: Int64.self)
  set3(&p.low, form.low, as: Int64.self)
  set3(&p.dilation, form.dilation, as: Int64.self)
  setStrides(&p.x_stride, form.strides(form.x))
  setStrides(&p.w_stride, form.strides(form.w))
  setStrides(&p.y_stride, form.strides(form.y))
  let isWeight = form.op == BP_OP_CONVOLUTION_WEIGHT
  let extents = isWeight ? form.taps : form.op == BP_OP_CONVOLUTION ? form.windows : form.data
  set(&p.extent, 0, ck_divisor(out.extent(0)))
  set(&p.extent, 1, ck_divisor(out.extent(1)))
  for axis in 0..<3 {
    set(&p.extent, 2 + axis, ck_divisor(extents[axis]))
    set(&p.space, axis, ck_divisor(form.windows[axis]))
  }
  let isChannelsLast = out.extent(1) > 1 && out.stride(1).magnitude < out.stride(out.rank - 1).magnitude
  p.is_channels_last = isChannelsLast ? 1 : 0
  if isWeight {
    p.group = ck_group(length: form.termCount, threads: Queue.threads, isColumns: false)
    let tiles = (out.count + Int(p.group.width) - 1) / Int(p.group.width)
    return try queue.launch(
      "correlate_weight", of: "convolution_direct.cu", ["DTYPE=\(out.dtype)"],
      blocks: queue.everyBlock(for: tiles, threads: 1), p)
  }
  try queue.launch(
    form.op == BP_OP_CONVOLUTION ? "correlate" : "correlate_input", of: "convolution_direct.cu",
    ["DTYPE=\(out.dtype)"], blocks: queue.everyBlock(for: out.count, threads: Queue.threads), p)
}

private func setStrides<Tuple>(_ tuple: inout Tuple, _ strides: (batch: Int, channel: Int, space: SIMD3<Int>)) {
  set(&tuple, 0, Int64(strides.batch))
  set(&tuple, 1, Int64(strides.channel))
  for axis in 0..<3 { set(&tuple, 2 + axis, Int64(strides.space[axis])) }
}
