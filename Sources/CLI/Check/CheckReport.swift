import ConformanceSuite
import Text

/// What `backplane check` found, for people and for programs.
struct CheckReport {
  let file: String
  var plugin: TestedPlugin?
  /// Why there is no device.
  var unavailable: String?
  var obligations = ObligationReport()
  var warnings: [String] = []

  init(file: String) { self.file = file }

  private var verdicts: [(obligation: Obligation, verdict: ObligationReport.Verdict)] {
    Obligation.all.map { ($0, obligations.verdict(on: $0)) }
  }

  private var broken: [(obligation: Obligation, findings: [String])] {
    verdicts.compactMap { entry in
      if case .broken(let findings) = entry.verdict { (entry.obligation, findings) } else { nil }
    }
  }

  enum Verdict: String {
    case sound
    case notSound = "not sound"
    /// No case ran: what is held then is next to nothing.
    case nothingChecked = "nothing to check"
  }

  var verdict: Verdict {
    if !broken.isEmpty { return .notSound }
    return obligations.obstacle == nil ? .sound : .nothingChecked
  }

  // MARK: - For people

  func text(isVerbose: Bool) -> String {
    var lines = [file]
    if let plugin {
      lines.append(
        "  plugin \(plugin.name) \(plugin.version), ABI \(plugin.abi), \(plugin.device): \(plugin.deviceName)")
    }
    for (obligation, findings) in broken {
      lines.append("BROKEN [\(obligation.id)] \(obligation.text)")
      let shown = isVerbose ? findings.count : 3
      lines += findings.prefix(shown).map { "  " + $0 }
      if findings.count > shown { lines.append("  and \(findings.count - shown) more; --verbose shows them") }
    }
    lines += warnings.map { "warning: \($0)" }
    var unchecked: [(reason: String, ids: [String])] = []
    var held: [String] = []
    for (obligation, verdict) in verdicts {
      switch verdict {
      case .held: held.append(obligation.id)
      case .broken: break
      case .unchecked(let reason):
        if let place = unchecked.firstIndex(where: { $0.reason == reason }) {
          unchecked[place].ids.append(obligation.id)
        } else {
          unchecked.append((reason, [obligation.id]))
        }
      }
    }
    if isVerbose || verdict == .notSound {
      if !held.isEmpty { lines.append("held: \(held.joined(separator: " "))") }
      for (reason, ids) in unchecked { lines.append("not checked (\(reason)): \(ids.joined(separator: " "))") }
    }
    let count = unchecked.reduce(0) { $0 + $1.ids.count }
    if verdict == .nothingChecked {
      lines.append("nothing to check: \(obligations.obstacle ?? ""); \(count) obligations were not checked")
    } else {
      lines.append(
        "\(verdict.rawValue): \(held.count) obligations held, \(broken.count) broken, \(count) not checked")
    }
    return lines.joined(separator: "\n")
  }

  static func obligationsText() -> String {
    Obligation.all.map { "[\($0.id)] \($0.text)\n  \($0.means)" }.joined(separator: "\n")
  }

  // MARK: - For programs

  func json() -> String {
    let entries = verdicts.map { entry in
      var members: [(String, JSON)] = [("id", .string(entry.obligation.id)), ("text", .string(entry.obligation.text))]
      switch entry.verdict {
      case .held: members += [("verdict", .string("held"))]
      case .broken(let findings):
        members += [("verdict", .string("broken")), ("findings", .array(findings.map { .string($0) }))]
      case .unchecked(let reason): members += [("verdict", .string("not checked")), ("reason", .string(reason))]
      }
      return JSON.object(members)
    }
    return JSON.object([
      ("file", .string(file)),
      ("verdict", .string(verdict.rawValue)),
      ("plugin", plugin.map { .string($0.name) } ?? .null),
      ("plugin_version", plugin.map { .string($0.version) } ?? .null),
      ("unavailable", unavailable.map { .string($0) } ?? .null),
      ("obligations", .array(entries)),
      ("warnings", .array(warnings.map { .string($0) })),
    ]).text(depth: .max)
  }

  static func obligationsJSON() -> String {
    JSON.array(
      Obligation.all.map { obligation in
        .object([
          ("id", .string(obligation.id)), ("text", .string(obligation.text)), ("enforced", .string(obligation.means)),
        ])
      }
    ).text(depth: .max)
  }
}
