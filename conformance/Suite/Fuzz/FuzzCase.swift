import BackendAPI

/// A case of tier T4: one operator, or a chain in which later ones read what earlier ones wrote.
///
/// Concrete down to the elements, so that shrinking can take a part of what failed.
struct FuzzCase: Sendable {
  /// The extents of all axes. Operands that share an axis name the same place here, so that a
  /// change of it keeps their shapes in agreement.
  var extents: [Int]
  var steps: [FuzzStep]

  /// Elements of all operands.
  var size: Int {
    steps.reduce(0) { $0 + ($1.inputs + $1.outputs).reduce(0) { $0 + shape($1).reduce(1, *) } }
  }

  func shape(_ operand: FuzzOperand) -> [Int] { operand.axes.map { extents[$0] } }
}

/// One call of a chain.
struct FuzzStep: Sendable {
  let entry: OperatorEntry
  let signature: Signature
  var inputs: [FuzzOperand]
  var outputs: [FuzzOperand]
  var params: Parameters = .none
  /// The input that output 0 takes the place of, where the plugin allows it.
  var sharedInput: Int?

  /// The position of the axis that the params name.
  var axis: Int? {
    switch params {
    case .axis(let axis), .sort(let axis, _), .scatter(let axis, _): axis
    default: nil
    }
  }

  /// The operand that holds indices, and the one that they point into.
  var indexed: (indices: FuzzOperand, data: FuzzOperand)? {
    switch entry.name {
    case "GATHER": (inputs[1], inputs[0])
    case "SCATTER": (inputs[0], outputs[0])
    default: nil
    }
  }

  /// Which input the indices are.
  var indexInput: Int? { entry.name == "GATHER" ? 1 : entry.name == "SCATTER" ? 0 : nil }
}

/// A tensor of a step.
struct FuzzOperand: Sendable {
  enum Content: Sendable {
    /// Row-major, broadcast axes written out: along them all are equal.
    case elements(ElementArray)
    case immediate(ElementArray)
    /// A view of an earlier step's output 0: axis i here is axis order[i] there.
    case link(step: Int, order: [Int])
    /// An output that is only written.
    case blank
  }

  let dtype: DType
  /// Places in the case's extents.
  var axes: [Int]
  var placement: Placement
  var content: Content

  var elements: ElementArray? {
    if case .elements(let elements) = content { return elements }
    return nil
  }
}

/// How a tensor lies in memory, whatever its extents.
struct Placement: Sendable, Equatable {
  /// The axes as memory has them, the innermost last.
  var order: [Int]
  /// Every how many elements an axis takes one.
  var steps: [Int]
  /// Elements left unused past an axis's end.
  var gaps: [Int]
  var flips: [Bool]
  var broadcasts: [Bool]
  var lead = 0

  /// Row-major, without gaps.
  init(rank: Int) {
    order = Array(0..<rank)
    steps = Array(repeating: 1, count: rank)
    gaps = Array(repeating: 0, count: rank)
    flips = Array(repeating: false, count: rank)
    broadcasts = flips
  }

  /// Row-major as often as not; else with axes permuted, gaps, steps, and what else the operand may have.
  init(rank: Int, isInput: Bool, mayFlip: Bool, _ random: inout RandomSource) {
    self.init(rank: rank)
    if random.oneIn(2) { return }
    if random.oneIn(2) { order.shuffle(using: &random) }
    if random.oneIn(2) { lead = random.int(0...5) }
    for i in 0..<rank {
      if random.oneIn(5) { gaps[i] = random.int(1...4) }
      // Every second element of all axes would take too much memory.
      if random.oneIn(2 + rank) { steps[i] = random.int(2...3) }
      if mayFlip && random.oneIn(6) { flips[i] = true }
      if isInput && random.oneIn(6) { broadcasts[i] = true }
    }
  }

  func layout(_ shape: [Int]) -> Layout {
    var strides = shape.map { _ in 0 }
    var unit = 1
    for axis in order.reversed() where !broadcasts[axis] {
      let stride = unit * steps[axis]
      strides[axis] = flips[axis] ? -stride : stride
      unit = stride * max(shape[axis], 1) + gaps[axis]
    }
    return Layout(shape, strides: strides, lead: lead)
  }

  mutating func remove(_ axis: Int) {
    order = order.filter { $0 != axis }.map { $0 > axis ? $0 - 1 : $0 }
    steps.remove(at: axis)
    gaps.remove(at: axis)
    flips.remove(at: axis)
    broadcasts.remove(at: axis)
  }
}

// MARK: - Making operations

extension FuzzCase {
  /// A step as an operation. `results` are the outputs of the steps before it, row-major; without
  /// them, linked inputs hold zeros.
  func operation(_ index: Int, _ results: [ElementArray]? = nil) -> Operation {
    let step = steps[index]
    var inputs = step.inputs.map { operand($0, results) }
    let outputs = step.outputs.map { operand($0, results) }
    if let shared = step.sharedInput, let elements = step.inputs[shared].elements {
      inputs[shared] = Operand(outputs[0].layout, elements)
    }
    return Operation(inputs, outputs, step.params, sharedInput: step.sharedInput)
  }

  private func operand(_ operand: FuzzOperand, _ results: [ElementArray]?) -> Operand {
    let shape = shape(operand)
    switch operand.content {
    case .blank: return Operand(operand.dtype, operand.placement.layout(shape))
    case .immediate(let value): return Operand(immediate: value, shape: shape)
    case .elements(let elements):
      let layout = operand.placement.layout(shape)
      let apart = Layout(layout.withoutBroadcast.shape, strides: Layout(contiguous: shape).strides)
      return Operand(layout, elements.picking(apart.offsets))
    case .link(let step, let order):
      let producer = steps[step].outputs[0]
      let layout = linked(shape, order, producer.placement.layout(self.shape(producer)))
      let apart = layout.withoutBroadcast
      guard let results else { return Operand(layout, ElementArray(operand.dtype, zeros: apart.count)) }
      let dense = linked(apart.shape, order, Layout(contiguous: self.shape(producer)))
      return Operand(layout, results[step].picking(dense.offsets))
    }
  }

  /// The view of a tensor with its axes in another order, those of extent 1 broadcast.
  private func linked(_ shape: [Int], _ order: [Int], _ layout: Layout) -> Layout {
    Layout(shape, strides: order.map { layout.shape[$0] == 1 ? 0 : layout.strides[$0] })
  }

  /// The earlier step whose output this one takes the place of.
  func overwritten(by index: Int) -> Int? {
    let step = steps[index]
    guard let shared = step.sharedInput, case .link(let producer, _) = step.inputs[shared].content else { return nil }
    return producer
  }

  /// Whether the header allows every call, and every link stays within what it reads.
  var isValid: Bool { steps.allSatisfy { isValid($0) } && steps.indices.allSatisfy { isSharedRightly($0) } }

  /// In place of an earlier output: the very view of it, which no other step reads from then on.
  private func isSharedRightly(_ index: Int) -> Bool {
    guard let producer = overwritten(by: index), let shared = steps[index].sharedInput,
      case .link(_, let order) = steps[index].inputs[shared].content
    else { return true }
    let (there, here) = (steps[producer].outputs[0], steps[index].outputs[0])
    let reads = steps[index...].flatMap(\.inputs).count { input in
      if case .link(producer, _) = input.content { return true }
      return false
    }
    return reads == 1 && order == Array(order.indices) && shape(there) == shape(here)
      && shape(steps[index].inputs[shared]) == shape(here) && there.placement == here.placement
  }

  private func isValid(_ step: FuzzStep) -> Bool {
    for input in step.inputs {
      guard case .link(let producer, let order) = input.content else { continue }
      let (here, there) = (shape(input), shape(steps[producer].outputs[0]))
      for (axis, place) in order.enumerated() where here[axis] > there[place] && there[place] != 1 {
        return false
      }
    }
    if step.entry.name == "ARGMAX" || step.entry.name == "ARGMIN" {
      return extents[step.inputs[0].axes[step.axis!]] > 0
    }
    if step.entry.name == "TOPK" {
      let axis = step.axis!
      return extents[step.outputs[0].axes[axis]] <= extents[step.inputs[0].axes[axis]]
    }
    guard let (indices, data) = step.indexed, let axis = step.axis else { return true }
    let (counts, limits) = (shape(indices), shape(data))
    for position in counts.indices where position != axis && counts[position] > limits[position] {
      return false
    }
    guard let values = indices.elements else { return false }
    if (0..<values.count).contains(where: { !(0..<Int64(limits[axis])).contains(values.integer($0)) }) {
      return false
    }
    guard case .scatter(_, BP_SCATTER_SET) = step.params else { return true }
    // Which of several sources on one target wins, the header leaves open.
    var strides = Layout(contiguous: limits).strides
    let along = strides[axis]
    strides[axis] = 0
    let targets = zip(Layout(counts, strides: strides).offsets, 0..<values.count).map {
      $0 + along * Int(values.integer($1))
    }
    return Set(targets).count == targets.count
  }
}

extension ElementArray {
  /// The elements at some places.
  func picking(_ indices: [Int]) -> ElementArray {
    let size = dtype.size
    var result = ElementArray(dtype, zeros: indices.count)
    for (i, index) in indices.enumerated() {
      for j in 0..<size { result.bytes[i * size + j] = bytes[index * size + j] }
    }
    return result
  }
}
