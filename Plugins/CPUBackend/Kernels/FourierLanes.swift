import CPULanes

/// A vector of real numbers, one of each transform that is done at a time.
///
/// Two of them are a complex number each. Half a vector of 64 bytes where there are 16 registers of 32 bytes: a butterfly
/// of four has to stay in them.
protocol FourierVector: BitwiseCopyable {
  associatedtype Scalar: BinaryFloatingPoint & BitwiseCopyable

  static var width: Int { get }
  init(splat: Scalar)
  static func load(_ p: UnsafeRawPointer) -> Self
  func store(_ p: UnsafeMutableRawPointer)
  static func add(_ a: Self, _ b: Self) -> Self
  static func sub(_ a: Self, _ b: Self) -> Self
  static func mul(_ a: Self, _ b: Self) -> Self
  /// `a*b + c`, fused where the level can.
  static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self
  func negated() -> Self
  static func evens(_ a: Self, _ b: Self) -> Self
  static func odds(_ a: Self, _ b: Self) -> Self
  static func zipLow(_ a: Self, _ b: Self) -> Self
  static func zipHigh(_ a: Self, _ b: Self) -> Self
  /// Transposes a square of numbers, whose rows are vectors.
  static func transpose(
    _ a: UnsafePointer<Scalar>, _ aRow: Int, _ out: UnsafeMutablePointer<Scalar>, _ outRow: Int)
}

/// Eight numbers of 32 bits: as a type of its own, since eight of 64 bits are another vector.
struct EightSingles: FourierVector {
  let lanes: SIMD8<Float>

  @inline(__always) init(_ lanes: SIMD8<Float>) { self.lanes = lanes }
  @inline(__always) static var width: Int { 8 }
  @inline(__always) init(splat x: Float) { lanes = SIMD8(repeating: x) }
  @inline(__always) static func load(_ p: UnsafeRawPointer) -> Self { Self(p.loadUnaligned(as: SIMD8<Float>.self)) }
  @inline(__always) func store(_ p: UnsafeMutableRawPointer) { p.storeBytes(of: lanes, as: SIMD8<Float>.self) }
  @inline(__always) static func add(_ a: Self, _ b: Self) -> Self { Self(a.lanes + b.lanes) }
  @inline(__always) static func sub(_ a: Self, _ b: Self) -> Self { Self(a.lanes - b.lanes) }
  @inline(__always) static func mul(_ a: Self, _ b: Self) -> Self { Self(a.lanes * b.lanes) }
  @inline(__always) static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self {
    Self(lanes_fma_f32x8(a.lanes, b.lanes, c.lanes))
  }
  @inline(__always) func negated() -> Self { Self(-lanes) }
  @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self { Self(lanes_evens_f32x8(a.lanes, b.lanes)) }
  @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self { Self(lanes_odds_f32x8(a.lanes, b.lanes)) }
  @inline(__always) static func zipLow(_ a: Self, _ b: Self) -> Self { Self(lanes_zip_low_f32x8(a.lanes, b.lanes)) }
  @inline(__always) static func zipHigh(_ a: Self, _ b: Self) -> Self { Self(lanes_zip_high_f32x8(a.lanes, b.lanes)) }
  @inline(__always) static func transpose(
    _ a: UnsafePointer<Float>, _ aRow: Int, _ out: UnsafeMutablePointer<Float>, _ outRow: Int
  ) { lanes_transpose_f32x8(a, Int64(aRow), out, Int64(outRow)) }
}

extension SIMD4<Double>: FourierVector {
  @inline(__always) static var width: Int { 4 }
  @inline(__always) init(splat x: Double) { self.init(repeating: x) }
  @inline(__always) static func load(_ p: UnsafeRawPointer) -> Self { p.loadUnaligned(as: Self.self) }
  @inline(__always) func store(_ p: UnsafeMutableRawPointer) { p.storeBytes(of: self, as: Self.self) }
  @inline(__always) static func add(_ a: Self, _ b: Self) -> Self { a + b }
  @inline(__always) static func sub(_ a: Self, _ b: Self) -> Self { a - b }
  @inline(__always) static func mul(_ a: Self, _ b: Self) -> Self { a * b }
  @inline(__always) static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self { lanes_fma_f64x4(a, b, c) }
  @inline(__always) func negated() -> Self { -self }
  @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self { lanes_evens_f64x4(a, b) }
  @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self { lanes_odds_f64x4(a, b) }
  @inline(__always) static func zipLow(_ a: Self, _ b: Self) -> Self { lanes_zip_low_f64x4(a, b) }
  @inline(__always) static func zipHigh(_ a: Self, _ b: Self) -> Self { lanes_zip_high_f64x4(a, b) }
  @inline(__always) static func transpose(
    _ a: UnsafePointer<Double>, _ aRow: Int, _ out: UnsafeMutablePointer<Double>, _ outRow: Int
  ) { lanes_transpose_f64x4(a, Int64(aRow), out, Int64(outRow)) }
}

extension SIMD16<Float>: FourierVector {
  @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self { lanes_evens_f32(a, b) }
  @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self { lanes_odds_f32(a, b) }
  @inline(__always) static func zipLow(_ a: Self, _ b: Self) -> Self { lanes_zip_low_f32(a, b) }
  @inline(__always) static func zipHigh(_ a: Self, _ b: Self) -> Self { lanes_zip_high_f32(a, b) }
  @inline(__always) static func transpose(
    _ a: UnsafePointer<Float>, _ aRow: Int, _ out: UnsafeMutablePointer<Float>, _ outRow: Int
  ) { lanes_transpose_f32(a, Int64(aRow), out, Int64(outRow)) }
}

extension SIMD8<Double>: FourierVector {
  @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self { lanes_evens_f64(a, b) }
  @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self { lanes_odds_f64(a, b) }
  @inline(__always) static func zipLow(_ a: Self, _ b: Self) -> Self { lanes_zip_low_f64(a, b) }
  @inline(__always) static func zipHigh(_ a: Self, _ b: Self) -> Self { lanes_zip_high_f64(a, b) }
  @inline(__always) static func transpose(
    _ a: UnsafePointer<Double>, _ aRow: Int, _ out: UnsafeMutablePointer<Double>, _ outRow: Int
  ) { lanes_transpose_f64(a, Int64(aRow), out, Int64(outRow)) }
}

/// A complex number of each lane.
struct ComplexLanes<V: FourierVector>: BitwiseCopyable {
  var re: V
  var im: V

  @inline(__always) init(_ re: V, _ im: V) {
    self.re = re
    self.im = im
  }

  @inline(__always) static func + (a: Self, b: Self) -> Self { Self(V.add(a.re, b.re), V.add(a.im, b.im)) }
  @inline(__always) static func - (a: Self, b: Self) -> Self { Self(V.sub(a.re, b.re), V.sub(a.im, b.im)) }
  @inline(__always) static func * (a: Self, b: Self) -> Self {
    Self(
      V.fma(a.re, b.re, V.mul(a.im, b.im).negated()),
      V.fma(a.re, b.im, V.mul(a.im, b.re)))
  }
  /// By a real number.
  @inline(__always) static func * (a: Self, b: V) -> Self { Self(V.mul(a.re, b), V.mul(a.im, b)) }
  /// `self` + a b for real b.
  @inline(__always) func adding(_ a: Self, times b: V) -> Self { Self(V.fma(a.re, b, re), V.fma(a.im, b, im)) }
  /// a + i b and a − i b.
  @inline(__always) static func plusI(_ a: Self, _ b: Self) -> Self { Self(V.sub(a.re, b.im), V.add(a.im, b.re)) }
  @inline(__always) static func minusI(_ a: Self, _ b: Self) -> Self { Self(V.add(a.re, b.im), V.sub(a.im, b.re)) }
}
