/// A numbered obligation of the header, and how a plugin is held to it.
public struct Obligation: Sendable {
  public enum Enforcement: Sendable {
    /// The file is read, before it is loaded.
    case lint
    /// Cases of the suite, by globs of their ids. A case that fails tells in its finding which obligation is broken.
    case cases([String])
    /// Nothing that can be done to a plugin would show it: why.
    case none(String)
  }

  /// "BP-1.5".
  public let id: String
  /// One line.
  public let text: String
  public let enforcement: Enforcement

  init(_ id: String, _ text: String, _ enforcement: Enforcement) {
    self.id = "BP-" + id
    self.text = text
    self.enforcement = enforcement
  }

  /// How a plugin is held to it, in words.
  public var means: String {
    switch enforcement {
    case .lint: "lint: the file is read before it is loaded"
    case .cases(let globs): "cases \(globs.joined(separator: ", "))"
    case .none(let reason): "not enforced: \(reason)"
    }
  }

  /// Whether a case tries it.
  func isTried(by caseID: String) -> Bool {
    guard case .cases(let globs) = enforcement else { return false }
    return globs.contains { ExpectedFailures.matches($0, caseID) }
  }

  /// The ids that a text cites: "[BP-1.5]".
  static func cited(in text: String) -> [String] {
    text.split(separator: "[").compactMap { part in
      guard part.hasPrefix("BP-"), let end = part.firstIndex(of: "]") else { return nil }
      return String(part[..<end])
    }
  }

  /// What the finding of a case breaks where it cites nothing.
  static func implied(by caseID: String) -> String {
    let rules = [
      ("T0.device.memory", "BP-8.1"), ("T0.device", "BP-8.1"), ("T0", "BP-10.6"), ("T1.alloc", "BP-8.2"),
      ("T1.copy", "BP-8.5"), ("T1.host-pointer", "BP-8.6"), ("T1.wrap-host", "BP-8.6"), ("T1.threads", "BP-1.6"),
      ("T2.FUSION", "BP-12.2"), ("T3.fusion", "BP-12.5"), ("T3.gather", "BP-6.2"),
      ("T3.scatter", "BP-6.2"), ("T3", "BP-5.3"),
    ]
    return rules.first { caseID.hasPrefix($0.0) }?.1 ?? "BP-6.2"
  }
}
