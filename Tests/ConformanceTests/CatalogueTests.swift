import ConformanceSuite
import Glibc
import Testing

/// The catalogue and the header name the same operators under the same ids.
@Test func catalogueMatchesTheHeader() throws {
  let header = try headerOperators()
  let catalogue = Dictionary(uniqueKeysWithValues: OperatorCatalogue.all.map { ($0.name, $0.id) })
  #expect(header.count > 60)
  for (name, id) in header {
    #expect(catalogue[name] == id, "BP_OP_\(name) \(id) of the header")
  }
  for name in catalogue.keys { #expect(header[name] != nil, "\(name) of the catalogue") }
}

@Test func everyOperatorHasCases() {
  for entry in OperatorCatalogue.all {
    let ids = Conformance.ids(Conformance.Selection(operators: [entry.name]))
    #expect(ids.count > 20, "\(entry.name)")
    #expect(Set(ids).count == ids.count, "\(entry.name): ids name one case each")
  }
}

/// Of each operator some results are known that do not come from the reference.
@Test func everyOperatorHasGoldenValues() {
  for entry in OperatorCatalogue.all {
    let ids = Conformance.ids(Conformance.Selection(operators: [entry.name]))
    #expect(ids.contains { $0.contains(".golden") }, "\(entry.name)")
  }
}

@Test func oneCaseIsSelectedByItsID() {
  #expect(Conformance.ids(Conformance.Selection(caseID: "T2.ADD.float32.n17")) == ["T2.ADD.float32.n17"])
  #expect(Conformance.ids(Conformance.Selection(caseID: "T1.alloc.zero")) == ["T1.alloc.zero"])
  #expect(Conformance.ids(Conformance.Selection(caseID: "T2.ADD.float32.nothing")).isEmpty)
}

@Test func partsAreTheWhole() throws {
  let all = Conformance.ids()
  let parts = (1...8).map { Conformance.ids(Conformance.Selection(shard: Shard($0, of: 8))) }
  #expect(parts.map(\.count).reduce(0, +) == all.count)
  #expect(Set(parts.joined()) == Set(all))
  for part in parts {
    #expect(abs(part.count - all.count / 8) < all.count / 100, "\(part.count)")
    // Of every operator there is something in every part.
    #expect(
      Set(part.map { $0.split(separator: ".")[1] }).isSuperset(of: OperatorCatalogue.all.map { Substring($0.name) }))
  }
  // A case stays where it is, whatever else is selected.
  let added = Conformance.ids(Conformance.Selection(operators: ["ADD"], shard: Shard(3, of: 8)))
  #expect(added == parts[2].filter { $0.hasPrefix("T2.ADD.") })
  for text in ["0/4", "5/4", "1", "1/0", "a/b", "1/4/2", "", "-1/4"] { #expect(Shard(text) == nil, "\(text)") }
  #expect(Shard("2/8") == Shard(2, of: 8))
}

/// The BP_OP_ macros of the header, without their prefix.
private func headerOperators() throws -> [String: Int32] {
  var folders = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
  folders += ["Sources", "BackendAPI", "include", "backplane_backend.h"]
  let file = try #require(fopen(folders.joined(separator: "/"), "r"))
  defer { fclose(file) }
  var operators: [String: Int32] = [:]
  var line = [CChar](repeating: 0, count: 4096)
  while fgets(&line, Int32(line.count), file) != nil {
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let words = text.split { $0 == " " || $0 == "\n" }
    guard words.count >= 3, words[0] == "#define", words[1].hasPrefix("BP_OP_"), let id = Int32(words[2])
    else {
      continue
    }
    operators[String(words[1].dropFirst("BP_OP_".count))] = id
  }
  return operators
}
