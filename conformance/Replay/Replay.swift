import Backplane
import Isolation

/// Runs the cases of a file, each of which may end the process that runs it.
///
/// The cases run in a child process, which tells of each as it ends. When the child dies, the case it was at has
/// failed, and another child goes on with the next.
public struct Replay {
  /// How long one case may take, in seconds.
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
    for call in file.cases.dropFirst(start) {
      let verdict = file.run(call, on: device)
      Worker.report([verdict.status.rawValue, verdict.message])
    }
  }

  // MARK: In the parent

  /// Runs all cases; `progress` hears of each as it ends.
  public func run(_ progress: (CaseVerdict) -> Void) throws(Child.SpawnError) -> [CaseVerdict] {
    var verdicts: [CaseVerdict] = []
    while verdicts.count < ids.count {
      let start = verdicts.count
      let child = try Child(arguments + ["--worker", "\(start)"])
      while verdicts.count < ids.count, let line = child.next(within: Replay.secondsPerCase) {
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
    return verdicts
  }
}
