import Backplane
import CaseReplay
import Text

/// The case files of `conformance replay`.
struct CasesFormat: FileFormat {
  static let name = "cases"

  func make(_ random: inout FileRandom) -> [UInt8] {
    let cases = (0..<random.below(4)).map { call($0, &random) }
    var text = "[\(cases.joined(separator: ","))]"
    if random.oneIn(20) {
      let count = random.pick([10, 40, 20_000])
      text = random.pick([
        String(repeating: "[", count: count), "[" + String(repeating: "0,", count: count) + "0]",
        "[\"" + String(repeating: "\\u0041", count: count) + "\"]", String(repeating: "1", count: count),
        "{\"id\":1e400}", "null", "",
      ])
    }
    let format = random.oneIn(20) ? "backplane-cases/2" : "backplane-cases/1"
    let notes = "\"format\":\"\(format)\",\"cases\":\(jsonQuoted(text))"
    let tensor = "\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}"
    let pairs = "\"c\":{\"dtype\":\"F64\",\"shape\":[2,2],\"data_offsets\":[16,48]}"
    let data = (0..<48).map { _ in random.byte() }
    return SafetensorsFormat.file("{\"__metadata__\":{\(notes)},\(tensor),\(pairs)}", data, &random)
  }

  private func call(_ i: Int, _ random: inout FileRandom) -> String {
    let values = (0..<random.below(4)).map { _ in value(&random) }.joined(separator: ",")
    let more = random.oneIn(3) ? ",\"kwargs\":{\"alpha\":\(value(&random)),\"device\":\"cpu\"}" : ""
    return
      "{\"id\":\"\(random.oneIn(10) ? 0 : i)\",\"op\":\"add\",\"tier\":\(value(&random)),\"args\":[\(values)]\(more)}"
  }

  private func value(_ random: inout FileRandom) -> String {
    let number = "\(Int64(bitPattern: random.number(near: 3)))"
    return random.pick([
      number, "-1", "0.5", "1e308", "true", "null", "\"s\"", "[1,[2,[3]]]", "{\"t\":\"a\"}", "{\"t\":\"none\"}",
      "{\"t\":\"a\",\"requires_grad\":true}", "{\"t\":\"c\",\"complex\":true}", "{\"t\":\"a\",\"complex\":true}",
      "{\"float\":\"nan\"}", "{\"complex\":[0,\(number)]}", "{\"dtype\":\"float32\"}", "{\"dtype\":\"f\"}", "{}",
      "{\"slice\":[\(number),null,-1]}", "{\"ellipsis\":true}", "{\"device\":\"x\"}", "{\"t\":3}",
      "{\"t\":\"a\",\"shape\":[2,\(number)],\"strides\":[\(number),1],\"offset\":\(number)}",
      "\"a" + String(repeating: "\u{301}\u{323}", count: random.oneIn(20) ? 2000 : 9) + "\"",
      "{\"t\":\"a\",\"shape\":[2],\"strides\":[2],\"offset\":1}", "{\"t\":\"a\",\"shape\":[],\"strides\":[]}",
    ])
  }

  func read(_ file: FileUnderTest) throws -> String? {
    let opened = try CaseFile(file.path)
    for call in opened.cases {
      // A value that no argument can be is the case's own failure, of whatever kind.
      try? opened.readArguments(of: call, on: file.device)
    }
    return nil
  }
}
