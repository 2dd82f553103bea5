import Glibc

/// A complex number, computed with as the textbook has it. Where a part is infinite or NaN, so may the
/// result be [BP-6.3].
struct Complex: Equatable {
  var real: Double
  var imaginary: Double

  init(_ real: Double, _ imaginary: Double = 0) {
    self.real = real
    self.imaginary = imaginary
  }

  static let zero = Complex(0)
  static let one = Complex(1)

  /// The unit number of an angle.
  static func cis(_ angle: Double) -> Complex { Complex(cos(angle), sin(angle)) }

  var magnitude: Double { hypot(real, imaginary) }
  var conjugate: Complex { Complex(real, -imaginary) }
  /// i times this, without a product: the signs of zeros choose the side of a branch cut.
  var timesI: Complex { Complex(-imaginary, real) }
  /// This divided by i.
  var overI: Complex { Complex(imaginary, -real) }

  static prefix func - (z: Complex) -> Complex { Complex(-z.real, -z.imaginary) }

  static func + (a: Complex, b: Complex) -> Complex { Complex(a.real + b.real, a.imaginary + b.imaginary) }

  static func - (a: Complex, b: Complex) -> Complex { Complex(a.real - b.real, a.imaginary - b.imaginary) }

  static func * (a: Complex, b: Complex) -> Complex {
    Complex(a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }

  static func * (a: Double, b: Complex) -> Complex { Complex(a * b.real, a * b.imaginary) }

  static func / (a: Complex, b: Double) -> Complex { Complex(a.real / b, a.imaginary / b) }

  /// By Smith's rule (CACM 5, 1962), which never squares the divisor: nothing overflows before the quotient does.
  /// By zero each part is divided, which gives infinities.
  static func / (a: Complex, b: Complex) -> Complex {
    if b == .zero { return a / b.real }
    if abs(b.real) >= abs(b.imaginary) {
      let ratio = b.imaginary / b.real
      let divisor = b.real + b.imaginary * ratio
      return Complex((a.real + a.imaginary * ratio) / divisor, (a.imaginary - a.real * ratio) / divisor)
    }
    let ratio = b.real / b.imaginary
    let divisor = b.real * ratio + b.imaginary
    return Complex((a.real * ratio + a.imaginary) / divisor, (a.imaginary * ratio - a.real) / divisor)
  }
}

extension View {
  /// The elements of a complex view, in row-major order. Exact.
  func complexes() -> [Complex] {
    zip(part(0).floats(), part(1).floats()).map { Complex($0, $1) }
  }

  /// Writes the elements of a complex view, each part rounded once.
  func store(_ values: [Complex]) {
    part(0).store(values.map(\.real))
    part(1).store(values.map(\.imaginary))
  }
}
