import BackendAPI
import CPUKernelTypes
import CPULanes

/// A value on its way from one type to another: one conversion per kind of target.
private protocol Convertible: BitwiseCopyable {
  var asBool: UInt8 { get }
  func asInteger<T: FixedWidthInteger>(_: T.Type) -> T
  var asFloat: Float { get }
  var asDouble: Double { get }
  /// A float32 rounded to odd: rounded once more, to a half type, it is as if that had been the
  /// only rounding.
  var asOddFloat: Float { get }
}

/// As float32, truncated, and the last bit set if anything was lost: rounding that to a half type is
/// rounding once.
@inline(__always) func roundedToOdd(_ x: Double) -> Float {
  let nearest = Float(x)
  if Double(nearest) == x || x.isNaN || nearest.bitPattern & 1 == 1 { return nearest }
  let isBelow = Double(nearest.magnitude) < x.magnitude
  return Float(bitPattern: isBelow ? nearest.bitPattern &+ 1 : nearest.bitPattern &- 1)
}

extension Convertible where Self: FixedWidthInteger {
  @inline(__always) var asBool: UInt8 { self == 0 ? 0 : 1 }
  @inline(__always) func asInteger<T: FixedWidthInteger>(_: T.Type) -> T { T(truncatingIfNeeded: self) }
  @inline(__always) var asFloat: Float { Float(self) }
  @inline(__always) var asDouble: Double { Double(self) }
  @inline(__always) var asOddFloat: Float {
    if Self.bitWidth <= 16 { return Float(self) }
    var x = Int64(truncatingIfNeeded: self)
    if x >= 1 << 53 || x <= -(1 << 53) {
      // More bits than float64 holds: the lost ones become one that tells of them.
      x = (x & ~0x7ff) | (x & 0x7ff == 0 ? 0 : 0x800)
    }
    return roundedToOdd(Double(x))
  }
}

extension UInt8: Convertible {}
extension Int8: Convertible {}
extension Int16: Convertible {}
extension Int32: Convertible {}
extension Int64: Convertible {}

extension Float: Convertible {
  @inline(__always) fileprivate var asBool: UInt8 { self == 0 ? 0 : 1 }
  @inline(__always) fileprivate func asInteger<T: FixedWidthInteger>(_: T.Type) -> T {
    T(truncatingIfNeeded: lanes_truncate_f32(self))
  }
  @inline(__always) fileprivate var asFloat: Float { self }
  @inline(__always) fileprivate var asDouble: Double { Double(self) }
  @inline(__always) fileprivate var asOddFloat: Float { self }
}

extension Double: Convertible {
  @inline(__always) fileprivate var asBool: UInt8 { self == 0 ? 0 : 1 }
  @inline(__always) fileprivate func asInteger<T: FixedWidthInteger>(_: T.Type) -> T {
    T(truncatingIfNeeded: lanes_truncate_f64(self))
  }
  @inline(__always) fileprivate var asFloat: Float { Float(self) }
  @inline(__always) fileprivate var asDouble: Double { self }
  @inline(__always) fileprivate var asOddFloat: Float { roundedToOdd(self) }
}

/// To a half type, by blocks of float32.
@inline(__always)
private func castToHalf<S: Convertible, F: HalfFormat>(
  _: S.Type, _: F.Type, _ n: Int, _ o: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int
) {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: stagingBlock) { block in
    let x = block.baseAddress!
    for i in stride(from: 0, to: n, by: stagingBlock) {
      let count = min(stagingBlock, n &- i)
      elements(count, UnsafeMutableRawPointer(x), 1, a + i &* sa &* MemoryLayout<S>.stride, sa) {
        (v: S) -> Float in v.asOddFloat
      }
      F.unstage(count, x, o + 2 &* i &* so, so)
    }
  }
}

/// To any type from one whose elements are read as they are.
@inline(__always)
private func castFrom<S: Convertible>(
  _: S.Type, _ to: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int
) {
  switch to {
  case BP_BOOL: elements(n, o, so, a, sa) { (x: S) -> UInt8 in x.asBool }
  case BP_UINT8: elements(n, o, so, a, sa) { (x: S) -> UInt8 in x.asInteger(UInt8.self) }
  case BP_INT8: elements(n, o, so, a, sa) { (x: S) -> Int8 in x.asInteger(Int8.self) }
  case BP_INT16: elements(n, o, so, a, sa) { (x: S) -> Int16 in x.asInteger(Int16.self) }
  case BP_INT32: elements(n, o, so, a, sa) { (x: S) -> Int32 in x.asInteger(Int32.self) }
  case BP_INT64: elements(n, o, so, a, sa) { (x: S) -> Int64 in x.asInteger(Int64.self) }
  case BP_FLOAT16: castToHalf(S.self, Float16Format.self, n, o, so, a, sa)
  case BP_BFLOAT16: castToHalf(S.self, BFloat16Format.self, n, o, so, a, sa)
  case BP_FLOAT32: elements(n, o, so, a, sa) { (x: S) -> Float in x.asFloat }
  case BP_FLOAT64: elements(n, o, so, a, sa) { (x: S) -> Double in x.asDouble }
  default: break
  }
}

@inline(never)
private func castFromFloat(
  _ to: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int
) { castFrom(Float.self, to, n, o, so, a, sa) }

/// From a half type, by blocks of float32.
@inline(__always)
private func castFromHalf<F: HalfFormat>(
  _: F.Type, _ to: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int
) {
  if to == BP_FLOAT32 && so == 1 {
    return F.stage(n, a, sa, o.assumingMemoryBound(to: Float.self))
  }
  let size = Int(bp_dtype_size(to))
  withUnsafeTemporaryAllocation(of: Float.self, capacity: stagingBlock) { block in
    let x = block.baseAddress!
    for i in stride(from: 0, to: n, by: stagingBlock) {
      let count = min(stagingBlock, n &- i)
      F.stage(count, a + 2 &* i &* sa, sa, x)
      castFromFloat(to, count, o + i &* so &* size, so, x, 1)
    }
  }
}

/// From or to a complex type, the parts one after the other: an imaginary part that a real number has
/// not is zero, and one that a real number has no room for is dropped. Either makes a bool true.
@inline(never)
private func castComplex(
  _ from: Int32, _ to: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int
) {
  let (fromPart, toPart) = (partType(from), partType(to))
  let (fromStep, toStep) = (from == fromPart ? sa : 2 &* sa, to == toPart ? so : 2 &* so)
  let size = Int(bp_dtype_size(fromPart)), outSize = Int(bp_dtype_size(toPart))
  switch (to, from) {
  case (BP_BOOL, BP_COMPLEX64):
    elements(n, o, so, a, sa) { (z: Complex64) -> UInt8 in z == Complex64(0, 0) ? 0 : 1 }
  case (BP_BOOL, _):
    elements(n, o, so, a, sa) { (z: Complex128) -> UInt8 in z == Complex128(0, 0) ? 0 : 1 }
  default:
    castElements(fromPart, toPart, n, o, toStep, a, fromStep)
    if to == toPart { return }
    if from != fromPart { return castElements(fromPart, toPart, n, o + outSize, toStep, a + size, fromStep) }
    var zero: UInt64 = 0
    withUnsafeBytes(of: &zero) { moveBytes(outSize, n, o + outSize, toStep, $0.baseAddress.unsafelyUnwrapped, 0) }
  }
}

/// The type of a complex type's parts; any other type is its own.
@inline(__always) private func partType(_ type: Int32) -> Int32 {
  type == BP_COMPLEX64 ? BP_FLOAT32 : type == BP_COMPLEX128 ? BP_FLOAT64 : type
}

let castElements: KernelTable.Cast = { from, to, n, o, so, a, sa in
  if from >= BP_COMPLEX64 || to >= BP_COMPLEX64 { return castComplex(from, to, n, o, so, a, sa) }
  switch from {
  case BP_BOOL:
    // Nonzero bytes count as 1, whatever they are.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: stagingBlock) { block in
      let x = block.baseAddress!, size = Int(bp_dtype_size(to))
      for i in stride(from: 0, to: n, by: stagingBlock) {
        let count = min(stagingBlock, n &- i)
        elements(count, UnsafeMutableRawPointer(x), 1, a + i &* sa, sa) { (v: UInt8) -> UInt8 in min(v, 1) }
        castFrom(UInt8.self, to, count, o + i &* so &* size, so, x, 1)
      }
    }
  case BP_UINT8: castFrom(UInt8.self, to, n, o, so, a, sa)
  case BP_INT8: castFrom(Int8.self, to, n, o, so, a, sa)
  case BP_INT16: castFrom(Int16.self, to, n, o, so, a, sa)
  case BP_INT32: castFrom(Int32.self, to, n, o, so, a, sa)
  case BP_INT64: castFrom(Int64.self, to, n, o, so, a, sa)
  case BP_FLOAT16: castFromHalf(Float16Format.self, to, n, o, so, a, sa)
  case BP_BFLOAT16: castFromHalf(BFloat16Format.self, to, n, o, so, a, sa)
  case BP_FLOAT32: castFromFloat(to, n, o, so, a, sa)
  case BP_FLOAT64: castFrom(Double.self, to, n, o, so, a, sa)
  default: break
  }
}
