import Foundation
import TestSupport
import Testing

/// The module's page lists its types.
@Suite struct TopicTests {
  @Test func everyPublicTypeStandsUnderATopic() throws {
    let page = try Repository.text("Sources/Frontend/Backplane.docc/Backplane.md")
    let listed = Set(page.matches(of: #/``(\w+)``/#).map { String($0.1) })
    var missing: [String] = []
    for path in Repository().paths where path.hasPrefix("Sources/Frontend/") && path.hasSuffix(".swift") {
      let declaration = #/(?m)^(?:public|open)(?: final| indirect)* (?:class|struct|enum|protocol|actor) (\w+)/#
      for type in try Repository.text(path).matches(of: declaration) where !listed.contains(String(type.1)) {
        missing.append("\(path): \(type.1)")
      }
    }
    #expect(listed.count > 250)
    #expect(missing.isEmpty, "\n\(missing.joined(separator: "\n"))")
  }
}
