import BackendAPI
import CPUKernelTypes

// The first k of a slice. Entries of a key and an index are gathered until there is no more room; then those beyond the
// first k go, and from there on only what precedes the last of these is looked at: most blocks of elements hold nothing
// of the kind. Entries come in the order of their indices and equals keep it, so that of equal elements the first stay.

private protocol OrderEntry: BitwiseCopyable {
  init(_ key: UInt64, _ index: Int)
  var index: Int { get }
  var key: UInt64 { get }
  /// Eight bits of the key; digit 0 is the lowest.
  func digit(_ i: Int) -> Int
  static var digits: Int { get }
  func precedes(_ other: Self) -> Bool
}

/// Keys and indices of up to 32 bits.
private struct NarrowOrder: OrderEntry {
  let bits: UInt64
  @inline(__always) init(_ key: UInt64, _ index: Int) { bits = key << 32 | UInt64(truncatingIfNeeded: index) }
  @inline(__always) var index: Int { Int(truncatingIfNeeded: bits & 0xFFFF_FFFF) }
  @inline(__always) var key: UInt64 { bits >> 32 }
  @inline(__always) func digit(_ i: Int) -> Int {
    Int(truncatingIfNeeded: bits &>> UInt64(truncatingIfNeeded: 32 &+ 8 &* i) & 0xFF)
  }
  @inline(__always) static var digits: Int { 4 }
  @inline(__always) func precedes(_ other: NarrowOrder) -> Bool { bits < other.bits }
}

private struct WideOrder: OrderEntry {
  let key: UInt64
  let index: Int
  @inline(__always) init(_ key: UInt64, _ index: Int) { (self.key, self.index) = (key, index) }
  @inline(__always) func digit(_ i: Int) -> Int {
    Int(truncatingIfNeeded: key &>> UInt64(truncatingIfNeeded: 8 &* i) & 0xFF)
  }
  @inline(__always) static var digits: Int { 8 }
  @inline(__always) func precedes(_ other: WideOrder) -> Bool {
    key < other.key || key == other.key && index < other.index
  }
}

// MARK: - Keys

/// Signed numbers in the order of the elements, NaN the greatest: without a choice, which would be a jump for each
/// element.
private protocol OrderKey {
  associatedtype Element: BitwiseCopyable
  associatedtype Key: FixedWidthInteger & SignedInteger & BitwiseCopyable
  static func key(_ x: Element) -> Key
}

private enum BoolKey: OrderKey {
  @inline(__always) static func key(_ x: UInt8) -> Int32 { x == 0 ? 0 : 1 }
}
private enum UInt8Key: OrderKey {
  @inline(__always) static func key(_ x: UInt8) -> Int32 { Int32(truncatingIfNeeded: x) }
}
private enum Int8Key: OrderKey {
  @inline(__always) static func key(_ x: Int8) -> Int32 { Int32(truncatingIfNeeded: x) }
}
private enum Int16Key: OrderKey {
  @inline(__always) static func key(_ x: Int16) -> Int32 { Int32(truncatingIfNeeded: x) }
}
private enum Int32Key: OrderKey {
  @inline(__always) static func key(_ x: Int32) -> Int32 { x }
}
private enum Int64Key: OrderKey {
  @inline(__always) static func key(_ x: Int64) -> Int64 { x }
}
private enum Float16Key: OrderKey {
  @inline(__always) static func key(_ x: UInt16) -> Int32 { floatKey(x, infinity: 0x7C00) }
}
private enum BFloat16Key: OrderKey {
  @inline(__always) static func key(_ x: UInt16) -> Int32 { floatKey(x, infinity: 0x7F80) }
}
private enum Float32Key: OrderKey {
  @inline(__always) static func key(_ x: Int32) -> Int32 {
    let magnitude = x & .max, sign = x &>> 31, isNaN = (0x7F80_0000 &- magnitude) &>> 31
    return ((magnitude ^ sign) &- sign) & ~isNaN | .max & isNaN
  }
}
private enum Float64Key: OrderKey {
  @inline(__always) static func key(_ x: Int64) -> Int64 {
    let magnitude = x & .max, sign = x &>> 63, isNaN = (0x7FF0_0000_0000_0000 &- magnitude) &>> 63
    return ((magnitude ^ sign) &- sign) & ~isNaN | .max & isNaN
  }
}

@inline(__always) private func floatKey(_ bits: UInt16, infinity: Int32) -> Int32 {
  let x = Int32(truncatingIfNeeded: bits), magnitude = x & 0x7FFF, sign = 0 &- x &>> 15
  let isNaN = (infinity &- magnitude) &>> 31
  return ((magnitude ^ sign) &- sign) & ~isNaN | .max & isNaN
}

// MARK: - Entries

/// Brings the first `k` of `n` entries to the front, equals in the order they had: by their digits, from the highest
/// on, as long as the last of them shares its bucket with some that are not among them.
@inline(__always)
private func select<E: OrderEntry>(
  _ entries: UnsafeMutablePointer<E>, _ n: Int, _ k: Int, _ spare: UnsafeMutablePointer<E>
) {
  if k >= n || k == 0 { return }
  withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { counts in
    let counts = counts.baseAddress.unsafelyUnwrapped
    // Before `low` lie entries that are in, up to `high` those that may be.
    var (low, high, digit) = (0, n, E.digits &- 1)
    while digit >= 0 {
      for i in 0..<256 { counts[i] = 0 }
      for i in low..<high { counts[entries[i].digit(digit)] &+= 1 }
      let needed = k &- low
      var (bucket, before) = (0, 0)
      while before &+ counts[bucket] < needed {
        before &+= counts[bucket]
        bucket &+= 1
      }
      let within = counts[bucket]
      if within < high &- low {
        var (taken, undecided) = (low, 0)
        for i in low..<high {
          let entry = entries[i], d = entry.digit(digit)
          if d < bucket {
            entries[taken] = entry
            taken &+= 1
          } else if d == bucket {
            spare[undecided] = entry
            undecided &+= 1
          }
        }
        for i in 0..<undecided { entries[taken &+ i] = spare[i] }
        (low, high) = (taken, taken &+ undecided)
      }
      if high == k { return }
      digit &-= 1
    }
  }
}

@inline(__always)
private func sort<E: OrderEntry>(_ entries: UnsafeMutablePointer<E>, _ n: Int, _ spare: UnsafeMutablePointer<E>) {
  if n <= 48 {
    for i in 1..<max(n, 1) {
      let entry = entries[i]
      var j = i
      while j > 0 && entry.precedes(entries[j &- 1]) {
        entries[j] = entries[j &- 1]
        j &-= 1
      }
      entries[j] = entry
    }
    return
  }
  var (from, to) = (entries, spare)
  withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { places in
    let places = places.baseAddress.unsafelyUnwrapped
    for digit in 0..<E.digits {
      for i in 0..<256 { places[i] = 0 }
      for i in 0..<n { places[from[i].digit(digit)] &+= 1 }
      // Nothing moves where all have the same digit.
      if places[from[0].digit(digit)] == n { continue }
      var place = 0
      for i in 0..<256 {
        let count = places[i]
        places[i] = place
        place &+= count
      }
      for i in 0..<n {
        let entry = from[i], bucket = entry.digit(digit)
        to[places[bucket]] = entry
        places[bucket] &+= 1
      }
      swap(&from, &to)
    }
  }
  if from != entries { for i in 0..<n { entries[i] = from[i] } }
}

// MARK: - Elements

@inline(__always)
private func scan<K: OrderKey, E: OrderEntry>(
  _: K.Type, _: E.Type, _ n: Int, _ k: Int, _ base: Int, _ isDescending: Bool, _ x: UnsafeRawPointer, _ stride: Int,
  _ entries: UnsafeMutableRawPointer, _ spare: UnsafeMutableRawPointer, _ capacity: Int
) -> Int {
  let x = x.assumingMemoryBound(to: K.Element.self)
  let entries = entries.assumingMemoryBound(to: E.self), spare = spare.assumingMemoryBound(to: E.self)
  let turn: K.Key = isDescending ? -1 : 0, sign: UInt64 = K.Key.bitWidth == 32 ? 1 << 31 : 1 << 63
  let mask: UInt64 = K.Key.bitWidth == 32 ? 0xFFFF_FFFF : ~0
  let block = 64
  var (count, isLimited, limit) = (0, false, K.Key.max)
  var start = 0
  // Few are kept in order, each at its place as it comes.
  let isOrdered = k <= 16
  while start < n {
    let size = min(block, n &- start)
    if isLimited && size == block && stride == 1 {
      var least = K.Key.max
      for i in 0..<block { least = min(least, K.key(x[start &+ i]) ^ turn) }
      if least >= limit {
        start &+= block
        continue
      }
    }
    for i in start..<(start &+ size) {
      let key = K.key(x[i &* stride]) ^ turn
      if isLimited && key >= limit { continue }
      let entry = E(UInt64(truncatingIfNeeded: key) & mask ^ sign, base &+ i)
      if isOrdered {
        var j = count < k ? count : k &- 1
        while j > 0 && entry.precedes(entries[j &- 1]) {
          entries[j] = entries[j &- 1]
          j &-= 1
        }
        entries[j] = entry
        count = min(count &+ 1, k)
        if count == k { (isLimited, limit) = (true, K.Key(truncatingIfNeeded: entries[k &- 1].key ^ sign)) }
        continue
      }
      if count == capacity {
        select(entries, count, k, spare)
        count = k
        var last: UInt64 = 0
        for j in 0..<k { last = max(last, entries[j].key) }
        (isLimited, limit) = (true, K.Key(truncatingIfNeeded: last ^ sign))
        if key >= limit { continue }
      }
      entries[count] = entry
      count &+= 1
    }
    start &+= size
  }
  select(entries, count, k, spare)
  return min(count, k)
}

@inline(__always)
private func scan<K: OrderKey>(
  _: K.Type, _ isWide: Bool, _ n: Int, _ k: Int, _ base: Int, _ isDescending: Bool, _ x: UnsafeRawPointer,
  _ stride: Int, _ entries: UnsafeMutableRawPointer, _ spare: UnsafeMutableRawPointer, _ capacity: Int
) -> Int {
  if isWide || K.Key.bitWidth > 32 {
    return scan(K.self, WideOrder.self, n, k, base, isDescending, x, stride, entries, spare, capacity)
  }
  return scan(K.self, NarrowOrder.self, n, k, base, isDescending, x, stride, entries, spare, capacity)
}

private let scanKernel: OrderKernels.Scan = { type, isWide, n, k, base, descending, x, stride, entries, spare, room in
  let isDescending = descending != 0
  return switch type {
  case BP_BOOL: scan(BoolKey.self, isWide, n, k, base, isDescending, x, stride, entries, spare, room)
  case BP_UINT8: scan(UInt8Key.self, isWide, n, k, base, isDescending, x, stride, entries, spare, room)
  case BP_INT8: scan(Int8Key.self, isWide, n, k, base, isDescending, x, stride, entries, spare, room)
  case BP_INT16: scan(Int16Key.self, isWide, n, k, base, isDescending, x, stride, entries, spare, room)
  case BP_INT32: scan(Int32Key.self, isWide, n, k, base, isDescending, x, stride, entries, spare, room)
  case BP_INT64: scan(Int64Key.self, isWide, n, k, base, isDescending, x, stride, entries, spare, room)
  case BP_FLOAT16: scan(Float16Key.self, isWide, n, k, base, isDescending, x, stride, entries, spare, room)
  case BP_BFLOAT16: scan(BFloat16Key.self, isWide, n, k, base, isDescending, x, stride, entries, spare, room)
  case BP_FLOAT32: scan(Float32Key.self, isWide, n, k, base, isDescending, x, stride, entries, spare, room)
  default: scan(Float64Key.self, isWide, n, k, base, isDescending, x, stride, entries, spare, room)
  }
}

@inline(__always)
private func finish<E: OrderEntry>(
  _: E.Type, _ n: Int, _ k: Int, _ entries: UnsafeMutableRawPointer, _ spare: UnsafeMutableRawPointer
) {
  let entries = entries.assumingMemoryBound(to: E.self), spare = spare.assumingMemoryBound(to: E.self)
  select(entries, n, k, spare)
  sort(entries, min(n, k), spare)
}

private let finishKernel: OrderKernels.Finish = { isWide, n, k, entries, spare in
  if isWide { finish(WideOrder.self, n, k, entries, spare) } else { finish(NarrowOrder.self, n, k, entries, spare) }
}

@inline(__always)
private func write<T: BitwiseCopyable, E: OrderEntry>(
  _: T.Type, _: E.Type, _ k: Int, _ entries: UnsafeRawPointer, _ values: UnsafeMutableRawPointer, _ sv: Int,
  _ indices: UnsafeMutableRawPointer, _ si: Int, _ x: UnsafeRawPointer, _ sx: Int, _ clean: (T) -> T
) {
  let entries = entries.assumingMemoryBound(to: E.self), x = x.assumingMemoryBound(to: T.self)
  let values = values.assumingMemoryBound(to: T.self), indices = indices.assumingMemoryBound(to: Int64.self)
  for i in 0..<k {
    let index = entries[i].index
    values[i &* sv] = clean(x[index &* sx])
    indices[i &* si] = Int64(index)
  }
}

private let writeKernel: OrderKernels.Write = { type, isWide, k, entries, values, sv, indices, si, x, sx in
  switch (bp_dtype_size(type), isWide) {
  case (1, _) where type == BP_BOOL && !isWide:
    write(UInt8.self, NarrowOrder.self, k, entries, values, sv, indices, si, x, sx) { min($0, 1) }
  case (1, _) where type == BP_BOOL:
    write(UInt8.self, WideOrder.self, k, entries, values, sv, indices, si, x, sx) { min($0, 1) }
  case (1, false): write(UInt8.self, NarrowOrder.self, k, entries, values, sv, indices, si, x, sx) { $0 }
  case (2, false): write(UInt16.self, NarrowOrder.self, k, entries, values, sv, indices, si, x, sx) { $0 }
  case (4, false): write(UInt32.self, NarrowOrder.self, k, entries, values, sv, indices, si, x, sx) { $0 }
  case (1, _): write(UInt8.self, WideOrder.self, k, entries, values, sv, indices, si, x, sx) { $0 }
  case (2, _): write(UInt16.self, WideOrder.self, k, entries, values, sv, indices, si, x, sx) { $0 }
  case (4, _): write(UInt32.self, WideOrder.self, k, entries, values, sv, indices, si, x, sx) { $0 }
  default: write(UInt64.self, WideOrder.self, k, entries, values, sv, indices, si, x, sx) { $0 }
  }
}

var orderKernels: OrderKernels { OrderKernels(scan: scanKernel, finish: finishKernel, write: writeKernel) }
