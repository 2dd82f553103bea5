import BackendAPI
import CPUKernelTypes

let statisticsClaims: [NetworkClaim] = [
  NetworkClaim(BP_OP_NORMALIZE, run: normalize),
  NetworkClaim(BP_OP_NORMALIZE_BACKWARD, run: normalizeBackward),
  NetworkClaim(BP_OP_NORMALIZE_FROZEN, run: normalizeFrozen),
]

/// An input, or nil where it was left out.
private func input(_ op: UnsafePointer<bp_op>, _ i: Int32) -> View? {
  i < op.pointee.input_count ? op.pointee.inputs[Int(i)] : nil
}

func normalizationParameters(
  _ op: UnsafePointer<bp_op>, among flags: UInt32
) throws(Failure) -> bp_normalize_params {
  let p = try parameters(op, bp_normalize_params())
  try check { bp_check_flags(op, p.flags, flags, $0) }
  guard p.eps >= 0 else { throw .invalid("\(operatorName(op.pointee.op)): eps is \(p.eps), not at least 0") }
  return p
}

/// Fails with the operands' shapes.
func mismatch(_ op: UnsafePointer<bp_op>) -> Failure {
  let ins = (0..<Int(op.pointee.input_count)).map { op.pointee.inputs[$0]!.shapeText }.joined(separator: ", ")
  let outs = (0..<Int(op.pointee.output_count)).map { op.pointee.outputs[$0]!.shapeText }.joined(separator: ", ")
  return .invalid("\(operatorName(op.pointee.op)): shapes do not fit: inputs \(ins); outputs \(outs)")
}

/// A number of statistics type in memory.
struct Statistic {
  let isDouble: Bool

  init(_ type: Int32) { isDouble = type == BP_FLOAT64 }

  @inline(__always) var size: Int { isDouble ? 8 : 4 }

  @inline(__always) func store(_ x: Double, _ p: UnsafeMutableRawPointer, _ i: Int) {
    if isDouble {
      p.storeBytes(of: x, toByteOffset: 8 &* i, as: Double.self)
    } else {
      p.storeBytes(of: Float(x), toByteOffset: 4 &* i, as: Float.self)
    }
  }

  @inline(__always) func load(_ p: UnsafeRawPointer, _ i: Int) -> Double {
    isDouble ? p.load(fromByteOffset: 8 &* i, as: Double.self) : Double(p.load(fromByteOffset: 4 &* i, as: Float.self))
  }
}

// MARK: - NORMALIZE

private func normalize(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let x = op.pointee.inputs[0]!, y = op.pointee.outputs[0]!
  let mean = op.pointee.outputs[1]!, scale = op.pointee.outputs[2]!
  let weight = input(op, 1), bias = input(op, 2)
  let p = try normalizationParameters(op, among: BP_NORMALIZE_UNCENTERED)
  guard
    y.hasShape(of: x), mean.broadcasts(to: x), scale.hasShape(of: mean), weight?.broadcasts(to: x) ?? true,
    bias?.hasShape(of: weight.unsafelyUnwrapped) ?? true
  else { throw mismatch(op) }
  if mean.count == 0 { return }
  if x.count == 0 {
    fill(mean, .nan)
    fill(scale, .nan)
    return
  }
  let plan = NormalizationPlan(x, y, statistics: (mean, scale), weight: weight, bias: bias)
  let job = Normalization(context, plan, x, y, mean, scale, weight, bias, p)
  if plan.isByColumns {
    try job.byColumns()
  } else if plan.sliceCount < 16 && plan.length > 65536 {
    try job.inParts()
  } else {
    job.bySlices()
  }
}

/// Sets a tensor of statistics type.
private func fill(_ view: View, _ x: Double) {
  let statistic = Statistic(view.dtype)
  var loop = Loop()
  for axis in 0..<view.rank { loop.append(view.extent(axis), SIMD4(view.stride(axis), 0, 0, 0)) }
  for i in 0..<loop.count { statistic.store(x, view.data, loop.offset(of: i)[0]) }
}

private struct Normalization {
  typealias Slot = NormalizationAxes.Slot
  typealias Moments = StatisticsKernels.Moments

  let context: Context
  let kernels: StatisticsKernels
  let plan: NormalizationPlan
  let type: Int32
  let size: Int
  let statistic: Statistic
  let x: UnsafeMutableRawPointer
  let y: UnsafeMutableRawPointer
  let mean: UnsafeMutableRawPointer
  let scale: UnsafeMutableRawPointer
  let weight: UnsafeMutableRawPointer?
  let bias: UnsafeMutableRawPointer?
  let eps: Double
  let isCentered: Bool

  init(
    _ context: Context, _ plan: NormalizationPlan, _ x: View, _ y: View, _ mean: View, _ scale: View, _ weight: View?,
    _ bias: View?, _ p: bp_normalize_params
  ) {
    self.context = context
    self.plan = plan
    kernels = context.pointee.networks.statistics
    (type, size, statistic) = (x.dtype, x.size, Statistic(x.dtype))
    (self.x, self.y, self.mean, self.scale) = (x.data, y.data, mean.data, scale.data)
    (self.weight, self.bias) = (weight?.data, bias?.data)
    (eps, isCentered) = (p.eps, p.flags & BP_NORMALIZE_UNCENTERED == 0)
  }

  /// Mean and scale, written and returned.
  @inline(__always)
  private func finish(
    _ moments: Moments, _ offset: SIMD8<Int>, _ run: (_ body: (UnsafeRawPointer) -> Void) -> Void, _ n: Int,
    _ stride: Int
  ) -> (mean: Double, scale: Double) {
    let mean = isCentered ? moments.sum / moments.count : 0
    let power = moments.power / moments.count
    var scale = 1 / (power + eps).squareRoot()
    // Squares that have left the range of the type are taken again, of multiples of a power of two.
    if power == .infinity || power + eps < (type == BP_FLOAT64 ? 0x1p-960 : 0x1p-80), mean.isFinite {
      var greatest = eps.squareRoot()
      run { p in greatest = max(greatest, kernels.spread(type, n, p, stride, mean, 0)) }
      let unit = greatest.isFinite && greatest > 0 ? greatest.binade : 1
      var power = 0.0
      run { p in power += kernels.spread(type, n, p, stride, mean, unit) }
      scale = 1 / (power / moments.count + eps / unit / unit).squareRoot() / unit
    }
    statistic.store(mean, self.mean, offset[Slot.mean])
    statistic.store(scale, self.scale, offset[Slot.scale])
    return (mean, scale)
  }

  /// A run of the inner axis, or a part of it.
  @inline(__always)
  private func write(_ at: SIMD8<Int>, _ n: Int, _ mean: Double, _ scale: Double) {
    let stride = plan.inner.stride
    kernels.normalizeRun(
      type, n, y + at[Slot.out] &* size, stride[Slot.out], x + at[Slot.x] &* size, stride[Slot.x], mean, scale,
      weight.map { UnsafeRawPointer($0 + at[Slot.weight] &* statistic.size) }, stride[Slot.weight],
      bias.map { UnsafeRawPointer($0 + at[Slot.place] &* statistic.size) }, stride[Slot.place])
  }

  /// Each slice whole, while it is in the cache.
  func bySlices() {
    let slices = plan.kept.count, runs = plan.reduced.count, n = plan.inner.extent, stride = plan.inner.stride[Slot.x]
    let pieces = pieces(context, slices, atLeast: max(1, 16384 / max(plan.length, 1)))
    parallel(context, pieces) { piece in
      let (low, high) = share(slices, pieces, piece)
      for slice in low..<high {
        let first = plan.kept.offset(of: slice)
        var moments = Moments()
        for run in 0..<runs {
          let at = first &+ plan.reduced.offset(of: run)
          kernels.addMoments(type, n, x + at[Slot.x] &* size, stride, isCentered, &moments)
        }
        let (mean, scale) = finish(
          moments, first,
          { body in
            for run in 0..<runs { body(x + (first &+ plan.reduced.offset(of: run))[Slot.x] &* size) }
          }, n, stride)
        for run in 0..<runs { write(first &+ plan.reduced.offset(of: run), n, mean, scale) }
      }
    }
  }

  /// Few and long slices, shared in parts that do not depend on the number of threads.
  func inParts() throws(Failure) {
    let slices = plan.kept.count, runs = plan.reduced.count, n = plan.inner.extent, stride = plan.inner.stride
    let part = max(32768, plan.length / 1024)
    // Several runs together where they are short, parts of them where they are long.
    let group = max(1, part / n), segments = (n &+ part &- 1) / part
    let groups = (runs &+ group &- 1) / group, units = groups &* segments
    try requireWorkSpace(slices &* units &* MemoryLayout<Moments>.stride, "NORMALIZE")
    withUnsafeTemporaryAllocation(of: Moments.self, capacity: slices &* units) { memory in
      let moments = memory.baseAddress.unsafelyUnwrapped
      moments.initialize(repeating: Moments(), count: slices &* units)
      func visit(_ unit: Int, _ body: (SIMD8<Int>, Int) -> Void) {
        let first = plan.kept.offset(of: unit / units)
        let start = unit % segments &* part, count = min(part, n &- start)
        let low = unit % units / segments &* group
        for run in low..<min(runs, low &+ group) {
          body(first &+ plan.reduced.offset(of: run) &+ SIMD8(repeating: start) &* stride, count)
        }
      }
      parallel(context, slices &* units) { unit in
        visit(unit) { at, count in
          kernels.addMoments(type, count, x + at[Slot.x] &* size, stride[Slot.x], isCentered, moments + unit)
        }
      }
      withUnsafeTemporaryAllocation(of: (mean: Double, scale: Double).self, capacity: slices) { statistics in
        for slice in 0..<slices {
          var all = Moments()
          for unit in 0..<units { all.add(moments[slice &* units &+ unit], isCentered) }
          let first = plan.kept.offset(of: slice)
          statistics[slice] = finish(
            all, first,
            { body in
              for run in 0..<runs { body(x + (first &+ plan.reduced.offset(of: run))[Slot.x] &* size) }
            }, n, stride[Slot.x])
        }
        parallel(context, slices &* units) { unit in
          let (mean, scale) = statistics[unit / units]
          visit(unit) { at, count in write(at, count, mean, scale) }
        }
      }
    }
  }

  /// Slices side by side, over parts of the rows that do not depend on the number of threads.
  func byColumns() throws(Failure) {
    let chunks = ColumnChunks(plan), columns = plan.columns.extent, rowStride = plan.inner.stride
    let columnStride = plan.columns.stride
    let states = chunks.count &* columns
    try requireWorkSpace(16 &* states &+ 3 &* 8 &* chunks.groups &* columns, "NORMALIZE")
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 &* states &+ 3 &* chunks.groups &* columns) { memory in
      let sums = memory.baseAddress.unsafelyUnwrapped, powers = sums + states
      sums.initialize(repeating: 0, count: 2 &* states)
      let factors = UnsafeMutableRawPointer(powers + states)
      let bytes = chunks.groups &* columns &* statistic.size
      chunks.run(context, columns) { chunk, at, rows in
        kernels.addColumnMoments(
          type, rows, columns, x + at[Slot.x] &* size, rowStride[Slot.x], isCentered, 0, sums + chunk &* columns,
          powers + chunk &* columns)
      }
      for group in 0..<chunks.groups {
        let first = plan.kept.offset(of: group)
        for column in 0..<columns {
          let at = first &+ SIMD8(repeating: column) &* columnStride
          var all = Moments()
          for chunk in chunks.of(group) {
            var part = Moments()
            part.count = Double(chunks.rows(chunk))
            (part.sum, part.power) = (sums[chunk &* columns &+ column], powers[chunk &* columns &+ column])
            all.add(part, isCentered)
          }
          let (mean, scale) = finish(
            all, at,
            { body in
              for run in 0..<plan.reduced.count { body(x + (at &+ plan.reduced.offset(of: run))[Slot.x] &* size) }
            }, plan.inner.extent, rowStride[Slot.x])
          let i = group &* columns &+ column
          let w = weight.map { statistic.load($0, at[Slot.weight]) } ?? 1
          statistic.store(mean, factors, i)
          statistic.store(scale * w, factors + bytes, i)
          statistic.store(bias.map { statistic.load($0, at[Slot.place]) } ?? 0, factors + 2 &* bytes, i)
        }
      }
      chunks.run(context, columns) { chunk, at, rows in
        let factors = factors + chunks.group(chunk) &* columns &* statistic.size
        kernels.normalizeColumns(
          type, rows, columns, y + at[Slot.out] &* size, rowStride[Slot.out], x + at[Slot.x] &* size,
          rowStride[Slot.x], factors, factors + bytes, factors + 2 &* bytes)
      }
    }
  }
}

extension StatisticsKernels.Moments {
  /// Adds those of another part. Chan, Golub and LeVeque, 1979.
  mutating func add(_ other: StatisticsKernels.Moments, _ isCentered: Bool) {
    power += other.power
    if isCentered && count > 0 && other.count > 0 {
      let apart = other.sum / other.count - sum / count
      power += apart * apart * (count * other.count / (count + other.count))
    }
    count += other.count
    sum += other.sum
  }
}

/// The rows of columns in parts, as many as the rows and the groups of columns ask for.
struct ColumnChunks {
  private let plan: NormalizationPlan
  private let length: Int
  private let perBlock: Int
  let groups: Int

  init(_ plan: NormalizationPlan) {
    self.plan = plan
    groups = plan.kept.count
    let rows = plan.inner.extent
    let isMany = groups &* plan.reduced.count >= 16
    length = isMany ? rows : max(columnChunkRows, (rows / 16 &+ columnChunkRows) / columnChunkRows &* columnChunkRows)
    perBlock = (rows &+ length &- 1) / length
  }

  var count: Int { groups &* plan.reduced.count &* perBlock }

  func group(_ chunk: Int) -> Int { chunk / (plan.reduced.count &* perBlock) }

  func of(_ group: Int) -> Range<Int> {
    let each = plan.reduced.count &* perBlock
    return group &* each..<(group &+ 1) &* each
  }

  func rows(_ chunk: Int) -> Int { min(length, plan.inner.extent &- chunk % perBlock &* length) }

  /// Calls `body` for each chunk, on the pool, with where it begins.
  func run(_ context: Context, _ columns: Int, _ body: (_ chunk: Int, _ at: SIMD8<Int>, _ rows: Int) -> Void) {
    let pieces = pieces(context, count, atLeast: max(1, 16384 / max(1, length &* columns)))
    parallel(context, pieces) { piece in
      let (low, high) = share(count, pieces, piece)
      for chunk in low..<high {
        let block = chunk / perBlock
        let at =
          plan.kept.offset(of: group(chunk)) &+ plan.reduced.offset(of: block % plan.reduced.count)
          &+ SIMD8(repeating: chunk % perBlock &* length) &* plan.inner.stride
        body(chunk, at, rows(chunk))
      }
    }
  }
}

private let columnChunkRows = 256

// MARK: - NORMALIZE_FROZEN

private func normalizeFrozen(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let x = op.pointee.inputs[0]!, mean = op.pointee.inputs[1]!, variance = op.pointee.inputs[2]!
  let weight = input(op, 3), bias = input(op, 4), y = op.pointee.outputs[0]!
  let p = try normalizationParameters(op, among: 0)
  guard
    y.hasShape(of: x), mean.broadcasts(to: x), variance.hasShape(of: mean), weight?.broadcasts(to: x) ?? true,
    bias?.hasShape(of: weight.unsafelyUnwrapped) ?? true
  else { throw mismatch(op) }
  if x.count == 0 { return }

  // A factor and an addend for each element of the shape that statistics and weights have together.
  var factors = Loop(), biases = Loop(), axes = Loop()
  var count = 1
  for axis in (0..<x.rank).reversed() {
    func stride(_ view: View?) -> Int {
      guard let view, view.extent(axis) != 1 else { return 0 }
      return view.stride(axis)
    }
    let isAlong = mean.extent(axis) != 1 || weight.map { $0.extent(axis) != 1 } ?? false
    axes.append(x.extent(axis), SIMD4(x.stride(axis), y.stride(axis), isAlong ? count : 0, 0))
    guard isAlong, x.extent(axis) != 1 else { continue }
    factors.append(x.extent(axis), SIMD4(stride(mean), stride(variance), stride(weight), count))
    biases.append(x.extent(axis), SIMD4(stride(bias), count, 0, 0))
    count &*= x.extent(axis)
  }
  axes.arrange(by: 0)
  let statistic = Statistic(mean.dtype)
  let kernels = context.pointee.networks.statistics, type = x.dtype, size = x.size
  let (from, to) = (x.data, y.data)
  try requireWorkSpace(2 &* count &* statistic.size, "NORMALIZE_FROZEN")
  withUnsafeTemporaryAllocation(byteCount: 2 &* count &* statistic.size, alignment: 64) { memory in
    let f = memory.baseAddress.unsafelyUnwrapped, a = f + count &* statistic.size
    let (mean, variance) = (mean.data, variance.data)
    for i in 0..<count {
      let at = factors.offset(of: i)
      let w = weight.map { statistic.load($0.data, at[2]) } ?? 1
      let factor = w / (statistic.load(variance, at[1]) + p.eps).squareRoot()
      let b = bias.map { statistic.load($0.data, biases.offset(of: i)[0]) } ?? 0
      statistic.store(factor, f, at[3])
      statistic.store(b - statistic.load(mean, at[0]) * factor, a, at[3])
    }
    let stride = axes.inner.stride
    axes.runs(context, atLeast: 16384) { offset, n in
      kernels.scaleRun(
        type, n, to + offset[1] &* size, stride[1], from + offset[0] &* size, stride[0],
        f + offset[2] &* statistic.size, a + offset[2] &* statistic.size, stride[2])
    }
  }
}
