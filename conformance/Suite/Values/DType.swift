import BackendAPI

/// The element types of the ABI, under its numbers.
public enum DType: Int32, CaseIterable, Sendable {
  case bool = 1
  case uint8, int8, int16, int32, int64
  case float16, bfloat16, float32, float64
  case complex64, complex128

  /// The types every plugin has [BP-3.1].
  public static let core: [DType] = [.float32, .int64, .bool]

  static let integers: [DType] = [.uint8, .int8, .int16, .int32, .int64]
  static let floats: [DType] = [.float16, .bfloat16, .float32, .float64]
  static let complexes: [DType] = [.complex64, .complex128]
  static let floating = floats + complexes
  static let realNumbers = integers + floats
  static let numbers = realNumbers + complexes
  static let real = [.bool] + realNumbers
  static let any = [.bool] + numbers

  /// The name in reports and case ids: "float32".
  public var name: String { "\(self)" }

  var size: Int { Int(bp_dtype_size(rawValue)) }
  var isFloat: Bool { DType.floats.contains(self) }
  var isInteger: Bool { DType.integers.contains(self) }
  var isComplex: Bool { DType.complexes.contains(self) }
  var isCore: Bool { DType.core.contains(self) }

  /// The type of a complex type's parts; any other type is its own part.
  var part: DType {
    switch self {
    case .complex64: .float32
    case .complex128: .float64
    default: self
    }
  }

  /// The type that SUM and PROD of this one have.
  var sum: DType { isInteger || self == .bool ? .int64 : self }

  /// The format of a float type; of a complex type's parts; nil for the others.
  var format: FloatFormat? {
    switch part {
    case .float16: FloatFormat(precision: 11, minExponent: -14, maxExponent: 15)
    case .bfloat16: FloatFormat(precision: 8, minExponent: -126, maxExponent: 127)
    case .float32: FloatFormat(precision: 24, minExponent: -126, maxExponent: 127)
    case .float64: FloatFormat(precision: 53, minExponent: -1022, maxExponent: 1023)
    default: nil
    }
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

/// A binary floating-point format.
struct FloatFormat: Sendable {
  /// Bits of the significand, the hidden one included.
  let precision: Int
  /// Exponent of the least and of the greatest normal number.
  let minExponent: Int
  let maxExponent: Int

  /// Half the distance from 1 to the next number: the relative error of one rounding.
  var roundingUnit: Double { power(-precision) }
  var greatest: Double { (2 - power(1 - precision)) * power(maxExponent) }
  var leastNormal: Double { power(minExponent) }
  var leastSubnormal: Double { power(minExponent - precision + 1) }

  /// The distance between the numbers of the format around a value.
  func ulp(_ value: Double) -> Double {
    guard value.isFinite else { return power(maxExponent - precision + 1) }
    let exponent = value == 0 ? minExponent : max(Int(value.exponent), minExponent)
    return power(min(exponent, maxExponent) - precision + 1)
  }

  private func power(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }
}

extension DType {
  /// The type of statistics: float32 where this one has 16 bits, else itself.
  var statistics: DType { isFloat && size == 2 ? .float32 : self }

  /// The complex type with parts of this type; a complex type is its own.
  var complexType: DType {
    switch self {
    case .float32: .complex64
    case .float64: .complex128
    default: self
    }
  }
}
