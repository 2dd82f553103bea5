import Foundation
import Testing

/// An operator has several faces, each in its own place. The header is the list of operators; a place that lacks
/// one of them is named here.
@Suite struct OperatorPlacesTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// `BP_OP_ADD` and the like: the macros whose value is a number, not a set of flags.
  private static let operators: [String] = {
    let header = root.appendingPathComponent("Sources/BackendAPI/include/backplane_backend.h")
    let text = (try? String(contentsOf: header, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count >= 3, words[0] == "#define", words[1].hasPrefix("BP_OP_"), Int(words[2]) != nil else {
        return nil
      }
      return String(words[1])
    }
  }()

  @Test(arguments: [
    ("the rule and the gradient", "Sources/Frontend/Ops"),
    ("the loop that defines it", "Plugins/ReferenceBackend"),
    ("the conformance case", "conformance/Suite/Catalogue"),
  ])
  func everyOperatorOfTheHeaderHas(_ face: String, in folder: String) throws {
    #expect(OperatorPlacesTests.operators.count > 60)
    let files = try FileManager.default.contentsOfDirectory(
      at: OperatorPlacesTests.root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
    var words = Set<Substring>()
    for file in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      words.formUnion(
        text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.filter { $0.hasPrefix("BP_OP_") })
    }
    for name in OperatorPlacesTests.operators {
      #expect(words.contains(Substring(name)), "\(name): \(face) is missing in \(folder)")
    }
  }
}
