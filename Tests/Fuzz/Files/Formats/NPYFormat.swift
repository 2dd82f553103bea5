import Backplane

struct NPYFormat: FileFormat {
  static let name = "npy"

  func make(_ random: inout FileRandom) -> [UInt8] { NPYFormat.array(&random) }

  private static let types: [(String, Int)] = [
    ("|b1", 1), ("?", 1), ("|u1", 1), ("|i1", 1), ("<i2", 2), (">i2", 2), ("<u2", 2), (">u2", 2), ("<i4", 4),
    ("<u4", 4),
    (">u4", 4), ("=i8", 8), ("<u8", 8), (">u8", 8), ("<f2", 2), ("<f4", 4), (">f4", 4), ("<f8", 8), (">f8", 8),
    ("<c8", 8), (">c8", 8), ("<c16", 16), ("|O", 8), ("<U3", 12), ("|S2", 2), ("<M8[ns]", 8), ("|V2", 2), ("<f16", 16),
    ("|i4", 4), ("", 1), ("<", 1), ("<f99999999999999999999", 1),
  ]

  static func array(_ random: inout FileRandom) -> [UInt8] {
    // Those that can be read come first.
    let (type, width) = random.pick(random.oneIn(8) ? types : Array(types.prefix(22)))
    var shape = (0..<random.below(4)).map { _ in UInt64(random.below(5)) }
    if random.oneIn(40) { shape = [UInt64](repeating: 1, count: random.pick([16, 17, 100, 1001])) }
    var elements: [UInt8] = []
    for _ in 0..<Int(shape.reduce(1, *)) * width { elements.append(random.oneIn(3) ? random.byte() : 0) }
    if random.oneIn(20), !shape.isEmpty { shape[random.below(shape.count)] = random.number(near: 1) }
    var extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    if random.oneIn(30) { extents = random.pick(["-1,", "3", "(3,)", "1L,", "1e3,", "None", "2,,", "\"3\""]) }
    var descr = "'\(type)'"
    if random.oneIn(30) {
      descr = random.pick([
        "[('a', '<f4'), ('b', '|O')]", "('<f4', (2,))", "{'names': ['a']}", "None", String(repeating: "[", count: 9000),
      ])
    }
    let order = random.oneIn(30) ? random.pick(["1", "None", "'True'", "Tru"]) : random.pick(["False", "True"])
    let text =
      "{'descr': \(descr), 'fortran_order': \(order), 'shape': (\(extents)), }"
      + (random.oneIn(3) ? String(repeating: " ", count: random.below(200)) + "\n" : "")
    return prefix(text, &random) + Array(text.utf8) + elements
  }

  /// Name, version, length.
  private static func prefix(_ text: String, _ random: inout FileRandom) -> [UInt8] {
    let version = random.pick([1, 1, 1, 2, 3, 4, 0] as [UInt8])
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [version, random.oneIn(20) ? 1 : 0]
    let length = UInt64(text.utf8.count)
    bytes.append(number: random.oneIn(20) ? random.number(near: length) : length, width: version == 1 ? 2 : 4)
    return bytes
  }

  func read(_ file: FileUnderTest) throws -> String? {
    let tensor = try loadNPY(file.path, device: file.device)
    if let problem = try file.problem(tensor, "it") { return problem }
    guard file.isWritten else { return nil }
    try saveNPY(tensor, to: file.target)
    return try file.difference(["it": tensor], ["it": loadNPY(file.target, device: file.device)])
  }
}
