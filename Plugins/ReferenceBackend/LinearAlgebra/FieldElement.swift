import Glibc

/// What the loops of linear algebra compute with: real or complex numbers of double precision, so
/// that one text serves both.
protocol FieldElement {
  init(_ real: Double)
  var real: Double { get }
  var imaginary: Double { get }
  var conjugate: Self { get }
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
}

extension FieldElement {
  static var zero: Self { Self(0) }
  static var one: Self { Self(1) }
  /// The modulus, without overflow in between.
  var modulus: Double { hypot(real, imaginary) }
  /// The square of the modulus.
  var squaredModulus: Double { real * real + imaginary * imaginary }
  var isFinite: Bool { real.isFinite && imaginary.isFinite }
  static prefix func - (a: Self) -> Self { Self.zero - a }
  static func * (a: Double, b: Self) -> Self { Self(a) * b }
  static func += (a: inout Self, b: Self) { a = a + b }
  static func -= (a: inout Self, b: Self) { a = a - b }
}

extension Double: FieldElement {
  var real: Double { self }
  var imaginary: Double { 0 }
  var conjugate: Double { self }
}

extension Complex: FieldElement {
  init(_ real: Double) { self.init(real, 0) }
}
