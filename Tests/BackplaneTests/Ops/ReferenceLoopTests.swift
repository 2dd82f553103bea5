import Foundation
import Testing

/// The reference defines every operator of the header, also those that a plugin need not have and that the
/// conformance suite would therefore pass over.
@Suite struct ReferenceLoopTests {
  @Test func everyOperatorOfTheHeaderHasItsLoop() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let folder = root.appendingPathComponent("Plugins/ReferenceBackend")
    var words = Set<Substring>()
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      words.formUnion(
        text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.filter { $0.hasPrefix("BP_OP_") })
    }
    for name in try OperatorTests.headerOperators().values.sorted() {
      #expect(words.contains("BP_OP_\(name)"), "BP_OP_\(name) has no loop in Plugins/ReferenceBackend")
    }
  }
}
