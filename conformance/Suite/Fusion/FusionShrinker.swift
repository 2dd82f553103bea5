/// Takes parts away from a program that failed, as long as what is left fails.
struct FusionShrinker {
  private(set) var smallest: FusionCase
  private(set) var run: FusionRun
  private let subject: Subject
  private let fusion: FusionExtension

  init(_ fuzz: FusionCase, _ run: FusionRun, _ subject: Subject, _ fusion: FusionExtension) {
    (smallest, self.run, self.subject, self.fusion) = (fuzz, run, subject, fusion)
  }

  mutating func shrink() {
    if smallest.reduction != nil, !take(smallest.withoutReduction) { _ = take(smallest.withoutOutputs) }
    for i in smallest.outputs.indices where smallest.outputs.count > 1 {
      if take(smallest.keeping(output: i)) { break }
    }
    for step in smallest.steps.indices where smallest.outputs.count == 1 {
      if take(smallest.ending(with: step)) { break }
    }
    cutSteps()
    _ = take(smallest.dense)
    for axis in smallest.shape.indices { halve(axis) }
    for axis in smallest.shape.indices.reversed() { _ = take(smallest.dropping(axis)) }
    cutSteps()
  }

  /// Replaces results of steps by inputs, from the last step backwards.
  private mutating func cutSteps() {
    var isShorter: Bool
    repeat {
      isShorter = false
      search: for step in smallest.steps.indices.reversed() {
        for place in smallest.steps[step].inputs.indices where take(smallest.cutting(step, place, run.results)) {
          isShorter = true
          break search
        }
      }
    } while isShorter
  }

  private mutating func halve(_ axis: Int) {
    while smallest.shape[axis] > 1 {
      let extent = smallest.shape[axis]
      let isHalved =
        take(smallest.slicing(axis, 0..<extent / 2)) || take(smallest.slicing(axis, extent / 2..<extent))
        || take(smallest.slicing(axis, 0..<extent - 1)) || take(smallest.slicing(axis, 1..<extent))
      if !isHalved { return }
    }
  }

  private mutating func take(_ part: FusionCase?) -> Bool {
    guard let part else { return false }
    let again = FusionRun(part, subject, fusion)
    guard again.fails else { return false }
    (smallest, run) = (part, again)
    return true
  }
}
