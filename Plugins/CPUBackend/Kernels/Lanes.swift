import CPULanes

typealias F32 = SIMD16<Float>
typealias F64 = SIMD8<Double>
typealias I32 = SIMD16<Int32>
typealias I64 = SIMD8<Int64>

@inline(__always) func anyLane(_ mask: SIMDMask<I32>) -> Bool {
  lanes_any_i32(unsafeBitCast(mask, to: I32.self)) != 0
}

@inline(__always) func anyLane(_ mask: SIMDMask<I64>) -> Bool {
  lanes_any_i32(unsafeBitCast(mask, to: I32.self)) != 0
}

/// What the tile of a product does with a vector, or with half of one where no more is wanted.
///
/// The requirements restate what the SIMD types have already, so that generic kernels reach the
/// concrete operators: the standard library's generic ones work lane by lane.
protocol TileLanes: BitwiseCopyable {
  associatedtype Scalar: BitwiseCopyable

  static var width: Int { get }
  static var zero: Self { get }
  init(splat: Scalar)
  static func load(_ p: UnsafeRawPointer) -> Self
  func store(_ p: UnsafeMutableRawPointer)
  static func add(_ a: Self, _ b: Self) -> Self
  /// `a*b + c`, fused where the level can.
  static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self
}

/// One vector of floating point lanes, 64 bytes.
protocol FloatLanes: TileLanes {
  associatedtype Mask
  associatedtype Half: TileLanes where Half.Scalar == Scalar

  /// This number, rounded to the scalar type, in every lane.
  init(_ x: Double)
  static func read(_ p: UnsafeRawPointer) -> Double
  static func loadPartial(_ p: UnsafeRawPointer, _ count: Int) -> Self
  func storePartial(_ p: UnsafeMutableRawPointer, _ count: Int)

  static func sub(_ a: Self, _ b: Self) -> Self
  static func mul(_ a: Self, _ b: Self) -> Self
  static func div(_ a: Self, _ b: Self) -> Self
  static func less(_ a: Self, _ b: Self) -> Mask
  static func ordered(_ a: Self) -> Mask
  static func select(_ mask: Mask, _ a: Self, _ b: Self) -> Self
  func sqrt() -> Self
  func floor() -> Self
  func ceil() -> Self
  func trunc() -> Self
  func rint() -> Self
  func negated() -> Self
  func magnitudes() -> Self
  func exp() -> Self
  /// exp where no lane is positive.
  func expNonPositive() -> Self
  func expm1() -> Self
  func log() -> Self
  func log1p() -> Self
  func sin() -> Self
  func cos() -> Self
  func tanh() -> Self
  func sigmoid() -> Self
  func erf() -> Self
  /// The normal distribution, with an absolute error as of 1 + erf.
  func normalDistribution() -> Self
  func gelu() -> Self
  /// The greatest or least lane; no lane is NaN.
  func extreme(greatest: Bool) -> Double
  var hasNaN: Bool { get }
  /// The sum of the lanes, in a fixed order.
  func total() -> Double
}

extension FloatLanes {
  /// exp(-x²/2) / sqrt(2 pi).
  @inline(__always) func normalDensity() -> Self {
    Self.mul(Self.mul(Self.mul(self, self), Self(-0.5)).expNonPositive(), Self(0.3989422804014327))
  }

  /// 2t(x) = x (a + b x²) with GELU_TANH(x) = x/2 (1 + tanh(t)) = x sigmoid(2t).
  @inline(__always) func geluArgument() -> Self {
    Self.mul(self, Self.fma(Self.mul(self, self), Self(0.07135481627260025), Self(1.5957691216057308)))
  }

  /// The derivative of GELU_TANH: s + x s (1 - s) (a + 3 b x²), s = sigmoid(2t).
  @inline(__always) func geluTanhDerivative() -> Self {
    let argument = geluArgument()
    let e = argument.magnitudes().negated().expNonPositive()
    let scale = Self.div(Self(1), Self.add(Self(1), e))
    let s = Self.mul(Self.select(Self.less(argument, Self(0)), e, Self(1)), scale)
    let slope = Self.mul(self, Self.fma(Self.mul(self, self), Self(0.21406444881780076), Self(1.5957691216057308)))
    // From 100 on e is 0; what it meets might be infinite.
    let bend = Self.select(
      Self.less(Self(100), magnitudes()), Self(0), Self.mul(slope, Self.mul(Self.mul(e, scale), scale)))
    return Self.add(s, bend)
  }

  /// g s (1 + x (1 - s)), s the sigmoid of x = self.
  @inline(__always) func siluGradient(_ g: Self) -> Self {
    let e = magnitudes().negated().expNonPositive()
    let scale = Self.div(Self(1), Self.add(Self(1), e)), small = Self.mul(e, scale)
    let isNegative = Self.less(self, Self(0))
    let s = Self.select(isNegative, small, scale), rest = Self.select(isNegative, scale, small)
    return Self.mul(Self.mul(g, s), Self.fma(self, rest, Self(1)))
  }

  /// The greater lane; NaN where either is NaN.
  @inline(__always) static func maximum(_ a: Self, _ b: Self) -> Self {
    select(ordered(a), select(less(a, b), b, select(ordered(b), a, b)), a)
  }

  /// The lesser lane; NaN where either is NaN.
  @inline(__always) static func minimum(_ a: Self, _ b: Self) -> Self {
    select(ordered(a), select(less(b, a), b, select(ordered(b), a, b)), a)
  }
}

extension SIMD16<Float>: FloatLanes, TileLanes {
  typealias Mask = SIMDMask<SIMD16<Int32>>
  typealias Half = HalfF32

  @inline(__always) static var width: Int { 16 }
  @inline(__always) init(splat x: Float) { self.init(repeating: x) }
  @inline(__always) init(_ x: Double) { self.init(repeating: Float(x)) }
  @inline(__always) static func read(_ p: UnsafeRawPointer) -> Double { Double(p.load(as: Float.self)) }
  @inline(__always) static func load(_ p: UnsafeRawPointer) -> Self { p.loadUnaligned(as: Self.self) }
  @inline(__always) static func loadPartial(_ p: UnsafeRawPointer, _ n: Int) -> Self {
    lanes_load_partial_f32(p, Int64(n))
  }
  @inline(__always) func store(_ p: UnsafeMutableRawPointer) { p.storeBytes(of: self, as: Self.self) }
  @inline(__always) func storePartial(_ p: UnsafeMutableRawPointer, _ n: Int) {
    lanes_store_partial_f32(p, Int64(n), self)
  }
  @inline(__always) static func add(_ a: Self, _ b: Self) -> Self { a + b }
  @inline(__always) static func sub(_ a: Self, _ b: Self) -> Self { a - b }
  @inline(__always) static func mul(_ a: Self, _ b: Self) -> Self { a * b }
  @inline(__always) static func div(_ a: Self, _ b: Self) -> Self { a / b }
  @inline(__always) static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self { lanes_fma_f32(a, b, c) }
  @inline(__always) static func less(_ a: Self, _ b: Self) -> Mask { a .< b }
  @inline(__always) static func ordered(_ a: Self) -> Mask { a .== a }
  @inline(__always) static func select(_ mask: Mask, _ a: Self, _ b: Self) -> Self {
    b.replacing(with: a, where: mask)
  }
  @inline(__always) func sqrt() -> Self { lanes_sqrt_f32(self) }
  @inline(__always) func floor() -> Self { lanes_floor_f32(self) }
  @inline(__always) func ceil() -> Self { lanes_ceil_f32(self) }
  @inline(__always) func trunc() -> Self { lanes_trunc_f32(self) }
  @inline(__always) func rint() -> Self { lanes_rint_f32(self) }
  @inline(__always) var bits: I32 { unsafeBitCast(self, to: I32.self) }
  @inline(__always) init(bits: I32) { self = unsafeBitCast(bits, to: Self.self) }
  @inline(__always) func negated() -> Self { Self(bits: bits ^ I32(repeating: .min)) }
  @inline(__always) func magnitudes() -> Self { Self(bits: bits & I32(repeating: .max)) }
  @inline(__always) func extreme(greatest: Bool) -> Double {
    Double(greatest ? lanes_greatest_f32(self) : lanes_least_f32(self))
  }
  @inline(__always) var hasNaN: Bool { anyLane(self .!= self) }
  /// This magnitude with the sign of `x`.
  @inline(__always) func withSign(of x: Self) -> Self {
    Self(bits: bits | (x.bits & I32(repeating: .min)))
  }
  @inline(__always) func total() -> Double {
    (lanes_widen_f32(lowHalf) + lanes_widen_f32(highHalf)).total()
  }
}

extension SIMD8<Double>: FloatLanes, TileLanes {
  typealias Mask = SIMDMask<SIMD8<Int64>>
  typealias Half = HalfF64

  @inline(__always) static var width: Int { 8 }
  @inline(__always) init(splat x: Double) { self.init(repeating: x) }
  @inline(__always) init(_ x: Double) { self.init(repeating: x) }
  @inline(__always) static func read(_ p: UnsafeRawPointer) -> Double { p.load(as: Double.self) }
  @inline(__always) static func load(_ p: UnsafeRawPointer) -> Self { p.loadUnaligned(as: Self.self) }
  @inline(__always) static func loadPartial(_ p: UnsafeRawPointer, _ n: Int) -> Self {
    lanes_load_partial_f64(p, Int64(n))
  }
  @inline(__always) func store(_ p: UnsafeMutableRawPointer) { p.storeBytes(of: self, as: Self.self) }
  @inline(__always) func storePartial(_ p: UnsafeMutableRawPointer, _ n: Int) {
    lanes_store_partial_f64(p, Int64(n), self)
  }
  @inline(__always) static func add(_ a: Self, _ b: Self) -> Self { a + b }
  @inline(__always) static func sub(_ a: Self, _ b: Self) -> Self { a - b }
  @inline(__always) static func mul(_ a: Self, _ b: Self) -> Self { a * b }
  @inline(__always) static func div(_ a: Self, _ b: Self) -> Self { a / b }
  @inline(__always) static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self { lanes_fma_f64(a, b, c) }
  @inline(__always) static func less(_ a: Self, _ b: Self) -> Mask { a .< b }
  @inline(__always) static func ordered(_ a: Self) -> Mask { a .== a }
  @inline(__always) static func select(_ mask: Mask, _ a: Self, _ b: Self) -> Self {
    b.replacing(with: a, where: mask)
  }
  @inline(__always) func sqrt() -> Self { lanes_sqrt_f64(self) }
  @inline(__always) func floor() -> Self { lanes_floor_f64(self) }
  @inline(__always) func ceil() -> Self { lanes_ceil_f64(self) }
  @inline(__always) func trunc() -> Self { lanes_trunc_f64(self) }
  @inline(__always) func rint() -> Self { lanes_rint_f64(self) }
  @inline(__always) var bits: I64 { unsafeBitCast(self, to: I64.self) }
  @inline(__always) init(bits: I64) { self = unsafeBitCast(bits, to: Self.self) }
  @inline(__always) func negated() -> Self { Self(bits: bits ^ I64(repeating: .min)) }
  @inline(__always) func magnitudes() -> Self { Self(bits: bits & I64(repeating: .max)) }
  @inline(__always) func withSign(of x: Self) -> Self {
    Self(bits: bits | (x.bits & I64(repeating: .min)))
  }
  @inline(__always) func extreme(greatest: Bool) -> Double {
    greatest ? lanes_greatest_f64(self) : lanes_least_f64(self)
  }
  @inline(__always) var hasNaN: Bool { anyLane(self .!= self) }
  @inline(__always) func total() -> Double {
    let four = lowHalf + highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }
}

/// Half a vector. A type of its own, since no two kinds of SIMD8 can conform to a protocol.
struct HalfF32: TileLanes {
  private let lanes: SIMD8<Float>

  @inline(__always) private init(_ lanes: SIMD8<Float>) { self.lanes = lanes }
  @inline(__always) init(splat x: Float) { lanes = SIMD8(repeating: x) }

  @inline(__always) static var width: Int { 8 }
  @inline(__always) static var zero: Self { Self(splat: 0) }
  @inline(__always) static func load(_ p: UnsafeRawPointer) -> Self { Self(p.loadUnaligned(as: SIMD8<Float>.self)) }
  @inline(__always) func store(_ p: UnsafeMutableRawPointer) { p.storeBytes(of: lanes, as: SIMD8<Float>.self) }
  @inline(__always) static func add(_ a: Self, _ b: Self) -> Self { Self(a.lanes + b.lanes) }
  @inline(__always) static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self {
    Self(lanes_fma_half_f32(a.lanes, b.lanes, c.lanes))
  }
}

/// The same of float64.
struct HalfF64: TileLanes {
  private let lanes: SIMD4<Double>

  @inline(__always) private init(_ lanes: SIMD4<Double>) { self.lanes = lanes }
  @inline(__always) init(splat x: Double) { lanes = SIMD4(repeating: x) }

  @inline(__always) static var width: Int { 4 }
  @inline(__always) static var zero: Self { Self(splat: 0) }
  @inline(__always) static func load(_ p: UnsafeRawPointer) -> Self { Self(p.loadUnaligned(as: SIMD4<Double>.self)) }
  @inline(__always) func store(_ p: UnsafeMutableRawPointer) { p.storeBytes(of: lanes, as: SIMD4<Double>.self) }
  @inline(__always) static func add(_ a: Self, _ b: Self) -> Self { Self(a.lanes + b.lanes) }
  @inline(__always) static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self {
    Self(lanes_fma_half_f64(a.lanes, b.lanes, c.lanes))
  }
}
