/// SplitMix64, and what damage is made of.
struct FileRandom: RandomNumberGenerator {
  private var state: UInt64

  /// A stream of its own for every input, so that each can be made again alone.
  init(seed: UInt64, format: String, index: Int) {
    state = seed
    for byte in format.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    state = next() ^ UInt64(truncatingIfNeeded: index) &* 0x9E37_79B9_7F4A_7C15
    _ = next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// 0 ..< bound; 0 for an empty range.
  mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(next() % UInt64(bound)) }

  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }

  /// True one time in so many.
  mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

  mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

  /// A number that a size, an offset or a count may pretend to be.
  mutating func number(near value: UInt64) -> UInt64 {
    switch below(8) {
    case 0: return value &+ UInt64(below(5)) &- 2
    case 1: return next() >> UInt64(below(64))
    case 2: return 1 << UInt64(below(64)) &- UInt64(below(3))
    default:
      return pick([
        0, 1, 7, 0x7F, 0xFF, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 1 << 40, 1 << 61,
        1 << 61 - 1, 1 << 62, 0x7FFF_FFFF_FFFF_FFFF, 1 << 63, .max, .max - 7, value &* 2, value / 2, 20_000_000_000,
      ])
    }
  }
}
