/// A complex number, as an element of complex64 and complex128 tensors and as a number beside a tensor.
///
/// ```swift
/// let z = Tensor([ComplexFloat(1, 2), ComplexFloat(3, -1)])  // tensor([1.+2.j, 3.-1.j])
/// let w = z * ComplexFloat(0, 1)
/// ```
public struct Complex<Part: ComplexPart>: Hashable, Sendable {
  /// The real part.
  public var real: Part
  /// The imaginary part.
  public var imaginary: Part

  /// Makes the number real + i · imaginary.
  public init(_ real: Part, _ imaginary: Part = 0) {
    self.real = real
    self.imaginary = imaginary
  }

  /// The sum of two complex numbers.
  public static func + (a: Complex, b: Complex) -> Complex {
    Complex(a.real + b.real, a.imaginary + b.imaginary)
  }
  /// The difference of two complex numbers.
  public static func - (a: Complex, b: Complex) -> Complex {
    Complex(a.real - b.real, a.imaginary - b.imaginary)
  }
  /// The product (a + ib)(c + id) = ac − bd + i (ad + bc).
  public static func * (a: Complex, b: Complex) -> Complex {
    Complex(a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }

  /// The complex conjugate, real − i · imaginary.
  public var conjugate: Complex { Complex(real, -imaginary) }
}

/// The elements of complex64.
public typealias ComplexFloat = Complex<Float>
/// The elements of complex128.
public typealias ComplexDouble = Complex<Double>

/// The types that the parts of a complex number may have: `Float` and `Double`.
public protocol ComplexPart: BinaryFloatingPoint, Sendable {
  /// The type of tensors of such complex numbers.
  static var _complexDType: DType { get }
}

extension Float: ComplexPart { public static var _complexDType: DType { .complex64 } }
extension Double: ComplexPart { public static var _complexDType: DType { .complex128 } }

extension Complex: TensorElement, TensorLiteral, ScalarConvertible {
  public typealias Leaf = Complex
  public static var _dtype: DType { Part._complexDType }
  public init(_ scalar: Scalar) { self.init(Part(scalar.double), Part(scalar.imaginary)) }
  public var _scalar: Scalar { .complex(Double(real), Double(imaginary)) }
}

extension Complex: CustomStringConvertible {
  /// As Python writes it: `(1.0-2.0j)`.
  public var description: String { scalar.description }
}
