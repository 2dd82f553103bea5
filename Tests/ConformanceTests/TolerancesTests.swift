import ConformanceSuite
import Glibc
import Testing

/// What people read is what the program applies.
@Test func theTolerancesAreDocumented() throws {
  var folders = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
  folders += ["conformance", "TOLERANCES.md"]
  let file = try #require(fopen(folders.joined(separator: "/"), "r"))
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 4096)
  while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block[..<count] }
  #expect(
    String(decoding: bytes, as: UTF8.self) == Tolerances.markdown,
    "run `conformance --tolerances > conformance/TOLERANCES.md`")
}
