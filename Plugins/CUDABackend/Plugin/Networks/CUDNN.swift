import BackendAPI
import CUDATypes

/// cuDNN with its one handle, which calls take in turn, and what it chose for each kind of convolution.
final class CUDNN: @unchecked Sendable {
  // Sendable: `lock` guards what changes.

  fileprivate let functions: cuda_dnn
  private let handle: cudnn_handle
  private let lock = Lock()
  private var plans: [ConvolutionPlan.Key: ConvolutionPlan?] = [:]
  /// Kinds of calls that are remembered.
  private static let mostPlans = 1024

  init(_ functions: cuda_dnn) throws(MissingLibrary) {
    self.functions = functions
    var handle: cudnn_handle?
    let code = functions.cudnnCreate(&handle)
    guard code == 0, let handle else { throw MissingLibrary(message: "cuDNN cannot start: status \(code)") }
    self.handle = handle
  }

  /// How a kind of convolution is computed; nil where it has no algorithm that will do.
  fileprivate func plan(_ key: ConvolutionPlan.Key) -> ConvolutionPlan? {
    lock.with {
      if let known = plans[key] { return known }
      if plans.count == Self.mostPlans { plans = [:] }
      let plan = ConvolutionPlan(self, handle, key)
      plans[key] = plan
      return plan
    }
  }

  fileprivate func call(_ queue: Queue, _ body: (cuda_dnn, cudnn_handle) -> cudnn_status) -> cudnn_status {
    queue.stream.lastOperator = queue.op
    return lock.with {
      let code = functions.cudnnSetStream(handle, queue.stream.handle)
      return code == 0 ? body(functions, handle) : code
    }
  }
}

/// The descriptors of a kind of convolution, and the algorithm for it.
private final class ConvolutionPlan: @unchecked Sendable {
  // Sendable: nothing changes after it was made.

  /// All that the choice depends on.
  struct Key: Hashable {
    var op: Int32
    var type: Int32
    var isChannelsLast: Bool
    var groups: Int32
    var x: [Int32]
    var w: [Int32]
    var y: [Int32]
    var padding: [Int32]
    var stride: [Int32]
    var dilation: [Int32]
  }

  private let functions: cuda_dnn
  private(set) var x: cudnn_descriptor?
  private(set) var w: cudnn_descriptor?
  private(set) var y: cudnn_descriptor?
  private(set) var form: cudnn_descriptor?
  private(set) var algorithm: Int32 = 0
  private(set) var workspaceBytes = 0

  /// Workspace that an algorithm may have.
  private static let mostBytes = 1 << 30

  init?(_ dnn: CUDNN, _ handle: cudnn_handle, _ key: Key) {
    functions = dnn.functions
    guard describe(key) == 0, choose(handle, key) else { return nil }
  }

  deinit {
    if let x { _ = functions.cudnnDestroyTensorDescriptor(x) }
    if let y { _ = functions.cudnnDestroyTensorDescriptor(y) }
    if let w { _ = functions.cudnnDestroyFilterDescriptor(w) }
    if let form { _ = functions.cudnnDestroyConvolutionDescriptor(form) }
  }

  private func describe(_ key: Key) -> cudnn_status {
    let type: Int32
    switch key.type {
    case BP_FLOAT16: type = CUDNN_FLOAT16
    case BP_BFLOAT16: type = CUDNN_BFLOAT16
    case BP_FLOAT32: type = CUDNN_FLOAT32
    default: type = CUDNN_FLOAT64
    }
    let is16Bit = key.type == BP_FLOAT16 || key.type == BP_BFLOAT16
    // Sums are float32, of float64 float64; TF32 is not used.
    let math =
      is16Bit ? CUDNN_MATH_MATRIX_UNITS : key.type == BP_FLOAT32 ? CUDNN_MATH_FMA : CUDNN_MATH_DEFAULT
    let rank = Int32(key.x.count)
    let format = key.isChannelsLast ? CUDNN_CHANNELS_LAST : CUDNN_ROW_MAJOR
    let xStrides = strides(key.x, key.isChannelsLast), yStrides = strides(key.y, key.isChannelsLast)
    var code: cudnn_status = 0
    func run(_ next: @autoclosure () -> cudnn_status) { if code == 0 { code = next() } }
    run(functions.cudnnCreateTensorDescriptor(&x))
    run(functions.cudnnSetTensorNdDescriptor(x, type, rank, key.x, xStrides))
    run(functions.cudnnCreateTensorDescriptor(&y))
    run(functions.cudnnSetTensorNdDescriptor(y, type, rank, key.y, yStrides))
    run(functions.cudnnCreateFilterDescriptor(&w))
    run(functions.cudnnSetFilterNdDescriptor(w, type, format, rank, key.w))
    run(functions.cudnnCreateConvolutionDescriptor(&form))
    run(
      functions.cudnnSetConvolutionNdDescriptor(
        form, rank - 2, key.padding, key.stride, key.dilation, CUDNN_CORRELATION,
        key.type == BP_FLOAT64 ? CUDNN_FLOAT64 : CUDNN_FLOAT32))
    run(functions.cudnnSetConvolutionGroupCount(form, key.groups))
    run(functions.cudnnSetConvolutionMathType(form, math))
    return code
  }

  /// Without gaps, in one of the two orders.
  private func strides(_ extents: [Int32], _ isChannelsLast: Bool) -> [Int32] {
    var strides = extents
    var stride: Int32 = 1
    let order = isChannelsLast ? [1] + (2..<extents.count).reversed() + [0] : Array(extents.indices.reversed())
    for axis in order {
      strides[axis] = stride
      stride *= extents[axis]
    }
    return strides
  }

  /// The fastest, as cuDNN guesses, of the algorithms that add up products in an order that does not change.
  private func choose(_ handle: cudnn_handle, _ key: Key) -> Bool {
    var choices = [cudnn_choice](repeating: cudnn_choice(), count: 8)
    var count: Int32 = 0
    let most = Int32(choices.count)
    let allowed: [Int32], code: cudnn_status
    switch key.op {
    case BP_OP_CONVOLUTION:
      allowed = [CUDNN_FORWARD_GEMM, CUDNN_FORWARD_PRECOMPUTED_GEMM, CUDNN_FORWARD_EXPLICIT_GEMM]
      code = functions.cudnnGetConvolutionForwardAlgorithm_v7(handle, x, w, form, y, most, &count, &choices)
    case BP_OP_CONVOLUTION_INPUT:
      allowed = [CUDNN_DATA_GEMM]
      code = functions.cudnnGetConvolutionBackwardDataAlgorithm_v7(handle, w, y, form, x, most, &count, &choices)
    default:
      allowed = [CUDNN_FILTER_GEMM]
      code = functions.cudnnGetConvolutionBackwardFilterAlgorithm_v7(handle, x, y, form, w, most, &count, &choices)
    }
    guard code == 0 else { return false }
    for choice in choices.prefix(Int(max(0, min(count, most)))) {
      guard choice.status == 0, choice.determinism == CUDNN_DETERMINISTIC_RESULT, allowed.contains(choice.algorithm)
      else { continue }
      var bytes = 0
      guard workspace(handle, key.op, choice.algorithm, &bytes) == 0, bytes <= Self.mostBytes else { continue }
      (algorithm, workspaceBytes) = (choice.algorithm, bytes)
      return true
    }
    return false
  }

  private func workspace(
    _ handle: cudnn_handle, _ op: Int32, _ algorithm: Int32, _ bytes: inout Int
  ) -> cudnn_status {
    switch op {
    case BP_OP_CONVOLUTION:
      functions.cudnnGetConvolutionForwardWorkspaceSize(handle, x, w, form, y, algorithm, &bytes)
    case BP_OP_CONVOLUTION_INPUT:
      functions.cudnnGetConvolutionBackwardDataWorkspaceSize(handle, w, y, form, x, algorithm, &bytes)
    default: functions.cudnnGetConvolutionBackwardFilterWorkspaceSize(handle, x, y, form, w, algorithm, &bytes)
    }
  }

  /// Starts it. The output is added to where `adds` says so.
  func run(
    _ library: cuda_dnn, _ handle: cudnn_handle, _ key: Key, x xData: UInt64, w wData: UInt64, y yData: UInt64,
    workspace: UInt64, adds: Bool
  ) -> cudnn_status {
    func pointer(_ address: UInt64) -> UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: UInt(address)) }
    let (a, b, c, d) = (pointer(xData), pointer(wData), pointer(yData), pointer(workspace))
    func run(_ one: UnsafeRawPointer, _ before: UnsafeRawPointer) -> cudnn_status {
      switch key.op {
      case BP_OP_CONVOLUTION:
        library.cudnnConvolutionForward(
          handle, one, x, a, w, b, form, algorithm, d, workspaceBytes, before, y, c)
      case BP_OP_CONVOLUTION_INPUT:
        library.cudnnConvolutionBackwardData(
          handle, one, w, b, y, c, form, algorithm, d, workspaceBytes, before, x, a)
      default:
        library.cudnnConvolutionBackwardFilter(
          handle, one, x, a, y, c, form, algorithm, d, workspaceBytes, before, w, b)
      }
    }
    if key.type == BP_FLOAT64 {
      var (one, before) = (1.0, adds ? 1.0 : 0.0)
      return run(&one, &before)
    }
    var (one, before) = (Float(1), Float(adds ? 1 : 0))
    return run(&one, &before)
  }
}

/// A convolution by cuDNN; false where it has none for the call, whose result then is still to be computed.
func convolveByCUDNN(_ queue: Queue, _ form: Convolution) throws(Failure) -> Bool {
  guard form.batch > 0, form.channels > 0, form.results > 0, form.windowCount > 0, form.dataCount > 0,
    let isChannelsLast = order(form), let key = key(form, isChannelsLast), let dnn = queue.device.dnn(),
    let plan = dnn.plan(key)
  else { return false }
  return try withFilter(queue, form, isChannelsLast) { w throws(Failure) in
    // What cuDNN adds to is the bias, so that the result is rounded once.
    if let bias = form.bias { try spread(queue, bias, over: form.out) }
    var code: cudnn_status = 0
    func run(_ workspace: UInt64) {
      code = dnn.call(queue) { library, handle in
        plan.run(
          library, handle, key, x: form.x.address, w: w, y: form.y.address, workspace: workspace,
          adds: form.bias != nil)
      }
    }
    if plan.workspaceBytes == 0 {
      run(0)
    } else {
      try queue.withScratch(plan.workspaceBytes) { workspace throws(Failure) in run(workspace) }
    }
    return code == 0
  }
}

/// Whether x and y have their channels last; nil where they lie neither so nor row-major, without gaps.
private func order(_ form: Convolution) -> Bool? {
  if isDense(form.x, channelsLast: false) && isDense(form.y, channelsLast: false) { return false }
  if isDense(form.x, channelsLast: true) && isDense(form.y, channelsLast: true) { return true }
  return nil
}

private func isDense(_ view: View, channelsLast: Bool) -> Bool {
  var stride = 1
  let axes = Array(channelsLast ? [1] + (2..<view.rank).reversed() + [0] : (0..<view.rank).reversed())
  for axis in axes {
    if view.extent(axis) != 1 && view.stride(axis) != stride { return false }
    stride *= view.extent(axis)
  }
  return view.address % 16 == 0
}

/// What cuDNN is asked; nil where it cannot be: it pads both sides alike, and counts in 32 bits. Of one axis of space two
/// are made.
private func key(_ form: Convolution, _ isChannelsLast: Bool) -> ConvolutionPlan.Key? {
  let places = form.space == 3 ? [0, 1, 2] : [1, 2]
  let limit = Int(Int32.max)
  for numbers in [form.low, form.step, form.dilation] where numbers.max() > limit { return nil }
  for view in [form.x, form.w, form.y] where view.count > limit { return nil }
  guard form.groups <= limit else { return nil }
  for place in 0..<3 {
    let room = form.data[place] + 2 * form.low[place] - form.dilation[place] * (form.taps[place] - 1) - 1
    // With a single window its stride has no meaning.
    guard room >= 0, room / form.step[place] + 1 == form.windows[place] else { return nil }
  }
  func extents(_ outer: [Int], _ space: SIMD3<Int>) -> [Int32] { (outer + places.map { space[$0] }).map(Int32.init) }
  func numbers(_ values: SIMD3<Int>) -> [Int32] { places.map { Int32(values[$0]) } }
  return ConvolutionPlan.Key(
    op: form.op, type: form.x.dtype, isChannelsLast: isChannelsLast, groups: Int32(form.groups),
    x: extents([form.batch, form.groups * form.channels], form.data),
    w: extents([form.groups * form.results, form.channels], form.taps),
    y: extents([form.batch, form.groups * form.results], form.windows), padding: numbers(form.low),
    stride: numbers(form.step), dilation: numbers(form.dilation))
}

/// The weight in the order of the images, copied there and, of a gradient, back where it lies otherwise.
private func withFilter(
  _ queue: Queue, _ form: Convolution, _ isChannelsLast: Bool, _ body: (UInt64) throws(Failure) -> Bool
) throws(Failure) -> Bool {
  if isDense(form.w, channelsLast: isChannelsLast) { return try body(form.w.address) }
  var strides = [Int64](repeating: 0, count: form.w.rank)
  var stride: Int64 = 1
  let axes = isChannelsLast ? [1] + (2..<form.w.rank).reversed() + [0] : Array((0..<form.w.rank).reversed())
  for axis in axes {
    strides[axis] = stride
    stride *= Int64(form.w.extent(axis))
  }
  var isDone = false
  try queue.withScratch(form.w.count * form.w.size) { scratch throws(Failure) in
    var dense = form.w.pointee
    dense.buffer = scratch
    dense.byte_offset = 0
    func copied(_ isBack: Bool) throws(Failure) {
      let failure: Failure? = strides.withUnsafeBufferPointer { strides in
        dense.strides = strides.baseAddress
        return withUnsafePointer(to: dense) { dense in
          do throws(Failure) {
            try isBack ? copy(queue, from: dense, to: form.w) : copy(queue, from: form.w, to: dense)
            return nil
          } catch { return error }
        }
      }
      if let failure { throw failure }
    }
    let isOutput = form.op == BP_OP_CONVOLUTION_WEIGHT
    if !isOutput { try copied(false) }
    isDone = try body(scratch)
    if isOutput && isDone { try copied(true) }
  }
  return isDone
}

/// Copies a bias to all elements of its channels.
private func spread(_ queue: Queue, _ bias: View, over out: View) throws(Failure) {
  var strides = [Int64](repeating: 0, count: out.rank)
  strides[1] = Int64(bias.stride(0))
  var all = bias.pointee
  all.rank = out.pointee.rank
  all.shape = out.pointee.shape
  let failure: Failure? = strides.withUnsafeBufferPointer { strides in
    all.strides = strides.baseAddress
    return withUnsafePointer(to: all) { all in
      do throws(Failure) {
        try copy(queue, from: all, to: out)
        return nil
      } catch { return error }
    }
  }
  if let failure { throw failure }
}
