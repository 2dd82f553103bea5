import BackendAPI
import CPUKernelTypes

let crossEntropyClaims: [NetworkClaim] = [
  NetworkClaim(BP_OP_CROSS_ENTROPY, run: crossEntropy),
  NetworkClaim(BP_OP_CROSS_ENTROPY_BACKWARD, run: crossEntropyBackward),
]

/// What both operators are given: logits (N, C, S), targets, weights, checked.
private struct ClassLogits {
  let context: Context
  let kernels: CrossEntropyKernels
  let type: Int32
  let size: Int
  let statistic: Statistic
  let (rows, classes, pixels): (Int, Int, Int)
  let x: View
  let targets: View
  let weights: View?
  let smoothing: Double
  let ignored: Int64

  init(
    _ context: Context, _ op: UnsafePointer<bp_op>, targets: View, weights: View?, places: [View]
  ) throws(Failure) {
    let p = try parameters(op, bp_cross_entropy_params()), x = op.pointee.inputs[0]!
    guard p.label_smoothing >= 0, p.label_smoothing <= 1 else {
      throw .invalid(
        "\(operatorName(op.pointee.op)): label_smoothing is \(p.label_smoothing), not within 0 … 1")
    }
    guard
      x.rank == 3, targets.rank == 2, targets.extent(0) == x.extent(0), targets.extent(1) == x.extent(2),
      weights.map({ $0.rank == 1 && $0.extent(0) == x.extent(1) }) ?? true
    else { throw mismatch(op) }
    for place in places where !place.hasShape(of: targets) { throw mismatch(op) }
    (self.context, kernels) = (context, context.pointee.networks.crossEntropy)
    (type, size, statistic) = (x.dtype, x.size, Statistic(x.dtype))
    (rows, classes, pixels) = (x.extent(0), x.extent(1), x.extent(2))
    (self.x, self.targets, self.weights) = (x, targets, weights)
    (smoothing, ignored) = (p.label_smoothing, p.ignore_index)
    try checkTargets(op)
    if rows &* pixels > 0 { try requireWorkSpace(amount(classes, 64 &* statistic.size), operatorName(op.pointee.op)) }
  }

  private func checkTargets(_ op: UnsafePointer<bp_op>) throws(Failure) {
    if rows == 0 || pixels == 0 { return }
    let (base, outer, inner) = (targets.data, targets.stride(0), targets.stride(1))
    for row in 0..<rows {
      for pixel in 0..<pixels {
        let target = base.load(fromByteOffset: 8 &* (row &* outer &+ pixel &* inner), as: Int64.self)
        if target != ignored && UInt64(bitPattern: target) >= UInt64(classes) {
          throw .invalid(
            "\(operatorName(op.pointee.op)): target \(target) is out of range for \(classes) classes")
        }
      }
    }
  }

  /// The class that is the target; less than 0 where it is to be ignored.
  @inline(__always) func target(_ row: Int, _ pixel: Int) -> Int {
    let at = 8 &* (row &* targets.stride(0) &+ pixel &* targets.stride(1))
    let target = targets.data.load(fromByteOffset: at, as: Int64.self)
    return target == ignored ? -1 : Int(target)
  }

  /// Whether the pixels of a class lie side by side, so that there is no need to take them one by one.
  @inline(__always) var hasColumns: Bool { pixels > 1 && x.stride(2) == 1 }

  /// Calls `body` with the weights in contiguous memory and their sum.
  func withWeights(_ body: (_ weights: UnsafeRawPointer?, _ sum: Double) -> Void) {
    guard let weights, classes > 0 else { return body(nil, Double(classes)) }
    let size = statistic.size
    withUnsafeTemporaryAllocation(byteCount: classes &* size, alignment: 64) { memory in
      let dense = memory.baseAddress.unsafelyUnwrapped
      var sum = 0.0
      for c in 0..<classes {
        let w = statistic.load(weights.data, c &* weights.stride(0))
        statistic.store(w, dense, c)
        sum += w
      }
      body(UnsafeRawPointer(dense), sum)
    }
  }

  /// Calls `body` for each place, or up to 64 of them side by side, on the pool.
  func run(_ body: (_ row: Int, _ pixel: Int, _ count: Int) -> Void) {
    let width = hasColumns ? 64 : 1
    let blocks = (pixels &+ width &- 1) / width
    let pieces = pieces(context, rows &* blocks, atLeast: max(1, 8192 / max(1, classes &* width)))
    parallel(context, pieces) { piece in
      let (low, high) = share(rows &* blocks, pieces, piece)
      for i in low..<high {
        let (row, block) = i.quotientAndRemainder(dividingBy: blocks)
        body(row, block &* width, min(width, pixels &- block &* width))
      }
    }
  }

  @inline(__always) func logits(_ row: Int, _ pixel: Int) -> UnsafeMutableRawPointer {
    x.data + (row &* x.stride(0) &+ pixel &* x.stride(2)) &* size
  }
}

private func crossEntropy(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let outs = (op.pointee.outputs[0]!, op.pointee.outputs[1]!, op.pointee.outputs[2]!)
  let weights: View? = op.pointee.input_count > 2 ? op.pointee.inputs[2]! : nil
  let job = try ClassLogits(
    context, op, targets: op.pointee.inputs[1]!, weights: weights, places: [outs.0, outs.1, outs.2])
  if job.rows == 0 || job.pixels == 0 { return }
  let e = job.smoothing, statistic = job.statistic, isWeighted = e > 0
  job.withWeights { weights, sum in
    job.run { row, pixel, count in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 &* count) { memory in
        let logarithms = memory.baseAddress.unsafelyUnwrapped, weighted = logarithms + count
        let x = job.logits(row, pixel)
        if job.hasColumns {
          job.kernels.columns(
            job.type, job.classes, count, x, job.x.stride(1), weights, isWeighted, logarithms, weighted)
        } else {
          job.kernels.row(job.type, job.classes, x, job.x.stride(1), weights, isWeighted, logarithms, weighted)
        }
        for i in 0..<count {
          let target = job.target(row, pixel &+ i), logarithm = logarithms[i]
          var (loss, factor) = (0.0, 0.0)
          if target >= 0 {
            factor = weights.map { statistic.load($0, target) } ?? 1
            let logit = read(job.type, x + (target &* job.x.stride(1) &+ i &* job.x.stride(2)) &* job.size)
            loss = (1 - e) * factor * (logarithm - logit)
            if isWeighted { loss += e / Double(job.classes) * (sum * logarithm - weighted[i]) }
          }
          func store(_ out: View, _ value: Double) {
            statistic.store(value, out.data, row &* out.stride(0) &+ (pixel &+ i) &* out.stride(1))
          }
          store(outs.0, loss)
          store(outs.1, logarithm)
          store(outs.2, factor)
        }
      }
    }
  }
}

/// A number of a float type.
@inline(__always)
private func read(_ type: Int32, _ p: UnsafeRawPointer) -> Double {
  switch type {
  case BP_FLOAT16: Double(p.load(as: Float16.self))
  case BP_BFLOAT16: Double(Float(bitPattern: UInt32(p.load(as: UInt16.self)) << 16))
  case BP_FLOAT32: Double(p.load(as: Float.self))
  default: p.load(as: Double.self)
  }
}

private func crossEntropyBackward(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let g = op.pointee.inputs[1]!, logarithms = op.pointee.inputs[3]!, out = op.pointee.outputs[0]!
  let weights: View? = op.pointee.input_count > 4 ? op.pointee.inputs[4]! : nil
  let job = try ClassLogits(context, op, targets: op.pointee.inputs[2]!, weights: weights, places: [g, logarithms])
  guard out.hasShape(of: job.x) else { throw mismatch(op) }
  if out.count == 0 { return }
  let e = job.smoothing, statistic = job.statistic, classes = Double(job.classes)
  let areColumns = job.hasColumns && out.stride(2) == 1
  job.withWeights { weights, sum in
    /// The numbers of a place: its logarithm, the factor of the exponentials, that of the weights, what the target takes.
    func numbers(_ row: Int, _ pixel: Int, _ target: Int) -> (Double, Double, Double, Double) {
      func load(_ view: View) -> Double {
        statistic.load(view.data, row &* view.stride(0) &+ pixel &* view.stride(1))
      }
      if target < 0 { return (0, 0, 0, 0) }
      let gradient = load(g), w = (1 - e) * (weights.map { statistic.load($0, target) } ?? 1)
      let factor = e > 0 ? w + e / classes * sum : w
      return (load(logarithms), gradient * factor, e > 0 ? gradient * e / classes : 0, gradient * w)
    }
    job.run { row, pixel, count in
      let x = job.logits(row, pixel)
      let to = out.data + (row &* out.stride(0) &+ pixel &* out.stride(2)) &* job.size
      if areColumns {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 &* count) { memory in
          withUnsafeTemporaryAllocation(of: Int.self, capacity: count) { targets in
            let p = memory.baseAddress.unsafelyUnwrapped
            for i in 0..<count {
              targets[i] = job.target(row, pixel &+ i)
              (p[i], p[count &+ i], p[2 &* count &+ i], p[3 &* count &+ i]) = numbers(row, pixel &+ i, targets[i])
            }
            job.kernels.columnGradients(
              job.type, job.classes, count, to, out.stride(1), x, job.x.stride(1), p, p + count, weights,
              p + 2 &* count, targets.baseAddress.unsafelyUnwrapped, p + 3 &* count)
          }
        }
        return
      }
      for i in 0..<count {
        let target = job.target(row, pixel &+ i)
        let to = to + i &* out.stride(2) &* job.size, x = x + i &* job.x.stride(2) &* job.size
        if target < 0 {
          clear(to, job.classes, out.stride(1) &* job.size, job.size)
          continue
        }
        let (logarithm, factor, share, hit) = numbers(row, pixel &+ i, target)
        job.kernels.rowGradient(
          job.type, job.classes, to, out.stride(1), x, job.x.stride(1), logarithm, factor, weights, share, target, hit)
      }
    }
  }
}

/// Sets elements that lie so many bytes apart to 0.
private func clear(_ p: UnsafeMutableRawPointer, _ count: Int, _ step: Int, _ size: Int) {
  for i in 0..<count { (p + i &* step).initializeMemory(as: UInt8.self, repeating: 0, count: size) }
}
