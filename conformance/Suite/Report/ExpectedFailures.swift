import Text

/// The cases that a plugin's makers know to fail, from a file: a run with none but these failing is a pass.
///
/// A line is `CASE-ID-OR-GLOB  # reason`, where `*` matches anything; blank lines and lines that start with `#`
/// say nothing. The list cannot go stale: a listed case that passes fails, and so does a line without a case.
public struct ExpectedFailures: Sendable {
  private struct Line {
    let pattern: String
    let reason: String
  }

  private let path: String
  /// Patterns without a star, by the id that they name.
  private var names: [String: Line] = [:]
  private var globs: [Line] = []

  /// Reads a file.
  ///
  /// - Parameter ids: All cases of the suite; a pattern that matches none of them is an error.
  public init(file path: String, among ids: [String]) throws(FileError) {
    try self.init(FileBytes.read(path, limit: 16 << 20), path: path, among: ids)
  }

  public init(_ bytes: [UInt8], path: String, among ids: [String]) throws(FileError) {
    self.path = path
    guard let text = String(validating: bytes, as: UTF8.self) else { throw FileError(path, "not UTF-8") }
    let known = Set(ids)
    let idBytes = ids.map { Array($0.utf8) }
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    for (i, line) in lines.enumerated() {
      let place = "\(path):\(i + 1)"
      let parts = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        .map(ExpectedFailures.trimmed)
      let pattern = parts[0]
      if pattern.isEmpty { continue }
      guard pattern.utf8.count <= JSONReader.keyLengthLimit else {
        throw FileError(place, "a pattern of \(pattern.utf8.count) bytes")
      }
      guard parts.count == 2, !parts[1].isEmpty else {
        throw FileError(place, "\(pattern) has no reason; a line is CASE-ID-OR-GLOB  # reason")
      }
      guard !pattern.contains(where: \.isWhitespace) else {
        throw FileError(place, "\(pattern) is more than one case; a line is CASE-ID-OR-GLOB  # reason")
      }
      let entry = Line(pattern: pattern, reason: parts[1])
      let matches: Bool
      if pattern.contains("*") {
        let bytes = Array(pattern.utf8)
        matches = idBytes.contains { ExpectedFailures.matches(bytes, $0) }
        globs.append(entry)
      } else {
        matches = known.contains(pattern)
        names[pattern] = names[pattern] ?? entry
      }
      guard matches else { throw FileError(place, "the suite has no case \(pattern)") }
    }
  }

  /// The result of a case in the light of the list.
  public func judge(_ result: CaseResult) -> CaseResult {
    guard let line = names[result.id] ?? globs.first(where: { ExpectedFailures.matches($0.pattern, result.id) })
    else { return result }
    let (outcome, findings): (Outcome, [String]?)
    switch result.outcome {
    case .failed(let found, _): (outcome, findings) = (.skipped("expected failure: \(line.reason)"), found)
    case .passed(let ulps):
      let finding = "passed unexpectedly: remove it from \(path) (\(line.pattern))"
      (outcome, findings) = (.failed([finding], worstUlps: ulps), nil)
    // What the plugin does not claim can neither fail nor pass.
    case .skipped: return result
    }
    return CaseResult(
      id: result.id, operatorName: result.operatorName, types: result.types, outcome: outcome,
      expectedFindings: findings)
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  /// Whether a pattern matches a whole text. Each star first takes as little as it can; only the last one
  /// seen need ever take more, so the time is bounded by the product of the lengths.
  static func matches(_ pattern: String, _ text: String) -> Bool {
    matches(Array(pattern.utf8), Array(text.utf8))
  }

  private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var (p, t) = (0, 0)
    var star: (pattern: Int, text: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p, t)
        p += 1
      } else if p < pattern.count, pattern[p] == text[t] {
        (p, t) = (p + 1, t + 1)
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        (p, t) = (last.pattern + 1, last.text + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
