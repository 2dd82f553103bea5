import Backplane
import CaseReplay
// stdout and stderr are C globals that nothing here replaces.
@preconcurrency import Glibc
import Isolation

/// `conformance replay FILE --device D [--report out.json]`.
enum ReplayCommand {
  static let help = """
    Runs the operator calls of a case file through the frontend, and compares with what the file expects.

      conformance replay FILE [options]

      --device NAME[:INDEX]  where to run them (default: BACKPLANE_DEVICE, else cpu)
      --report FILE.json     write a JSON list with {"id", "status", "message"} for every case
      --case ID              this case only
      --verbose              a line for every case
      --help                 this text

    A status is pass, fail, or unsupported: there is no operator of the name. A case that ends its process
    has failed; the others go on. Under BACKPLANE_VALIDATE=1, a case in which a rule is broken has failed.

    Exit status: 0 no failure, 1 failures, 2 could not run.
    """

  private struct Options {
    var file: String?
    var device = Device.default
    var report: String?
    var caseID: String?
    var isVerbose = false
    var wantsHelp = false
    /// In a child process: the first case to run.
    var start: Int?

    init(_ arguments: [String]) throws(UsageError) {
      var rest = arguments[...]
      func value(_ option: String) throws(UsageError) -> String {
        guard let value = rest.popFirst() else { throw UsageError("\(option) needs a value") }
        return value
      }
      while let option = rest.popFirst() {
        switch option {
        case "--device": device = Device(try value(option))
        case "--report": report = try value(option)
        case "--case": caseID = try value(option)
        case "--verbose": isVerbose = true
        case "--help", "-h": wantsHelp = true
        case "--worker": start = Int(try value(option)) ?? 0
        default:
          guard !option.hasPrefix("-") else { throw UsageError("unknown option \(option); --help tells what there is") }
          guard file == nil else { throw UsageError("one case file at a time, not also \(option)") }
          file = option
        }
      }
    }
  }

  static func run(_ arguments: [String]) -> Int32 {
    do {
      let options = try Options(arguments)
      if options.wantsHelp {
        print(help)
        return 0
      }
      guard let path = options.file else { throw UsageError("which case file? --help tells more") }
      var file = try CaseFile(path)
      if let id = options.caseID {
        file.select(id)
        guard !file.cases.isEmpty else { return complain("\(path) has no case \(id)") }
      }
      if let start = options.start {
        guard Worker.start() else { throw UsageError("--worker is for this program's own use") }
        Replay.work(file, from: start, on: options.device)
        return 0
      }
      return try replay(file, path, options, arguments)
    } catch let error as UsageError {
      return complain(error.message)
    } catch {
      return complain("\(error)")
    }
  }

  private static func replay(
    _ file: CaseFile, _ path: String, _ options: Options, _ arguments: [String]
  ) throws -> Int32 {
    print("\(file.cases.count) cases of \(path) on \(options.device)")
    let (verdicts, interruption) = try Replay(file, arguments: ["replay"] + arguments).run { verdict in
      if verdict.status == .fail || options.isVerbose {
        print("\(verdict.status.rawValue) \(verdict.id)\(verdict.message.isEmpty ? "" : ": \(verdict.message)")")
      }
    }
    if let report = options.report { try ReplayReport.write(verdicts, to: report) }
    if let interruption { print("the run was stopped: \(interruption)") }
    ReplayReport.show(verdicts, of: file)
    if interruption != nil { return 2 }
    return verdicts.contains { $0.status == .fail } ? 1 : 0
  }
}
