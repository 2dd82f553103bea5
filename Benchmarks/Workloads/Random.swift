import Backplane
import Glibc

extension Workload {
  static var random: [Workload] {
    [
      Workload(name: "randn_4M") { device in
        let count = 1 << 22
        let seed: UInt64 = 12
        let generator = Generator(seed: seed)
        var calls = 0
        var result = Tensor.zeros([1], device: device)
        return Job {
          result = Tensor.randn([count], device: device, generator: generator)
          calls += 1
        } check: {
          // The distribution function takes each number back to the uniform one that the stream holds there.
          let values = result.floats
          guard values.count == count else { throw Complaint("\(values.count) elements instead of \(count)") }
          var stream = Philox(seed: seed, offset: UInt64((calls - 1) * count / 4))
          for block in 0..<count / 4 {
            let words = stream.next()
            for lane in 0..<4 {
              let wanted = (Double(words[lane]) + 0.5) * 0x1p-32
              let found = 0.5 * erfc(-Double(values[block * 4 + lane]) * 0.5.squareRoot())
              guard (found - wanted).magnitude <= 1e-7 else {
                throw Complaint(
                  "wrong result: element \(block * 4 + lane) is the quantile of \(found), should be of \(wanted)"
                )
              }
            }
          }
        }
      }
    ]
  }
}

/// Philox-4x32-10: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
private struct Philox {
  private let key: (UInt32, UInt32)
  private var offset: UInt64

  init(seed: UInt64, offset: UInt64) {
    key = (UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32))
    self.offset = offset
  }

  /// The next block of four words.
  mutating func next() -> SIMD4<UInt32> {
    var c = SIMD4(UInt32(truncatingIfNeeded: offset), UInt32(offset >> 32), 0, 0)
    var k = key
    for _ in 0..<10 {
      let first = UInt64(0xD251_1F53) * UInt64(c[0])
      let second = UInt64(0xCD9E_8D57) * UInt64(c[2])
      c = SIMD4(
        UInt32(second >> 32) ^ c[1] ^ k.0, UInt32(truncatingIfNeeded: second),
        UInt32(first >> 32) ^ c[3] ^ k.1, UInt32(truncatingIfNeeded: first))
      k = (k.0 &+ 0x9E37_79B9, k.1 &+ 0xBB67_AE85)
    }
    offset += 1
    return c
  }
}
