import BackendAPI
import CPUKernelTypes

// A slice is sorted as entries of a key and an index. Keys are unsigned numbers in the order of the elements: equal
// elements have equal keys, NaN the greatest, and those of a descending sort are turned around.

private protocol SortEntry: BitwiseCopyable {
  init(_ key: UInt64, _ index: Int)
  var index: Int { get }
  /// The eight bits of the key from `shift` on.
  func digit(_ shift: UInt64) -> Int
  func precedes(_ other: Self) -> Bool
}

/// Keys and indices of up to 32 bits.
private struct NarrowEntry: SortEntry {
  let bits: UInt64
  @inline(__always) init(_ key: UInt64, _ index: Int) { bits = key << 32 | UInt64(truncatingIfNeeded: index) }
  @inline(__always) var index: Int { Int(truncatingIfNeeded: bits & 0xFFFF_FFFF) }
  @inline(__always) func digit(_ shift: UInt64) -> Int { Int(truncatingIfNeeded: bits >> (shift &+ 32) & 0xFF) }
  @inline(__always) func precedes(_ other: NarrowEntry) -> Bool { bits < other.bits }
}

private struct WideEntry: SortEntry {
  let key: UInt64
  let index: Int
  @inline(__always) init(_ key: UInt64, _ index: Int) {
    self.key = key
    self.index = index
  }
  @inline(__always) func digit(_ shift: UInt64) -> Int { Int(truncatingIfNeeded: key >> shift & 0xFF) }
  @inline(__always) func precedes(_ other: WideEntry) -> Bool { key < other.key }
}

// MARK: - Keys

@inline(__always) private func key<T: FixedWidthInteger>(_ x: T) -> UInt64 {
  let bits = UInt64(truncatingIfNeeded: x), sign: UInt64 = 1 << UInt64(T.bitWidth &- 1)
  let mask = sign | (sign &- 1)
  return T.isSigned ? (bits & mask) ^ sign : bits
}

/// From a float's bits and those of its type's infinity.
@inline(__always) private func key<U: FixedWidthInteger & UnsignedInteger>(_ bits: U, infinity: U) -> UInt64 {
  let sign: U = 1 << U(U.bitWidth &- 1)
  let magnitude = bits & ~sign
  if magnitude > infinity { return UInt64(U.max) }
  let isNegative = bits & sign != 0 && magnitude != 0
  return UInt64(isNegative ? ~bits : magnitude | sign)
}

// MARK: - Sorting

/// The entries in order: the result is where they lie, `entries` or `spare`.
@inline(__always)
private func sorted<E: SortEntry>(
  _ entries: UnsafeMutablePointer<E>, _ spare: UnsafeMutablePointer<E>, _ n: Int, keyBits: Int
) -> UnsafeMutablePointer<E> {
  if n <= 32 {
    for i in 1..<max(n, 1) {
      let entry = entries[i]
      var j = i
      while j > 0 && entry.precedes(entries[j &- 1]) {
        entries[j] = entries[j &- 1]
        j &-= 1
      }
      entries[j] = entry
    }
    return entries
  }
  var (from, to) = (entries, spare)
  withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { places in
    for digit in 0..<(keyBits / 8) {
      let shift = UInt64(8 &* digit)
      places.initialize(repeating: 0)
      for i in 0..<n { places[from[i].digit(shift)] &+= 1 }
      // Nothing moves where all have the same digit.
      if places[from[0].digit(shift)] == n { continue }
      var place = 0
      for i in 0..<256 {
        let count = places[i]
        places[i] = place
        place &+= count
      }
      for i in 0..<n {
        let entry = from[i], bucket = entry.digit(shift)
        to[places[bucket]] = entry
        places[bucket] &+= 1
      }
      swap(&from, &to)
    }
  }
  return from
}

@inline(__always)
private func sort<T: BitwiseCopyable, E: SortEntry>(
  _: T.Type, _: E.Type, _ s: Slice, _ key: (T) -> UInt64, _ clean: (T) -> T
) {
  let bits = MemoryLayout<T>.size &* 8
  let turn: UInt64 = s.isDescending ? (bits == 64 ? ~0 : 1 << UInt64(bits) &- 1) : 0
  let x = s.a.assumingMemoryBound(to: T.self)
  let entries = s.scratch.assumingMemoryBound(to: E.self)
  for i in 0..<s.n { entries[i] = E(key(x[i &* s.aStride]) ^ turn, i) }
  let order = sorted(entries, entries + s.n, s.n, keyBits: bits)
  let values = s.values.assumingMemoryBound(to: T.self), indices = s.indices.assumingMemoryBound(to: Int64.self)
  for i in 0..<s.n {
    let index = order[i].index
    values[i &* s.valuesStride] = clean(x[index &* s.aStride])
    indices[i &* s.indicesStride] = Int64(index)
  }
}

/// What a kernel call is about.
private struct Slice {
  let n: Int
  let isDescending: Bool
  let values: UnsafeMutableRawPointer, valuesStride: Int
  let indices: UnsafeMutableRawPointer, indicesStride: Int
  let a: UnsafeRawPointer, aStride: Int
  let scratch: UnsafeMutableRawPointer
}

@inline(__always)
private func sort<T: BitwiseCopyable>(
  _: T.Type, _ s: Slice, _ key: (T) -> UInt64, clean: (T) -> T = { $0 }
) {
  if MemoryLayout<T>.size <= 4 && s.n <= Int(UInt32.max) {
    sort(T.self, NarrowEntry.self, s, key, clean)
  } else {
    sort(T.self, WideEntry.self, s, key, clean)
  }
}

let sortKernel: KernelTable.Sort = { type, n, descending, values, sv, indices, si, a, sa, scratch in
  let s = Slice(
    n: n, isDescending: descending != 0, values: values, valuesStride: sv, indices: indices, indicesStride: si, a: a,
    aStride: sa, scratch: scratch)
  switch type {
  case BP_BOOL: sort(UInt8.self, s, { $0 == 0 ? 0 : 1 }, clean: { min($0, 1) })
  case BP_UINT8: sort(UInt8.self, s, { key($0) })
  case BP_INT8: sort(Int8.self, s, { key($0) })
  case BP_INT16: sort(Int16.self, s, { key($0) })
  case BP_INT32: sort(Int32.self, s, { key($0) })
  case BP_INT64: sort(Int64.self, s, { key($0) })
  case BP_FLOAT16: sort(UInt16.self, s, { key($0, infinity: 0x7C00) })
  case BP_BFLOAT16: sort(UInt16.self, s, { key($0, infinity: 0x7F80) })
  case BP_FLOAT32: sort(UInt32.self, s, { key($0, infinity: 0x7F80_0000) })
  case BP_FLOAT64: sort(UInt64.self, s, { key($0, infinity: 0x7FF0_0000_0000_0000) })
  default: break
  }
}
