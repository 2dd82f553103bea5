import Glibc

/// T4: random operators and chains of them, over random types, shapes, layouts and values.
enum FuzzTier {
  /// The cases of a selection with a fixed number of them; or the one that it names, whatever the number.
  static func checks(_ selection: Conformance.Selection) -> [Check] {
    if let id = selection.caseID {
      guard id.hasPrefix("T4."), let index = Int(id.dropFirst(3)), id == "T4.\(index)", index >= 0 else {
        return []
      }
      return [check(index, selection.level)]
    }
    guard case .cases(let count) = selection.fuzz else { return [] }
    return (0..<count).map { check($0, selection.level) }
  }

  /// One case after the other until the time is over.
  struct Endless {
    private let level: Conformance.Level
    private let seconds: Double
    private var end: Double?
    private var index = 0

    init(seconds: Double, level: Conformance.Level) {
      (self.seconds, self.level) = (seconds, level)
    }

    /// Leaves out so many cases.
    mutating func skip(_ count: Int) { index += count }

    mutating func next() -> Check? {
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      let time = Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
      // The time counts from the first case, not from those of the other tiers. However short it is, there is one.
      guard seconds > 0, time < end ?? .infinity else { return nil }
      if end == nil { end = time + seconds }
      defer { index += 1 }
      return FuzzTier.check(index, level)
    }
  }

  private static func check(_ index: Int, _ level: Conformance.Level) -> Check {
    Check(id: "T4.\(index)") { subject throws(PluginError) in
      if DrawnCalls.has(index, level) { return try DrawnCalls.run(index, subject) }
      return run(FuzzGenerator.draw(seed: subject.seed, index: index, level: level), subject)
    }
  }

  private static func run(_ fuzz: FuzzCase, _ subject: Subject) -> Outcome {
    let run = FuzzRun(fuzz, subject)
    guard run.fails else {
      if run.judged > 0 { return .passed(worstUlps: run.worstUlps) }
      return .skipped(run.skipped ?? "the reference does not do it")
    }
    guard subject.shrinksLeft > 0 else {
      return .failed([text(fuzz, run) + " (not shrunk: alone it will be)"], worstUlps: run.worstUlps)
    }
    subject.shrinksLeft -= 1
    var shrinker = Shrinker(fuzz, run, subject)
    shrinker.shrink()
    _ = subject.device.plugin.takeViolations()
    return .failed([text(shrinker.smallest, shrinker.run)], worstUlps: run.worstUlps)
  }

  /// The failure in one line: the first finding, the values of small operands, and the steps before it.
  private static func text(_ fuzz: FuzzCase, _ run: FuzzRun) -> String {
    let finding = run.findings[0]
    var text = finding.text + values(fuzz, finding.step, run)
    if fuzz.steps.count > 1 {
      text = "step \(finding.step + 1) of \(fuzz.steps.count): " + text
      for i in fuzz.steps.indices where i != finding.step && i < max(run.results.count, finding.step) {
        let step = fuzz.steps[i]
        let operation = fuzz.operation(i, i <= run.results.count ? run.results : nil)
        text += "; step \(i + 1): " + Description(step.entry, step.signature, operation).call
        text += values(fuzz, i, run)
      }
    }
    return text
  }

  private static func values(_ fuzz: FuzzCase, _ index: Int, _ run: FuzzRun) -> String {
    let operation = fuzz.operation(index, index <= run.results.count ? run.results : nil)
    var words: [String] = []
    for (i, operand) in operation.inputs.enumerated() {
      if case .link(let producer, _) = fuzz.steps[index].inputs[i].content {
        words.append("in\(i) what step \(producer + 1) wrote")
      } else if operand.layout.count <= 12 || operand.isImmediate {
        let elements = operand.isImmediate ? operand.stored! : operand.elements
        let list = (0..<elements.count).map { elements.description($0) }.joined(separator: ", ")
        words.append("in\(i) = [\(list)]")
      }
    }
    return words.isEmpty ? "" : "; " + words.joined(separator: "; ")
  }
}
