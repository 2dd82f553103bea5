/// A run of the suite: which cases, and with what values.
///
///     let plugin = try Plugin(file: "libbackplane-mychip.so")
///     let reference = try Plugin(file: PluginSearch.file(named: "reference"))
///     let run = try Conformance(of: Device(plugin), against: Device(reference))
///     print(try run.run().summary)
public struct Conformance {
  /// How much of the header is asked for.
  public enum Level: String, Sendable {
    /// What every plugin must have: core operators over core types.
    case core
    /// Core and extended operators over all types.
    case full
  }

  /// Which cases run.
  public struct Selection: Sendable {
    public var level = Level.full
    /// "T0" … "T4"; nil for all.
    public var tiers: Set<String>?
    /// Operators by name, and "FUSION"; then tier T2 only.
    public var operators: [String]?
    /// One case by its id.
    public var caseID: String?
    /// How many cases tier T4 has.
    public var fuzz = FuzzBudget.cases(500)
    /// How many random programs T2.FUSION has, of plugins with the extension.
    public var fusion = 300
    /// A part of all these; nil for the whole.
    public var shard: Shard?

    public init(
      level: Level = .full, tiers: Set<String>? = nil, operators: [String]? = nil, caseID: String? = nil,
      fuzz: FuzzBudget = .cases(500), fusion: Int = 300, shard: Shard? = nil
    ) {
      self.level = level
      self.tiers = tiers
      self.operators = operators
      self.caseID = caseID
      self.fuzz = fuzz
      self.fusion = fusion
      self.shard = shard
    }
  }

  /// How long tier T4 goes on.
  public enum FuzzBudget: Sendable {
    case cases(Int)
    /// As many cases as the time allows.
    case seconds(Double)
  }

  /// The version of the suite.
  public static let version = "0.1.0"

  /// The seed of a run that names none.
  public static let defaultSeed: UInt64 = 1

  private let subject: Subject
  private let checks: [Check]
  private let fuzz: FuzzTier.Endless?

  /// Prepares a run. The reference's own goldens are checked first: what it gets wrong, nothing can
  /// be held against.
  public init(
    of device: Device, against reference: Device, _ selection: Selection = Selection(),
    seed: UInt64 = defaultSeed
  ) throws(PluginError) {
    subject = Subject(device, reference: reference, seed: seed)
    checks = Conformance.checks(selection)
    fuzz = Conformance.endlessFuzz(selection)
    if device.plugin !== reference.plugin { try Conformance.checkGoldens(of: reference) }
  }

  /// The ids of the selected cases, in the order of their run.
  public static func ids(_ selection: Selection = Selection()) -> [String] { checks(selection).map(\.id) }

  /// Runs the cases; `starting` hears each id before its case runs, `progress` each result.
  ///
  /// - Parameters:
  ///   - first: How many cases to leave out at the beginning, those that ran before.
  ///   - deadly: Operators that have ended the process too often: their cases fail without being run.
  public func run(
    from first: Int = 0, sparing deadly: Set<String> = [], expecting expected: ExpectedFailures? = nil,
    starting: (String) -> Void = { _ in },
    _ progress: (CaseResult) -> Void = { _ in }
  ) -> Report {
    var report = Report()
    func run(_ check: Check) {
      starting(check.id)
      let isSpared = check.entry.map { deadly.contains($0.name) } ?? false
      var result =
        isSpared
        ? check.result(.failed(["not run: cases before it ended the process [BP-1.5]"], worstUlps: nil))
        : Conformance.run(check, subject)
      if let expected { result = expected.judge(result) }
      report.add(result)
      progress(result)
    }
    checks.dropFirst(first).forEach(run)
    if var fuzz {
      fuzz.skip(max(first - checks.count, 0))
      while let check = fuzz.next() { run(check) }
    }
    return report
  }

  private static func run(_ check: Check, _ subject: Subject) -> CaseResult {
    let plugin = subject.device.plugin
    _ = plugin.takeViolations()
    var outcome: Outcome
    do throws(PluginError) {
      outcome = try check.body(subject)
    } catch {
      outcome = .failed(["\(error)"], worstUlps: nil)
    }
    // A breach on the way fails the case, whatever its own outcome.
    let violations = plugin.takeViolations()
    if !violations.isEmpty {
      var unique: [String] = []
      for violation in violations where !unique.contains(violation) { unique.append(violation) }
      switch outcome {
      case .passed(let ulps): outcome = .failed(unique, worstUlps: ulps)
      case .failed(let findings, let ulps): outcome = .failed(findings + unique, worstUlps: ulps)
      case .skipped: outcome = .failed(unique, worstUlps: nil)
      }
    }
    return check.result(outcome)
  }

  static func checks(_ selection: Selection) -> [Check] {
    let checks = allChecks(selection)
    guard let shard = selection.shard else { return checks }
    return checks.filter { shard.contains($0.id) }
  }

  private static func allChecks(_ selection: Selection) -> [Check] {
    func includes(_ tier: String) -> Bool {
      if selection.operators != nil && tier != "T2" { return false }
      return selection.tiers?.contains(tier) ?? true
    }
    var checks: [Check] = []
    if includes("T0") { checks += LoadTier.checks }
    if includes("T1") { checks += MemoryTier.checks }
    for entry in OperatorCatalogue.all where includes("T2") {
      if let operators = selection.operators, !operators.contains(entry.name) { continue }
      for signature in entry.signatures {
        if selection.level == .core && !(entry.isCore && signature.isCore) { continue }
        // Building all cases to run one takes longer than the case.
        let prefix = "T2.\(entry.name).\(signature.label)."
        if let caseID = selection.caseID, !caseID.hasPrefix(prefix) { continue }
        checks += OperatorTier.checks(entry, signature)
      }
    }
    if includes("T2"), selection.operators?.contains(FusionTier.name) ?? true { checks += FusionTier.checks(selection) }
    if includes("T3") { checks += ErrorTier.checks }
    if includes("T4") { checks += FuzzTier.checks(selection) }
    if let caseID = selection.caseID { return checks.filter { $0.id == caseID } }
    return checks
  }

  private static func endlessFuzz(_ selection: Selection) -> FuzzTier.Endless? {
    guard case .seconds(let seconds) = selection.fuzz, selection.caseID == nil, selection.operators == nil,
      selection.tiers?.contains("T4") ?? true
    else { return nil }
    return FuzzTier.Endless(seconds: seconds, level: selection.level)
  }

  private static func checkGoldens(of reference: Device) throws(PluginError) {
    let subject = Subject(reference, reference: reference, seed: defaultSeed)
    for entry in OperatorCatalogue.all {
      for signature in entry.signatures
      where Golden.table.contains(where: { $0.belongs(to: entry, signature) }) {
        for check in OperatorTier.checks(entry, signature) where check.id.contains(".golden") {
          if case .failed(let findings, _) = run(check, subject).outcome {
            throw PluginError("\(reference.plugin.source): the reference fails \(check.id): \(findings[0])")
          }
        }
      }
    }
  }
}
