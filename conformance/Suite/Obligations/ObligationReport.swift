/// What has become of every obligation.
public struct ObligationReport: Sendable {
  public enum Verdict: Sendable, Equatable {
    case held
    case broken([String])
    case unchecked(String)
  }

  private var findings: [String: [String]] = [:]
  private var passed: Set<String> = []
  private var reasons: [String: String] = [:]
  private var isLinted = false
  /// Why no case ran, where none did.
  public var obstacle: String?

  public init() {}

  /// Notes what the file itself shows; nothing is known of its symbols where it cannot be read as a library.
  public mutating func add(lint: [String], isLibrary: Bool = true) {
    isLinted = isLibrary
    for finding in lint { add(finding, implying: "BP-10.5") }
  }

  /// Notes a finding; it breaks what it cites, or what is implied.
  public mutating func add(_ finding: String, implying id: String) {
    let cited = Obligation.cited(in: finding).filter { id in Obligation.all.contains { $0.id == id } }
    // The last citation is of what was found; those before it explain.
    findings[cited.last ?? id, default: []].append(finding)
  }

  public mutating func add(_ result: CaseResult) {
    switch result.outcome {
    case .failed(let found, _):
      for finding in found { add("\(result.id): \(finding)", implying: Obligation.implied(by: result.id)) }
    case .passed:
      for obligation in Obligation.all where !passed.contains(obligation.id) && obligation.isTried(by: result.id) {
        passed.insert(obligation.id)
      }
    case .skipped(let reason):
      for obligation in Obligation.all where reasons[obligation.id] == nil && obligation.isTried(by: result.id) {
        reasons[obligation.id] = reason
      }
    }
  }

  public func verdict(on obligation: Obligation) -> Verdict {
    if let found = findings[obligation.id] { return .broken(found) }
    switch obligation.enforcement {
    case .lint: return isLinted ? .held : .unchecked("the file could not be read")
    case .none(let reason): return .unchecked(reason)
    case .cases:
      if passed.contains(obligation.id) { return .held }
      return .unchecked(reasons[obligation.id] ?? obstacle ?? "no case that tries it passed")
    }
  }
}
