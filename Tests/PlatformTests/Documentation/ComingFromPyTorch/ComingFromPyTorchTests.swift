import Backplane
import Foundation
import Testing

/// Every Swift cell of the article *Coming from PyTorch* runs, and prints what PyTorch prints. The tables stand in the
/// files beside this one.
@Suite struct ComingFromPyTorchTests {
  @Test func everyTableOfTheArticleIsTested() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    var tested: [String] = []
    for file in files where file.pathExtension == "swift" && file.path != #filePath {
      let words = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "SpellingTable(\"")
      tested += words.dropFirst().map { String($0.prefix { $0 != "\"" }) }
    }
    #expect(tested.sorted() == (try Article().sections.map(\.title)).sorted())
  }

  /// Each elementwise function with a row in the frontend's tables is called in a row of the article, by its name or, of
  /// two operands, by the sign that stands for it.
  @Test func everyElementwiseFunctionHasItsRow() throws {
    let cells = try Article().sections.flatMap(\.pyTorchCells)
    let signs = [
      "sub": "-", "mul": "*", "floor_divide": "//", "bitwise_and": "&", "bitwise_or": "|", "bitwise_xor": "^",
    ]
    for name in UnaryFunction.all.map({ $0.names[0] }) + BinaryFunction.all.map({ $0.names[0] }) {
      let short = name.split(separator: ".").last.map(String.init) ?? name
      let call = signs[name].map { " \($0) " } ?? ".\(short)("
      #expect(cells.contains { $0.contains(call) }, "the article does not show \(name)")
    }
  }
}
