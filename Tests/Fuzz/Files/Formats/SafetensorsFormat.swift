import Backplane

struct SafetensorsFormat: FileFormat {
  static let name = "safetensors"

  func make(_ random: inout FileRandom) -> [UInt8] {
    var data: [UInt8] = []
    var members: [String] = []
    if random.oneIn(3) { members.append("\"__metadata__\":{\(SafetensorsFormat.notes(&random))}") }
    for i in 0..<random.below(5) {
      members.append("\(SafetensorsFormat.key(i, &random)):\(tensor(&data, &random))")
    }
    if random.oneIn(30) {
      members = (0..<1000).map { "\"\($0)\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}" }
    }
    if random.oneIn(12), let member = members.last { members.append(member) }
    if random.oneIn(20) { members.append(SafetensorsFormat.nonsense(&random)) }
    return SafetensorsFormat.file("{\(members.joined(separator: random.oneIn(10) ? " ,\n" : ","))}", data, &random)
  }

  /// Length, text, data.
  static func file(_ text: String, _ data: [UInt8], _ random: inout FileRandom) -> [UInt8] {
    var bytes: [UInt8] = []
    let length = UInt64(text.utf8.count)
    bytes.append(random.oneIn(20) ? random.number(near: length) : length, as: UInt64.self)
    return bytes + Array(text.utf8) + data
  }

  private static func notes(_ random: inout FileRandom) -> String {
    (0..<random.below(4)).map { "\(key($0, &random)):\(key(9, &random))" }.joined(separator: ",")
  }

  static func key(_ i: Int, _ random: inout FileRandom) -> String {
    switch random.below(10) {
    case 0: "\"\\u00e9\\ud83d\\ude00\\n\(i)\""
    case 1: "\"\(String(repeating: "long", count: random.below(60)))\(i)\""
    case 2: random.pick(["\"\"", "\"\\ud800\"", "\"e\u{301}\"", "\"é\"", "\"\\\"\"", "\"\\x\"", "\"\u{7F}\""])
    default: "\"t\(i)\""
    }
  }

  /// A value that has no business in a header.
  private static func nonsense(_ random: inout FileRandom) -> String {
    let depth = random.pick([3, 31, 40, 5000])
    return random.pick([
      "\"x\":" + String(repeating: "[", count: depth), "\"x\":" + String(repeating: "{\"a\":", count: depth),
      "\"x\":{\"more\":[1e400,-0,0.5,true,null,{\"a\":[\"\\u0041\"]}]}",
      "\"x\":" + String(repeating: "9", count: depth),
      "\"" + String(repeating: "\\\\", count: depth) + "\":0", String(repeating: " ", count: depth),
      "\"x\":[" + String(repeating: "0,", count: depth) + "0]",
      "\"" + String(repeating: "\u{301}\u{323}", count: 10 * depth) + "\":0",
      "\"x\":{\"dtype\":\"F" + String(repeating: "\u{301}\u{323}", count: 10 * depth) + "\"}",
    ])
  }

  private func tensor(_ data: inout [UInt8], _ random: inout FileRandom) -> String {
    let types: [(String, Int)] = [
      ("BOOL", 1), ("U8", 1), ("I8", 1), ("I16", 2), ("F16", 2), ("BF16", 2), ("I32", 4), ("F32", 4), ("C64", 8),
      ("F64", 8), ("I64", 8), ("U16", 2), ("U32", 4), ("U64", 8), ("F8_E4M3", 1), ("Q\u{1F600}", 1),
    ]
    let (type, width) = random.pick(types)
    var shape = (0..<random.below(4)).map { _ in UInt64(random.below(5)) }
    if random.oneIn(40) { shape = [UInt64](repeating: 1, count: random.pick([16, 17, 100, 1001])) }
    let count = Int(shape.reduce(1, *)) * width
    var (begin, end) = (UInt64(data.count), UInt64(data.count + count))
    for _ in 0..<count { data.append(random.byte()) }
    if random.oneIn(25) { begin = random.number(near: begin) }
    if random.oneIn(25) { end = random.number(near: end) }
    if random.oneIn(25), !shape.isEmpty { shape[random.below(shape.count)] = random.number(near: 1) }
    let extents = shape.map(String.init).joined(separator: ",")
    return "{\"dtype\":\"\(type)\",\"shape\":[\(extents)],\"data_offsets\":[\(begin),\(end)]}"
  }

  func read(_ file: FileUnderTest) throws -> String? {
    let opened = try Safetensors(file.path)
    var tensors: [String: Tensor] = [:]
    var refused: BackplaneError?
    for name in opened.names {
      do {
        let tensor = try opened.tensor(name, device: file.device)
        if let problem = try file.problem(tensor, name) { return problem }
        if opened.shape(name) != tensor.shape || opened.dtype(name) != tensor.dtype { return "\(name): is another" }
        tensors[name] = tensor
      } catch let error as BackplaneError {
        refused = error
      }
    }
    if file.isWritten {
      try save(tensors, to: file.target, metadata: opened.metadata)
      if let problem = try file.difference(tensors, load(file.target, device: file.device)) { return problem }
    }
    if let refused { throw refused }
    return nil
  }
}
