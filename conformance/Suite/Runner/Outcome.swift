/// How one case ended.
public enum Outcome: Sendable {
  /// With the greatest difference seen, in units in the last place, where one was measured.
  case passed(worstUlps: Double?)
  /// Each finding in one line: operator, types, layout, values, expected, got.
  case failed([String], worstUlps: Double?)
  /// The plugin does not claim it, or there is nothing to compare it with.
  case skipped(String)
}

extension Outcome {
  /// The same, each finding in one line whatever a plugin wrote.
  fileprivate var inLines: Outcome {
    switch self {
    case .passed: self
    case .failed(let findings, let ulps): .failed(findings.map(\.onOneLine), worstUlps: ulps)
    case .skipped(let reason): .skipped(reason.onOneLine)
    }
  }
}

/// One case and how it ended.
public struct CaseResult: Sendable {
  /// "T2.ADD.float32.transposed-0": tier, operator, types, case.
  public let id: String
  /// The operator's name, for tier T2.
  public let operatorName: String?
  /// The types of the operands, for tier T2: "float32".
  public let types: String?
  public let outcome: Outcome
  /// What was found, of a case that failed as was expected: its outcome is `skipped`.
  public let expectedFindings: [String]?

  package init(
    id: String, operatorName: String?, types: String?, outcome: Outcome, expectedFindings: [String]? = nil
  ) {
    self.id = id
    self.operatorName = operatorName
    self.types = types
    self.outcome = outcome.inLines
    self.expectedFindings = expectedFindings
  }
}

/// What a run found.
public struct Report: Sendable {
  public private(set) var passed = 0
  public private(set) var failed = 0
  /// Unsupported cases are counted here.
  public private(set) var skipped = 0
  public private(set) var failures: [CaseResult] = []
  /// Counted among the skipped.
  public private(set) var expectedFailures: [CaseResult] = []
  /// Why the run ended before its last case, where it did.
  public internal(set) var interruption: String?
  /// Whether it ended before the plugin was opened: nothing is known of it.
  public internal(set) var isUnopened = false
  /// Per operator, in the catalogue's order; the other tiers first.
  public private(set) var rows: [Row] = []

  /// What became of one operator, or of a tier.
  public struct Row: Sendable {
    public let name: String
    public private(set) var passed = 0
    public private(set) var failed = 0
    public private(set) var skipped = 0
    /// The types of which some case ran.
    public private(set) var types: [String] = []
    /// In units in the last place; of what a bounded error is measured by, `Conditioning.Bounds` says.
    public private(set) var worstUlps: Double?

    init(name: String) { self.name = name }

    mutating func add(_ result: CaseResult) {
      var worst: Double?
      switch result.outcome {
      case .passed(let ulps): (passed, worst) = (passed + 1, ulps)
      case .failed(_, let ulps): (failed, worst) = (failed + 1, ulps)
      case .skipped:
        skipped += 1
        return
      }
      if let worst { worstUlps = max(worstUlps ?? 0, worst) }
      if let type = result.types, types.last != type, !types.contains(type) { types.append(type) }
    }
  }

  mutating func add(_ result: CaseResult) {
    switch result.outcome {
    case .passed: passed += 1
    case .failed:
      failed += 1
      failures.append(result)
    case .skipped: skipped += 1
    }
    if result.expectedFindings != nil { expectedFailures.append(result) }
    let name = result.operatorName ?? String(result.id.prefix { $0 != "." })
    if rows.last?.name != name { rows.append(Row(name: name)) }
    rows[rows.count - 1].add(result)
  }

  /// The last line of a run.
  public var summary: String { "\(passed) passed, \(failed) failed, \(skipped) skipped" }
}
