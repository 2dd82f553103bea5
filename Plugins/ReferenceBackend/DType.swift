import BackendAPI

/// The element types, under the header's numbers (`BP_BOOL` … `BP_COMPLEX128`).
enum DType: Int32 {
  case bool = 1
  case uint8, int8, int16, int32, int64
  case float16, bfloat16, float32, float64
  case complex64, complex128

  var kind: Kinds {
    switch self {
    case .bool: .bool
    case .uint8, .int8, .int16, .int32, .int64: .integer
    case .float16, .bfloat16, .float32, .float64: .float
    case .complex64, .complex128: .complex
    }
  }

  var size: Int { Int(bp_dtype_size(rawValue)) }

  /// The type that holds sums and products of this one.
  var sumType: DType { kind == .bool || kind == .integer ? .int64 : self }

  /// The type of a complex type's real and imaginary parts; any other type is its own part.
  var partType: DType {
    switch self {
    case .complex64: .float32
    case .complex128: .float64
    default: self
    }
  }

  /// The complex type with parts of this type; a complex type is its own.
  var complexType: DType {
    switch self {
    case .float32: .complex64
    case .float64: .complex128
    default: self
    }
  }

  func isAdmitted(by kinds: Kinds) -> Bool {
    kinds.contains(kind) || kinds.contains(.wideFloat) && (self == .float32 || self == .float64)
  }

  /// Least and greatest value of an integer type, and 0 and 1 for bool.
  var integerRange: ClosedRange<Int64> {
    switch self {
    case .bool: 0...1
    case .uint8: 0...255
    case .int8: -128...127
    case .int16: -32768...32767
    case .int32: Int64(Int32.min)...Int64(Int32.max)
    default: Int64.min...Int64.max
    }
  }
}

/// A set of kinds of element type, as an operator's definition admits them.
struct Kinds: OptionSet, CustomStringConvertible {
  let rawValue: Int

  static let bool = Kinds(rawValue: 1)
  static let integer = Kinds(rawValue: 2)
  static let float = Kinds(rawValue: 4)
  static let complex = Kinds(rawValue: 8)
  /// Of the float types float32 and float64.
  static let wideFloat = Kinds(rawValue: 16)

  static let realNumbers: Kinds = [.integer, .float]
  static let real: Kinds = [.bool, .integer, .float]
  static let any: Kinds = [.bool, .integer, .float, .complex]

  var description: String {
    let names = [
      (Kinds.bool, "bool"), (.integer, "integer"), (.float, "float"), (.complex, "complex"),
      (.wideFloat, "float32, float64"),
    ]
    return names.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
  }
}

// MARK: - Conversions [BP-3.3]

/// Truncates toward zero; what int64 cannot hold becomes its least value, as x86 has it.
func truncated(_ x: Double) -> Int64 {
  x >= -0x1p63 && x < 0x1p63 ? Int64(x) : .min
}

/// Bits of the nearest bfloat16, ties to even: rounded once, straight from float64.
func bfloat16Bits(_ x: Double) -> UInt16 {
  guard x.isFinite && x != 0 else { return UInt16(Float(x).bitPattern >> 16) }
  // The distance between the bfloat16 values around x; subnormals share that of the least normal.
  let spacing = Double(sign: .plus, exponent: max(x.exponent, -126) - 7, significand: 1)
  let rounded = (x / spacing).rounded(.toNearestOrEven) * spacing
  return UInt16(Float(rounded).bitPattern >> 16)
}

/// The value of a bfloat16.
func double(bfloat16Bits bits: UInt16) -> Double {
  Double(Float(bitPattern: UInt32(bits) << 16))
}

/// A float64 that rounds to any narrower float type as the integer itself would. From 2^53 on a
/// float64 has no room for every integer; there the lowest bit kept stands for all bits dropped, so
/// that no tie is made that was none.
func doubleToRoundFurther(_ x: Int64) -> Double {
  if x.magnitude <= 1 << 53 { return Double(x) }
  let dropped = x & 0x7ff
  return Double((x & ~0x7ff) | (dropped != 0 ? 0x800 : 0))
}
