import TestSupport
import Testing

/// What documents name exists: files and folders, options, targets of `make`, names of Swift and C, members of types.
@Suite struct DocumentTests {
  @Test func everyNameInADocumentExists() throws {
    let vocabulary = Vocabulary.shared
    var faults: [String] = []
    for document in vocabulary.repository.documents {
      for span in CodeSpan.all(in: try Repository.text(document)) {
        // The tables of the one are run; those of the other tell in their first column what is no more.
        if span.column > 0, document.hasSuffix("ComingFromPyTorch.md") { continue }
        if span.column == 1, document == "CHANGELOG.md" { continue }
        for fault in vocabulary.faults(of: span) {
          faults.append("\(document):\(span.line): \(fault) in `\(span.text)`")
        }
      }
    }
    #expect(faults.isEmpty, "\n\(faults.joined(separator: "\n"))")
  }

  @Test(arguments: [
    ("Sources/Frontend/Opps", "no path Sources/Frontend/Opps"), ("Pooling/Pool.swift", "no path Pooling/Pool.swift"),
    ("Frobnication.swift", "no path Frobnication.swift"), ("make tests", "no target tests"),
    ("fuzz --frobnicate 3", "no option"),
    ("BACKPLANE_NOTHING=1", "no name BACKPLANE_NOTHING"), ("bp_frobnicate(x)", "no name bp_frobnicate"),
    ("Tensor.frobnicated", "no name frobnicated"), ("Validation.relu", "no member relu of Validation"),
  ])
  func whatDoesNotExistIsFound(_ text: String, _ fault: String) {
    let faults = Vocabulary.shared.faults(of: CodeSpan(line: 1, text: text, column: 0))
    #expect(faults.count == 1 && faults.first?.hasPrefix(fault) == true, "\(faults)")
  }
}

/// What there is to be named.
private struct Vocabulary {
  static let shared = Vocabulary(Repository())

  let repository: Repository
  private let programs: [String: String]
  private let names: [String: Set<String>]
  private let allNames: Set<String>

  init(_ repository: Repository) {
    self.repository = repository
    programs = repository.programs()
    names = programs.mapValues { $0.names() }
    allNames = names.values.reduce(into: []) { $0.formUnion($1) }
  }

  func faults(of span: CodeSpan) -> [String] {
    let words = span.words
    return words.indices.compactMap { i in
      let isOptionValue = i > 0 && words[i - 1].hasPrefix("--")
      if isOptionValue || isPlaceholder(words[i]) || Vocabulary.foreign.contains(words[i]) { return nil }
      // What follows a sign of equality is the reader's own.
      let word = words[i].split(separator: "=", omittingEmptySubsequences: false)[0]
      if word.hasPrefix("-") { return isWritten(word) ? nil : "no option \(word)" }
      if i > 0, words[0] == "make", !words[i].contains("=") {
        return isTarget(word) ? nil : "no target \(word)"
      }
      if isPath(word) {
        return repository.has(String(word)) || isWritten(word) ? nil : "no path \(word)"
      }
      return fault(ofName: word)
    }
  }

  private func fault(ofName word: Substring) -> String? {
    for name in word.names().sorted() where !allNames.contains(name) && !isKnown(name) { return "no name \(name)" }
    let parts = word.prefix { $0 != "(" }.split(separator: ".")
    guard parts.count == 2 else { return nil }
    let homes = homes(of: String(parts[0]))
    for member in parts[1].names()
    where !homes.isEmpty && !homes.contains(where: { names[$0]?.contains(member) == true }) {
      return "no member \(member) of \(parts[0])"
    }
    return nil
  }

  /// The sources that declare or extend a type.
  private func homes(of type: String) -> [String] {
    names.filter { $0.key.hasSuffix(".swift") && $0.value.contains(type) }.map(\.key).filter { path in
      ["class", "enum", "extension", "protocol", "struct"].contains { kind in
        [" ", ":", "<"].contains { programs[path]?.contains("\(kind) \(type)\($0)") == true }
      }
    }
  }

  /// Names that stand in no source as they are: of folders, of variables whose beginning is said once for all, of rows that
  /// have a number in them, and beginnings of names.
  private func isKnown(_ name: String) -> Bool {
    if repository.has(name) { return true }
    if name == name.uppercased(), allNames.contains(where: { $0.hasSuffix("_" + name) }) { return true }
    let stem = name.prefix { !$0.isNumber }
    return stem.hasSuffix("_") && isWritten(stem == name ? stem : stem + "\\(")
  }

  /// Programs and files of others.
  private static let foreign: Set<Substring> = ["objdump", "optdigits.tes"]

  /// Paths have a slash, or the ending of a file's name.
  private func isPath(_ word: Substring) -> Bool {
    let ending = word.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
    let endings: Set<Substring> = [
      "c", "cpp", "cu", "cuh", "h", "hpp", "html", "json", "map", "md", "mk", "pc", "py", "rs", "so", "swift", "txt",
      "xml",
    ]
    return word.contains("/") || (word.contains(".") && endings.contains(ending))
  }

  /// Places on the reader's machine, addresses, patterns, and words that stand for the reader's own.
  private func isPlaceholder(_ word: Substring) -> Bool {
    ["/", "~", "about:"].contains { word.hasPrefix($0) } || ["://", "*", "…"].contains { word.contains($0) }
      || !word.names().isDisjoint(with: ["ADDRESS", "DIR", "FILE", "FOLDER", "KEY", "MAJOR", "NAME", "Topic"])
  }

  private func isWritten(_ word: Substring) -> Bool { programs.values.contains { $0.contains(word) } }

  private func isTarget(_ word: Substring) -> Bool {
    programs.contains { path, text in
      (path.hasSuffix("Makefile") || path.hasSuffix(".mk")) && ("\n" + text).contains("\n\(word):")
    }
  }
}
