/// The suite's own random numbers (SplitMix64, Steele et al., OOPSLA 2014): a case draws the same
/// values whether it runs alone or among all others.
package struct RandomSource: RandomNumberGenerator {
  private var state: UInt64

  /// A source for one case: seeded by the run's seed and the case's id.
  package init(seed: UInt64, id: String) {
    // FNV-1a: Swift's own hashes differ from run to run.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    state = seed ^ hash
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform in the range.
  package mutating func double(_ range: ClosedRange<Double>) -> Double {
    let unit = Double(next() >> 11) * 0x1p-53
    return range.lowerBound + unit * (range.upperBound - range.lowerBound)
  }

  /// Uniform in the range.
  package mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  /// True once in n draws.
  package mutating func oneIn(_ n: Int) -> Bool { int(1...n) == 1 }
}
