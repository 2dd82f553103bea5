import Backplane
import Glibc
import Text

/// What a replay found, for people and for programs.
public enum ReplayReport {
  /// A line for each tier and the totals.
  public static func show(_ verdicts: [CaseVerdict], of file: CaseFile) {
    let missing = Set(zip(file.cases, verdicts).filter { $1.status == .unsupported }.map { $0.0.op }).sorted()
    if !missing.isEmpty { print("nothing of the name: \(missing.joined(separator: " "))") }
    for tier in Set(file.cases.map(\.tier)).sorted() {
      let statuses = zip(file.cases, verdicts).filter { $0.0.tier == tier }.map { $0.1.status }
      func count(_ status: CaseStatus) -> Int { statuses.count { $0 == status } }
      print(
        "tier \(tier): \(count(.pass)) of \(statuses.count) cases pass (\(percentage(count(.pass), of: statuses.count)) %), "
          + "\(count(.fail)) fail, \(count(.unsupported)) unsupported")
    }
    func count(_ status: CaseStatus) -> Int { verdicts.count { $0.status == status } }
    print("\(count(.pass)) passed, \(count(.fail)) failed, \(count(.unsupported)) skipped")
  }

  private static func percentage(_ part: Int, of whole: Int) -> String {
    let tenths = Int((1000 * Double(part) / Double(max(whole, 1))).rounded(.down))
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// A JSON list with one entry for each case.
  public static func write(_ verdicts: [CaseVerdict], to path: String) throws(BackplaneError) {
    let entries = verdicts.map { verdict in
      JSON.object([
        ("id", .string(verdict.id)), ("status", .string(verdict.status.rawValue)),
        ("message", .string(verdict.message)),
      ])
    }
    let text = JSON.array(entries).text(depth: 1) + "\n"
    guard let file = fopen(path, "w") else {
      throw BackplaneError(.file, "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    let isWritten = fputs(text, file) >= 0
    var reason = errno
    let isClosed = fclose(file) == 0
    if isWritten && !isClosed { reason = errno }
    guard isWritten && isClosed else {
      throw BackplaneError(.file, "\(path) could not be written whole: \(String(cString: strerror(reason)))")
    }
  }
}
