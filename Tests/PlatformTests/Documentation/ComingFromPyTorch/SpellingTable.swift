import Backplane
import Foundation
import Testing

/// A table of the article, whose Swift cells are the closures given to ``row(_:sourceLocation:_:)``: the source of the
/// test is read to compare them, so that what the article shows is what runs.
final class SpellingTable {
  private let title: String
  private let section: Article.Section
  private let source: String
  private let sourceFile: String
  private var count = 0

  init(_ title: String, sourceFile: String = #filePath) throws {
    self.title = title
    self.sourceFile = sourceFile
    section = try #require(try Article().sections.first { $0.title == title }, "the article has no '\(title)'")
    source = try String(contentsOfFile: sourceFile, encoding: .utf8)
  }

  /// Runs a cell and compares what its value prints with what PyTorch prints.
  func row(
    _ expected: String, sourceLocation: SourceLocation = #_sourceLocation, _ cell: () throws -> Any
  ) rethrows {
    count += 1
    #expect(printed(try cell()) == expected, sourceLocation: sourceLocation)
  }

  /// The same for a statement; `shown` is what prints after it.
  func row(
    _ expected: String, _ shown: @autoclosure () -> Any, sourceLocation: SourceLocation = #_sourceLocation,
    _ cell: () throws -> Void
  ) rethrows {
    count += 1
    try cell()
    #expect(printed(shown()) == expected, sourceLocation: sourceLocation)
  }

  /// Requires that the article's cells are the closures that ran, in order, and its operands those of the test.
  func matchesTheArticle() {
    let snippets = SourceText.closures(of: "table.row", in: source)
    #expect(count == snippets.count, "rows that did not run once")
    #expect(section.swiftCells.count == snippets.count, "'\(title)': rows of the article and of \(sourceFile)")
    for (cell, snippet) in zip(section.swiftCells, snippets) {
      #expect(SourceText.compact(cell) == SourceText.compact(snippet), "'\(title)'")
    }
    let lines = Set(source.split(separator: "\n").map { SourceText.compact(String($0)) })
    for line in section.operands where !line.isEmpty {
      #expect(lines.contains(SourceText.compact(line)), "'\(title)': the test lacks the operand \(line)")
    }
  }

  /// Tuples and arrays of tensors as a parenthesized list; everything else as it prints itself.
  private func printed(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .optional {
      return mirror.children.first.map { printed($0.value) } ?? "nil"
    }
    if mirror.displayStyle == .tuple {
      return "(" + mirror.children.map { printed($0.value) }.joined(separator: ", ") + ")"
    }
    if let tensors = value as? [Tensor] { return "(" + tensors.map(\.description).joined(separator: ", ") + ")" }
    if let names = value as? [String] { return "[" + names.joined(separator: ", ") + "]" }
    return "\(value)"
  }
}
