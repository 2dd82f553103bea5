import BackendAPI
import CPULanes

// What kernels of runs share: vectors over a run, sums of it, and runs brought into contiguous memory piece by piece.

/// Calls `body` with each vector's offset in bytes and the count of its lanes that are elements.
@inline(__always)
func vectors<V: FloatLanes>(_: V.Type, _ n: Int, _ body: (Int, Int) -> Void) {
  let whole = n / V.width &* V.width
  var i = 0
  while i < whole {
    body(i &* MemoryLayout<V.Scalar>.stride, V.width)
    i &+= V.width
  }
  if i < n { body(i &* MemoryLayout<V.Scalar>.stride, n &- i) }
}

/// The first `count` lanes, or all of them if that is no fewer.
@inline(__always) func loadLanes<V: FloatLanes>(_: V.Type, _ p: UnsafeRawPointer, _ count: Int) -> V {
  count >= V.width ? V.load(p) : V.loadPartial(p, count)
}

@inline(__always) func storeLanes<V: FloatLanes>(_ v: V, _ p: UnsafeMutableRawPointer, _ count: Int) {
  if count >= V.width { v.store(p) } else { v.storePartial(p, count) }
}

/// 1 in the first `count` lanes, 0 in the others.
@inline(__always) func ones<V: FloatLanes>(_: V.Type, _ count: Int) -> V {
  var v = V(1)
  if count == V.width { return v }
  return withUnsafeBytes(of: &v) { V.loadPartial($0.baseAddress.unsafelyUnwrapped, count) }
}

/// The sum of `f` over the elements, in four vectors at a time that are emptied into float64 every 64 of each; `f` gives
/// 0 in lanes past the last element.
@inline(__always)
func total<V: FloatLanes>(_: V.Type, _ n: Int, _ f: (Int, Int) -> V) -> Double {
  let size = MemoryLayout<V.Scalar>.stride, four = 4 &* V.width
  var result = 0.0, start = 0
  while n &- start >= four {
    let end = start &+ min(64 &* four, (n &- start) / four &* four)
    var a = V(0), b = V(0), c = V(0), d = V(0)
    while start < end {
      let at = start &* size
      a = V.add(a, f(at, V.width))
      b = V.add(b, f(at &+ 64, V.width))
      c = V.add(c, f(at &+ 128, V.width))
      d = V.add(d, f(at &+ 192, V.width))
      start &+= four
    }
    result += V.add(V.add(a, b), V.add(c, d)).total()
  }
  if start < n {
    var rest = V(0)
    vectors(V.self, n &- start) { at, count in rest = V.add(rest, f(start &* size &+ at, count)) }
    result += rest.total()
  }
  return result
}

// MARK: - Staging
//
// What computes is compiled for float32 and for float64, over contiguous memory. What is of 16 bits, or lies with gaps, is
// brought there in blocks by functions that are compiled once: beside the arithmetic they would be most of the code.

/// Bytes of an element, and of a number that is computed with.
@inline(__always) func elementSize(_ type: Int32) -> Int {
  type == BP_FLOAT64 ? 8 : type == BP_FLOAT32 ? 4 : 2
}
@inline(__always) func numberSize(_ type: Int32) -> Int { type == BP_FLOAT64 ? 8 : 4 }

/// Whether elements can be computed with where they lie.
@inline(__always) private func isDirect(_ type: Int32) -> Bool { type == BP_FLOAT64 || type == BP_FLOAT32 }

@inline(never)
func stage(_ type: Int32, _ n: Int, _ from: UnsafeRawPointer, _ stride: Int, _ to: UnsafeMutableRawPointer) {
  switch type {
  case BP_FLOAT16: Float16Format.stage(n, from, stride, to.assumingMemoryBound(to: Float.self))
  case BP_BFLOAT16: BFloat16Format.stage(n, from, stride, to.assumingMemoryBound(to: Float.self))
  case BP_FLOAT32: Float32Format.stage(n, from, stride, to.assumingMemoryBound(to: Float.self))
  default: Float64Format.stage(n, from, stride, to.assumingMemoryBound(to: Double.self))
  }
}

@inline(never)
func unstage(_ type: Int32, _ n: Int, _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ stride: Int) {
  switch type {
  case BP_FLOAT16: Float16Format.unstage(n, from.assumingMemoryBound(to: Float.self), to, stride)
  case BP_BFLOAT16: BFloat16Format.unstage(n, from.assumingMemoryBound(to: Float.self), to, stride)
  case BP_FLOAT32: Float32Format.unstage(n, from.assumingMemoryBound(to: Float.self), to, stride)
  default: Float64Format.unstage(n, from.assumingMemoryBound(to: Double.self), to, stride)
  }
}

/// Two runs that are read: all at once where they lie so, else in blocks of at most `length`. `body` is told which is the
/// block's first element, and how many there are.
@inline(never)
func readRuns(
  _ type: Int32, _ n: Int, _ a: UnsafeRawPointer, _ aStride: Int, _ b: UnsafeRawPointer, _ bStride: Int,
  length: Int = stagingBlock, _ body: (UnsafeRawPointer, UnsafeRawPointer, Int, Int) -> Void
) {
  if isDirect(type) && (n == 1 || aStride == 1 && bStride == 1) { return body(a, b, 0, n) }
  let size = elementSize(type), width = numberSize(type), length = min(length, n), isOne = a == b && aStride == bStride
  withUnsafeTemporaryAllocation(byteCount: 2 &* length &* width, alignment: 64) { memory in
    let p = memory.baseAddress.unsafelyUnwrapped, q = isOne ? p : p + length &* width
    var i = 0
    while i < n {
      let count = min(length, n &- i)
      stage(type, count, a + i &* aStride &* size, aStride, p)
      if !isOne { stage(type, count, b + i &* bStride &* size, bStride, q) }
      body(p, q, i, count)
      i &+= count
    }
  }
}

/// One run that is read.
@inline(__always)
func readRun(
  _ type: Int32, _ n: Int, _ x: UnsafeRawPointer, _ stride: Int, length: Int = stagingBlock,
  _ body: (UnsafeRawPointer, Int, Int) -> Void
) {
  readRuns(type, n, x, stride, x, stride, length: length) { x, _, first, count in body(x, first, count) }
}

/// The same, and one that is written.
@inline(never)
func writeRun(
  _ type: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int, _ a: UnsafeRawPointer, _ aStride: Int,
  _ b: UnsafeRawPointer, _ bStride: Int,
  _ body: (UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer, Int, Int) -> Void
) {
  if isDirect(type) && (n == 1 || outStride == 1 && aStride == 1 && bStride == 1) { return body(out, a, b, 0, n) }
  let size = elementSize(type)
  withUnsafeTemporaryAllocation(byteCount: stagingBlock &* 8, alignment: 64) { memory in
    let result = memory.baseAddress.unsafelyUnwrapped
    readRuns(type, n, a, aStride, b, bStride) { a, b, first, count in
      // Where both are read in place there is but one block, as long as the run.
      var done = 0
      while done < count {
        let part = min(stagingBlock, count &- done), at = done &* numberSize(type)
        body(result, a + at, b + at, first &+ done, part)
        unstage(type, part, result, out + (first &+ done) &* outStride &* size, outStride)
        done &+= part
      }
    }
  }
}

/// The numbers beside a run: those of each element, or one for all.
struct Beside {
  let numbers: UnsafeRawPointer?
  let number: Double

  @inline(__always) init(_ numbers: UnsafeRawPointer?, _ number: Double) {
    (self.numbers, self.number) = (numbers, number)
  }

  @inline(__always) func from(_ bytes: Int) -> Beside { Beside(numbers.map { $0 + bytes }, number) }
}

/// Numbers beside a run of elements of a type: contiguous as they are or gathered, one for all of it, or none.
@inline(never)
func beside(
  _ type: Int32, _ n: Int, _ p: UnsafeRawPointer?, _ stride: Int, none: Double, _ body: (Beside) -> Void
) {
  guard let p else { return body(Beside(nil, none)) }
  let size = numberSize(type)
  if stride == 0 || n == 1 {
    return body(Beside(nil, size == 8 ? p.load(as: Double.self) : Double(p.load(as: Float.self))))
  }
  if stride == 1 { return body(Beside(p, none)) }
  withUnsafeTemporaryAllocation(byteCount: n &* size, alignment: 64) { memory in
    let numbers = memory.baseAddress.unsafelyUnwrapped
    stage(size == 8 ? BP_FLOAT64 : BP_FLOAT32, n, p, stride, numbers)
    body(Beside(numbers, none))
  }
}
