import BackendAPI

/// The elementwise operators that a device has been given and has not executed: results of one shape.
struct PendingRegion {
  struct Step {
    let op: Operator
    let dtype: DType
    /// Of each operand the number of its step, or, of an input, its number's complement.
    let operands: [Int32]
    /// Where the result is to be stored; nil once nobody holds that any more. Not held: that is how the end is noticed.
    var target: Unmanaged<Storage>?
  }

  /// What the last of the operators is that can be executed together [BP-12.6].
  struct Reduction {
    let op: Operator
    let step: Int
    let dtype: DType
    let extents: [Int]
    /// As a step's.
    var target: Unmanaged<Storage>?
  }

  private(set) var shape: FusedShape?
  private(set) var inputs: [FusedInput] = []
  private(set) var steps: [Step] = []
  private(set) var reduction: Reduction?
  /// How many results somebody holds.
  private var heldCount = 0
  /// Why storages have no elements, until their end.
  var failures: [ObjectIdentifier: BackplaneError] = [:]

  /// Bounded well below what a program may have: what the steps read stays in memory for as long.
  private static let greatestStepCount = 48

  var isEmpty: Bool { steps.isEmpty }

  /// Whether an operator of these inputs may be noted.
  func hasRoom(for more: [FusedInput], _ shape: FusedShape) -> Bool {
    if isEmpty { return true }
    return self.shape == shape && steps.count < PendingRegion.greatestStepCount
      && heldCount < Int(BP_FUSION_OUTPUTS) && inputs.count + more.count <= Int(BP_FUSION_INPUTS)
  }

  /// The operands as a step takes them, which become inputs if they are none yet. Nil where one has to be computed first:
  /// a pending one that is seen through another layout.
  mutating func operands(_ more: [FusedInput]) -> [Int32]? {
    var found: [Int32?] = []
    for input in more {
      switch input.storage?.state.load(ordering: .acquiring) {
      case .pending:
        guard input.isWhole, let step = step(computing: .passUnretained(input.storage!)),
          steps[step].dtype == input.dtype
        else { return nil }
        found.append(Int32(step))
      case nil, .ready: found.append(nil)
      default: return nil
      }
    }
    return zip(found, more).map { step, input in
      if let step { return step }
      if let known = inputs.firstIndex(where: { $0.isSame(as: input) }) { return ~Int32(known) }
      inputs.append(input)
      return ~Int32(inputs.count - 1)
    }
  }

  mutating func append(
    _ op: Operator, _ operands: [Int32], _ dtype: DType, _ shape: FusedShape, _ target: Unmanaged<Storage>
  ) {
    self.shape = shape
    // What is overwritten in place is stored no more.
    if let earlier = step(computing: target) {
      steps[earlier].target = nil
      heldCount -= 1
    }
    steps.append(Step(op: op, dtype: dtype, operands: operands, target: target))
    heldCount += 1
  }

  /// Notes what reduces a result of the region; false where it is none, or another is noted.
  mutating func append(
    reduction op: Operator, of value: Storage, _ valueType: DType, to dtype: DType, _ extents: [Int], _ target: Storage
  ) -> Bool {
    guard reduction == nil, let step = step(computing: .passUnretained(value)), steps[step].dtype == valueType,
      heldCount < Int(BP_FUSION_OUTPUTS)
    else { return false }
    reduction = Reduction(op: op, step: step, dtype: dtype, extents: extents, target: .passUnretained(target))
    heldCount += 1
    return true
  }

  /// Whether a step reads what lies in a storage.
  func reads(_ storage: Storage) -> Bool { inputs.contains { $0.storage === storage } }

  /// Whether a step reads what lies in a storage, and not as the elements that a result of the region takes their place
  /// of.
  func readsPart(of storage: Storage, _ dtype: DType) -> Bool {
    inputs.contains { $0.storage === storage && !($0.isWhole && $0.fills(storage) && $0.dtype == dtype) }
  }

  private func step(computing storage: Unmanaged<Storage>) -> Int? {
    steps.lastIndex { $0.target?.toOpaque() == storage.toOpaque() }
  }

  /// Drops a result that nobody holds; true where it was the last.
  mutating func forget(_ storage: Storage) -> Bool {
    if let step = step(computing: .passUnretained(storage)) {
      steps[step].target = nil
    } else if reduction?.target?.toOpaque() == Unmanaged.passUnretained(storage).toOpaque() {
      reduction?.target = nil
    } else {
      return false
    }
    heldCount -= 1
    return heldCount == 0
  }

  mutating func clear() {
    shape = nil
    inputs = []
    steps = []
    reduction = nil
    heldCount = 0
  }
}
