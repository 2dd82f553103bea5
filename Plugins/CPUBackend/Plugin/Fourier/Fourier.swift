import BackendAPI
import CPUKernelTypes

private let singlePlans = FourierPlans<Float>()
private let doublePlans = FourierPlans<Double>()

/// FFT: slice by slice, shared out over the pool.
func fourier(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, x = op.pointee.inputs[0]!
  guard x.hasShape(of: out) else {
    throw .invalid("FFT: input \(x.shapeText) and output \(out.shapeText) have to be of one shape")
  }
  let params = try parameters(op, bp_fft_params())
  let axis = try axis(op, params.axis, out)
  if out.count == 0 { return }
  if out.dtype == BP_COMPLEX64 {
    try transform(context, singlePlans, x, out, axis, params)
  } else {
    try transform(context, doublePlans, x, out, axis, params)
  }
}

private func transform<Real: BinaryFloatingPoint & BitwiseCopyable>(
  _ context: Context, _ plans: borrowing FourierPlans<Real>, _ x: View, _ out: View, _ axis: Int,
  _ params: bp_fft_params
) throws(Failure) {
  var slices = Loop()
  for other in 0..<out.rank where other != axis {
    slices.append(out.extent(other), SIMD4(out.stride(other), x.stride(other), 0, 0))
  }
  slices.arrange(by: 0)
  let n = out.extent(axis), isInverse = params.inverse != 0
  let vectorBytes = context.pointee.kernels.fourier.vectorBytes
  let plan = plans.plan(n) {
    FourierPlan(n, vectorBytes: vectorBytes) { plan, numbers in
      let transform = FourierTransform(context, plan, scale: 1, isInverse: false)
      withUnsafeTemporaryAllocation(byteCount: transform.sliceBytes(workers: 1), alignment: 64) {
        let all = (data: UnsafeMutableRawPointer(numbers), stride: 1)
        transform.slice(all, all, $0.baseAddress.unsafelyUnwrapped, workers: 1)
      }
    }
  }
  let transform = FourierTransform(context, plan, scale: params.scale, isInverse: isInverse)
  try transform.run(slices, (x.data, x.stride(axis)), (out.data, out.stride(axis)))
}

/// Transforms of one length.
private struct FourierTransform<Real: BinaryFloatingPoint & BitwiseCopyable> {
  /// Where a slice begins, and from number to number.
  typealias Slice = (data: UnsafeMutableRawPointer, stride: Int)

  let context: Context
  let kernels: FourierKernels
  let plan: FourierPlan<Real>
  let scale: Double
  let isInverse: Bool

  private var isDouble: Bool { MemoryLayout<Real>.size == 8 }
  /// Of a complex number.
  private var numberBytes: Int { 2 * MemoryLayout<Real>.size }

  init(_ context: Context, _ plan: FourierPlan<Real>, scale: Double, isInverse: Bool) {
    self.context = context
    kernels = context.pointee.kernels.fourier
    self.plan = plan
    self.scale = scale
    self.isInverse = isInverse
  }

  func run(_ slices: Loop, _ source: Slice, _ target: Slice) throws(Failure) {
    let count = slices.count, (lanes, step) = slices.inner
    if let whole = plan.whole, plan.halves == nil || lanes >= plan.width / 2 {
      return try inLanes(whole.stages, slices, source, target)
    }
    // A long transform is shared out itself, many are shared out one by one.
    let threads = context.pointee.threads
    let isShared = plan.n >= 1 << 15 && (count < 2 * threads || plan.n >= 1 << 20)
    let workers = isShared ? pieces(context, plan.n, atLeast: 1 << 13) : 1
    let pieces = isShared ? 1 : pieces(context, count, atLeast: max(1, 8192 / plan.n))
    let each = sliceBytes(workers: workers)
    try withWorkSpace(pieces * each, "FFT") { memory in
      parallel(context, pieces) { piece in
        let (low, high) = share(count, pieces, piece)
        slices.runs(low, high) { offset, count in
          for i in 0..<count {
            let at = offset &+ SIMD4(repeating: i) &* step
            slice(
              (source.data + at[1] &* numberBytes, source.stride), (target.data + at[0] &* numberBytes, target.stride),
              memory + piece * each, workers: workers)
          }
        }
      }
    }
  }

  /// As many slices at a time as a vector has lanes.
  private func inLanes(
    _ stages: FourierStages, _ slices: Loop, _ source: Slice, _ target: Slice
  ) throws(Failure) {
    let width = plan.width, step = slices.inner.stride
    let pieces = pieces(context, slices.count, atLeast: max(width, 8192 / plan.n))
    let each = laneBytes(stages)
    try withWorkSpace(pieces * each, "FFT") { memory in
      parallel(context, pieces) { piece in
        let (low, high) = share(slices.count, pieces, piece)
        slices.runs(low, high) { offset, count in
          for first in stride(from: 0, to: count, by: width) {
            let at = offset &+ SIMD4(repeating: first) &* step
            kernel(
              min(width, count &- first),
              FourierTask(
                stages: stages,
                source: FourierOperand(
                  data: source.data + at[1] &* numberBytes, rowStride: source.stride, laneStride: step[1],
                  isExchanged: isInverse),
                target: FourierOperand(
                  data: target.data + at[0] &* numberBytes, rowStride: target.stride, laneStride: step[0],
                  isExchanged: isInverse),
                scale: scale), memory + piece * each)
          }
        }
      }
    }
  }

  private func kernel(_ lanes: Int, _ task: FourierTask, _ memory: UnsafeMutableRawPointer) {
    withUnsafePointer(to: task) { kernels.transform(isDouble, lanes, $0, memory) }
  }

  private func laneBytes(_ stages: FourierStages) -> Int {
    FourierKernels.memoryVectors(stages.n, width: plan.width) * kernels.vectorBytes
  }

  /// How much work space a slice needs.
  func sliceBytes(workers: Int) -> Int {
    if let chirp = plan.chirp {
      return numberBytes * (chirp.plan.n + 8)
        + FourierTransform(context, chirp.plan, scale: 1, isInverse: false).sliceBytes(workers: workers)
    }
    guard let halves = plan.halves else { return laneBytes(plan.whole!.stages) }
    return halves.rowGroups * halves.panelStride * MemoryLayout<Real>.size
      + workers * max(laneBytes(halves.columns.stages), laneBytes(halves.rows.stages))
  }

  /// Transforms one slice, which the target may be, in so many pieces.
  func slice(_ source: Slice, _ target: Slice, _ memory: UnsafeMutableRawPointer, workers: Int) {
    if let chirp = plan.chirp { return convolve(chirp, source, target, memory, workers: workers) }
    guard let halves = plan.halves else {
      return kernel(
        1,
        FourierTask(
          stages: plan.whole!.stages,
          source: FourierOperand(data: source.data, rowStride: source.stride, isExchanged: isInverse),
          target: FourierOperand(data: target.data, rowStride: target.stride, isExchanged: isInverse), scale: scale),
        memory)
    }
    let (columns, rows) = (halves.columns.stages, halves.rows.stages)
    let panelBytes = halves.panelStride * MemoryLayout<Real>.size
    let work = memory + halves.rowGroups * panelBytes
    let each = max(laneBytes(columns), laneBytes(rows))
    forEach(halves.columnGroups, workers) { worker, group in
      let first = group &* plan.width
      kernel(
        min(plan.width, rows.n &- first),
        FourierTask(
          stages: columns,
          source: FourierOperand(
            data: source.data + first &* source.stride &* numberBytes, rowStride: rows.n &* source.stride,
            laneStride: source.stride, isExchanged: isInverse),
          target: FourierOperand(data: memory + first &* 2 &* kernels.vectorBytes, isSplit: true),
          twist: halves.twist(group)), work + worker &* each)
    }
    forEach(halves.rowGroups, workers) { worker, group in
      let first = group &* plan.width
      kernel(
        min(plan.width, columns.n &- first),
        FourierTask(
          stages: rows, source: FourierOperand(data: memory + group &* panelBytes, isSplit: true),
          target: FourierOperand(
            data: target.data + first &* target.stride &* numberBytes, rowStride: columns.n &* target.stride,
            laneStride: target.stride, isExchanged: isInverse),
          scale: scale), work + worker &* each)
    }
  }

  /// Calls `body` for 0 ..< n.
  private func forEach(_ n: Int, _ workers: Int, _ body: (_ worker: Int, _ i: Int) -> Void) {
    parallel(context, workers) { worker in
      for i in (n &* worker / workers)..<(n &* (worker &+ 1) / workers) { body(worker, i) }
    }
  }

  /// The product with a chirp, convolved with its conjugate, times the chirp.
  private func convolve(
    _ chirp: FourierPlan<Real>.Chirp, _ source: Slice, _ target: Slice, _ memory: UnsafeMutableRawPointer, workers: Int
  ) {
    let n = plan.n, length = chirp.plan.n
    let type = isDouble ? BP_COMPLEX128 : BP_COMPLEX64
    let multiply = context.pointee.kernels.elementwise[Int(type)].unsafelyUnwrapped
    let rest = memory + (length + 8) / 8 * 8 * numberBytes
    let factors = chirp.chirp(inverse: isInverse)
    multiply(BP_OP_MUL, n, memory, 1, source.data, source.stride, factors, 1)
    (memory + n * numberBytes).initializeMemory(as: UInt8.self, repeating: 0, count: (length - n) * numberBytes)
    let (forward, back) = (
      FourierTransform(context, chirp.plan, scale: 1, isInverse: false),
      FourierTransform(context, chirp.plan, scale: scale, isInverse: true)
    )
    forward.slice((memory, 1), (memory, 1), rest, workers: workers)
    multiply(BP_OP_MUL, length, memory, 1, memory, 1, chirp.kernel(inverse: isInverse), 1)
    back.slice((memory, 1), (memory, 1), rest, workers: workers)
    multiply(BP_OP_MUL, n, target.data, target.stride, memory, 1, factors, 1)
  }
}
