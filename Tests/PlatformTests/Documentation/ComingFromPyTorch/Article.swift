import Foundation

/// The article *Coming from PyTorch*, by sections that have a table.
struct Article {
  struct Section {
    var title: String
    /// The lines of the Swift code above the table.
    var operands: [String] = []
    var pyTorchCells: [String] = []
    var swiftCells: [String] = []
  }

  static let file = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../../../Sources/Frontend/Backplane.docc/ComingFromPyTorch.md").standardized

  let sections: [Section]

  init() throws {
    var sections: [Section] = []
    var isCode = false
    for line in try String(contentsOf: Article.file, encoding: .utf8).components(separatedBy: "\n") {
      if line.hasPrefix("```") {
        isCode.toggle()
      } else if line.hasPrefix("## ") {
        sections.append(Section(title: String(line.dropFirst(3))))
      } else if isCode {
        sections[sections.count - 1].operands.append(line)
      } else if line.hasPrefix("| `"), let pyTorch = Article.cells(line).first, let swift = Article.cells(line).last {
        sections[sections.count - 1].pyTorchCells.append(pyTorch)
        sections[sections.count - 1].swiftCells.append(swift)
      }
    }
    self.sections = sections.filter { !$0.swiftCells.isEmpty }
  }

  /// The code of a row's cells. A bar within a cell is escaped; code with back quotes stands between two of them.
  private static func cells(_ row: String) -> [String] {
    let bar = "\u{0}"
    return row.replacingOccurrences(of: "\\|", with: bar).split(separator: "|").map { cell in
      var code = cell.trimmingCharacters(in: .whitespaces)
      let mark = code.hasPrefix("`` ") ? "`` " : "`"
      code = String(code.dropFirst(mark.count).dropLast(mark.count))
      return code.replacingOccurrences(of: bar, with: "|")
    }
  }
}
