import Backplane
import TestSupport
import Testing

/// Files that are damaged or lie: an error that names file and reason, never a crash.
@Suite struct HostileSafetensorsTests {
  /// The message for a file, after checking that it is an error of the right kind that names the file.
  private func message(_ bytes: [UInt8], _ folder: TemporaryFolder) throws -> String {
    let path = try folder.write(bytes)
    let error = #expect(throws: BackplaneError.self) { try load(path, device: "reference") }
    #expect(error?.kind == .file)
    let text = error?.message ?? ""
    #expect(text.hasPrefix(path))
    return text
  }

  private func file(_ json: String, data: Int = 0) -> [UInt8] {
    length(UInt64(json.utf8.count)) + Array(json.utf8) + [UInt8](repeating: 0, count: data)
  }

  private func length(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

  private func entry(_ dtype: String, _ shape: String, _ begin: String, _ end: String) -> String {
    #"{"dtype":"\#(dtype)","shape":[\#(shape)],"data_offsets":[\#(begin),\#(end)]}"#
  }

  @Test func truncatedAnywhere() throws {
    let folder = try TemporaryFolder()
    let good = file(#"{"x":\#(entry("F32", "2", "0", "8"))}"#, data: 8)
    #expect(try load(folder.write(good), device: "reference")["x"]!.shape == [2])
    for count in 0..<good.count { _ = try message(Array(good.prefix(count)), folder) }
    #expect(try message(good + [0], folder).contains("1 bytes at its end belong to no tensor"))
  }

  @Test func everyByteChanged() throws {
    let folder = try TemporaryFolder()
    let good = file(#"{"x":\#(entry("F32", "2", "0", "8")),"y":\#(entry("I64", "", "8", "16"))}"#, data: 16)
    for position in good.indices {
      for value: UInt8 in [0, 0x22, 0x39, 0x5B, 0x7B, 0xFF] {
        var bytes = good
        bytes[position] = value
        // Either it still is a file of the format or an error says why not.
        do {
          _ = try load(folder.write(bytes), device: "reference")
        } catch let error as BackplaneError {
          #expect(error.kind == .file)
        }
      }
    }
  }

  @Test func lengthsBeyondTheFile() throws {
    let folder = try TemporaryFolder()
    for count: UInt64 in [9, 1 << 20, 1 << 40, .max - 7, .max] {
      #expect(try message(length(count) + Array("{}".utf8), folder).contains("header of \(count) bytes"))
    }
    // A name that tells no format leaves it to the beginning of the file.
    #expect(try message(Array("PK\u{3}\u{4} a zip file, by its look".utf8), folder).contains("not a valid zip file"))
  }

  struct Case: Sendable {
    let json: String
    var data = 0
    let reason: String
  }

  private static func tensor(_ dtype: String, _ shape: String, _ begin: String, _ end: String) -> String {
    #"{"x":{"dtype":"\#(dtype)","shape":[\#(shape)],"data_offsets":[\#(begin),\#(end)]}}"#
  }

  static let cases = [
    Case(json: "[]", reason: "does not begin with '{'"),
    Case(json: " {}", reason: "does not begin with '{'"),
    Case(json: "{", reason: "expected a string"),
    Case(json: "{} x", reason: "text after the end"),
    Case(json: #"{"x"}"#, reason: "expected ':'"),
    Case(json: #"{"x":1}"#, reason: "expected an object"),
    Case(json: #"{"x":{}}"#, reason: "tensor \"x\" has no dtype"),
    Case(json: #"{"x":{"dtype":"F32","shape":[]}}"#, reason: "has no data_offsets"),
    Case(json: #"{"x":{"dtype":3}}"#, reason: "expected a string"),
    Case(json: #"{"x":{"dtype":"F32","shape":[],"data_offsets":[0]}}"#, reason: "not two offsets"),
    Case(json: #"{"x":{"dtype":"F32","shape":[],"data_offsets":[0,4,4]}}"#, reason: "more than 2 offsets"),
    Case(json: #"{"x":{"shape":[1],"shape":[1]}}"#, reason: "duplicate key \"shape\""),
    Case(json: #"{"__metadata__":{"a":1}}"#, reason: "expected a string"),
    Case(json: #"{"__metadata__":{"a":"1","a":"2"}}"#, reason: "duplicate key \"a\""),
    Case(json: "{\"a\u{1}\":0}", reason: "a control character"),
    Case(json: #"{"\x":0}"#, reason: "an unknown escape"),
    Case(json: #"{"\ud800":0}"#, reason: "half a surrogate pair"),
    Case(json: #"{"\ud800\u0041":0}"#, reason: "half a surrogate pair"),
    Case(json: #"{"\u12":0}"#, reason: "four hexadecimal digits"),
    Case(json: #"{"\u00g0":0}"#, reason: "four hexadecimal digits"),
    Case(json: #"{"\"#, reason: "a string does not end"),
    Case(json: #"{"\u12"#, reason: "a string does not end"),
    Case(json: #"{"\udc00":0}"#, reason: "half a surrogate pair"),
    Case(json: #"{"x":{"more":01}}"#, reason: "expected a value"),
    Case(json: #"{"x":{"more":.5}}"#, reason: "expected a value"),
    Case(json: #"{"x":{"more":1.}}"#, reason: "expected a value"),
    Case(json: #"{"x":{"more":+1}}"#, reason: "expected a value"),
    Case(json: #"{"x":{"more":truely}}"#, reason: "expected a value"),
    Case(json: #"{"x":{"more":{"a":1e400,"a":1}}}"#, reason: "duplicate key \"a\""),
    Case(json: #"{"abc"#, reason: "a string does not end"),
    Case(json: #"{"x":{"more":nonsense}}"#, reason: "expected a value"),
    Case(json: tensor("Q99", "1", "0", "4"), data: 4, reason: "tensor \"x\": the data type Q99 is unknown"),
    Case(
      json: tensor("F32", "2", "0", "4"), data: 4,
      reason: "tensor \"x\": shape [2] of F32 takes 8 bytes, but 4"),
    Case(json: tensor("F32", "1", "0", "8"), data: 4, reason: "tensor \"x\": its data, at 0 to 8"),
    Case(json: tensor("F32", "1", "4", "0"), data: 4, reason: "tensor \"x\": its data, at 4 to 0"),
    Case(json: tensor("F32", "1", "4", "8"), data: 8, reason: "tensor \"x\": 4 bytes before its data"),
    Case(json: tensor("F32", "-1", "0", "4"), data: 4, reason: "not negative"),
    Case(json: tensor("F32", "1.0", "0", "4"), data: 4, reason: "not negative"),
    Case(json: tensor("F32", "1e9", "0", "4"), data: 4, reason: "not negative"),
    Case(json: tensor("F32", "01", "0", "4"), data: 4, reason: "not negative"),
    Case(json: tensor("F32", "99999999999999999999", "0", "4"), data: 4, reason: "a number is too large"),
    Case(json: tensor("F32", "1", "0", "9223372036854775807"), data: 4, reason: "are not within the file"),
    Case(
      json: tensor("F64", "4294967296,4294967296,4294967296", "0", "4"), data: 4,
      reason: "tensor \"x\": the shape"),
    Case(json: tensor("F64", "9223372036854775807,0", "0", "0"), reason: "tensor \"x\": the shape"),
    Case(
      json: tensor("F32", (0..<1001).map { _ in "1" }.joined(separator: ","), "0", "4"), data: 4,
      reason: "more than 1000 dimensions"),
  ]

  @Test(arguments: cases) func headersThatLie(_ c: Case) throws {
    let text = try message(file(c.json, data: c.data), TemporaryFolder())
    #expect(text.contains(c.reason))
  }

  @Test func tensorsThatOverlap() throws {
    let folder = try TemporaryFolder()
    let json = #"{"x":\#(entry("F32", "2", "0", "8")),"y":\#(entry("F32", "1", "4", "8"))}"#
    #expect(try message(file(json, data: 8), folder).contains("overlap another tensor's"))
    let twice = #"{"x":\#(entry("F32", "1", "0", "4")),"x":\#(entry("F32", "1", "4", "8"))}"#
    #expect(try message(file(twice, data: 8), folder).contains("duplicate key \"x\""))
  }

  @Test func depthAndEncoding() throws {
    let folder = try TemporaryFolder()
    let deep = #"{"x":{"more":"# + String(repeating: "[", count: 100_000)
    #expect(try message(file(deep), folder).contains("nested more than 32 deep"))
    // Nothing but accents, which are equal in any order.
    let accents = String(repeating: "\u{301}\u{323}", count: 500_000)
    for json in ["{\"\(accents)\":0}", "{\"x\":{\"dtype\":\"\(accents)\"}}"] {
      #expect(try message(file(json), folder).contains("a name of 2000000 bytes"))
    }
    let latin = length(8) + Array("{\"".utf8) + [0xE9] + Array("\":0} ".utf8)
    #expect(try message(latin, folder).contains("not UTF-8"))
  }

  /// Keys of an entry that the format may add one day do no harm, nor do spaces.
  @Test func whatIsAllowed() throws {
    let folder = try TemporaryFolder()
    let json =
      #"{ "x" : { "dtype" : "F32", "more" : [1, -2.5e3, {"a": null}, true, "s"], "shape" : [ ], "data_offsets" : [ 0, 4 ] } }  "#
    #expect(try load(folder.write(file(json, data: 4)), device: "reference")["x"]!.item() == 0)
    let escaped = #"{"\u00e9\ud83d\ude00\/\n":\#(entry("F32", "", "0", "4"))}"#
    #expect(try load(folder.write(file(escaped, data: 4)), device: "reference").keys.first == "é😀/\n")
  }
}
