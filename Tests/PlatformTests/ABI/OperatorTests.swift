import Backplane
import Foundation
import TestSupport
import Testing

/// The header's operators and the frontend's are the same. (The conformance tests say the same of the catalogue of
/// cases, and of what the reference claims.)
@Suite struct OperatorTests {
  /// The `BP_OP_` macros of a header, by number.
  static func headerOperators(
    in header: URL = CompiledPlugin.header.appendingPathComponent("backplane_backend.h")
  ) throws -> [Int32: String] {
    var operators: [Int32: String] = [:]
    for line in try String(contentsOf: header, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 3, words[0] == "#define", words[1].hasPrefix("BP_OP_"), let id = Int32(words[2]) else {
        continue
      }
      #expect(operators[id] == nil, "two operators have the number \(id)")
      operators[id] = String(words[1].dropFirst("BP_OP_".count))
    }
    return operators
  }

  @Test func everyOperatorOfTheHeaderStandsInOps() throws {
    let header = try OperatorTests.headerOperators()
    let frontend = Set(Operator.all.map(\.id))
    #expect(header.count > 60)
    for (id, name) in header.sorted(by: { $0.key < $1.key }) {
      #expect(frontend.contains(id), "BP_OP_\(name) has no entry in Sources/Frontend/Ops")
    }
    for entry in Operator.all {
      #expect(header[entry.id] != nil, "\(entry.name) is not in the header")
    }
    #expect(frontend.count == Operator.all.count)
  }
}
