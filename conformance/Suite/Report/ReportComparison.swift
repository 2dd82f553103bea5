/// What changed from one run to another.
public struct ReportComparison: Sendable {
  /// Cases that fail in the second and did not in the first, those new in the second among them.
  public private(set) var newlyFailing: [String] = []
  /// Cases that failed in the first and pass in the second.
  public private(set) var newlyPassing: [String] = []
  /// Cases that failed or passed and are expected to fail now.
  public private(set) var newlyExpected: [String] = []
  /// Cases that ran in the first only: skipped in the second.
  public private(set) var newlyUnsupported: [String] = []
  /// Cases that ran in the second only: skipped in the first.
  public private(set) var newlySupported: [String] = []
  public private(set) var onlyInFirst: [String] = []
  public private(set) var onlyInSecond: [String] = []
  /// Operators whose worst difference is another one.
  public private(set) var ulps: [(operatorName: String, first: Double, second: Double)] = []
  private let first: SavedReport
  private let second: SavedReport

  public init(_ first: SavedReport, _ second: SavedReport) {
    self.first = first
    self.second = second
    for id in first.ids where second.cases[id] == nil { onlyInFirst.append(id) }
    for id in second.ids {
      guard let after = second.cases[id]?.outcome else { continue }
      let before = first.cases[id]?.outcome
      if before == nil { onlyInSecond.append(id) }
      switch (before, after) {
      case (.failed, .failed): break
      case (_, .failed): newlyFailing.append(id)
      case (.failed, .passed), (.expectedFailure, .passed): newlyPassing.append(id)
      case (.failed, .expectedFailure), (.passed, .expectedFailure): newlyExpected.append(id)
      case (.passed, .skipped), (.failed, .skipped), (.expectedFailure, .skipped): newlyUnsupported.append(id)
      case (.skipped, .passed), (.skipped, .expectedFailure): newlySupported.append(id)
      default: break
      }
    }
    let before = Dictionary(first.worstUlps.map { ($0.operatorName, $0.ulps) }, uniquingKeysWith: max)
    for (name, ulps) in second.worstUlps {
      if let old = before[name], old != ulps { self.ulps.append((name, old, ulps)) }
    }
  }

  /// Something fails that did not.
  public var isWorse: Bool { !newlyFailing.isEmpty }

  /// What to print, a line each.
  public var lines: [String] {
    var lines = ["A  \(first.title)  \(first.path)", "B  \(second.title)  \(second.path)"]
    if first.plugin != second.plugin { lines.append("note: these are different plugins") }
    if first.seed != second.seed {
      lines.append("note: the seeds differ (\(first.seed), \(second.seed)): so do the values of the cases")
    }
    if first.level != second.level { lines.append("note: the levels differ (\(first.level), \(second.level))") }
    let notes = lines.count
    lines += ReportComparison.section("newly failing", newlyFailing)
    lines += ReportComparison.section("newly passing", newlyPassing)
    lines += ReportComparison.section("newly expected to fail", newlyExpected)
    lines += section("newly unsupported or skipped", newlyUnsupported, in: second)
    lines += section("newly supported", newlySupported, in: second)
    lines += section("only in A", onlyInFirst, in: first)
    lines += section("only in B", onlyInSecond, in: second)
    if !ulps.isEmpty {
      lines.append("worst ulp:")
      lines += ulps.map { "  \($0.operatorName): \(Ulps.text($0.first)) -> \(Ulps.text($0.second))" }
    }
    if lines.count == notes { lines.append("nothing changed") }
    let totals = [SavedReport.Outcome.passed, .failed, .skipped, .expectedFailure].map { outcome in
      "\(first.count(outcome)) -> \(second.count(outcome)) \(outcome.rawValue)"
    }
    lines.append("totals: " + totals.joined(separator: ", "))
    lines.append(isWorse ? "worse: \(newlyFailing.count) newly failing" : "not worse")
    // Names come from the files: nothing in them shall reach the terminal as a command.
    return lines.map { line in
      String(String.UnicodeScalarView(line.unicodeScalars.map { $0.properties.isControl ? "\u{fffd}" : $0 }))
    }
  }

  private static func section(_ title: String, _ ids: [String]) -> [String] {
    ids.isEmpty ? [] : ["\(title): \(ids.count)"] + ids.map { "  \($0)" }
  }

  /// Cases by row: an operator that comes or goes brings hundreds.
  private func section(_ title: String, _ ids: [String], in report: SavedReport) -> [String] {
    var rows: [(name: String, ids: [String])] = []
    for id in ids {
      let name = report.cases[id]?.row ?? id
      if rows.last?.name != name { rows.append((name, [])) }
      rows[rows.count - 1].ids.append(id)
    }
    if ids.isEmpty { return [] }
    return ["\(title): \(ids.count)"]
      + rows.map { $0.ids.count == 1 ? "  \($0.ids[0])" : "  \($0.name): \($0.ids.count) cases" }
  }
}

extension Unicode.Scalar.Properties {
  fileprivate var isControl: Bool { generalCategory == .control }
}

/// Differences in units in the last place, as people read them.
public enum Ulps {
  public static func text(_ value: Double) -> String {
    if !value.isFinite { return "inf" }
    if value >= 1e6 { return "\(Float(value))" }
    return value == value.rounded() ? "\(Int(value))" : "\((value * 100).rounded() / 100)"
  }
}
