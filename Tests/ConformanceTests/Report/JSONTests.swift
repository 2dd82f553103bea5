import ConformanceSuite
import Testing
import Text

@Test func jsonComesBackAsItWasWritten() throws {
  let text = "quote \" backslash \\ newline \n nul \u{0} delete \u{7f} </script> é 𝄞"
  let written = JSON.object([
    (text, .string(text)), ("numbers", .array([.integer(-3), .number(0.5), .number(1e300), .number(.infinity)])),
    ("rest", .array([.null, .bool(true), .array([]), .object([])])),
  ])
  for depth in 0...3 {
    let read = try JSON.read(Array(written.text(depth: depth).utf8))
    #expect(read[text]?.string == text)
    #expect(read["numbers"]?.array?.map(\.number) == [-3, 0.5, 1e300, .infinity])
    #expect(read["rest"]?.array?.count == 4)
    #expect(read.text() == written.text())
  }
}

@Test func jsonEscapesAreRead() throws {
  let read = try JSON.read(Array(#"["\u0041\n\/\ud834\udd1e"]"#.utf8))
  #expect(read.array?.first?.string == "A\n/𝄞")
}

@Test(arguments: [
  "", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "[1] 2", "nul", "01", "1.", "-",
  "1e", "+1", ".5", "1e999", "\"", "\"\\", "\"\\u12\"", "\"\\x\"", "\"\\ud834\"", "\"\\ud834\\u0041\"", "\"\u{1}\"",
  "0x10", "inf", "nan", "\u{feff}{}", String(repeating: "[", count: 100_000),
])
func jsonThatIsNoneIsTurnedDown(_ text: String) {
  #expect(throws: JSONReader.Failure.self) { try JSON.read(Array(text.utf8)) }
}

@Test func jsonThatIsNotUTF8IsTurnedDown() {
  #expect(throws: JSONReader.Failure.self) { try JSON.read([0x22, 0xff, 0x22]) }
  #expect(throws: JSONReader.Failure.self) { try JSON.read([0xff, 0xfe, 0x22, 0x00]) }
}
