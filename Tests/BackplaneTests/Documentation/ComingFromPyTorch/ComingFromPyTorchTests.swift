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
}
