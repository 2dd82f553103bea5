import BackendAPI

/// Makes a failing case smaller for as long as it fails: fewer steps, extents, axes, plainer layouts
/// and values. The order of the attempts is fixed, so that a case shrinks to the same end each time.
struct Shrinker {
  private(set) var smallest: FuzzCase
  private(set) var run: FuzzRun
  private(set) var attempts = 0
  private let subject: Subject

  /// A case whose run failed.
  init(_ fuzz: FuzzCase, _ run: FuzzRun, _ subject: Subject) {
    (smallest, self.run, self.subject) = (fuzz, run, subject)
  }

  mutating func shrink(attempts limit: Int = 1500) {
    self.limit = limit
    var size: Int
    repeat {
      size = attemptsThatHelped
      dropSteps()
      shortenAxes()
      dropAxes()
      straighten()
      simplifyValues()
    } while attemptsThatHelped > size && attempts < limit
  }

  private var limit = 0
  private var attemptsThatHelped = 0

  /// Takes a candidate if it fails at the same operator.
  @discardableResult private mutating func attempt(_ candidate: FuzzCase?) -> Bool {
    guard let candidate, attempts < limit, candidate.isValid else { return false }
    attempts += 1
    let result = FuzzRun(candidate, subject)
    guard let finding = result.findings.first,
      candidate.steps[finding.step].entry.id == smallest.steps[run.findings[0].step].entry.id
    else { return false }
    (smallest, run) = (candidate, result)
    attemptsThatHelped += 1
    return true
  }

  private mutating func attempt(_ change: (inout FuzzCase) -> Void) -> Bool {
    var candidate = smallest
    change(&candidate)
    return attempt(candidate)
  }

  // MARK: - Steps

  private mutating func dropSteps() {
    // The failing step alone, with what it read on the device.
    let failing = run.findings[0].step
    if smallest.steps.count > 1 && attempt(smallest.keeping([failing], run.results)) { return }
    for last in stride(from: smallest.steps.count - 1, to: failing, by: -1) {
      attempt(smallest.keeping(Array(0..<last), run.results))
    }
    for i in smallest.steps.indices.reversed() where smallest.steps.count > 1 {
      attempt(smallest.keeping(smallest.steps.indices.filter { $0 != i }, run.results))
    }
    // Inputs of their own in place of what an earlier step gave.
    for i in smallest.steps.indices {
      for j in smallest.steps[i].inputs.indices { attempt(smallest.unlinking(i, j, run.results)) }
    }
  }

  // MARK: - Extents

  private mutating func shortenAxes() {
    for axis in smallest.extents.indices where smallest.isUsed(axis) {
      var part = smallest.extents[axis] - 1
      while part >= 1 {
        let extent = smallest.extents[axis]
        if part >= extent {
          part /= 2
        } else if !attempt(smallest.slicing(axis, 0..<extent - part))
          && !attempt(smallest.slicing(axis, part..<extent))
        {
          part /= 2
        }
      }
    }
  }

  private mutating func dropAxes() {
    for axis in smallest.extents.indices where smallest.extents[axis] == 1 && smallest.isUsed(axis) {
      attempt(smallest.dropping(axis))
    }
  }

  // MARK: - Layouts

  private mutating func straighten() {
    for step in smallest.steps.indices {
      _ = attempt { $0.steps[step].sharedInput = nil }
      for output in smallest.steps[step].outputs.indices {
        straighten { $0.steps[step].outputs[output].placement = $1($0.steps[step].outputs[output].placement) }
      }
      for input in smallest.steps[step].inputs.indices
      where smallest.steps[step].inputs[input].elements != nil {
        straighten { $0.steps[step].inputs[input].placement = $1($0.steps[step].inputs[input].placement) }
      }
    }
  }

  private mutating func straighten(_ apply: (inout FuzzCase, (Placement) -> Placement) -> Void) {
    func plain(_ placement: Placement) -> Placement { Placement(rank: placement.steps.count) }
    let changes: [(Placement) -> Placement] = [
      plain,
      { Placement(copying: $0) { $0.lead = 0 } },
      { placement in Placement(copying: placement) { $0.gaps = plain(placement).gaps } },
      { placement in Placement(copying: placement) { $0.steps = plain(placement).steps } },
      { placement in Placement(copying: placement) { $0.flips = plain(placement).flips } },
      { placement in Placement(copying: placement) { $0.broadcasts = plain(placement).broadcasts } },
      { placement in Placement(copying: placement) { $0.order = plain(placement).order } },
    ]
    // One axis of them, where not all can go.
    let single = (0..<8).flatMap { axis -> [(Placement) -> Placement] in
      [
        { placement in Placement(copying: placement) { if axis < $0.gaps.count { $0.gaps[axis] = 0 } } },
        { placement in Placement(copying: placement) { if axis < $0.gaps.count { $0.steps[axis] = 1 } } },
      ]
    }
    for change in changes + single {
      var isChanged = false
      var candidate = smallest
      apply(&candidate) { old in
        let new = change(old)
        isChanged = new != old
        return new
      }
      if isChanged { attempt(candidate) }
    }
  }

  // MARK: - Values

  private mutating func simplifyValues() {
    for step in smallest.steps.indices {
      for i in smallest.steps[step].inputs.indices where i != smallest.steps[step].indexInput {
        simplify { $0.steps[step].inputs[i].simplify($1, $2) }
      }
      for i in smallest.steps[step].outputs.indices {
        simplify { $0.steps[step].outputs[i].simplify($1, $2) }
      }
    }
  }

  /// Halves, quarters … of the elements made 0, or 1.
  private mutating func simplify(_ apply: (inout FuzzCase, Int64, (Int) -> Range<Int>?) -> Int) {
    var candidate = smallest
    let count = apply(&candidate, 0) { _ in nil }
    guard count > 0 else { return }
    var part = count
    while part >= 1 && count / part <= 16 {
      for start in stride(from: 0, to: count, by: part) {
        for value: Int64 in [0, 1] {
          var candidate = smallest
          let changed = apply(&candidate, value) { start..<min(start + part, $0) }
          if changed > 0 && attempt(candidate) { break }
        }
      }
      part /= 2
    }
  }
}

extension Placement {
  fileprivate init(copying placement: Placement, _ change: (inout Placement) -> Void) {
    self = placement
    change(&self)
  }
}

extension FuzzOperand {
  /// Sets a range of the elements, chosen from their count, to an integer; how many that changed. With no
  /// range, how many there are.
  fileprivate mutating func simplify(_ value: Int64, _ range: (Int) -> Range<Int>?) -> Int {
    guard var elements else { return 0 }
    guard let range = range(elements.count) else { return elements.count }
    let one = ElementArray(dtype, integers: [value]).bytes
    var changed = 0
    for i in range where Array(elements.bytes[i * dtype.size..<(i + 1) * dtype.size]) != one {
      // What is 0 stays: 1 is no simpler.
      if value != 0 && !elements.bytes[i * dtype.size..<(i + 1) * dtype.size].contains(where: { $0 != 0 }) {
        continue
      }
      elements.bytes.replaceSubrange(i * dtype.size..<(i + 1) * dtype.size, with: one)
      changed += 1
    }
    content = .elements(elements)
    return changed
  }
}
