import Backplane

struct IDXFormat: FileFormat {
  static let name = "idx"

  func make(_ random: inout FileRandom) -> [UInt8] {
    let (type, width) = random.pick([(0x08, 1), (0x09, 1), (0x0B, 2), (0x0C, 4), (0x0D, 4), (0x0E, 8), (0x0A, 1)])
    var shape = (0..<random.below(4)).map { _ in UInt64(random.below(5)) }
    if random.oneIn(20) { shape = [UInt64](repeating: 1, count: random.pick([16, 17, 255])) }
    let count = Int(shape.reduce(1, *)) * width
    if random.oneIn(8), !shape.isEmpty { shape[random.below(shape.count)] = random.number(near: 1) }
    var bytes: [UInt8] = random.oneIn(20) ? [0x1F, 0x8B] : [0, 0]
    bytes += [UInt8(type), UInt8(shape.count)]
    for extent in shape { bytes.append(UInt32(truncatingIfNeeded: extent).byteSwapped, as: UInt32.self) }
    for _ in 0..<count { bytes.append(random.byte()) }
    return bytes
  }

  func read(_ file: FileUnderTest) throws -> String? {
    let tensor = try IDX.read(file.path, device: file.device)
    return try file.problem(tensor, "it")
  }
}
