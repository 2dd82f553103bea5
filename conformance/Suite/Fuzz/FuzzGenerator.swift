import BackendAPI

/// Draws the cases of tier T4: each a function of seed and index alone.
struct FuzzGenerator {
  private var random: RandomSource
  private let level: Conformance.Level
  private var fuzz = FuzzCase(extents: [], steps: [])
  /// Elements that a tensor may have.
  private let room: Int

  static func draw(seed: UInt64, index: Int, level: Conformance.Level) -> FuzzCase {
    var generator = FuzzGenerator(seed: seed, index: index, level: level)
    return generator.draw()
  }

  private init(seed: UInt64, index: Int, level: Conformance.Level) {
    random = RandomSource(seed: seed, id: "T4.\(index)")
    self.level = level
    room = random.oneIn(32) ? 150_000 : random.oneIn(4) ? 4096 : 600
  }

  private mutating func draw() -> FuzzCase {
    let length = random.oneIn(2) ? 1 : random.int(2...8)
    for i in 0..<length {
      // Most operators do not read the type that is there: a chain ends where none was drawn that does.
      for _ in 0..<40 {
        let kept = fuzz
        if let step = step(linked: i > 0) {
          fuzz.steps.append(step)
          break
        }
        fuzz = kept
      }
      if fuzz.steps.count <= i { break }
    }
    return fuzz
  }

  // MARK: - Operators

  private mutating func step(linked: Bool) -> FuzzStep? {
    let entry = OperatorCatalogue.all.randomElement(using: &random)!
    let signatures = entry.signatures.filter { level == .full || entry.isCore && $0.isCore }
    guard var signature = signatures.randomElement(using: &random) else { return nil }
    // Half of all with core types: what programs use most.
    if random.oneIn(2), let core = signatures.filter(\.isCore).randomElement(using: &random) {
      signature = core
    }
    var link: Link?
    if linked {
      let producer = random.oneIn(4) ? random.int(0...fuzz.steps.count - 1) : fuzz.steps.count - 1
      // What another step has taken the place of is gone.
      if fuzz.steps.indices.contains(where: { fuzz.overwritten(by: $0) == producer }) { return nil }
      let dtype = fuzz.steps[producer].signature.outputs[0]
      let places = signature.inputs.indices.filter {
        signature.inputs[$0] == dtype && isLinkable(entry, $0)
      }
      guard let place = places.randomElement(using: &random) else { return nil }
      link = view(of: producer, for: place)
    }
    var step = FuzzStep(entry: entry, signature: signature, inputs: [], outputs: [])
    switch entry.family {
    case .creation, .random, .elementwise: elementwise(&step, link)
    case .reduction: guard reduction(&step, link) else { return nil }
    case .matmul: guard product(&step, link) else { return nil }
    case .indexing: guard indexing(&step, link) else { return nil }
    case .normalization: guard normalization(&step, link) else { return nil }
    case .optimizer:
      // The others are drawn by their entries.
      guard entry.drawn == nil else { return nil }
      optimizer(&step)
    case .sorting, .scan: guard slices(&step, link) else { return nil }
    // Results that are not unique cannot be compared step by step.
    case .factorization, .fourier: return nil
    // Drawn by their entries, one at a time.
    case .affine, .activation, .convolution, .pooling, .statistics, .attention, .loss, .recurrence: return nil
    }
    if let link { step.inputs[link.place].content = .link(step: link.producer, order: link.order) }
    return step
  }

  /// Whether an input may hold whatever an earlier step gave: not indices, nor what has a range of its own.
  private func isLinkable(_ entry: OperatorEntry, _ input: Int) -> Bool {
    switch entry.name {
    case "FILL", "ADAM_STEP", "SGD_STEP": false
    case "GATHER": input == 0
    case "SCATTER": input == 1
    case "SOFTMAX_BACKWARD", "LOG_SOFTMAX_BACKWARD": input == 1
    case "GELU_BACKWARD", "GELU_TANH_BACKWARD", "SILU_BACKWARD", "SIGMOID_BACKWARD", "TANH_BACKWARD": input == 0
    default: true
    }
  }

  // MARK: - Axes

  private struct Link {
    let place: Int
    let producer: Int
    var axes: [Int]
    var order: [Int]
  }

  /// A view of an earlier output: most often as it is, else permuted, narrowed, or broadcast.
  private mutating func view(of producer: Int, for place: Int) -> Link {
    let axes = fuzz.steps[producer].outputs[0].axes
    var order = Array(axes.indices)
    if random.oneIn(5) { order.shuffle(using: &random) }
    var link = Link(place: place, producer: producer, axes: order.map { axes[$0] }, order: order)
    for i in link.axes.indices where random.oneIn(4) {
      let extent = fuzz.extents[link.axes[i]]
      let count = link.axes.reduce(1) { $0 * fuzz.extents[$1] }
      if extent == 1 && count * 5 <= room {
        link.axes[i] = axis(random.int(1...5))
      } else if extent > 1 && random.oneIn(3) {
        link.axes[i] = axis(random.int(1...extent))
      }
    }
    return link
  }

  private mutating func axis(_ extent: Int) -> Int {
    fuzz.extents.append(extent)
    return fuzz.extents.count - 1
  }

  private mutating func axes(rank: ClosedRange<Int>, room: Int) -> [Int] {
    random.shape(rank: rank, room: room).map { axis($0) }.shuffled(using: &random)
  }

  // MARK: - Operands

  private mutating func input(
    _ step: FuzzStep, _ index: Int, _ axes: [Int], immediate: Bool = false
  ) -> FuzzOperand {
    let dtype = step.signature.inputs[index]
    var operand = FuzzOperand(dtype: dtype, axes: axes, placement: Placement(rank: axes.count), content: .blank)
    if immediate {
      operand.content = .immediate(
        FuzzValues.draw(step.entry, dtype, operand: index, count: 1, step.params, &random))
      return operand
    }
    operand.placement = Placement(rank: axes.count, isInput: true, mayFlip: true, &random)
    fill(&operand, step, index)
    return operand
  }

  /// Draws the elements that lie apart, and writes out the broadcast ones.
  private mutating func fill(_ operand: inout FuzzOperand, _ step: FuzzStep, _ index: Int) {
    let shape = fuzz.shape(operand)
    let apart = operand.placement.layout(shape).withoutBroadcast
    let drawn = FuzzValues.draw(
      step.entry, operand.dtype, operand: index, count: apart.count, step.params, &random)
    operand.content = .elements(drawn.picking(Layout.groups(of: shape, into: apart.shape)))
  }

  private mutating func output(_ step: FuzzStep, _ axes: [Int], _ dtype: DType? = nil) -> FuzzOperand {
    let mayFlip = step.entry.name == "COPY" || step.entry.name == "FILL"
    return FuzzOperand(
      dtype: dtype ?? step.signature.outputs[0], axes: axes,
      placement: Placement(rank: axes.count, isInput: false, mayFlip: mayFlip, &random), content: .blank)
  }

  /// An output that the operator reads. What it holds was written by a plugin: a bool is 0 or 1 [BP-3.2].
  private mutating func state(
    _ step: FuzzStep, _ axes: [Int], _ values: ValueSet? = nil
  ) -> FuzzOperand {
    var operand = output(step, axes)
    let count = fuzz.shape(operand).reduce(1, *)
    var elements =
      values?.make(operand.dtype, count, 0, &random)
      ?? FuzzValues.draw(step.entry, operand.dtype, operand: 2, count: count, step.params, &random)
    if operand.dtype == .bool { elements = ElementArray(.bool, bytes: elements.bytes.map { $0 & 1 }) }
    operand.content = .elements(elements)
    return operand
  }

  // MARK: - Families

  private mutating func elementwise(_ step: inout FuzzStep, _ link: Link?) {
    let axes = link?.axes ?? self.axes(rank: 0...8, room: room)
    switch step.entry.name {
    case "ARANGE": step.params = FuzzValues.arange(&random)
    case _ where step.entry.family == .random: step.params = FuzzValues.stream(&random)
    default: break
    }
    let isFill = step.entry.name == "FILL"
    let takesImmediates = step.entry.family == .elementwise
    for i in step.signature.inputs.indices {
      step.inputs.append(
        input(step, i, axes, immediate: isFill || takesImmediates && random.oneIn(8)))
    }
    step.outputs = [output(step, axes)]
    share(&step, link, allowing: Array(step.inputs.indices))
  }

  /// In place, now and then.
  private mutating func share(_ step: inout FuzzStep, _ link: Link?, allowing inputs: [Int]) {
    guard random.oneIn(4), step.entry.family == .elementwise || step.entry.family == .normalization else {
      return
    }
    let producer = link.map { fuzz.steps[$0.producer].outputs[0] }
    let places = inputs.filter { i in
      guard step.inputs[i].dtype == step.outputs[0].dtype && step.inputs[i].elements != nil else { return false }
      guard let link, let producer, link.place == i else { return true }
      return link.axes == producer.axes && link.order == Array(link.order.indices)
        && !producer.placement.flips.contains(true)
    }
    guard let place = places.randomElement(using: &random) else { return }
    if let producer, link?.place == place {
      step.outputs[0].placement = producer.placement
    } else {
      step.inputs[place].placement = step.outputs[0].placement
    }
    step.sharedInput = place
  }

  private mutating func reduction(_ step: inout FuzzStep, _ link: Link?) -> Bool {
    let isArg = step.entry.name == "ARGMAX" || step.entry.name == "ARGMIN"
    let axes = link?.axes ?? self.axes(rank: (isArg ? 1 : 0)...8, room: room)
    var reduced = axes
    if isArg {
      guard let position = axes.indices.filter({ fuzz.extents[axes[$0]] > 0 }).randomElement(using: &random)
      else { return false }
      step.params = .axis(position)
      reduced[position] = axis(1)
    } else {
      let isFull = random.oneIn(4)
      for position in axes.indices where isFull || random.oneIn(2) { reduced[position] = axis(1) }
    }
    step.inputs = [input(step, 0, axes)]
    step.outputs = [output(step, reduced)]
    return true
  }

  private mutating func product(_ step: inout FuzzStep, _ link: Link?) -> Bool {
    var batch: [Int]
    var (m, k, n) = (0, 0, 0)
    if let link {
      guard link.axes.count >= 2 else { return false }
      batch = Array(link.axes.dropLast(2))
      let (row, column) = (link.axes[link.axes.count - 2], link.axes.last!)
      let left = max(1, room / max(1, link.axes.reduce(1) { $0 * fuzz.extents[$1] }))
      let other = axis(min(random.extent(left), 150))
      (m, k, n) = link.place == 0 ? (row, column, other) : (other, row, column)
    } else {
      batch = random.oneIn(2) ? [] : axes(rank: 1...3, room: max(room / 64, 4))
      let left = max(1, room / max(1, batch.reduce(1) { $0 * fuzz.extents[$1] }))
      (m, k, n) = (
        axis(min(random.extent(left), left)), axis(min(random.extent(left), left)),
        axis(min(random.extent(left), left))
      )
      if random.oneIn(16) { fuzz.extents[[m, k, n].randomElement(using: &random)!] = 0 }
    }
    // The reference takes as long as there are products.
    let products = (batch + [m, k, n]).reduce(1) { $0 * fuzz.extents[$1] }
    guard products <= 300_000 else { return false }
    step.inputs = [input(step, 0, batch + [m, k]), input(step, 1, batch + [k, n])]
    step.outputs = [output(step, batch + [m, n])]
    return true
  }

  private mutating func normalization(_ step: inout FuzzStep, _ link: Link?) -> Bool {
    let axes = link?.axes ?? self.axes(rank: 1...8, room: room)
    guard !axes.isEmpty else { return false }
    step.params = .axis(random.int(0...axes.count - 1))
    for i in step.signature.inputs.indices { step.inputs.append(input(step, i, axes)) }
    step.outputs = [output(step, axes)]
    // The result of a gradient takes the place of the incoming one.
    share(&step, link, allowing: [step.inputs.count - 1])
    return true
  }

  private mutating func slices(_ step: inout FuzzStep, _ link: Link?) -> Bool {
    let axes = link?.axes ?? self.axes(rank: 1...8, room: room)
    guard !axes.isEmpty else { return false }
    let position = random.int(0...axes.count - 1)
    step.params =
      step.entry.family == .sorting ? .sort(axis: position, descending: random.oneIn(2)) : .axis(position)
    step.inputs = [input(step, 0, axes)]
    var results = axes
    if step.entry.name == "TOPK" { results[position] = axis(random.int(0...fuzz.extents[axes[position]])) }
    for dtype in step.signature.outputs { step.outputs.append(output(step, results, dtype)) }
    return true
  }

  private mutating func optimizer(_ step: inout FuzzStep) {
    let axes = axes(rank: 0...8, room: room)
    let count = random.int(1...2)
    let hasMomentum = random.oneIn(2)
    let isAdam = step.entry.name == "ADAM_STEP"
    step.params = isAdam ? FuzzValues.adam(&random) : FuzzValues.sgd(&random, hasMomentum: hasMomentum)
    for _ in 0..<count { step.inputs.append(input(step, 0, axes)) }
    let ranges: [ClosedRange<Double>] = [-2...2, -0.5...0.5, 0...0.5]
    for row in 0..<(isAdam ? 3 : hasMomentum ? 2 : 1) {
      for _ in 0..<count { step.outputs.append(state(step, axes, .uniform("state", ranges[row]))) }
    }
  }

  private mutating func indexing(_ step: inout FuzzStep, _ link: Link?) -> Bool {
    let isGather = step.entry.name == "GATHER"
    // Of GATHER the data come first, of SCATTER the sources.
    let given = link?.axes ?? axes(rank: 1...8, room: room / 4)
    guard !given.isEmpty else { return false }
    let position = random.int(0...given.count - 1)
    var other = given
    let extent = fuzz.extents[given[position]]
    let count = max(1, given.reduce(1) { $0 * fuzz.extents[$1] } / max(extent, 1))
    let limit = max(1, min(room / count, 200))
    other[position] = axis(isGather && extent == 0 ? 0 : random.int(1...limit))
    for i in given.indices where i != position && random.oneIn(8) {
      let bound = fuzz.extents[given[i]]
      other[i] = axis(isGather ? random.int(0...bound) : bound + random.int(0...2))
    }
    let (data, indices) = isGather ? (given, other) : (other, given)
    let below = fuzz.extents[data[position]]
    var mode = BP_SCATTER_SET
    if !isGather {
      let modes = [BP_SCATTER_SET, BP_SCATTER_ADD, BP_SCATTER_MUL, BP_SCATTER_MAX, BP_SCATTER_MIN]
      mode = modes.randomElement(using: &random)!
      let isComplex = step.signature.outputs[0].isComplex
      if isComplex && mode > BP_SCATTER_MUL || mode == BP_SCATTER_SET && extent > below {
        mode = BP_SCATTER_ADD
      }
    }
    step.params = isGather ? .axis(position) : .scatter(axis: position, mode: mode)
    let indexOperand = indexTensor(indices, position, below: below, isDistinct: !isGather && mode == BP_SCATTER_SET)
    if isGather {
      step.inputs = [input(step, 0, data), indexOperand]
      step.outputs = [output(step, indices)]
    } else {
      step.inputs = [indexOperand, input(step, 1, indices)]
      step.outputs = [state(step, data)]
    }
    return true
  }

  private mutating func indexTensor(
    _ axes: [Int], _ position: Int, below extent: Int, isDistinct: Bool
  ) -> FuzzOperand {
    var operand = FuzzOperand(
      dtype: .int64, axes: axes, placement: Placement(rank: axes.count, isInput: true, mayFlip: true, &random),
      content: .blank)
    let shape = fuzz.shape(operand)
    if shape.contains(0) {
      operand.content = .elements(ElementArray(.int64, zeros: 0))
      return operand
    }
    if isDistinct {
      operand.placement.broadcasts = axes.map { _ in false }
      operand.content = .elements(
        FuzzValues.distinctIndices(shape, axis: position, below: extent, &random))
    } else {
      let apart = operand.placement.layout(shape).withoutBroadcast
      let drawn = FuzzValues.indices(apart.count, below: extent, &random)
      operand.content = .elements(drawn.picking(Layout.groups(of: shape, into: apart.shape)))
    }
    return operand
  }
}
