import Foundation

/// The files of the repository, as tests of its documents see them.
struct Repository {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../..").standardizedFileURL

  /// Every file and folder, relative to the root.
  let paths: [String]

  init() {
    let walk = FileManager.default.enumerator(atPath: Repository.root.path)
    var paths: [String] = []
    while let path = walk?.nextObject() as? String {
      if path == ".build" || path == ".git" {
        walk?.skipDescendants()
      } else {
        paths.append(path)
      }
    }
    self.paths = paths.sorted()
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// What people read: READMEs, pages and articles.
  var documents: [String] { paths.filter { $0.hasSuffix(".md") } }

  /// Whether there is a file or folder of this path, or of one that ends so.
  func has(_ path: String) -> Bool {
    let path = path.hasSuffix("/") ? String(path.dropLast()) : path
    return paths.contains { $0 == path || $0.hasSuffix("/" + path) }
  }

  /// Whatever is written for machines, by path. Comments of Swift are left out, and what the test of documents writes: a
  /// name that only they know is gone.
  func programs() -> [String: String] {
    var texts: [String: String] = [:]
    for path in paths where !path.hasSuffix(".md") && !path.hasSuffix("/DocumentTests.swift") {
      guard let text = try? Repository.text(path) else { continue }
      let lines = text.split(separator: "\n")
      texts[path] =
        path.hasSuffix(".swift")
        ? lines.filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n") : text
    }
    return texts
  }
}
