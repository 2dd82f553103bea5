import Backplane

/// A small generator of its own, so that inputs do not depend on what is measured.
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

enum Values {
  /// Numbers of mean 0 and standard deviation 1: sums of four 16-bit uniform ones, which is close to normal.
  static func normal(_ count: Int, seed: UInt64) -> [Float] {
    var source = SplitMix64(state: seed)
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      for i in 0..<count {
        let bits = source.next()
        let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + bits >> 48
        buffer[i] = (Float(sum) - 131_070) * (1.732_050_8 / 65536)
      }
      initialized = count
    }
  }

  static func integers(_ count: Int, below bound: Int, seed: UInt64) -> [Int] {
    var source = SplitMix64(state: seed)
    return (0..<count).map { _ in Int.random(in: 0..<bound, using: &source) }
  }
}

extension Tensor {
  /// `toArray` for results that are checked.
  var floats: [Float] { toArray(Float.self) }
}

enum Check {
  /// Compares every element with a plain computation in double precision.
  static func elements(
    _ result: Tensor, count: Int, relative: Double = 2e-6, absolute: Double = 1e-6,
    expected: (Int) -> Double
  ) throws {
    let values = result.floats
    guard values.count == count else { throw Complaint("\(values.count) elements instead of \(count)") }
    for i in 0..<count {
      let wanted = expected(i)
      let found = Double(values[i])
      // Written so that a NaN fails.
      guard (found - wanted).magnitude <= absolute + relative * wanted.magnitude else {
        throw Complaint("wrong result: element \(i) is \(found), should be \(wanted)")
      }
    }
  }
}
