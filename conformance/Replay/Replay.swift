import Backplane
import Isolation

/// Runs the cases of a file, each of which may end the process that runs it.
///
/// The cases run in a child process, which tells of each as it ends. When the child dies, the case it was at has
/// failed, and another child goes on with the next.
public struct Replay {
  /// How long one case may take, in seconds of processor time.
  private static let secondsPerCase = 120.0

  private let ids: [String]
  private let arguments: [String]

  /// - Parameter arguments: What the program was called with; the child gets the same and where to begin.
  public init(_ file: CaseFile, arguments: [String]) {
    ids = file.cases.map(\.id)
    self.arguments = arguments
  }

  // MARK: In the child

  /// Runs the cases from `start` on, and writes a line for each: its status and its message.
  public static func work(_ file: CaseFile, from start: Int, on device: Device) {
    // Before any case, so that a device that is not there is no failure of each of them. Devices are opened here alone:
    // what a plugin does to its process, and what a trace or the validation say of it, is the child's.
    do {
      try withErrors { _ = Tensor.zeros([1], device: device) }
    } catch {
      Worker.report(["unusable", "\(error)"])
      return
    }
    for call in file.cases.dropFirst(start) {
      let before = Validation.findingCount
      let verdict = validated(file.run(call, on: device), Validation.findingCount - before)
      Worker.report([verdict.status.rawValue, verdict.message])
    }
  }

  /// A case in which a rule was broken has failed, whatever its results.
  private static func validated(_ verdict: CaseVerdict, _ findings: Int) -> CaseVerdict {
    guard findings > 0 else { return verdict }
    // Only the first thousand are kept; standard error has them all.
    let last = Validation.findings.last.map { ", the last: \($0)" } ?? ""
    let words = "validation: \(findings) finding\(findings == 1 ? "" : "s")\(last)"
    return CaseVerdict(
      id: verdict.id, status: .fail, message: verdict.message.isEmpty ? words : "\(verdict.message); \(words)")
  }

  // MARK: In the parent

  /// Runs all cases; `progress` hears of each as it ends. Where no child can be started, the cases that are left have
  /// failed, and the interruption says why.
  ///
  /// - Throws: ``BackplaneError`` where the device cannot be used.
  public func run(
    _ progress: (CaseVerdict) -> Void
  ) throws(BackplaneError) -> (verdicts: [CaseVerdict], interruption: String?) {
    var verdicts: [CaseVerdict] = []
    while verdicts.count < ids.count {
      let child: Child
      do throws(Child.SpawnError) {
        child = try Child(arguments + ["--worker", "\(verdicts.count)"])
      } catch {
        for id in ids.dropFirst(verdicts.count) {
          let verdict = CaseVerdict(id: id, status: .fail, message: "not run: \(error)")
          verdicts.append(verdict)
          progress(verdict)
        }
        return (verdicts, error.description)
      }
      defer { child.forwardErrors() }
      while verdicts.count < ids.count, let line = child.next(within: Replay.secondsPerCase) {
        if line.count == 2, line[0] == "unusable" {
          _ = child.wait()
          throw BackplaneError(.device, line[1])
        }
        guard line.count == 2, let status = CaseStatus(rawValue: line[0]) else { continue }
        let verdict = CaseVerdict(
          id: ids[verdicts.count], status: status, message: line[1])
        verdicts.append(verdict)
        progress(verdict)
      }
      let end = child.wait()
      if verdicts.count < ids.count {
        let verdict = CaseVerdict(id: ids[verdicts.count], status: .fail, message: end.sentence)
        verdicts.append(verdict)
        progress(verdict)
      }
    }
    return (verdicts, nil)
  }
}
