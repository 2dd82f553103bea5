import BackendAPI
import CUDATypes

/// NORMALIZE, its gradients and NORMALIZE_FROZEN.
let statisticsClaims = [
  NetworkClaim(BP_OP_NORMALIZE, run: normalize),
  NetworkClaim(BP_OP_NORMALIZE_BACKWARD, run: normalizeBackward),
  NetworkClaim(BP_OP_NORMALIZE_FROZEN, run: normalizeFrozen),
]

/// The operands by their numbers in `cuda_networks.h`; those that are not there are nil.
struct StatisticsOperands {
  var views = InlineArray<8, View?>(repeating: nil)
  /// Of the constants, for each axis, where they take the place of an operand.
  var constants: (place: Int, strides: [Int])?

  subscript(place: Int32) -> View? {
    get { views[Int(place)] }
    set { views[Int(place)] = newValue }
  }

  /// Those of an axis: 0 of an operand that is broadcast along it.
  func strides(_ axis: Int) -> SIMD8<Int> {
    var result = SIMD8<Int>(repeating: 0)
    for i in 0..<8 {
      guard let view = views[i] else { continue }
      result[i] = view.extent(axis) == 1 ? 0 : view.stride(axis)
    }
    if let constants { result[constants.place] = constants.strides[axis] }
    return result
  }

  /// The axes that `isIncluded` chooses.
  func axes(of x: View, where isIncluded: (Int) -> Bool) -> WideAxes {
    var axes = WideAxes()
    for axis in 0..<x.rank where isIncluded(axis) { axes.append(x.extent(axis), strides(axis)) }
    return axes
  }

  var addresses: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) {
    func at(_ i: Int) -> UInt64 { views[i]?.address ?? 0 }
    return (at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7))
  }
}

/// A call of one of the operators: what its operands' shapes say.
struct StatisticsCall {
  let queue: Queue
  let x: View
  /// Axes along which the statistics are those of single elements; the others are reduced. Those of extent 1 are neither.
  var isKept: [Bool]
  /// Axes along which the weight moves.
  var isWeighted: [Bool]
  var operands = StatisticsOperands()
  let eps: Double
  let isUncentered: Bool

  init(_ queue: Queue, _ op: UnsafePointer<bp_op>, x: View, mean: View, weight: View?, flags known: UInt32)
    throws(Failure)
  {
    let h = try parameters(op, bp_normalize_params())
    try check { bp_check_flags(op, h.flags, known, $0) }
    guard h.eps >= 0 else { throw .invalid("\(operatorName(queue.op)): eps \(h.eps) has to be 0 or more") }
    self.queue = queue
    self.x = x
    eps = h.eps
    isUncentered = h.flags & BP_NORMALIZE_UNCENTERED != 0
    isKept = try StatisticsCall.moves(queue, mean, x, "statistics")
    isWeighted =
      try weight.map { (view) throws(Failure) in try StatisticsCall.moves(queue, view, x, "weight") }
      ?? isKept
      .map { _ in false }
  }

  /// The axes along which a broadcast operand moves.
  static func moves(_ queue: Queue, _ operand: View, _ x: View, _ what: String) throws(Failure) -> [Bool] {
    var result: [Bool] = []
    guard operand.rank == x.rank else { throw mismatch(queue, operand, x, what) }
    for axis in 0..<x.rank {
      guard operand.extent(axis) == x.extent(axis) || operand.extent(axis) == 1 else {
        throw mismatch(queue, operand, x, what)
      }
      result.append(operand.extent(axis) != 1)
    }
    return result
  }

  static func mismatch(_ queue: Queue, _ operand: View, _ x: View, _ what: String) -> Failure {
    .invalid(
      "\(operatorName(queue.op)): \(what) \(operand.shapeText) of an input \(x.shapeText): extents have to be its or 1")
  }

  func requireShape(_ operand: View, of other: View, _ what: String) throws(Failure) {
    guard operand.hasShape(of: other) else {
      throw .invalid(
        "\(operatorName(queue.op)): \(what) is \(operand.shapeText), and has to be \(other.shapeText)")
    }
  }

  /// Whether the weight is the same along all reduced axes.
  var isFolded: Bool { isKept.indices.allSatisfy { isKept[$0] || !isWeighted[$0] || x.extent($0) == 1 } }
  /// Whether it moves along all kept axes.
  var isWeightOfEach: Bool { isKept.indices.allSatisfy { !isKept[$0] || isWeighted[$0] || x.extent($0) == 1 } }

  /// Strides of one value for each of the slices, without gaps.
  var contiguousStrides: [Int] {
    var strides = [Int](repeating: 0, count: isKept.count), step = 1
    for axis in isKept.indices.reversed() where isKept[axis] {
      strides[axis] = step
      step *= x.extent(axis)
    }
    return strides
  }

  /// Elements of 16 bytes.
  var packLength: Int { 16 / x.size }
  /// Bytes of a statistic.
  var valueSize: Int { max(x.size, 4) }
}

// MARK: - The operators

private func normalize(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let inputs = op.pointee.inputs!, outputs = op.pointee.outputs!
  let x = inputs[0]!, out = outputs[0]!, mean = outputs[1]!, scale = outputs[2]!
  let weight = op.pointee.input_count > 1 ? inputs[1] : nil, bias = op.pointee.input_count > 2 ? inputs[2] : nil
  var call = try StatisticsCall(queue, op, x: x, mean: mean, weight: weight, flags: BP_NORMALIZE_UNCENTERED)
  try call.requireShape(out, of: x, "the output")
  try call.requireShape(scale, of: mean, "the scale")
  if let weight, let bias { try call.requireShape(bias, of: weight, "the bias") }
  call.operands[CK_OUT] = out
  call.operands[CK_X] = x
  call.operands[CK_MEAN] = mean
  call.operands[CK_SCALE] = scale
  call.operands[CK_WEIGHT] = weight
  call.operands[CK_BIAS] = bias
  if mean.count == 0 { return }
  if try call.rows() { return }
  let isEmpty = x.count == 0
  let folded = weight != nil && call.isFolded
  try queue.withScratch(isEmpty ? 0 : mean.count * 4 * call.valueSize) { constants throws(Failure) in
    var sums = call
    sums.operands.constants = (Int(CK_CONSTANTS), call.contiguousStrides)
    sums.operands[CK_OUT] = nil
    try sums.sums(kept: call.isKept, constants: isEmpty ? 0 : constants, isFolded: folded)
    if isEmpty { return }
    if folded {
      call.operands[CK_WEIGHT] = nil
      call.operands[CK_BIAS] = nil
    }
    call.operands[CK_SCALE] = nil
    try call.spread(constants: constants)
  }
}

private func normalizeBackward(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let inputs = op.pointee.inputs!, outputs = op.pointee.outputs!
  let g = inputs[0]!, x = inputs[1]!, mean = inputs[2]!, scale = inputs[3]!, out = outputs[0]!
  let weight = op.pointee.input_count > 4 ? inputs[4] : nil
  guard op.pointee.output_count == (weight == nil ? 1 : 3) else {
    throw .invalid(
      "NORMALIZE_BACKWARD: \(weight == nil ? "without a weight there is 1 output" : "with a weight there are 3 outputs"), "
        + "not \(op.pointee.output_count)")
  }
  var call = try StatisticsCall(queue, op, x: x, mean: mean, weight: weight, flags: BP_NORMALIZE_UNCENTERED)
  try call.requireShape(g, of: x, "the gradient")
  try call.requireShape(out, of: x, "the output")
  try call.requireShape(scale, of: mean, "the scale")
  call.operands[CK_OUT] = out
  call.operands[CK_X] = x
  call.operands[CK_GRADIENT] = g
  call.operands[CK_MEAN] = mean
  call.operands[CK_SCALE] = scale
  call.operands[CK_WEIGHT] = weight
  if let weight {
    try call.requireShape(outputs[1]!, of: weight, "the gradient of the weight")
    try call.requireShape(outputs[2]!, of: weight, "the gradient of the bias")
    call.operands[CK_WEIGHT_GRADIENT] = outputs[1]
    call.operands[CK_BIAS] = outputs[2]
  }
  if try call.gradientRows() { return }
  let folded = weight != nil && call.isFolded, isTogether = folded && call.isWeightOfEach
  if weight != nil && !isTogether {
    var gradients = call
    gradients.operands[CK_OUT] = nil
    gradients.operands[CK_WEIGHT] = nil
    try gradients.sums(kept: call.isWeighted, constants: 0, isFolded: false)
  }
  if mean.count == 0 || x.count == 0 && !isTogether { return }
  try queue.withScratch(mean.count * 4 * call.valueSize) { constants throws(Failure) in
    var sums = call
    sums.operands.constants = (Int(CK_CONSTANTS), call.contiguousStrides)
    sums.operands[CK_OUT] = nil
    if !isTogether {
      sums.operands[CK_WEIGHT_GRADIENT] = nil
      sums.operands[CK_BIAS] = nil
    }
    try sums.sums(kept: call.isKept, constants: constants, isFolded: folded)
    if x.count == 0 { return }
    call.operands[CK_SCALE] = nil
    call.operands[CK_BIAS] = nil
    call.operands[CK_WEIGHT_GRADIENT] = nil
    if folded { call.operands[CK_WEIGHT] = nil }
    try call.spread(constants: constants)
  }
}

private func normalizeFrozen(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let inputs = op.pointee.inputs!
  let x = inputs[0]!, mean = inputs[1]!, variance = inputs[2]!, out = op.pointee.outputs[0]!
  let weight = op.pointee.input_count > 3 ? inputs[3] : nil, bias = op.pointee.input_count > 4 ? inputs[4] : nil
  var call = try StatisticsCall(queue, op, x: x, mean: mean, weight: weight, flags: 0)
  try call.requireShape(out, of: x, "the output")
  try call.requireShape(variance, of: mean, "the variance")
  if let bias { _ = try StatisticsCall.moves(queue, bias, x, "bias") }
  call.operands[CK_OUT] = out
  call.operands[CK_X] = x
  call.operands[CK_MEAN] = mean
  call.operands[CK_SCALE] = variance
  call.operands[CK_WEIGHT] = weight
  call.operands[CK_BIAS] = bias
  if x.count == 0 { return }
  try call.spread(constants: 0)
}
