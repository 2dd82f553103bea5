/// A number that meets a tensor in an operation: `x * 2`, `x + 0.5`.
///
/// Beside integers that cannot hold it a number wraps in arithmetic, as in PyTorch: `x + 300` of int8 adds 44. Written into
/// a tensor (`full`, `fill_`, `maskedFill`, `Tensor([300], dtype: .int8)`) it is an error. Comparisons take it as it is, where
/// PyTorch's wrap: no int8 is greater than 300.
public enum Scalar: Sendable, Equatable, CustomStringConvertible {
  /// True or false.
  case bool(Bool)
  /// A whole number, which alone makes an int64 tensor.
  case int(Int64)
  /// A floating point number, which alone makes a float32 tensor.
  case double(Double)
  /// A complex number as real and imaginary part, which alone makes a complex64 tensor.
  case complex(Double, Double)

  /// The type a tensor made of the scalar alone has.
  var defaultDType: DType {
    switch self {
    case .bool: .bool
    case .int: .int64
    case .double: .float32
    case .complex: .complex64
    }
  }

  /// The value; of a complex number the real part.
  var double: Double {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): Double(value)
    case .double(let value): value
    case .complex(let real, _): real
    }
  }

  var imaginary: Double { if case .complex(_, let imaginary) = self { imaginary } else { 0 } }

  var conjugate: Scalar {
    if case .complex(let real, let imaginary) = self { .complex(real, -imaginary) } else { self }
  }

  var minusOne: Scalar {
    switch self {
    case .bool, .int: .int(int64 &- 1)
    case .double(let value): .double(value - 1)
    case .complex(let real, let imaginary): .complex(real - 1, imaginary)
    }
  }

  /// Truncates toward zero and wraps, as conversions between tensors do.
  var int64: Int64 {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): value
    case .double, .complex:
      double.isFinite && double.magnitude < 0x1p63 ? Int64(double) : .min
    }
  }

  var isTrue: Bool {
    switch self {
    case .bool(let value): value
    case .int(let value): value != 0
    case .double(let value): value != 0
    case .complex(let real, let imaginary): real != 0 || imaginary != 0
    }
  }

  public var description: String {
    switch self {
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .complex(let real, let imaginary):
      "(\(real)\(imaginary.sign == .minus ? "-" : "+")\(imaginary.magnitude)j)"
    }
  }

  /// Throws where an element of a type cannot hold the scalar: integers beyond its range, of bytes down to −255, which
  /// count from above; NaN and infinities in integers; finite numbers beyond the greatest of a floating point type;
  /// imaginary parts. A fraction is cut off.
  ///
  /// - Parameters:
  ///   - roundingToInfinity: What is too great for a floating point type becomes infinity.
  ///   - name: The type's, as the message says it.
  func requireFits(
    _ dtype: DType, roundingToInfinity: Bool = false, as name: String? = nil
  ) throws(BackplaneError) {
    guard fits(dtype, roundingToInfinity: roundingToInfinity) else {
      throw BackplaneError(.value, "value cannot be converted to type \(name ?? dtype.cppName) without overflow")
    }
  }

  private func fits(_ dtype: DType, roundingToInfinity: Bool) -> Bool {
    if dtype == .bool { return true }
    guard imaginary == 0 || dtype.isComplex else { return false }
    if let range = dtype.integerRange {
      // Of negative numbers PyTorch wraps whole ones into a type without a sign, and refuses others.
      let low = dtype == .uint8 ? -255 : range.lowerBound
      if case .int(let value) = self { return value >= low && value <= range.upperBound }
      return double >= Double(range.lowerBound) && double < Double(range.upperBound) + 1
    }
    return roundingToInfinity
      || [double, imaginary].allSatisfy { !$0.isFinite || $0.magnitude <= dtype.greatestFinite }
  }

  /// Whether a type holds the scalar itself, or for floating point types a number as near as its precision allows.
  func isExact(in dtype: DType) -> Bool {
    switch (self, dtype) {
    case (.int(let value), .bool): return value == 0 || value == 1
    case (.int(let value), _) where dtype.isInteger: return dtype.integerRange!.contains(value)
    default: return fits(dtype, roundingToInfinity: false)
    }
  }

  /// The bits of the scalar as an element of `dtype`, the low bytes first.
  func words(as dtype: DType) -> (UInt64, UInt64) {
    switch dtype {
    case .complex64:
      (UInt64(Float(double).bitPattern) | UInt64(Float(imaginary).bitPattern) << 32, 0)
    case .complex128: (double.bitPattern, imaginary.bitPattern)
    default: (bits(as: dtype), 0)
    }
  }

  /// The bits of the scalar as an element of a real type, in the low bytes.
  private func bits(as dtype: DType) -> UInt64 {
    switch dtype {
    case .bool: isTrue ? 1 : 0
    case .uint8: UInt64(UInt8(truncatingIfNeeded: int64))
    case .int8: UInt64(UInt8(truncatingIfNeeded: int64))
    case .int16: UInt64(UInt16(truncatingIfNeeded: int64))
    case .int32: UInt64(UInt32(truncatingIfNeeded: int64))
    case .int64: UInt64(bitPattern: int64)
    case .float16: UInt64(Float16(double).bitPattern)
    case .bfloat16: UInt64(BFloat16(double).bitPattern)
    case .float32, .complex64: UInt64(Float(double).bitPattern)
    case .float64, .complex128: double.bitPattern
    }
  }
}

/// Swift's numbers that can stand beside a tensor.
public protocol ScalarConvertible {
  /// The number as a ``Scalar``.
  var _scalar: Scalar { get }
}

extension ScalarConvertible {
  /// Inside the module without the underscore, which keeps the requirement from a program's numbers and arrays.
  var scalar: Scalar { _scalar }
}

extension Bool: ScalarConvertible { public var _scalar: Scalar { .bool(self) } }
extension Int: ScalarConvertible { public var _scalar: Scalar { .int(Int64(self)) } }
extension Int64: ScalarConvertible { public var _scalar: Scalar { .int(self) } }
extension Int32: ScalarConvertible { public var _scalar: Scalar { .int(Int64(self)) } }
extension Float: ScalarConvertible { public var _scalar: Scalar { .double(Double(self)) } }
extension Double: ScalarConvertible { public var _scalar: Scalar { .double(self) } }
extension Scalar: ScalarConvertible { public var _scalar: Scalar { self } }
