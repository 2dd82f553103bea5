import BackendAPI
import CPUKernelTypes

/// NORMALIZE_BACKWARD.
func normalizeBackward(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let g = op.pointee.inputs[0]!, x = op.pointee.inputs[1]!, out = op.pointee.outputs[0]!
  let mean = op.pointee.inputs[2]!, scale = op.pointee.inputs[3]!
  let weight: View? = op.pointee.input_count > 4 ? op.pointee.inputs[4]! : nil
  let p = try normalizationParameters(op, among: BP_NORMALIZE_UNCENTERED)
  guard
    g.hasShape(of: x), out.hasShape(of: x), mean.broadcasts(to: x), scale.hasShape(of: mean),
    weight.map({
      $0.broadcasts(to: x) && op.pointee.outputs[1]!.hasShape(of: $0) && op.pointee.outputs[2]!.hasShape(of: $0)
    })
      ?? true
  else { throw mismatch(op) }
  let places = weight?.count ?? 0
  if x.count == 0 && places == 0 { return }
  let plan = NormalizationPlan(
    x, out, g: g, statistics: (mean, scale), weight: weight, isNumbered: true)
  try requireWorkSpace(16 &* places, "NORMALIZE_BACKWARD")
  let failure = withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, 2 &* places)) { memory -> Failure? in
    let sums = memory.baseAddress.unsafelyUnwrapped
    sums.initialize(repeating: 0, count: 2 &* places)
    var failure: Failure?
    if x.count > 0 {
      let job = NormalizationGradient(context, plan, x, out, g, mean, scale, weight, p, sums)
      do throws(Failure) {
        if plan.isByColumns { try job.byColumns() } else { try job.bySlices() }
      } catch {
        failure = error
      }
    }
    if failure == nil, let weight {
      store(plan, weight, sums, op.pointee.outputs[1]!, op.pointee.outputs[2]!)
    }
    return failure
  }
  if let failure { throw failure }
}

/// Brings the sums of the places into the weight's gradient and the bias's.
private func store(
  _ plan: NormalizationPlan, _ weight: View, _ sums: UnsafePointer<Double>, _ first: View, _ second: View
) {
  let statistic = Statistic(weight.dtype), count = weight.count
  if count == 0 { return }
  var loop = Loop()
  for axis in 0..<weight.rank {
    // An axis of x that has one element has no number.
    loop.append(
      weight.extent(axis), SIMD4(plan.places[unchecked: axis], first.stride(axis), second.stride(axis), 0))
  }
  for i in 0..<count {
    let at = loop.offset(of: i)
    statistic.store(sums[at[0]], first.data, at[1])
    statistic.store(sums[count &+ at[0]], second.data, at[2])
  }
}

private struct NormalizationGradient {
  typealias Slot = NormalizationAxes.Slot

  let context: Context
  let kernels: StatisticsKernels
  let plan: NormalizationPlan
  let type: Int32
  let size: Int
  let statistic: Statistic
  let x: UnsafeMutableRawPointer
  let out: UnsafeMutableRawPointer
  let g: UnsafeMutableRawPointer
  let mean: UnsafeMutableRawPointer
  let scale: UnsafeMutableRawPointer
  let weight: UnsafeMutableRawPointer?
  let isCentered: Bool
  /// Of the places: those of g*z, then those of g.
  let sums: UnsafeMutablePointer<Double>

  init(
    _ context: Context, _ plan: NormalizationPlan, _ x: View, _ out: View, _ g: View, _ mean: View, _ scale: View,
    _ weight: View?, _ p: bp_normalize_params, _ sums: UnsafeMutablePointer<Double>
  ) {
    self.context = context
    self.plan = plan
    kernels = context.pointee.networks.statistics
    (type, size, statistic) = (x.dtype, x.size, Statistic(x.dtype))
    (self.x, self.out, self.g) = (x.data, out.data, g.data)
    (self.mean, self.scale, self.weight) = (mean.data, scale.data, weight?.data)
    isCentered = p.flags & BP_NORMALIZE_UNCENTERED == 0
    self.sums = sums
  }

  /// M(h), and what x - mean is multiplied by: scale * M(h*z), from the sums of h and of h*(x - mean).
  @inline(__always)
  private func slopes(_ sum: Double, _ product: Double, _ scale: Double) -> (shift: Double, slope: Double) {
    let n = Double(plan.length)
    return (isCentered ? sum / n : 0, scale * (product / n) * scale)
  }

  @inline(__always)
  private func add(_ place: Int, _ sum: Double, _ product: Double, _ scale: Double) {
    sums[place] += scale * product
    sums[plan.placeCount &+ place] += sum
  }

  // MARK: Slices

  func bySlices() throws(Failure) {
    let slices = plan.kept.count, runs = plan.reduced.count
    if weight == nil {
      return each(slices, parts: 1) { slice, _ in gradient(slice) { _, _, _, _ in } }
    }
    guard plan.inner.stride[Slot.place] != 0 else {
      // One weight for each run, whose sums are kept until all are there.
      try requireWorkSpace(amount(16, slices, runs), "NORMALIZE_BACKWARD")
      return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 &* slices &* runs) { memory in
        let kept = memory.baseAddress.unsafelyUnwrapped
        each(slices, parts: 1) { slice, _ in
          gradient(slice) { run, _, sum, product in
            kept[2 &* (slice &* runs &+ run)] = sum
            kept[2 &* (slice &* runs &+ run) &+ 1] = product
          }
        }
        for slice in 0..<slices {
          let first = plan.kept.offset(of: slice), scale = statistic.load(self.scale, first[Slot.scale])
          for run in 0..<runs {
            let place = (first &+ plan.reduced.offset(of: run))[Slot.place], i = 2 &* (slice &* runs &+ run)
            add(place, kept[i], kept[i &+ 1], scale)
          }
        }
      }
    }
    // Weights along the runs: sums beside them, some slices together.
    let width = 2 &* plan.placeCount
    let parts = max(1, min(32, slices / 64, (1 << 22) / max(1, width)))
    try requireWorkSpace(amount(parts, width, statistic.size), "NORMALIZE_BACKWARD")
    withUnsafeTemporaryAllocation(byteCount: parts &* width &* statistic.size, alignment: 64) { memory in
      let partial = memory.baseAddress.unsafelyUnwrapped, count = plan.placeCount
      memory.initializeMemory(as: UInt8.self, repeating: 0)
      each(slices, parts: parts) { slice, part in
        gradient(slice, along: partial + part &* width &* statistic.size) { _, _, _, _ in }
      }
      for part in 0..<parts {
        for i in 0..<width {
          sums[i < count ? i : plan.placeCount &+ i &- count] += statistic.load(partial, part &* width &+ i)
        }
      }
    }
  }

  /// Calls `body` for each slice, on the pool: in so many parts, or as threads are at hand.
  private func each(_ slices: Int, parts: Int, _ body: (_ slice: Int, _ part: Int) -> Void) {
    let pieces = parts > 1 ? parts : pieces(context, slices, atLeast: max(1, 16384 / plan.length))
    // What is added up beside the slices is one thread's.
    if parts == 1 && plan.inner.stride[Slot.place] != 0 {
      for slice in 0..<slices { body(slice, 0) }
      return
    }
    parallel(context, pieces) { piece in
      let (low, high) = share(slices, pieces, piece)
      for slice in low..<high { body(slice, piece) }
    }
  }

  /// The gradient of a slice. `body` gets each run's sums of g and of g*(x - mean).
  @inline(__always)
  private func gradient(
    _ slice: Int, along partial: UnsafeMutableRawPointer? = nil,
    _ body: (_ run: Int, _ at: SIMD8<Int>, _ sum: Double, _ product: Double) -> Void
  ) {
    let runs = plan.reduced.count, n = plan.inner.extent, stride = plan.inner.stride
    let first = plan.kept.offset(of: slice)
    let mean = statistic.load(self.mean, first[Slot.mean]), scale = statistic.load(self.scale, first[Slot.scale])
    var (sum, product) = (0.0, 0.0)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { memory in
      let of = memory.baseAddress.unsafelyUnwrapped
      for run in 0..<runs {
        let at = first &+ plan.reduced.offset(of: run)
        if let partial {
          along(at, mean, scale, partial, of)
          (sum, product) = (sum + of[0], product + of[1])
        } else {
          kernels.gradientSums(
            type, n, g + at[Slot.g] &* size, stride[Slot.g], x + at[Slot.x] &* size, stride[Slot.x], mean, scale, nil,
            0, nil, nil, of)
          let w = weight.map { statistic.load($0, at[Slot.weight]) } ?? 1
          (sum, product) = (sum + w * of[0], product + w * of[1])
          body(run, at, of[0], of[1])
        }
      }
    }
    let (shift, slope) = slopes(sum, product, scale)
    for run in 0..<runs {
      let at = first &+ plan.reduced.offset(of: run)
      kernels.gradientRun(
        type, n, out + at[Slot.out] &* size, stride[Slot.out], g + at[Slot.g] &* size, stride[Slot.g],
        x + at[Slot.x] &* size, stride[Slot.x], mean, scale,
        weight.map { UnsafeRawPointer($0 + at[Slot.weight] &* statistic.size) }, stride[Slot.weight], shift, slope)
    }
  }

  /// A run whose weights lie along it, and the sums beside them.
  private func along(
    _ at: SIMD8<Int>, _ mean: Double, _ scale: Double, _ partial: UnsafeMutableRawPointer,
    _ of: UnsafeMutablePointer<Double>
  ) {
    let n = plan.inner.extent, stride = plan.inner.stride, size = size
    func sums(_ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer) {
      kernels.gradientSums(
        type, n, g + at[Slot.g] &* size, stride[Slot.g], x + at[Slot.x] &* size, stride[Slot.x], mean, scale,
        weight.map { UnsafeRawPointer($0 + at[Slot.weight] &* statistic.size) }, stride[Slot.weight], first, second, of)
    }
    let first = partial + at[Slot.place] &* statistic.size
    let second = first + plan.placeCount &* statistic.size
    if stride[Slot.place] == 1 { return sums(first, second) }
    withUnsafeTemporaryAllocation(byteCount: 2 &* n &* statistic.size, alignment: 64) { memory in
      memory.initializeMemory(as: UInt8.self, repeating: 0)
      let (p, q) = (memory.baseAddress.unsafelyUnwrapped, memory.baseAddress.unsafelyUnwrapped + n &* statistic.size)
      sums(p, q)
      for i in 0..<n {
        let j = i &* stride[Slot.place]
        statistic.store(statistic.load(first, j) + statistic.load(p, i), first, j)
        statistic.store(statistic.load(second, j) + statistic.load(q, i), second, j)
      }
    }
  }

  // MARK: Columns

  func byColumns() throws(Failure) {
    let chunks = ColumnChunks(plan), columns = plan.columns.extent, rowStride = plan.inner.stride
    let columnStride = plan.columns.stride
    let states = chunks.count &* columns, all = chunks.groups &* columns, bytes = all &* statistic.size
    try requireWorkSpace(amount(8, 2 &* states &+ 4 &* all), "NORMALIZE_BACKWARD")
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 &* states &+ 4 &* all) { memory in
      let partial = memory.baseAddress.unsafelyUnwrapped, products = partial + states
      partial.initialize(repeating: 0, count: 2 &* states)
      let center = UnsafeMutableRawPointer(products + states)
      let (factor, shift, slope) = (center + bytes, center + 2 &* bytes, center + 3 &* bytes)
      for i in 0..<all {
        let at = plan.kept.offset(of: i / columns) &+ SIMD8(repeating: i % columns) &* columnStride
        statistic.store(statistic.load(mean, at[Slot.mean]), center, i)
      }
      chunks.run(context, columns) { chunk, at, rows in
        kernels.gradientColumnSums(
          type, rows, columns, g + at[Slot.g] &* size, rowStride[Slot.g], x + at[Slot.x] &* size, rowStride[Slot.x],
          center + chunks.group(chunk) &* columns &* statistic.size, partial + chunk &* columns,
          products + chunk &* columns)
      }
      for group in 0..<chunks.groups {
        let first = plan.kept.offset(of: group)
        for column in 0..<columns {
          let at = first &+ SIMD8(repeating: column) &* columnStride, i = group &* columns &+ column
          var (sum, product) = (0.0, 0.0)
          for chunk in chunks.of(group) {
            sum += partial[chunk &* columns &+ column]
            product += products[chunk &* columns &+ column]
          }
          let scale = statistic.load(self.scale, at[Slot.scale])
          let w = weight.map { statistic.load($0, at[Slot.weight]) } ?? 1
          if weight != nil { add(at[Slot.place], sum, product, scale) }
          let (a, k) = slopes(w * sum, w * product, scale)
          statistic.store(scale * w, factor, i)
          statistic.store(scale * a, shift, i)
          statistic.store(scale * k, slope, i)
        }
      }
      chunks.run(context, columns) { chunk, at, rows in
        let offset = chunks.group(chunk) &* columns &* statistic.size
        kernels.gradientColumns(
          type, rows, columns, out + at[Slot.out] &* size, rowStride[Slot.out], g + at[Slot.g] &* size,
          rowStride[Slot.g], x + at[Slot.x] &* size, rowStride[Slot.x], center + offset, factor + offset,
          shift + offset, slope + offset)
      }
    }
  }
}
