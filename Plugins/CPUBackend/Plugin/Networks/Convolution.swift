import BackendAPI
import CPUKernelTypes

let convolutionClaims: [NetworkClaim] = [
  NetworkClaim(BP_OP_CONVOLUTION, run: convolution),
  NetworkClaim(BP_OP_CONVOLUTION_INPUT, run: convolutionInput),
  NetworkClaim(BP_OP_CONVOLUTION_WEIGHT, run: convolutionWeight),
]

/// The shapes and parameters of the three operators, which are one form seen from three sides. Axes that are missing
/// stand in front, of extent 1.
struct Convolution {
  let name: String
  let x: View
  let y: View
  let w: View
  let groups: Int
  private let spatial: Int
  private(set) var stride = InlineArray<3, Int>(repeating: 1)
  private(set) var padding = InlineArray<3, Int>(repeating: 0)
  private(set) var dilation = InlineArray<3, Int>(repeating: 1)

  /// Checks shapes and parameters against each other.
  init(_ op: UnsafePointer<bp_op>, x: View, y: View, w: View, bias: View?, biasExtent: (View, View) -> Int)
    throws(Failure)
  {
    name = operatorName(op.pointee.op)
    (self.x, self.y, self.w) = (x, y, w)
    let params = try parameters(op, bp_convolution_params()), name = name
    try check { bp_check_flags(op, params.flags, 0, $0) }
    func shapes(_ rule: String) -> Failure {
      .invalid("\(name): x \(x.shapeText), w \(w.shapeText), y \(y.shapeText): \(rule)")
    }
    guard (3...5).contains(x.rank) && w.rank == x.rank && y.rank == x.rank else {
      throw shapes("ranks have to be equal, and 3 to 5")
    }
    guard params.groups >= 1 else { throw .invalid("\(name): groups \(params.groups) must be at least 1") }
    groups = Int(params.groups)
    guard
      x.extent(0) == y.extent(0) && w.extent(0) == y.extent(1) && x.extent(1) % groups == 0
        && w.extent(1) == x.extent(1) / groups && y.extent(1) % groups == 0
    else { throw shapes("batch and channels do not fit, in \(groups) groups") }
    spatial = x.rank - 2
    let all = (
      [params.stride.0, params.stride.1, params.stride.2],
      [params.padding_low.0, params.padding_low.1, params.padding_low.2],
      [params.padding_high.0, params.padding_high.1, params.padding_high.2],
      [params.dilation.0, params.dilation.1, params.dilation.2]
    )
    for a in 0..<spatial {
      let (stride, low, high, dilation) = (all.0[a], all.1[a], all.2[a], all.3[a])
      guard stride >= 1 && low >= 0 && high >= 0 && dilation >= 1 else {
        throw .invalid(
          "\(name): axis \(a): stride \(stride), padding \(low) and \(high), dilation \(dilation) are not possible")
      }
      let (d, e, k) = (x.extent(2 + a), y.extent(2 + a), w.extent(2 + a))
      guard k >= 1 else { throw shapes("the kernel has to have an element") }
      let (reach, isFar) = Int(dilation).multipliedReportingOverflow(by: k - 1)
      let (padding, isWide) = Int(low).addingReportingOverflow(Int(high))
      let (padded, isLong) = d.addingReportingOverflow(padding)
      guard !isFar && !isWide && !isLong else {
        throw .invalid("\(name): axis \(a): parameters too large for any tensor")
      }
      let room = padded - 1 - reach
      guard room < 0 ? e == 0 : e == room / Int(stride) + 1 else {
        throw shapes("axis \(a) of y does not follow from stride, padding and dilation")
      }
      let at = a + 3 - spatial
      // What has no second element has no distance, however great: nothing is computed with it.
      self.stride[at] = e <= 1 ? 1 : Int(stride)
      self.padding[at] = Int(low)
      self.dilation[at] = k == 1 ? 1 : Int(dilation)
    }
    if let bias {
      guard bias.rank == 1 && bias.extent(0) == biasExtent(x, y) else {
        throw .invalid("\(name): bias \(bias.shapeText) does not fit the \(biasExtent(x, y)) channels")
      }
    }
  }

  /// The spatial extents of an operand.
  func extents(_ view: View) -> InlineArray<3, Int> {
    var result = InlineArray<3, Int>(repeating: 1)
    for a in 0..<spatial { result[a + 3 - spatial] = view.extent(2 + a) }
    return result
  }

  /// Stands where there is no memory, and is never read.
  private static var nothing: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: 64)! }

  /// An operand of `rows` channels in each group. Axes of extent 1 get strides that let them merge with others.
  func operand(_ view: View, rows: Int) -> ConvolutionOperand {
    var axis = InlineArray<3, Int>(repeating: 0)
    for a in 0..<spatial { axis[a + 3 - spatial] = view.stride(2 + a) }
    let extents = extents(view)
    if extents[2] == 1 { axis[2] = 1 }
    if extents[1] == 1 { axis[1] = extents[2] * axis[2] }
    if extents[0] == 1 { axis[0] = extents[1] * axis[1] }
    return ConvolutionOperand(
      data: view.count == 0 ? Self.nothing : view.data, batch: view.stride(0), group: rows * view.stride(1),
      channel: view.stride(1), axis: axis)
  }

  /// The weight's strides: the batch are the rows of a group.
  var weightOperand: ConvolutionOperand {
    var operand = operand(w, rows: 0)
    operand.group = y.extent(1) / groups * w.stride(0)
    return operand
  }

  /// y as a sum over x.
  var forward: ConvolutionSum {
    let (rows, channels) = (y.extent(1) / groups, x.extent(1) / groups)
    var start = padding
    for a in 0..<3 { start[a] = -padding[a] }
    return ConvolutionSum(
      type: x.dtype, batch: x.extent(0), groups: groups, rows: rows, channels: channels, extent: extents(y),
      inputExtent: extents(x), taps: extents(w), step: stride, start: start, spacing: dilation,
      input: operand(x, rows: channels), output: operand(y, rows: rows))
  }

  func weight(rows: Int, channels: Int) -> ConvolutionWeight {
    let operand = weightOperand
    return ConvolutionWeight(
      type: w.dtype, groups: groups, rows: rows, channels: channels, taps: extents(w), operand: operand,
      isContiguous: w.isContiguous || w.count == 0)
  }

  /// The positions of x of one remainder of the stride as a sum over y, and its weight. With q = r + stride*j, tap t
  /// meets the element of y at j + (r + padding - t*dilation)/stride, where that is an integer.
  func backward(_ remainder: InlineArray<3, Int>) -> (ConvolutionSum, ConvolutionWeight) {
    let (rows, channels) = (x.extent(1) / groups, y.extent(1) / groups)
    var output = operand(x, rows: rows), weight = weightOperand
    // Its rows are the weight's channels.
    weight.group = y.extent(1) / groups * weight.batch
    swap(&weight.batch, &weight.channel)
    var extent = extents(x), taps = extents(w), start = padding, spacing = dilation, hasTaps = true
    for a in 0..<3 {
      let (r, s, step) = (remainder[a], stride[a], dilation[a])
      extent[a] = (extent[a] - r + s - 1) / s
      output.data += r * output.axis[a] * x.size
      output.axis[a] *= s
      let meeting = (0..<taps[a]).lazy.filter { (r + padding[a] - $0 * step) % s == 0 }
      guard let first = meeting.first else {
        (taps[a], start[a], spacing[a], hasTaps) = (1, 0, 1, false)
        continue
      }
      // Every so many taps is one that meets; from the last to the first, positions grow.
      var (divisor, rest) = (s, step)
      while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
      let every = s / divisor, count = (taps[a] - 1 - first) / every + 1, last = first + (count - 1) * every
      taps[a] = count
      start[a] = (r + padding[a] - last * step) / s
      spacing[a] = step / divisor
      weight.data += last * weight.axis[a] * w.size
      weight.axis[a] *= -every
    }
    let sum = ConvolutionSum(
      type: x.dtype, batch: x.extent(0), groups: groups, rows: rows, channels: hasTaps ? channels : 0,
      extent: extent, inputExtent: extents(y), taps: taps, step: [1, 1, 1], start: start, spacing: spacing,
      input: operand(y, rows: channels), output: output)
    return (
      sum,
      ConvolutionWeight(
        type: w.dtype, groups: groups, rows: rows, channels: hasTaps ? channels : 0, taps: taps, operand: weight,
        isContiguous: false)
    )
  }
}

/// The weight of a sum, which is wanted contiguous: groups, rows, channels, taps.
struct ConvolutionWeight {
  let type: Int32
  let groups: Int
  let rows: Int
  let channels: Int
  let taps: InlineArray<3, Int>
  /// The batch are the rows.
  let operand: ConvolutionOperand
  let isContiguous: Bool

  var count: Int { groups * rows * channels * taps[0] * taps[1] * taps[2] }

  func layOut(_ context: Context, _ out: UnsafeMutableRawPointer, _ size: Int) {
    let layOut = context.pointee.networks.convolution.layOut, source = Int(bp_dtype_size(type))
    let a = operand, each = channels * taps[0] * taps[1] * taps[2]
    var offsets: [Int] = []
    for t0 in 0..<taps[0] {
      for t1 in 0..<taps[1] {
        for t2 in 0..<taps[2] { offsets.append(t0 * a.axis[0] + t1 * a.axis[1] + t2 * a.axis[2]) }
      }
    }
    for group in 0..<groups {
      let to = out + group * rows * each * size, from = a.data + group * a.group * source
      let pieces = pieces(context, rows, atLeast: max(1, 16384 / each))
      offsets.withUnsafeBufferPointer { offsets in
        let first = offsets.baseAddress!
        parallel(context, pieces) { piece in
          let low = rows * piece / pieces, high = rows * (piece + 1) / pieces
          layOut(
            type, high - low, channels, offsets.count, to + low * each * size, from + low * a.batch * source, a.batch,
            a.channel, first)
        }
      }
    }
  }
}

/// Bytes of the numbers that a type is computed with.
func computedSize(_ type: Int32) -> Int { type == BP_FLOAT64 ? 8 : 4 }

/// Work that is worth a thread, in multiplications.
private let sharedMultiplications = 1 << 16

/// CONVOLUTION.
private func convolution(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let bias = op.pointee.input_count == 3 ? op.pointee.inputs[2] : nil
  let shape = try Convolution(
    op, x: op.pointee.inputs[0]!, y: op.pointee.outputs[0]!, w: op.pointee.inputs[1]!, bias: bias
  ) { $1.extent(1) }
  if shape.y.count == 0 { return }
  let sum = shape.forward
  try run(context, shape.name, [(sum, shape.weight(rows: sum.rows, channels: sum.channels))], bias)
}

/// CONVOLUTION_INPUT: for each remainder of the stride a convolution of steps of 1, of the taps that meet its positions.
private func convolutionInput(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let bias = op.pointee.input_count == 3 ? op.pointee.inputs[2] : nil
  let shape = try Convolution(
    op, x: op.pointee.outputs[0]!, y: op.pointee.inputs[0]!, w: op.pointee.inputs[1]!, bias: bias
  ) { x, _ in x.extent(1) }
  if shape.x.count == 0 { return }
  let extent = shape.extents(shape.x), stride = shape.stride, first = shape.backward([0, 0, 0]).0
  // Two that lie side by side in turn are computed together, and with them the others, which read the same input: unless
  // there are so many rows that what is gathered of both would make blocks smaller.
  let isInTurn =
    stride[2] == 2 && first.output.axis[2] == 2 && first.extent[2] > 1 && first.rows > 2
    && 2 * first.rows <= context.pointee.networks.convolution.depth
    && (0..<3).allSatisfy { stride[$0] <= 2 && extent[$0] % stride[$0] == 0 }
  var together: [(ConvolutionSum, ConvolutionWeight)] = []
  for r0 in 0..<min(stride[0], extent[0]) {
    for r1 in 0..<min(stride[1], extent[1]) {
      for r2 in 0..<min(stride[2], extent[2]) {
        let one = shape.backward([r0, r1, r2])
        if isInTurn { together.append(one) } else { try run(context, shape.name, [one], bias) }
      }
    }
  }
  if isInTurn { try run(context, shape.name, together, bias) }
}

/// CONVOLUTION_WEIGHT.
private func convolutionWeight(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let shape = try Convolution(
    op, x: op.pointee.inputs[0]!, y: op.pointee.inputs[1]!, w: op.pointee.outputs[0]!, bias: nil
  ) { x, _ in x.extent(1) }
  if shape.w.count == 0 { return }
  var sum = shape.forward
  // A batch that is empty adds nothing: it is one without pixels.
  if sum.outers * sum.plane == 0 { (sum.batch, sum.extent) = (0, [1, 1, 1]) }
  let size = computedSize(sum.type)
  let kernels = context.pointee.networks.convolution
  var plan = ConvolutionWeightPlan(
    sum, weight: shape.weightOperand, lanes: 64 / size, blockElements: kernels.blockElements)
  let elements = amount(plan.units, plan.paddedRows, plan.paddedColumns)
  let threads = min(plan.units, context.pointee.threads)
  try requireWorkSpace(amount(threads, size, plan.workSpace(sum)), shape.name)
  let rows = sum.rows * sum.groups
  try withWorkSpace(amount(elements, size), shape.name) { partials in
    parallel(context, plan.units) { unit in kernels.weightUnits(&sum, &plan, partials, unit, unit + 1) }
    let pieces = pieces(context, rows, atLeast: max(1, 16384 / max(1, sum.depth * plan.parts)))
    parallel(context, pieces) { piece in
      kernels.finishWeight(&sum, &plan, partials, rows * piece / pieces, rows * (piece + 1) / pieces)
    }
  }
}

/// Computes a sum, or several that are computed together, whose weights are laid out first if they do not lie as they
/// should.
private func run(
  _ context: Context, _ name: String, _ all: [(sum: ConvolutionSum, weight: ConvolutionWeight)], _ bias: View?
) throws(Failure) {
  var sums = all.map(\.sum)
  if sums.count == 1 { sums[0].mergeAxes() }
  let size = computedSize(sums[0].type), isDirectFormat = bp_dtype_size(sums[0].type) == size
  let threads = context.pointee.threads
  let kernels = context.pointee.networks.convolution
  let deepest = sums.count == 1 ? nil : sums.reduce(0) { max($0, $1.depth) }
  let plans = sums.map {
    ConvolutionPlan(
      $0, isDirectFormat: isDirectFormat, strip: kernels.stripVectors * 64 / size, depth: kernels.depth,
      blockElements: kernels.blockElements, packedElements: kernels.packedElements, threads: threads,
      deepest: deepest)
  }
  func isReady(_ weight: ConvolutionWeight) -> Bool { isDirectFormat && weight.isContiguous }
  let units = plans[0].units, groups = sums[0].groups, rows = sums[0].rows
  let biasCount = bias == nil ? 0 : rows * groups
  let weightCount = all.reduce(0) { $0 + (isReady($1.weight) ? 0 : $1.weight.count) }
  let perThread = zip(plans, sums).reduce(0) { max($0, $1.0.workSpace($1.1)) }
  try requireWorkSpace(amount(min(threads, units), size, perThread), name)
  let (panels, panelPitch) = plans[0].isPacked ? (plans[0].panels(sums[0]), plans[0].panelPitch(sums[0])) : (0, 0)
  let packedCount = amount(panels, panelPitch)
  try requireWorkSpace(amount(packedCount, size), name)
  try withWorkSpace(amount(weightCount + biasCount + packedCount, size), name) { numbers in
    if let bias {
      let to = numbers + weightCount * size
      var first = 0
      kernels.layOut(bias.dtype, 1, biasCount, 1, to, bias.data, 0, bias.stride(0), &first)
      for i in 0..<sums.count { sums[i].bias = UnsafeRawPointer(to) }
    }
    var next = numbers
    for i in 0..<sums.count {
      let weight = all[i].weight
      if isReady(weight) {
        sums[i].weight = UnsafeRawPointer(weight.operand.data)
      } else {
        sums[i].weight = UnsafeRawPointer(next)
        if weight.count > 0 { weight.layOut(context, next, size) }
        next += weight.count * size
      }
    }
    if panels > 0 {
      var (plan, sum) = (plans[0], sums[0])
      let packed = numbers + (weightCount + biasCount) * size
      let pieces = pieces(context, panels, atLeast: max(1, 16384 / panelPitch))
      parallel(context, pieces) { piece in
        kernels.pack(&sum, &plan, packed, panels * piece / pieces, panels * (piece + 1) / pieces)
      }
      sums[0].weight = UnsafeRawPointer(packed)
    }
    let depth = sums.reduce(0) { $0 + max(8, $1.depth) }
    let work = amount(sums[0].outers, sums[0].plane, rows, depth, groups)
    let pieces = threads == 1 || work < sharedMultiplications ? 1 : min(units, 8 * threads)
    sums.withUnsafeBufferPointer { sums in
      plans.withUnsafeBufferPointer { plans in
        let (first, plan, count) = (sums.baseAddress!, plans.baseAddress!, sums.count)
        parallel(context, pieces) { piece in
          kernels.units(first, plan, count, units * piece / pieces, units * (piece + 1) / pieces)
        }
      }
    }
  }
}
