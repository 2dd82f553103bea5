import BackendAPI
import CPUKernelTypes
import CPULanes

/// A block of words at a time: 32 counters of four.
private let block = 128

/// The product of `n` elements with the factors of their words.
@inline(__always)
private func multiply<V: FloatLanes>(
  _: V.Type, _ n: Int, _ x: UnsafeMutablePointer<V.Scalar>, _ factors: UnsafePointer<V.Scalar>
) {
  var i = 0
  while i < n {
    let at = UnsafeMutableRawPointer(x + i)
    V.mul(V.load(at), V.load(UnsafeRawPointer(factors + i))).store(at)
    i &+= V.width
  }
}

@inline(__always)
private func dropout<F: FloatFormat>(
  _: F.Type, _ first: Int, _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int,
  _ dropsBelow: UInt32, _ factor: Double, _ seed: UInt64, _ offset: UInt64
) {
  typealias T = F.Lanes.Scalar
  withUnsafeTemporaryAllocation(byteCount: block &* (4 &+ 2 &* MemoryLayout<T>.size), alignment: 64) { memory in
    let words = memory.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt32.self)
    let x = (memory.baseAddress.unsafelyUnwrapped + 4 &* block).assumingMemoryBound(to: T.self)
    let factors = x + block
    var scale = F.Lanes(factor)
    var done = 0
    while done < n {
      let element = first &+ done, skipped = element & 3
      let count = min(block &- skipped, n &- done)
      philox(offset &+ UInt64(truncatingIfNeeded: element >> 2), seed, words)
      withUnsafeBytes(of: &scale) { scale in
        @inline(__always) func fill<Bits: FixedWidthInteger>(_: Bits.Type) {
          let kept = scale.load(as: Bits.self), random = words + skipped
          let bits = UnsafeMutableRawPointer(factors).assumingMemoryBound(to: Bits.self)
          for i in 0..<count { bits[i] = random[i] &>> 8 < dropsBelow ? 0 : kept }
        }
        if MemoryLayout<T>.size == 4 { fill(UInt32.self) } else { fill(UInt64.self) }
      }
      F.stage(count, a + done &* sa &* F.size, sa, x)
      multiply(F.Lanes.self, count, x, factors)
      F.unstage(count, x, out + done &* so &* F.size, so)
      done &+= count
    }
  }
}

private let run: DropoutKernels.Run = { type, first, n, out, so, a, sa, dropsBelow, factor, seed, offset in
  switch type {
  case BP_FLOAT16: dropout(Float16Format.self, first, n, out, so, a, sa, dropsBelow, factor, seed, offset)
  case BP_BFLOAT16: dropout(BFloat16Format.self, first, n, out, so, a, sa, dropsBelow, factor, seed, offset)
  case BP_FLOAT32: dropout(Float32Format.self, first, n, out, so, a, sa, dropsBelow, factor, seed, offset)
  case BP_FLOAT64: dropout(Float64Format.self, first, n, out, so, a, sa, dropsBelow, factor, seed, offset)
  default: break
  }
}

var dropoutKernels: DropoutKernels { DropoutKernels(run: run) }
