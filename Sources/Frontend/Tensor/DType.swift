import BackendAPI

/// The type of a tensor's elements.
///
/// The raw value is the type's number in the ABI.
public enum DType: Int32, CaseIterable, Sendable, CustomStringConvertible {
  /// True or false, one byte each.
  case bool = 1
  /// Integers of 8 to 64 bits; only `uint8` has no sign.
  case uint8, int8, int16, int32, int64
  /// Floating point numbers of 16 to 64 bits; `bfloat16` is the upper half of a `float32`.
  case float16, bfloat16, float32, float64
  /// Complex numbers of two `float32` or two `float64`.
  case complex64, complex128

  /// The number of bytes of one element.
  @inline(__always)
  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .int16, .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64, .complex64: 8
    case .complex128: 16
    }
  }

  /// Whether the type is one of the real floating point types.
  public var isFloatingPoint: Bool { rawValue >= BP_FLOAT16 && rawValue <= BP_FLOAT64 }
  /// Whether the type is one of the complex types.
  public var isComplex: Bool { rawValue >= BP_COMPLEX64 }
  /// Whether the type is one of the integer types, to which bool does not belong.
  public var isInteger: Bool { rawValue >= BP_UINT8 && rawValue <= BP_INT64 }

  /// The type of the parts of a complex type; a real type itself.
  public var realType: DType {
    switch self {
    case .complex64: .float32
    case .complex128: .float64
    default: self
    }
  }

  /// The complex type that holds the values of this type with the same precision.
  public var complexType: DType { self == .float64 || self == .complex128 ? .complex128 : .complex64 }

  /// PyTorch's name of the type, such as `float32`.
  public var description: String { dtypeName(rawValue) }

  /// PyTorch's name of the scalar type, as its error messages spell it.
  var scalarName: String {
    switch self {
    case .bool: "Bool"
    case .uint8: "Byte"
    case .int8: "Char"
    case .int16: "Short"
    case .int32: "Int"
    case .int64: "Long"
    case .float16: "Half"
    case .bfloat16: "BFloat16"
    case .float32: "Float"
    case .float64: "Double"
    case .complex64: "ComplexFloat"
    case .complex128: "ComplexDouble"
    }
  }
}

extension DType {
  /// The name of the element's type in C++, as PyTorch's messages about numbers that do not fit spell it.
  var cppName: String {
    switch self {
    case .bool: "bool"
    case .uint8: "uint8_t"
    case .int8: "int8_t"
    case .int16: "int16_t"
    case .int32: "int"
    case .int64: "int64_t"
    case .float16: "c10::Half"
    case .bfloat16: "c10::BFloat16"
    case .float32: "float"
    case .float64: "double"
    case .complex64: "c10::complex<float>"
    case .complex128: "c10::complex<double>"
    }
  }
}

// MARK: - Promotion

extension DType {
  /// Types promote within the highest category present: bool, integer, floating point, complex.
  enum Category: Int, Comparable {
    case bool, integer, floatingPoint, complex
    static func < (a: Category, b: Category) -> Bool { a.rawValue < b.rawValue }
  }

  var category: Category {
    if isComplex { return .complex }
    if isFloatingPoint { return .floatingPoint }
    return self == .bool ? .bool : .integer
  }

  /// The smallest type that holds the values of both, by PyTorch's table.
  static func promote(_ a: DType, _ b: DType) -> DType {
    if a == b { return a }
    let (low, high) = a.rawValue < b.rawValue ? (a, b) : (b, a)
    switch (low, high) {
    case (.uint8, .int8): return .int16
    case (.float16, .bfloat16): return .float32
    case (.float64, .complex64): return .complex128
    default: return high
    }
  }
}

/// What an operand contributes to the type of a result: PyTorch's rule for tensors with dimensions, 0-d tensors
/// and Swift scalars, of which a lower kind matters only where its category is higher.
struct Promotion {
  private var dimensioned: DType?
  private var zeroDimensional: DType?
  private var scalar: DType?

  mutating func add(_ dtype: DType, rank: Int) {
    if rank > 0 {
      dimensioned = dimensioned.map { .promote($0, dtype) } ?? dtype
    } else {
      zeroDimensional = zeroDimensional.map { .promote($0, dtype) } ?? dtype
    }
  }

  mutating func add(_ value: Scalar) {
    scalar = scalar.map { .promote($0, value.defaultDType) } ?? value.defaultDType
  }

  var result: DType {
    Promotion.combine(Promotion.combine(dimensioned, zeroDimensional), scalar) ?? .float32
  }

  private static func combine(_ high: DType?, _ low: DType?) -> DType? {
    guard let high else { return low }
    guard let low, low.category > high.category else { return high }
    // A real tensor and a complex scalar keep the tensor's precision.
    if low.isComplex, high.isFloatingPoint { return high.complexType }
    return low
  }
}

extension Promotion {
  init(_ a: Tensor, _ b: Tensor) {
    self.init()
    add(a.dtype, rank: a.layout.rank)
    add(b.dtype, rank: b.layout.rank)
  }

  init(_ a: Tensor, _ b: Scalar) {
    self.init()
    add(a.dtype, rank: a.layout.rank)
    add(b)
  }
}
