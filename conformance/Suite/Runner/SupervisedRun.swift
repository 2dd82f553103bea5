import Glibc
import Isolation
import Text

/// A run of the suite in a child process, which a plugin may bring down.
///
/// The child tells of each case as it begins and as it ends. When it dies, or hangs, the case it was at has failed, and
/// another child goes on with the next.
public struct SupervisedRun {
  /// What the child found before the first case.
  public struct Opened: Sendable {
    public let plugin: TestedPlugin
    /// The plugin, its device and the reference in one line.
    public let description: String
  }

  /// Why a run could not begin.
  public enum Failure: Error, CustomStringConvertible {
    /// A plugin could not be opened, or the process died of it.
    case unusable(String)
    /// The plugin opened, and has no devices.
    case unavailable(String)

    public var description: String {
      switch self {
      case .unusable(let text): text
      case .unavailable(let reason): "the plugin has no devices: \(reason)"
      }
    }
  }

  /// More deaths end the run: each costs the time in which a plugin opens.
  private static let mostDeaths = 20
  /// What kills the process in so many cases of one operator does it in the others too.
  private static let mostDeathsOfOperator = 3

  private let selection: Conformance.Selection
  private let seconds: Double
  private let arguments: [String]
  private let checks: [Check]

  /// - Parameters:
  ///   - seconds: How long one case may take, and opening; 0 for as long as it takes.
  ///   - arguments: Those by which this program, started once more, comes to `work`. Three more follow: how many cases are
  ///     done, the seconds left for random cases, and the operators to leave out.
  public init(_ selection: Conformance.Selection, secondsPerCase seconds: Double, arguments: [String]) {
    self.selection = selection
    self.seconds = seconds
    self.arguments = arguments
    checks = Conformance.checks(selection)
  }

  // MARK: - In the child

  /// Opens the plugins and runs the cases.
  ///
  /// - Parameters:
  ///   - reference: The reference plugin's file; nil to find it.
  ///   - rest: The three arguments that the parent added.
  public static func work(
    device name: String?, file: String?, reference: String?, _ selection: Conformance.Selection, seed: UInt64,
    _ rest: [String]
  ) -> Int32 {
    guard rest.count == 3, let first = Int(rest[0]), let seconds = Double(rest[1]), Worker.start() else { return 2 }
    var selection = selection
    if case .seconds = selection.fuzz { selection.fuzz = .seconds(seconds) }
    do throws(PluginError) {
      let plugin = try Plugin(file: Device.file(named: name, file: file))
      if let reason = plugin.unavailableReason {
        Worker.report(["unavailable", reason])
        return 0
      }
      let device = try Device(plugin, index: Device.index(named: name))
      let referenceFile = if let reference { reference } else { try PluginSearch.file(named: "reference") }
      // Opened twice, a plugin would be told to start twice [BP-10.1].
      let other =
        PluginSearch.isSameFile(referenceFile, plugin.source) ? device : try Device(named: nil, file: referenceFile)
      let run = try Conformance(of: device, against: other, selection, seed: seed)
      let tested = TestedPlugin(device, sha256: nil)
      Worker.report([
        "opened", tested.file, tested.name, tested.version, tested.abi, tested.device, tested.deviceName,
        "\(device.description) against \(other.plugin.source)",
      ])
      _ = run.run(
        from: first, sparing: Set(rest[2].split(separator: ",").map(String.init)),
        starting: { id in Worker.report(["start", id]) },
        { result in Worker.report(CaseLine.fields(result, output: Worker.newOutput())) })
    } catch {
      Worker.report(["error", "\(error)"])
      return 0
    }
    Worker.report(["done"])
    return 0
  }

  // MARK: - In the parent

  /// What has become of the cases so far.
  private struct State {
    /// How many have begun.
    var begun = 0
    var opened = false
    var isOver = false
    /// When the random cases have to end, where they have a time.
    var end: Double?
    /// How often the process ended in an operator's cases.
    var deaths: [String: Int] = [:]
  }

  /// Runs the cases; `opened` hears of the plugin once, `starting` each id before its case runs, `progress` each result.
  public func run(
    expecting expected: ExpectedFailures? = nil, opened: (Opened) -> Void = { _ in },
    starting: (String) -> Void = { _ in }, _ progress: (CaseResult) -> Void = { _ in }
  ) throws -> Report {
    var state = State()
    var report = Report()
    func add(_ result: CaseResult) {
      let result = expected?.judge(result) ?? result
      report.add(result)
      progress(result)
    }
    var deaths = 0
    while !state.isOver {
      let ending: String??
      do {
        ending = try runChild(&state, opened, starting, add)
      } catch let error as Child.SpawnError {
        // That is no fault of the plugin's.
        ending = .some(error.description)
      }
      if let ending, !state.isOver {
        deaths += 1
        let stop = ending ?? (deaths == SupervisedRun.mostDeaths ? "the process died \(deaths) times" : nil)
        if let stop {
          // They are no failures of their own: that the run is one, those before them tell.
          let rest = checks.dropFirst(state.begun)
          for check in rest { add(check.result(.skipped("not run: \(stop)"))) }
          report.interruption = "\(stop): \(rest.count) cases were not run"
          report.isUnopened = !state.opened
          break
        }
      }
    }
    return report
  }

  /// Runs one child to its end. The result is nil after an ordinary end, and else tells why no other child can help,
  /// if that is so.
  private func runChild(
    _ state: inout State, _ opened: (Opened) -> Void, _ starting: (String) -> Void, _ add: (CaseResult) -> Void
  ) throws -> String?? {
    let rest = state.end.map { max($0 - SupervisedRun.now(), 0) } ?? fuzzSeconds
    let deadly = state.deaths.filter { $0.value >= SupervisedRun.mostDeathsOfOperator }.keys.joined(separator: ",")
    let child = try Child(arguments + ["\(state.begun)", "\(rest)", deadly])
    defer { child.forwardErrors() }
    var running: String?
    var hasOpened = false
    loop: while let line = child.next(within: seconds) {
      switch line.first {
      case "opened" where line.count == 8:
        hasOpened = true
        if !state.opened {
          let sha256 = (try? FileBytes.read(line[1], limit: 4 << 30)).map(SHA256.hexadecimal)
          opened(
            Opened(
              plugin: TestedPlugin(
                file: line[1], sha256: sha256, name: line[2], version: line[3], abi: line[4], device: line[5],
                deviceName: line[6]), description: line[7]))
        }
        state.opened = true
      case "start" where line.count == 2:
        running = line[1]
        state.begun += 1
        if state.begun == checks.count + 1 { state.end = SupervisedRun.now() + fuzzSeconds }
        starting(line[1])
      case "unavailable" where line.count == 2 && !state.opened: throw Failure.unavailable(line[1])
      case "error" where line.count == 2:
        if !state.opened { throw Failure.unusable(line[1]) }
        _ = child.wait()
        return .some("the plugin did not open again: \(line[1])")
      case "done":
        state.isOver = true
      default:
        guard let result = CaseLine.result(line) else { continue }
        running = nil
        add(result)
      }
    }
    let ending = child.wait()
    if state.isOver && ending.isOrdinary { return nil }
    let finding = ending.finding
    if let running {
      let check = checks.count >= state.begun ? checks[state.begun - 1] : Check.tier(running) { _ in [] }
      if let name = check.entry?.name { state.deaths[name, default: 0] += 1 }
      add(check.result(.failed([finding], worstUlps: nil)))
    } else if state.isOver {
      let end = Check.tier("T0.process.end") { _ in [] }
      add(end.result(.failed(["after the last case: \(finding)"], worstUlps: nil)))
    } else if !hasOpened {
      if !state.opened { throw Failure.unusable(finding) }
      return .some("the plugin did not open again: \(finding)")
    }
    return .some(nil)
  }

  private var fuzzSeconds: Double { if case .seconds(let seconds) = selection.fuzz { seconds } else { 0 } }

  private static func now() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }
}

extension Child.Ending {
  /// With the obligation that it breaks.
  fileprivate var finding: String {
    sentence + (isOverdue && place == "bp_plugin_open_v1" ? " [BP-10.3]" : " [BP-1.5]")
  }
}

/// A result as one line between the processes.
enum CaseLine {
  static func fields(_ result: CaseResult, output: String?) -> [String] {
    let names = [result.id, result.operatorName ?? "", result.types ?? ""]
    let printed = output.map { ["standard output holds \(jsonQuoted($0)) [BP-1.7]"] } ?? []
    switch result.outcome {
    case .passed(let ulps) where printed.isEmpty: return ["passed"] + names + [text(ulps)]
    case .skipped(let reason) where printed.isEmpty: return ["skipped"] + names + [reason]
    case .passed(let ulps): return ["failed"] + names + [text(ulps)] + printed
    case .skipped: return ["failed"] + names + [""] + printed
    case .failed(let findings, let ulps): return ["failed"] + names + [text(ulps)] + findings + printed
    }
  }

  static func result(_ fields: [String]) -> CaseResult? {
    guard fields.count >= 5 else { return nil }
    let outcome: Outcome
    switch fields[0] {
    case "passed": outcome = .passed(worstUlps: number(fields[4]))
    case "failed": outcome = .failed(Array(fields[5...]), worstUlps: number(fields[4]))
    case "skipped": outcome = .skipped(fields[4])
    default: return nil
    }
    return CaseResult(
      id: fields[1], operatorName: fields[2].isEmpty ? nil : fields[2], types: fields[3].isEmpty ? nil : fields[3],
      outcome: outcome)
  }

  /// To the bit.
  private static func text(_ ulps: Double?) -> String { ulps.map { String($0.bitPattern, radix: 16) } ?? "" }
  private static func number(_ text: String) -> Double? { UInt64(text, radix: 16).map(Double.init(bitPattern:)) }
}
