import Backplane
// stdout is a C global that nothing here replaces.
@preconcurrency import Glibc

/// Runs the cases of a file, each of which may end the process that runs it.
///
/// The cases run in a child process, which tells of each as it ends. When the child dies, the case it was at has
/// failed, and another child goes on with the next.
public struct Replay {
  /// How long one case may take, in seconds.
  private static let secondsPerCase: UInt32 = 120

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
    setvbuf(stdout, nil, _IOLBF, 0)
    for call in file.cases.dropFirst(start) {
      alarm(secondsPerCase)
      let verdict = file.run(call, on: device)
      print("\(verdict.status.rawValue) \(verdict.message.escaped)")
    }
  }

  // MARK: In the parent

  /// Runs all cases; `progress` hears of each as it ends.
  public func run(_ progress: (CaseVerdict) -> Void) throws(BackplaneError) -> [CaseVerdict] {
    var verdicts: [CaseVerdict] = []
    while verdicts.count < ids.count {
      let start = verdicts.count
      let child = try Child(arguments + ["--worker", "\(start)"])
      while let line = child.nextLine(), verdicts.count < ids.count {
        guard let space = line.firstIndex(of: " "), let status = CaseStatus(rawValue: String(line[..<space])) else {
          continue
        }
        let verdict = CaseVerdict(
          id: ids[verdicts.count], status: status, message: String(line[line.index(after: space)...]).unescaped)
        verdicts.append(verdict)
        progress(verdict)
      }
      let end = child.wait()
      if verdicts.count < ids.count {
        let verdict = CaseVerdict(id: ids[verdicts.count], status: .fail, message: end)
        verdicts.append(verdict)
        progress(verdict)
      }
    }
    return verdicts
  }
}

extension String {
  /// In one line.
  fileprivate var escaped: String {
    reduce(into: "") { text, character in
      switch character {
      case "\\": text += "\\\\"
      case "\n", "\r\n": text += "\\n"
      default: text.append(character)
      }
    }
  }

  fileprivate var unescaped: String {
    var text = ""
    var isEscaped = false
    for character in self {
      if isEscaped {
        text.append(character == "n" ? "\n" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        text.append(character)
      }
    }
    return text
  }
}
