import CPULanes

// Philox-4x32-10 [BP-7.1], eight counters at a time, each 32-bit word in a lane of 64.

typealias Words = SIMD8<UInt64>

/// The state of eight counters: 32-bit words in the low halves of 64-bit lanes. What stands in the
/// high halves is of no account, since a product of 32 bits by 32 does not read it.
private struct Philox {
  var x0, x1, x2, x3: Words

  @inline(__always) init(_ counter: UInt64) {
    let c = Words(repeating: counter) &+ Words(0, 1, 2, 3, 4, 5, 6, 7)
    x0 = c
    x1 = c &>> 32
    x2 = Words(repeating: 0)
    x3 = x2
  }

  @inline(__always) mutating func round(_ k0: Words, _ k1: Words) {
    let low = Words(repeating: 0xffff_ffff)
    // Both factors masked: that is the one instruction for such a product.
    let p0 = (x0 & low) &* Words(repeating: 0xd251_1f53)
    let p1 = (x2 & low) &* Words(repeating: 0xcd9e_8d57)
    x0 = (p1 &>> 32) ^ x1 ^ k0
    x2 = (p0 &>> 32) ^ x3 ^ k1
    x1 = p1
    x3 = p0
  }

  /// Words 0 and 1, then 2 and 3, of each counter in turn.
  @inline(__always) func store(_ out: UnsafeMutablePointer<UInt32>) {
    let low = Words(repeating: 0xffff_ffff)
    lanes_store_interleaved(out, (x0 & low) | (x1 &<< 32), (x2 & low) | (x3 &<< 32))
  }
}

/// Writes the four words of each of 32 consecutive counters. Four groups of eight at a time keep the
/// multiplier busy: one alone waits for each product.
@inline(__always)
func philox(_ counter: UInt64, _ seed: UInt64, _ out: UnsafeMutablePointer<UInt32>) {
  var (a, b) = (Philox(counter), Philox(counter &+ 8))
  var (c, d) = (Philox(counter &+ 16), Philox(counter &+ 24))
  var (k0, k1) = (Words(repeating: seed), Words(repeating: seed &>> 32))
  for _ in 0..<10 {
    a.round(k0, k1)
    b.round(k0, k1)
    c.round(k0, k1)
    d.round(k0, k1)
    k0 = k0 &+ Words(repeating: 0x9e37_79b9)
    k1 = k1 &+ Words(repeating: 0xbb67_ae85)
  }
  a.store(out)
  b.store(out + 32)
  c.store(out + 64)
  d.store(out + 96)
}
