/// A number that meets a tensor in an operation: `x * 2`, `x + 0.5`.
public enum Scalar: Sendable, Equatable, CustomStringConvertible {
  case bool(Bool)
  case int(Int64)
  case double(Double)

  /// The type a tensor made of the scalar alone has.
  var defaultDType: DType {
    switch self {
    case .bool: .bool
    case .int: .int64
    case .double: .float32
    }
  }

  var double: Double {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): Double(value)
    case .double(let value): value
    }
  }

  /// Truncates toward zero and wraps, as conversions between tensors do.
  var int64: Int64 {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): value
    case .double(let value):
      value.isFinite && value.magnitude < 0x1p63 ? Int64(value) : .min
    }
  }

  var isTrue: Bool {
    switch self {
    case .bool(let value): value
    case .int(let value): value != 0
    case .double(let value): value != 0
    }
  }

  public var description: String {
    switch self {
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    }
  }

  /// The bits of the scalar as an element of `dtype`, in the low bytes.
  func bits(as dtype: DType) -> UInt64 {
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
  var scalar: Scalar { get }
}

extension Bool: ScalarConvertible { public var scalar: Scalar { .bool(self) } }
extension Int: ScalarConvertible { public var scalar: Scalar { .int(Int64(self)) } }
extension Int64: ScalarConvertible { public var scalar: Scalar { .int(self) } }
extension Int32: ScalarConvertible { public var scalar: Scalar { .int(Int64(self)) } }
extension Float: ScalarConvertible { public var scalar: Scalar { .double(Double(self)) } }
extension Double: ScalarConvertible { public var scalar: Scalar { .double(self) } }
extension Scalar: ScalarConvertible { public var scalar: Scalar { self } }
