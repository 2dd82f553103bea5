import BackendAPI

/// Checks that a plugin and the program that calls it keep the rules of `backplane_backend.h`.
///
/// `BACKPLANE_VALIDATE=1` puts the checks in front of every plugin; findings are written to standard error and counted.
/// With `BACKPLANE_VALIDATE=fatal` the call in question moreover fails, with the finding as its message:
///
/// ```swift
/// try Plugin.load("./libbackplane-mychip.so", layers: [.validation])
/// let x = Tensor([1, 2, 3], device: "mychip") + 1
/// print(Validation.findings)
/// ```
///
/// Work is done one call at a time and waited for, and an operator may be run a second time, so that a program is
/// several times slower. What is checked stands in docs/debugging-a-backend.md.
public enum Validation {
  /// What happens on a finding.
  public enum Mode: Sendable {
    /// The finding is logged and counted.
    case log
    /// The call fails moreover, with `BP_ERROR_INTERNAL` and the finding as its message. A finding of a function that
    /// cannot fail, such as free, is the error of the next call that can.
    case fatal
  }

  /// A rule that was broken.
  public struct Finding: Sendable, Equatable, CustomStringConvertible {
    /// Who broke it: the plugin, or the host, which is the program that calls it.
    public enum Party: String, Sendable { case plugin, host }

    /// The rule's number in the header: "BP-4.5".
    public let obligation: String
    /// Who broke the rule.
    public let party: Party
    /// The plugin's name.
    public let plugin: String
    /// The index of the plugin's device.
    public let device: Int
    /// The function of the table: "execute".
    public let function: String
    /// The operator's name in the header, without `BP_OP_`, where there is one.
    public let operation: String?
    /// What was wrong: the operands, the tensor, the byte or element.
    public let message: String

    public var description: String {
      "[\(obligation)] \(party == .host ? "the host" : "the plugin"), \(plugin):\(device), \(function): \(message)"
    }
  }

  /// Whether `BACKPLANE_VALIDATE` asks for the checks.
  public static var isEnabled: Bool { requestedMode != nil }

  /// What happens on a finding of the frontend's plugins: what `BACKPLANE_VALIDATE` says, or a line in the log.
  public static var mode: Mode { requestedMode ?? .log }

  private static let requestedMode: Mode? = {
    switch Environment.validate {
    case nil, "0": return nil
    case "1", "log": return .log
    case "fatal": return .fatal
    case let other?:
      Log.write(.warning, "BACKPLANE_VALIDATE is '\(other)', none of 1, log, fatal and 0; taken as log")
      return .log
    }
  }()

  /// The findings so far, the first thousand of them.
  public static var findings: [Finding] { record.withLock { $0.findings } }

  /// How many findings there were.
  public static var findingCount: Int { record.withLock { $0.counts.values.reduce(0, +) } }

  /// Puts the checks in front of a table, for a program that calls plugins without the frontend.
  ///
  /// The table is valid as long as the process. Buffers, streams and events of the two tables are not the same.
  public static func wrap(_ table: bp_plugin, mode: Mode = .log) -> bp_plugin {
    LayeredTable.table(ValidationLayer(table, mode, isOfFrontend: false))
  }

  // MARK: Record

  private struct Record {
    var findings: [Finding] = []
    var counts: [String: Int] = [:]
    var repetitions: [String: Int] = [:]
  }

  private static let keptFindings = 1000
  /// Findings of one rule, operator and function that are logged.
  private static let loggedRepetitions = 5
  private static let record = Lock(Record())

  static func add(_ finding: Finding) {
    let key = "\(finding.obligation) \(finding.plugin) \(finding.function) \(finding.operation ?? "")"
    let repetition = record.withLock { record -> Int in
      record.counts[finding.plugin, default: 0] += 1
      if record.findings.count < keptFindings { record.findings.append(finding) }
      record.repetitions[key, default: 0] += 1
      return record.repetitions[key, default: 0]
    }
    guard repetition <= loggedRepetitions else { return }
    let more = repetition == loggedRepetitions ? " (more of this kind are counted only)" : ""
    Log.write(.error, "validation: \(finding)\(more)")
  }

  static func count(of plugin: String) -> Int { record.withLock { $0.counts[plugin, default: 0] } }
}
