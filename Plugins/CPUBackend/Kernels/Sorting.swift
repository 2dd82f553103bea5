import BackendAPI
import CPUKernelTypes

// Slices are put in order as entries of a key and an index, by the digits of the keys from the lowest on: each pass
// keeps the order of equals. Elements come back from the keys; none is fetched by its index but those that share a key
// with others.

private protocol SortEntry: BitwiseCopyable {
  /// Wide enough to count entries.
  associatedtype Count: FixedWidthInteger, BitwiseCopyable
  init(_ key: UInt64, _ index: Int)
  var key: UInt64 { get }
  var index: Int { get }
}

/// Keys and indices of up to 32 bits.
private struct NarrowEntry: SortEntry {
  typealias Count = UInt32
  let bits: UInt64
  @inline(__always) init(_ key: UInt64, _ index: Int) { bits = key &<< 32 | UInt64(truncatingIfNeeded: index) }
  @inline(__always) var key: UInt64 { bits &>> 32 }
  @inline(__always) var index: Int { Int(truncatingIfNeeded: bits & 0xFFFF_FFFF) }
}

private struct WideEntry: SortEntry {
  typealias Count = Int
  let key: UInt64
  let index: Int
  @inline(__always) init(_ key: UInt64, _ index: Int) { (self.key, self.index) = (key, index) }
}

// MARK: - Keys

/// Unsigned numbers in the order of the elements, equal for equal ones: NaN is the greatest. They come about without a
/// choice, which would be a jump for each element.
private protocol SortKey {
  associatedtype Element: BitwiseCopyable
  associatedtype Key: FixedWidthInteger, UnsignedInteger, BitwiseCopyable
  static func key(_ x: Element) -> Key
  static func element(_ key: Key) -> Element
  /// Whether elements that differ in their bits have this key: zeros and NaN.
  static func isShared(_ key: Key) -> Bool
}

extension SortKey {
  @inline(__always) static func isShared(_ key: Key) -> Bool { false }
}

private enum BoolKey: SortKey {
  @inline(__always) static func key(_ x: UInt8) -> UInt32 { x == 0 ? 0 : 1 }
  @inline(__always) static func element(_ key: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: key) }
}

private enum UnsignedKey: SortKey {
  @inline(__always) static func key(_ x: UInt8) -> UInt32 { UInt32(truncatingIfNeeded: x) }
  @inline(__always) static func element(_ key: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: key) }
}

private enum IntegerKey<Element: FixedWidthInteger & BitwiseCopyable>: SortKey {
  @inline(__always) static func key(_ x: Element) -> UInt32 {
    UInt32(bitPattern: Int32(truncatingIfNeeded: x)) ^ 1 &<< 31
  }
  @inline(__always) static func element(_ key: UInt32) -> Element { Element(truncatingIfNeeded: key ^ 1 &<< 31) }
}

private enum Integer64Key: SortKey {
  @inline(__always) static func key(_ x: Int64) -> UInt64 { UInt64(bitPattern: x) ^ 1 &<< 63 }
  @inline(__always) static func element(_ key: UInt64) -> Int64 { Int64(bitPattern: key ^ 1 &<< 63) }
}

/// The bits of an infinity of two bytes.
private protocol HalfInfinity {
  static var infinity: Int32 { get }
}
private enum Float16Infinity: HalfInfinity { @inline(__always) static var infinity: Int32 { 0x7C00 } }
private enum BFloat16Infinity: HalfInfinity { @inline(__always) static var infinity: Int32 { 0x7F80 } }

/// Magnitudes with their sign, from 0x8000 up.
private enum HalfKey<Format: HalfInfinity>: SortKey {
  @inline(__always) static func key(_ x: UInt16) -> UInt32 {
    let bits = Int32(truncatingIfNeeded: x), magnitude = bits & 0x7FFF, sign = 0 &- bits &>> 15
    let isNaN = (Format.infinity &- magnitude) &>> 31
    return UInt32(bitPattern: (((magnitude ^ sign) &- sign) & ~isNaN | 0x7FFF & isNaN) &+ 0x8000)
  }
  @inline(__always) static func element(_ key: UInt32) -> UInt16 {
    let signed = Int32(bitPattern: key) &- 0x8000
    return UInt16(truncatingIfNeeded: signed < 0 ? 0x8000 &- signed : signed)
  }
  @inline(__always) static func isShared(_ key: UInt32) -> Bool { key == 0x8000 || key == 0xFFFF }
}

private enum Float32Key: SortKey {
  @inline(__always) static func key(_ x: Int32) -> UInt32 {
    let magnitude = x & .max, sign = x &>> 31, isNaN = (0x7F80_0000 &- magnitude) &>> 31
    return UInt32(bitPattern: ((magnitude ^ sign) &- sign) & ~isNaN | .max & isNaN) ^ 1 &<< 31
  }
  @inline(__always) static func element(_ key: UInt32) -> Int32 {
    let signed = Int32(bitPattern: key ^ 1 &<< 31)
    return signed < 0 ? .min &- signed : signed
  }
  @inline(__always) static func isShared(_ key: UInt32) -> Bool { key == 1 &<< 31 || key == .max }
}

private enum Float64Key: SortKey {
  @inline(__always) static func key(_ x: Int64) -> UInt64 {
    let magnitude = x & .max, sign = x &>> 63, isNaN = (0x7FF0_0000_0000_0000 &- magnitude) &>> 63
    return UInt64(bitPattern: ((magnitude ^ sign) &- sign) & ~isNaN | .max & isNaN) ^ 1 &<< 63
  }
  @inline(__always) static func element(_ key: UInt64) -> Int64 {
    let signed = Int64(bitPattern: key ^ 1 &<< 63)
    return signed < 0 ? .min &- signed : signed
  }
  @inline(__always) static func isShared(_ key: UInt64) -> Bool { key == 1 &<< 63 || key == .max }
}

/// Work on elements of whatever type.
private protocol SortTask {
  associatedtype Result
  func run<K: SortKey>(_: K.Type) -> Result
}

@inline(__always)
private func run<T: SortTask>(_ task: T, _ type: Int32) -> T.Result {
  switch type {
  case BP_BOOL: task.run(BoolKey.self)
  case BP_UINT8: task.run(UnsignedKey.self)
  case BP_INT8: task.run(IntegerKey<Int8>.self)
  case BP_INT16: task.run(IntegerKey<Int16>.self)
  case BP_INT32: task.run(IntegerKey<Int32>.self)
  case BP_INT64: task.run(Integer64Key.self)
  case BP_FLOAT16: task.run(HalfKey<Float16Infinity>.self)
  case BP_BFLOAT16: task.run(HalfKey<BFloat16Infinity>.self)
  case BP_FLOAT32: task.run(Float32Key.self)
  default: task.run(Float64Key.self)
  }
}

/// The bits of keys that are looked at.
private struct KeyBits<K: SortKey> {
  let turn: K.Key, low: K.Key, mask: K.Key, rest: K.Key

  @inline(__always)
  init(_ keys: SortKeys) {
    turn = keys.isDescending ? ~0 : 0
    low = K.Key(truncatingIfNeeded: keys.low)
    mask = keys.bits == 0 ? 0 : ~0 &>> K.Key(truncatingIfNeeded: K.Key.bitWidth &- keys.bits)
    rest = K.Key(truncatingIfNeeded: keys.base) & ~(mask &<< low)
  }

  @inline(__always) func of(_ x: K.Element) -> K.Key { (K.key(x) ^ turn) &>> low & mask }
  /// The whole key.
  @inline(__always) func key(_ bits: UInt64) -> K.Key { (rest | K.Key(truncatingIfNeeded: bits) &<< low) ^ turn }
}

// MARK: - Entries

/// Up to so many are put in order by insertion.
private let fewEntries = 32

/// The entries in order: the result is where they lie, `entries` or `spare`.
private func ordered<E: SortEntry>(
  _ entries: UnsafeMutablePointer<E>, _ spare: UnsafeMutablePointer<E>, _ n: Int
) -> UnsafeMutablePointer<E> {
  if n <= fewEntries {
    for i in 1..<max(n, 1) {
      let entry = entries[i], key = entry.key
      var j = i
      while j > 0 && key < entries[j &- 1].key {
        entries[j] = entries[j &- 1]
        j &-= 1
      }
      entries[j] = entry
    }
    return entries
  }
  let base = entries[0].key
  var differences: UInt64 = 0
  for i in 0..<n { differences |= entries[i].key ^ base }
  if differences == 0 { return entries }
  let low = differences.trailingZeroBitCount, bits = 64 &- differences.leadingZeroBitCount &- low
  let widest = n < 4096 ? 8 : 11
  let passes = (bits &+ widest &- 1) / widest, width = (bits &+ passes &- 1) / passes
  let size = 1 &<< width, mask = UInt64(truncatingIfNeeded: size &- 1)
  var (from, to) = (entries, spare)
  withUnsafeTemporaryAllocation(of: E.Count.self, capacity: 2 &* size) { counts in
    // Each pass counts the digits of the next.
    var places = counts.baseAddress.unsafelyUnwrapped, following = places + size
    var shift = UInt64(truncatingIfNeeded: low)
    for i in 0..<size { places[i] = 0 }
    for i in 0..<n { places[Int(truncatingIfNeeded: from[i].key &>> shift & mask)] &+= 1 }
    for pass in 0..<passes {
      var place: E.Count = 0
      for i in 0..<size {
        let count = places[i]
        places[i] = place
        place &+= count
      }
      if pass == passes &- 1 {
        for i in 0..<n {
          let entry = from[i], digit = Int(truncatingIfNeeded: entry.key &>> shift & mask)
          let place = places[digit]
          places[digit] = place &+ 1
          to[Int(truncatingIfNeeded: place)] = entry
        }
      } else {
        let next = shift &+ UInt64(truncatingIfNeeded: width)
        for i in 0..<size { following[i] = 0 }
        for i in 0..<n {
          let entry = from[i], digit = Int(truncatingIfNeeded: entry.key &>> shift & mask)
          let place = places[digit]
          places[digit] = place &+ 1
          to[Int(truncatingIfNeeded: place)] = entry
          following[Int(truncatingIfNeeded: entry.key &>> next & mask)] &+= 1
        }
        shift = next
      }
      swap(&from, &to)
      swap(&places, &following)
    }
  }
  return from
}

/// Where the first `k` of an order go, and the elements that they come from.
private struct Ends {
  let k: Int
  let values: UnsafeMutableRawPointer, valuesStride: Int
  let indices: UnsafeMutableRawPointer, indicesStride: Int
  let x: UnsafeRawPointer, stride: Int

  @inline(__always)
  func write<K: SortKey, E: SortEntry>(_: K.Type, _ order: UnsafeMutablePointer<E>, _ bits: KeyBits<K>) {
    let x = x.assumingMemoryBound(to: K.Element.self)
    let values = values.assumingMemoryBound(to: K.Element.self)
    let indices = indices.assumingMemoryBound(to: Int64.self)
    for i in 0..<k {
      let entry = order[i], key = bits.key(entry.key)
      values[i &* valuesStride] = K.isShared(key) ? x[entry.index &* stride] : K.element(key)
      indices[i &* indicesStride] = Int64(truncatingIfNeeded: entry.index)
    }
  }
}

// MARK: - Parts of a slice

private struct DifferencesTask: SortTask {
  let isDescending: Bool
  let first: Int, last: Int
  let x: UnsafeRawPointer, stride: Int

  @inline(__always) func run<K: SortKey>(_: K.Type) -> (base: UInt64, differences: UInt64) {
    let x = x.assumingMemoryBound(to: K.Element.self), key = K.key(x[0])
    var differences: K.Key = 0
    if stride == 1 {
      for i in first..<last { differences |= K.key(x[i]) ^ key }
    } else {
      for i in first..<last { differences |= K.key(x[i &* stride]) ^ key }
    }
    return (UInt64(truncatingIfNeeded: isDescending ? ~key : key), UInt64(truncatingIfNeeded: differences))
  }
}

private struct CountTask: SortTask {
  let keys: SortKeys
  let first: Int, last: Int
  let x: UnsafeRawPointer, stride: Int
  let counts: UnsafeMutablePointer<Int>

  @inline(__always) func run<K: SortKey>(_: K.Type) {
    let x = x.assumingMemoryBound(to: K.Element.self), bits = KeyBits<K>(keys)
    let shift = K.Key(truncatingIfNeeded: keys.bits &- keys.digitBits)
    for i in first..<last { counts[Int(truncatingIfNeeded: bits.of(x[i &* stride]) &>> shift)] &+= 1 }
  }
}

private struct DistributeTask: SortTask {
  let keys: SortKeys
  let first: Int, last: Int
  let x: UnsafeRawPointer, stride: Int
  let greatest: Int
  let places: UnsafeMutablePointer<Int>
  let entries: UnsafeMutableRawPointer

  @inline(__always) func run<K: SortKey>(_: K.Type) {
    if keys.isWide { distribute(K.self, WideEntry.self) } else { distribute(K.self, NarrowEntry.self) }
  }

  @inline(__always) func distribute<K: SortKey, E: SortEntry>(_: K.Type, _: E.Type) {
    let x = x.assumingMemoryBound(to: K.Element.self), bits = KeyBits<K>(keys)
    let entries = entries.assumingMemoryBound(to: E.self)
    let shift = K.Key(truncatingIfNeeded: keys.bits &- keys.digitBits)
    for i in first..<last {
      let key = bits.of(x[i &* stride]), digit = Int(truncatingIfNeeded: key &>> shift)
      if digit > greatest { continue }
      let place = places[digit]
      places[digit] = place &+ 1
      entries[place] = E(UInt64(truncatingIfNeeded: key), i)
    }
  }
}

private struct FinishTask: SortTask {
  let keys: SortKeys
  let n: Int
  let entries: UnsafeMutableRawPointer, spare: UnsafeMutableRawPointer
  let ends: Ends

  @inline(__always) func run<K: SortKey>(_: K.Type) {
    if keys.isWide { finish(K.self, WideEntry.self) } else { finish(K.self, NarrowEntry.self) }
  }

  @inline(__always) func finish<K: SortKey, E: SortEntry>(_: K.Type, _: E.Type) {
    let order = ordered(entries.assumingMemoryBound(to: E.self), spare.assumingMemoryBound(to: E.self), n)
    ends.write(K.self, order, KeyBits<K>(keys))
  }
}

// MARK: - Slices

private struct SliceTask: SortTask {
  let type: Int32, isDescending: Bool
  let n: Int
  let ends: Ends
  let scratch: UnsafeMutableRawPointer

  @inline(__always) func run<K: SortKey>(_: K.Type) {
    var x = ends.x
    let (stride, entries) = (ends.stride, scratch + (n &* MemoryLayout<K.Element>.size &+ 15) / 16 &* 16)
    if stride != 1 {
      // Side by side, since they are read several times.
      let dense = scratch.assumingMemoryBound(to: K.Element.self), elements = x.assumingMemoryBound(to: K.Element.self)
      for i in 0..<n { dense[i] = elements[i &* stride] }
      x = UnsafeRawPointer(scratch)
    }
    let (base, differences) = DifferencesTask(isDescending: isDescending, first: 0, last: n, x: x, stride: 1)
      .run(K.self)
    let keys = SortKeys(type, isDescending, base: base, differences: differences, n: n)
    let ends = Ends(
      k: ends.k, values: ends.values, valuesStride: ends.valuesStride, indices: ends.indices,
      indicesStride: ends.indicesStride, x: x, stride: 1)
    if keys.isWide {
      sort(K.self, WideEntry.self, keys, ends, entries)
    } else {
      sort(K.self, NarrowEntry.self, keys, ends, entries)
    }
  }

  @inline(__always)
  func sort<K: SortKey, E: SortEntry>(
    _: K.Type, _: E.Type, _ keys: SortKeys, _ ends: Ends, _ scratch: UnsafeMutableRawPointer
  ) {
    let entries = scratch.assumingMemoryBound(to: E.self), bits = KeyBits<K>(keys)
    let x = ends.x.assumingMemoryBound(to: K.Element.self)
    var count = n
    if ends.k < n / 2 && n >= 256 {
      let greatest = greatest(K.self, E.self, keys, ends.k, x)
      let shift = K.Key(truncatingIfNeeded: keys.bits &- keys.digitBits)
      count = 0
      for i in 0..<n {
        let key = bits.of(x[i])
        entries[count] = E(UInt64(truncatingIfNeeded: key), i)
        count &+= Int(truncatingIfNeeded: key &>> shift) <= greatest ? 1 : 0
      }
    } else {
      for i in 0..<n { entries[i] = E(UInt64(truncatingIfNeeded: bits.of(x[i])), i) }
    }
    ends.write(K.self, ordered(entries, entries + n, count), bits)
  }

  /// The first digit up to which there are at least `k` elements.
  @inline(__always)
  func greatest<K: SortKey, E: SortEntry>(
    _: K.Type, _: E.Type, _ keys: SortKeys, _ k: Int, _ x: UnsafePointer<K.Element>
  ) -> Int {
    let bits = KeyBits<K>(keys), shift = K.Key(truncatingIfNeeded: keys.bits &- keys.digitBits)
    let size = 1 &<< keys.digitBits
    return withUnsafeTemporaryAllocation(of: E.Count.self, capacity: size) { counts in
      let counts = counts.baseAddress.unsafelyUnwrapped
      for i in 0..<size { counts[i] = 0 }
      for i in 0..<n { counts[Int(truncatingIfNeeded: bits.of(x[i]) &>> shift)] &+= 1 }
      var (digit, found) = (0, Int(truncatingIfNeeded: counts[0]))
      while found < k {
        digit &+= 1
        found &+= Int(truncatingIfNeeded: counts[digit])
      }
      return digit
    }
  }
}

// MARK: - The table

private let differencesKernel: SortKernels.Differences = { type, descending, first, last, x, stride, base in
  let task = DifferencesTask(isDescending: descending != 0, first: first, last: last, x: x, stride: stride)
  let found = run(task, type)
  base.pointee = found.base
  return found.differences
}

private let countKernel: SortKernels.Count = { keys, first, last, x, stride, counts in
  let keys = keys.load(as: SortKeys.self)
  run(CountTask(keys: keys, first: first, last: last, x: x, stride: stride, counts: counts), keys.type)
}

private let distributeKernel: SortKernels.Distribute = { keys, first, last, x, stride, greatest, places, entries in
  let keys = keys.load(as: SortKeys.self)
  let task = DistributeTask(
    keys: keys, first: first, last: last, x: x, stride: stride, greatest: greatest, places: places, entries: entries)
  run(task, keys.type)
}

private let finishKernel: SortKernels.Finish = { keys, n, k, entries, spare, values, sv, indices, si, x, sx in
  let keys = keys.load(as: SortKeys.self)
  let ends = Ends(k: k, values: values, valuesStride: sv, indices: indices, indicesStride: si, x: x, stride: sx)
  run(FinishTask(keys: keys, n: n, entries: entries, spare: spare, ends: ends), keys.type)
}

private let sliceKernel: SortKernels.Slice = { type, descending, n, k, values, sv, indices, si, x, sx, scratch in
  let ends = Ends(k: k, values: values, valuesStride: sv, indices: indices, indicesStride: si, x: x, stride: sx)
  run(SliceTask(type: type, isDescending: descending != 0, n: n, ends: ends, scratch: scratch), type)
}

var sortKernels: SortKernels {
  SortKernels(
    differences: differencesKernel, count: countKernel, distribute: distributeKernel, finish: finishKernel,
    slice: sliceKernel)
}
