import CPULanes

/// A complex number as it lies in memory: aligned to its parts, which a SIMD type would not be.
protocol ComplexElement: BitwiseCopyable {
  associatedtype Part: BinaryFloatingPoint & BitwiseCopyable
  var real: Part { get }
  var imaginary: Part { get }
  init(_ real: Part, _ imaginary: Part)
}

struct Complex64: ComplexElement {
  let real: Float
  let imaginary: Float
  @inline(__always) init(_ real: Float, _ imaginary: Float) {
    self.real = real
    self.imaginary = imaginary
  }
}

struct Complex128: ComplexElement {
  let real: Double
  let imaginary: Double
  @inline(__always) init(_ real: Double, _ imaginary: Double) {
    self.real = real
    self.imaginary = imaginary
  }
}

extension ComplexElement {
  /// Converted from float64, each part rounded once.
  @inline(__always) init(_ z: complex_f64) { self.init(Part(z.real), Part(z.imaginary)) }

  @inline(__always) var wide: complex_f64 { complex_f64(real: Double(real), imaginary: Double(imaginary)) }

  @inline(__always) static prefix func - (z: Self) -> Self { Self(-z.real, -z.imaginary) }

  @inline(__always) static func + (a: Self, b: Self) -> Self {
    Self(a.real + b.real, a.imaginary + b.imaginary)
  }

  @inline(__always) static func - (a: Self, b: Self) -> Self {
    Self(a.real - b.real, a.imaginary - b.imaginary)
  }

  @inline(__always) static func * (a: Self, b: Self) -> Self {
    Self(a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }

  @inline(__always) static func == (a: Self, b: Self) -> Bool { a.real == b.real && a.imaginary == b.imaginary }
}
