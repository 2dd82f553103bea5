import BackendAPI

/// Draws programs: each a function of the seed, its number and what the plugin claims.
struct FusionGenerator {
  private var random: RandomSource
  private let operators: FusibleOperators
  private var fuzz: FusionCase
  private let greatestInputCount: Int

  /// Nil where the plugin claims no elementwise operator.
  static func draw(seed: UInt64, id: String, _ operators: FusibleOperators) -> FusionCase? {
    var generator = FusionGenerator(seed: seed, id: id, operators)
    return generator.draw()
  }

  private init(seed: UInt64, id: String, _ operators: FusibleOperators) {
    random = RandomSource(seed: seed, id: id)
    self.operators = operators
    fuzz = FusionCase(shape: [])
    greatestInputCount = random.oneIn(8) ? Int(BP_FUSION_INPUTS) : random.int(1...5)
  }

  private mutating func draw() -> FusionCase? {
    guard !operators.types.isEmpty else { return nil }
    let isLarge = random.oneIn(40)
    let length =
      isLarge
      ? random.int(1...6)
      : random.oneIn(2) ? random.int(1...4) : random.oneIn(20) ? random.int(21...64) : random.int(1...20)
    let room = isLarge ? 120_000 : random.oneIn(5) ? 4096 : 600
    fuzz.shape = isLarge ? random.shape(rank: 1...3, room: room) : random.shape(rank: 0...8, room: room)
    if isLarge { fuzz.shape[0] = max(1, room / max(fuzz.shape.dropFirst().reduce(1, *), 1)) }
    let float32 = operators.types.contains(.float32)
    let first = random.oneIn(2) && float32 ? DType.float32 : operators.types.randomElement(using: &random)!
    for _ in 0..<length {
      // Some operators need a value of a type that there is none of, and no more input may bring one.
      for _ in 0..<20 where addStep(first) { break }
    }
    guard !fuzz.steps.isEmpty else { return nil }
    for i in fuzz.inputs.indices { drawInput(i) }
    drawOutputs()
    if random.oneIn(3) { drawReduction() }
    return fuzz
  }

  // MARK: - Steps

  /// What programs are mostly made of: results keep within the range, and tell one another's faults on.
  private static let ordinary: Set<String> = [
    "ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "NEG", "ABS", "TANH", "SIGMOID", "RELU", "BITWISE_AND",
    "BITWISE_XOR", "BITWISE_OR", "SQRT",
  ]

  private mutating func addStep(_ first: DType) -> Bool {
    // What a compiler contracts, where it may.
    let isContracted = fuzz.steps.last?.fused.entry.name == "MUL" && !random.oneIn(4)
    let dtype: DType
    if let last = fuzz.steps.last {
      dtype = isContracted || !random.oneIn(4) ? last.dtype : fuzz.steps.randomElement(using: &random)!.dtype
    } else {
      dtype = first
    }
    let groups = operators.taking(dtype)
    func named(_ isWanted: (String) -> Bool) -> [[FusibleOperator]] { groups.filter { isWanted($0[0].entry.name) } }
    var wanted: [[FusibleOperator]] = []
    switch random.int(0...9) {
    case _ where isContracted: wanted = named { $0 == "ADD" || $0 == "SUB" }
    case 0: wanted = named { $0 == "COPY" }
    case 1: wanted = named { ["EQ", "NE", "LT", "LE", "GT", "GE"].contains($0) }
    case 2: wanted = named { $0 == "WHERE" }
    case 3, 4: wanted = named { $0 == "MUL" }
    case 5...7: wanted = named { FusionGenerator.ordinary.contains($0) }
    default: break
    }
    guard let group = (wanted.isEmpty ? groups : wanted).randomElement(using: &random),
      let fused = group.randomElement(using: &random)
    else { return false }
    let kept = fuzz.inputs
    var inputs: [FusionCase.Value] = []
    for dtype in fused.signature.inputs {
      guard let value = value(dtype) else {
        fuzz.inputs = kept
        return false
      }
      inputs.append(value)
    }
    fuzz.steps.append(FusionCase.Step(fused: fused, inputs: inputs))
    return true
  }

  /// A value that is there, the latest step's sooner than others, or a new input.
  private mutating func value(_ dtype: DType) -> FusionCase.Value? {
    let steps = fuzz.steps.indices.filter { fuzz.steps[$0].dtype == dtype }
    let inputs = fuzz.inputs.indices.filter { fuzz.inputs[$0].dtype == dtype }
    let mayGrow = fuzz.inputs.count < greatestInputCount
    if let last = steps.last, random.oneIn(2) { return .step(last) }
    if mayGrow, random.oneIn(3) || steps.isEmpty && inputs.isEmpty {
      fuzz.inputs.append(
        FusionCase.Input(
          dtype: dtype, placement: Placement(rank: fuzz.shape.count), elements: ElementArray(dtype, zeros: 0)))
      return .input(fuzz.inputs.count - 1)
    }
    return (steps.map { .step($0) } + inputs.map { .input($0) }).randomElement(using: &random)
  }

  // MARK: - Operands

  private mutating func drawInput(_ index: Int) {
    let dtype = fuzz.inputs[index].dtype
    let twins = (0..<index).filter { i in
      fuzz.inputs[i].dtype == dtype && !fuzz.inputs[i].isImmediate && fuzz.inputs[i].twin == nil
    }
    if random.oneIn(10), let twin = twins.randomElement(using: &random) {
      fuzz.inputs[index] = fuzz.inputs[twin]
      fuzz.inputs[index].twin = twin
      return
    }
    // Numbers of everyday size more often than not: infinities and NaN hide what follows.
    let values = random.oneIn(2) ? ValueSet.random : FuzzValues.any(&random)
    if random.oneIn(6) {
      fuzz.inputs[index].isImmediate = true
      fuzz.inputs[index].elements = values.make(dtype, 1, index, &random)
      return
    }
    let placement = Placement(rank: fuzz.shape.count, isInput: true, mayFlip: true, &random)
    let apart = placement.layout(fuzz.shape).withoutBroadcast
    let drawn = values.make(dtype, apart.count, index, &random)
    fuzz.inputs[index].placement = placement
    fuzz.inputs[index].elements = drawn.picking(Layout.groups(of: fuzz.shape, into: apart.shape))
  }

  /// The last step's result, and now and then others.
  private mutating func drawOutputs() {
    let last = fuzz.steps.count - 1
    let others = (0..<last).filter { _ in random.oneIn(4) }.shuffled(using: &random)
    let steps = ([last] + others.prefix(Int(BP_FUSION_OUTPUTS) - 1)).shuffled(using: &random)
    var taken: Set<Int> = []
    for step in steps {
      let dtype = fuzz.steps[step].dtype
      let places = fuzz.inputs.indices.filter { i in
        let input = fuzz.inputs[i]
        return input.dtype == dtype && !input.isImmediate && input.twin == nil && !taken.contains(i)
          && !input.placement.broadcasts.contains(true)
      }
      if random.oneIn(4), let shared = places.randomElement(using: &random) {
        taken.insert(shared)
        fuzz.outputs.append(
          FusionCase.Output(step: step, placement: fuzz.inputs[shared].placement, sharedInput: shared))
      } else {
        let placement = Placement(rank: fuzz.shape.count, isInput: false, mayFlip: true, &random)
        fuzz.outputs.append(FusionCase.Output(step: step, placement: placement))
      }
    }
  }
}

extension FusionGenerator {
  /// Over all axes, the last, the first, or any; now and then with nothing else to be stored.
  private mutating func drawReduction() {
    let steps = fuzz.steps.indices.filter { operators.reductions[fuzz.steps[$0].dtype] != nil }
    guard let step = random.oneIn(2) ? steps.last : steps.randomElement(using: &random),
      let fused = operators.reductions[fuzz.steps[step].dtype]!.randomElement(using: &random)
    else { return }
    let rank = fuzz.shape.count, cut = random.int(0...rank), way = random.int(0...3)
    let isReduced = (0..<rank).map { axis in
      switch way {
      case 0: true
      case 1: axis >= cut
      case 2: axis < cut
      default: random.oneIn(2)
      }
    }
    let reduction = FusionCase.Reduction(
      fused: fused, step: step, isReduced: isReduced,
      placement: Placement(rank: rank, isInput: false, mayFlip: true, &random))
    // The greatest of nothing is none.
    let isEmpty = fuzz.shape.contains(0) && !reduction.shape(of: fuzz.shape).contains(0)
    if isEmpty && fused.entry.id != BP_OP_SUM { return }
    fuzz.reduction = reduction
    if random.oneIn(2) { fuzz = fuzz.withoutOutputs ?? fuzz }
  }
}

/// What a plugin claims, by what it takes.
struct FusibleOperators {
  /// The types that some operator takes, in the header's order.
  let types: [DType]
  private let groups: [DType: [[FusibleOperator]]]
  /// What programs may end in, by the type that is reduced.
  let reductions: [DType: [FusibleOperator]]

  init(_ operators: [FusibleOperator], reductions: [FusibleOperator]) {
    self.reductions = Dictionary(grouping: reductions) { $0.signature.inputs[0] }
    var groups: [DType: [[FusibleOperator]]] = [:]
    for fused in operators {
      for dtype in Set(fused.signature.inputs) {
        var known = groups[dtype, default: []]
        if known.last?[0].entry.id == fused.entry.id {
          known[known.count - 1].append(fused)
        } else {
          known.append([fused])
        }
        groups[dtype] = known
      }
    }
    self.groups = groups
    types = DType.allCases.filter { groups[$0] != nil }
  }

  /// Those that take a type, by operator, in the catalogue's order.
  func taking(_ dtype: DType) -> [[FusibleOperator]] { groups[dtype] ?? [] }
}
