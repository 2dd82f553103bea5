import Backplane

struct GGUFFormat: FileFormat {
  static let name = "gguf"

  /// Number, elements of a block, bytes of a block.
  private static let types: [(UInt32, Int, Int)] = [
    (0, 1, 4), (1, 1, 2), (2, 32, 18), (3, 32, 20), (6, 32, 22), (7, 32, 24), (8, 32, 34), (12, 256, 144),
    (13, 256, 176), (14, 256, 210), (24, 1, 1), (25, 1, 2), (26, 1, 4), (27, 1, 8), (28, 1, 8), (30, 1, 2),
    (10, 256, 84), (99, 1, 1),
  ]

  func make(_ random: inout FileRandom) -> [UInt8] {
    var (infos, data): ([UInt8], [UInt8]) = ([], [])
    let (tensorCount, noteCount) = (random.below(4), random.below(5))
    let alignment = random.oneIn(4) ? random.pick([1, 8, 64, 0, 3]) : 32
    for i in 0..<tensorCount {
      let (type, blockCount, byteCount) = random.pick(GGUFFormat.types)
      let (rows, blocks) = (random.below(3), random.below(3))
      GGUFFormat.text(random.oneIn(20) ? "t0" : "t\(i)", &infos, &random)
      infos.append(UInt32(2), as: UInt32.self)
      infos.append(number(blocks * blockCount, &random), as: UInt64.self)
      infos.append(number(rows, &random), as: UInt64.self)
      infos.append(type, as: UInt32.self)
      infos.append(number(data.count, &random), as: UInt64.self)
      for _ in 0..<rows * blocks * byteCount { data.append(random.byte()) }
      while data.count % 32 != 0 { data.append(0) }
    }
    var bytes = Array("GGUF".utf8)
    bytes.append(random.oneIn(20) ? random.pick([1, 4, 0x0300_0000]) : random.pick([2, 3]), as: UInt32.self)
    bytes.append(number(tensorCount, &random), as: UInt64.self)
    bytes.append(number(noteCount + (alignment == 32 ? 0 : 1), &random), as: UInt64.self)
    for i in 0..<noteCount {
      GGUFFormat.text("n\(random.oneIn(20) ? 0 : i)", &bytes, &random)
      note(&bytes, 0, &random)
    }
    if alignment != 32 {
      GGUFFormat.text("general.alignment", &bytes, &random)
      bytes += [4, 0, 0, 0]
      bytes.append(UInt32(alignment), as: UInt32.self)
    }
    bytes += infos
    while alignment > 0, bytes.count % alignment != 0 { bytes.append(0) }
    return bytes + data
  }

  private func number(_ value: Int, _ random: inout FileRandom) -> UInt64 {
    random.oneIn(40) ? random.number(near: UInt64(value)) : UInt64(value)
  }

  private static func text(_ text: String, _ bytes: inout [UInt8], _ random: inout FileRandom) {
    let count = UInt64(text.utf8.count)
    bytes.append(random.oneIn(60) ? random.number(near: count) : count, as: UInt64.self)
    bytes += Array(text.utf8)
  }

  private func note(_ bytes: inout [UInt8], _ depth: Int, _ random: inout FileRandom) {
    let type = UInt32(random.below(random.oneIn(30) ? 20 : 13))
    bytes.append(type, as: UInt32.self)
    content(type, &bytes, depth, &random)
  }

  private func content(_ type: UInt32, _ bytes: inout [UInt8], _ depth: Int, _ random: inout FileRandom) {
    switch type {
    case 0, 1, 7: bytes.append(random.byte())
    case 2, 3: bytes += [random.byte(), random.byte()]
    case 8: GGUFFormat.text(random.pick(["", "llama", "né"]), &bytes, &random)
    case 9:
      let inner = UInt32(random.below(depth > 5 ? 8 : 10))
      let count = random.oneIn(200) ? 100_000 : random.below(4)
      bytes.append(inner, as: UInt32.self)
      bytes.append(number(count, &random), as: UInt64.self)
      for _ in 0..<(inner == 9 ? min(count, 3) : count) { content(inner, &bytes, depth + 1, &random) }
    case 4, 5, 6: bytes.append(UInt32(truncatingIfNeeded: random.next()), as: UInt32.self)
    default: bytes.append(random.next(), as: UInt64.self)
    }
  }

  func read(_ file: FileUnderTest) throws -> String? {
    let opened = try GGUF(file.path)
    var refused: BackplaneError?
    for name in opened.names {
      do {
        let tensor = try opened.tensor(name, device: file.device)
        if let problem = try file.problem(tensor, name) { return problem }
        if opened.shape(name) != tensor.shape { return "\(name): is another" }
      } catch let error as BackplaneError {
        refused = error
      }
    }
    if let refused { throw refused }
    return nil
  }
}
