import Foundation
import TestSupport
import Testing

/// Links to symbols in comments and articles lead somewhere: the name is declared, with these labels.
@Suite struct SymbolLinkTests {
  @Test func everyLinkLeadsSomewhere() throws {
    let repository = Repository()
    var symbols = DeclaredSymbols()
    for (path, text) in repository.programs() where path.hasPrefix("Sources/") && path.hasSuffix(".swift") {
      symbols.add(text)
    }
    #expect(symbols.names.isSuperset(of: ["Tensor", "sum(_:keepDim:dtype:)", "init(_:)", "float32", "shape"]))
    var faults: [String] = []
    for path in repository.paths where path.hasPrefix("Sources/") && [".swift", ".md"].contains(where: path.hasSuffix) {
      let text = try Repository.text(path)
      for (i, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        if path.hasSuffix(".swift"), !line.drop(while: { $0 == " " }).hasPrefix("///") { continue }
        for link in links(in: line) where !symbols.has(link) { faults.append("\(path):\(i + 1): ``\(link)``") }
      }
    }
    #expect(faults.isEmpty, "\n\(faults.joined(separator: "\n"))")
  }

  @Test func declarationsAreFound() {
    var symbols = DeclaredSymbols()
    symbols.add(
      """
      public struct Box<Value: Sequence>: Sendable {
        case empty, full(Int, of: [String: Int])
        let inside = Box.init(x, y: 2)
        init?<S: P>(_ value: S, by step: (Int, Int) -> Int = { $0 + $1 }) {}
        subscript(safe index: Int) -> Int { index }
        func `where`<T: P>(
          _ x: Dictionary<Int, T>, and y: Int = g(a: 1, b: 2)
        ) -> Int { 0 }
        static func + (a: Box, b: Box) -> Box { a }
      }
      open class Crate { open class var keys: [String] { [] }; class func made(by x: Int) {} }
      """)
    #expect(
      symbols.names == [
        "Box", "empty", "full", "full(_:of:)", "inside", "init(_:by:)", "subscript(safe:)", "where(_:and:)", "+(a:b:)",
        "Crate", "keys", "made(by:)",
      ])
    #expect(symbols.has("Box/where(_:and:)-(Int,_)") && symbols.has("full(_:of:)-swift.type.method"))
    #expect(symbols.has("made(by:)-((Int)->Int)") && symbols.has("+(a:b:)") && !symbols.has("made(of:)-((Int)->Int)"))
    #expect(!symbols.has("Barrel/where(_:and:)") && !symbols.has("where(_:)"))
  }

  /// What stands between two marks on either side.
  private func links(in line: Substring) -> [String] {
    guard line.contains("``") else { return [] }
    let parts = String(line).components(separatedBy: "``")
    return parts.indices.filter { $0 % 2 == 1 && $0 + 1 < parts.count && !parts[$0].contains(" ") }.map { parts[$0] }
  }
}

extension DeclaredSymbols {
  /// Whether each part of a link, without what tells overloads apart, is declared.
  fileprivate func has(_ link: String) -> Bool {
    link.split(separator: "/").allSatisfy { part in
      // After the labels stand types, which may have arrows; after a name of a type or a value its kind.
      let labels = part.firstRange(of: ")-").map { part[...$0.lowerBound] }
      let end = part.lastIndex(of: "-") ?? part.endIndex
      let isOverload = end < part.endIndex && part[part.index(after: end)...].first != ":"
      let name = String(labels ?? (isOverload ? part[..<end] : part))
      return name == "Backplane" || names.contains(name)
    }
  }
}
