import ConformanceSuite
import Glibc
import Isolation

/// `backplane check FILE.so [--json] [--verbose]`.
struct CheckCommand {
  static let help = """
    usage: backplane check FILE.so [--json] [--verbose]
           backplane check --obligations [--json]

    Tells whether a plugin keeps the obligations of backplane_backend.h: its file is read, the libraries it needs are
    looked for, and the conformance suite runs at level core, in a process of its own.

      --json              one JSON object, for programs
      --verbose           every finding, and what was held and not checked
      --obligations       list the obligations and how each is checked
      --reference FILE    the reference plugin to compare with (default: found as the device reference is)
      --case-seconds S    a case that uses more processor time fails, and one that does nothing for so long
                          (default: 60; 0 for no limit)

    Exit status: 0 sound; 1 an obligation is broken; 2 for bad usage, or when there was nothing to check: the file
    cannot be read, or the plugin has no device here.
    """

  private var file: String?
  private var asJSON = false
  private var isVerbose = false
  private var listsObligations = false
  private var reference: String?
  private var secondsPerCase = 60.0
  /// In a child process: what its parent adds.
  private var worker: [String]?
  private var resolves = false

  init(_ arguments: ArraySlice<String>) throws(Failure) {
    var rest = arguments
    func value(_ option: String) throws(Failure) -> String {
      guard let value = rest.popFirst() else { throw Failure("backplane check: \(option) needs a value") }
      return value
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--json": asJSON = true
      case "--verbose": isVerbose = true
      case "--obligations": listsObligations = true
      case "--reference": reference = try value(argument)
      case "--case-seconds":
        let text = try value(argument)
        guard let seconds = Double(text), seconds >= 0 else {
          throw Failure("backplane check: --case-seconds is a number of seconds, not '\(text)'")
        }
        secondsPerCase = seconds
      case "--worker": worker = [try value(argument), try value(argument), try value(argument)]
      case "--resolve": resolves = true
      default:
        if argument.hasPrefix("-") { throw Failure("backplane check: unknown option '\(argument)'") }
        if file != nil { throw Failure("backplane check: one file at a time, not also '\(argument)'") }
        file = argument
      }
    }
    if file == nil && !listsObligations {
      throw Failure("backplane check: FILE is missing, for example: backplane check ./libbackplane-mychip.so")
    }
  }

  func run() throws(Failure) -> Int32 {
    guard let file, !listsObligations else {
      print(asJSON ? CheckReport.obligationsJSON() : CheckReport.obligationsText())
      return 0
    }
    // The loader looks for what has no slash in folders of its own.
    let path = file.contains("/") ? file : "./" + file
    if resolves { return Resolution.work(path) }
    if let worker {
      return SupervisedRun.work(
        device: nil, file: path, reference: reference, CheckCommand.selection, seed: Conformance.defaultSeed, worker)
    }
    try CheckCommand.requireFile(path)
    let report = check(path)
    print(asJSON ? report.json() : report.text(isVerbose: isVerbose))
    switch report.verdict {
    case .sound: return 0
    case .notSound: return 1
    case .nothingChecked: return Failure.status
    }
  }

  /// A path that leads to no file says nothing of a plugin.
  private static func requireFile(_ path: String) throws(Failure) {
    func failure(_ reason: String) -> Failure { Failure("backplane check: \(path): \(reason)") }
    var status = stat()
    guard stat(path, &status) == 0 else { throw failure(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw failure(status.st_mode & S_IFMT == S_IFDIR ? "a directory, no plugin" : "no regular file")
    }
    guard access(path, R_OK) == 0 else { throw failure(String(cString: strerror(errno))) }
    if let problem = PluginSearch.problem(ofFile: path) { throw failure(problem) }
  }

  /// What every plugin must do; random cases are the whole suite's.
  private static let selection = Conformance.Selection(
    level: .core, tiers: ["T0", "T1", "T2", "T3"], fuzz: .cases(0), fusion: 100)

  private func check(_ path: String) -> CheckReport {
    let lint = PluginLint(path)
    var report = CheckReport(file: path)
    report.warnings = lint.warnings
    report.obligations.add(lint: lint.findings, isLibrary: lint.isLoadable)
    guard lint.isLoadable else {
      report.obligations.obstacle = "the file cannot be loaded"
      return report
    }
    let unresolved: [String]
    do throws(Child.SpawnError) {
      unresolved = try Resolution.findings(lint, path: path)
    } catch {
      report.obligations.obstacle = "\(error)"
      return report
    }
    report.obligations.add(lint: unresolved)
    // Where nothing else is found, what the cases skip is told with its reason.
    run(path, unresolved, lint.name, &report)
    return report
  }

  private func run(_ path: String, _ unresolved: [String], _ name: String?, _ report: inout CheckReport) {
    var arguments = ["check", path]
    let referenceFile: String
    do throws(PluginError) {
      referenceFile = if let reference { reference } else { try PluginSearch.file(named: "reference") }
    } catch {
      report.warnings.append("the operators were not compared: \(error)")
      report.obligations.obstacle = "there is no reference plugin to compare with"
      return
    }
    arguments += ["--reference", referenceFile, "--worker"]
    let run = SupervisedRun(CheckCommand.selection, secondsPerCase: secondsPerCase, arguments: arguments)
    var results: [CaseResult] = []
    var plugin: TestedPlugin?
    do {
      let outcome = try run.run(opened: { plugin = $0.plugin }, { results.append($0) })
      if let interruption = outcome.interruption {
        report.warnings.append("the run was stopped: \(interruption)")
        if outcome.isUnopened { report.obligations.obstacle = "the run was stopped" }
      }
    } catch SupervisedRun.Failure.unavailable(let reason) {
      report.obligations.obstacle = "no devices: \(reason)"
      report.unavailable = reason
    } catch {
      report.obligations.obstacle = "the plugin could not be opened"
      // What has been found of the libraries it needs is found again by the loader.
      if unresolved.isEmpty { report.obligations.add("\(error)", implying: "BP-10.6") }
    }
    for result in results { report.obligations.add(result) }
    report.plugin = plugin
    if let plugin, let name, plugin.name != name {
      report.warnings.append(
        "the file's name says \"\(name)\", the plugin \"\(plugin.name)\": a device \"\(plugin.name)\" is not found by it"
      )
    }
  }
}
