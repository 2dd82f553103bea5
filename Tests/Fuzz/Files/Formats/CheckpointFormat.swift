import Backplane

/// Safetensors files with the note that nested values are.
struct CheckpointFormat: FileFormat {
  static let name = "checkpoint"

  func make(_ random: inout FileRandom) -> [UInt8] {
    let count = random.below(4)
    var members = ["\"__metadata__\":{\"backplane.values\":\(CheckpointFormat.quoted(value(0, count, &random)))}"]
    var data: [UInt8] = []
    for i in 0..<count {
      let extent = random.below(4)
      members.append(
        "\"t\(i)\":{\"dtype\":\"F32\",\"shape\":[\(extent)],\"data_offsets\":[\(data.count),\(data.count + 4 * extent)]}"
      )
      for _ in 0..<4 * extent { data.append(random.byte()) }
    }
    return SafetensorsFormat.file("{\(members.joined(separator: ","))}", data, &random)
  }

  /// A text in a text.
  private static func quoted(_ text: String) -> String {
    "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
  }

  private func value(_ depth: Int, _ count: Int, _ random: inout FileRandom) -> String {
    if random.oneIn(200) { return String(repeating: "[", count: 40) }
    switch random.below(depth > 4 ? 6 : 12) {
    case 0: return random.pick(["null", "true", "false", "\"a\"", "\"\""])
    case 1: return random.pick(["1", "-7", "1.5", "1e300", "9223372036854775808", "0.0", "-0.0"])
    case 2:
      return random.pick([
        "{\"$double\":\"inf\"}", "{\"$double\":\"x\"}", "{\"$complex\":[1.0,2]}", "{\"$bytes\":\"00ff\"}",
      ])
    case 3:
      return random.pick([
        "{\"$bytes\":\"0\"}", "{\"$dtype\":\"bool\"}", "{\"$dtype\":\"x\"}", "{\"$more\":1}", "{}",
      ])
    case 4, 5:
      let number = random.below(count + (random.oneIn(6) ? 1 : 0))
      return "{\"\(random.pick(["$tensor", "$parameter"]))\":\"t\(number)\"}"
    case 6, 7: return "[\(list(depth, count, &random))]"
    case 8: return "{\"$tuple\":[\(list(depth, count, &random))]}"
    case 9: return "{\"$pairs\":[[\(random.below(9)),\(value(depth + 1, count, &random))]]}"
    default:
      let members = (0..<random.below(4)).map { i in
        "\"\(random.pick(["k", "a.b", "model"]))\(i)\":\(value(depth + 1, count, &random))"
      }
      let object = "{\(members.joined(separator: ","))}"
      return random.oneIn(2) ? object : "{\"$ordered\":\(object)}"
    }
  }

  private func list(_ depth: Int, _ count: Int, _ random: inout FileRandom) -> String {
    (0..<random.below(4)).map { _ in value(depth + 1, count, &random) }.joined(separator: ",")
  }

  func read(_ file: FileUnderTest) throws -> String? {
    let value = try Checkpoint(contentsOf: file.path, device: file.device)
    if let problem = try PyTorchFormat.problem(value, file) { return problem }
    return file.isWritten ? try PyTorchFormat.rewriting(value, file, [".safetensors", ".pt"]) : nil
  }
}
