/// Damage that needs to know nothing of the format.
enum FileDamage {
  /// The largest input: damage does not make files grow beyond it.
  static let byteLimit = 1 << 20

  /// Some changes, one after the other.
  static func damaged(_ bytes: [UInt8], _ random: inout FileRandom, other: (inout FileRandom) -> [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<1 + random.below(random.oneIn(2) ? 1 : 5) {
      change(&bytes, &random, other)
      if bytes.count > byteLimit { bytes.removeSubrange(byteLimit...) }
    }
    return bytes
  }

  private static func change(
    _ bytes: inout [UInt8], _ random: inout FileRandom, _ other: (inout FileRandom) -> [UInt8]
  ) {
    guard !bytes.isEmpty else { return bytes.append(random.byte()) }
    let place = random.below(bytes.count)
    switch random.below(12) {
    case 0, 1: bytes[place] ^= 1 << UInt8(random.below(8))
    case 2:
      bytes[place] = random.pick([0, 1, 2, 0x20, 0x22, 0x2C, 0x30, 0x39, 0x5B, 0x5C, 0x7B, 0x7D, 0x7F, 0x80, 0xFF])
    case 3: bytes.removeSubrange(place...)
    case 4: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(64)))
    case 5: bytes.insert(contentsOf: (0..<1 + random.below(32)).map { _ in random.byte() }, at: place)
    case 6:
      let block = Array(bytes[place..<min(bytes.count, place + 1 + random.below(200))])
      for _ in 0..<1 + random.below(20) { bytes.insert(contentsOf: block, at: place) }
    case 7:
      let tail = other(&random)
      bytes.replaceSubrange(place..., with: tail.dropFirst(random.below(tail.count)))
    case 8, 9: replaceNumber(&bytes, place, &random)
    case 10: replaceDigits(&bytes, place, &random)
    default:
      // One block over another.
      let count = min(1 + random.below(64), bytes.count - place)
      let target = random.below(bytes.count - count + 1)
      bytes.replaceSubrange(target..<target + count, with: Array(bytes[place..<place + count]))
    }
  }

  /// A little-endian number of two, four or eight bytes becomes another.
  private static func replaceNumber(_ bytes: inout [UInt8], _ place: Int, _ random: inout FileRandom) {
    let width = random.pick([2, 4, 8])
    guard place + width <= bytes.count else { return }
    var value: UInt64 = 0
    for i in (0..<width).reversed() { value = value << 8 | UInt64(bytes[place + i]) }
    let other = random.number(near: value)
    for i in 0..<width { bytes[place + i] = UInt8(truncatingIfNeeded: other >> UInt64(8 * i)) }
  }

  /// A number in digits becomes another.
  private static func replaceDigits(_ bytes: inout [UInt8], _ place: Int, _ random: inout FileRandom) {
    guard let start = bytes[place...].firstIndex(where: { 0x30...0x39 ~= $0 }) else { return }
    let end = bytes[start...].firstIndex { !(0x30...0x39 ~= $0) } ?? bytes.count
    let value = UInt64(String(decoding: bytes[start..<end].prefix(18), as: UTF8.self)) ?? 0
    let text = random.pick(["\(random.number(near: value))", "-1", "1e400", "0.5", "00", "99999999999999999999", ""])
    bytes.replaceSubrange(start..<end, with: text.utf8)
  }
}

extension [UInt8] {
  mutating func append<Number: FixedWidthInteger>(_ value: Number, as _: Number.Type) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  /// Appends the low bytes of a number.
  mutating func append(number: UInt64, width: Int) {
    for i in 0..<width { append(UInt8(truncatingIfNeeded: number >> UInt64(8 * i))) }
  }
}
