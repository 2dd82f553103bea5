import Glibc

/// Elements of one type, in the representation of the ABI.
public struct ElementArray: Sendable, Equatable {
  public let dtype: DType
  var bytes: [UInt8]

  public var count: Int { bytes.count / dtype.size }

  init(_ dtype: DType, bytes: [UInt8]) {
    self.dtype = dtype
    self.bytes = bytes
  }

  init(_ dtype: DType, bits: [UInt64]) {
    self.init(dtype, zeros: bits.count)
    for i in bits.indices { setBits(i, bits[i]) }
  }

  init(_ dtype: DType, zeros count: Int) {
    self.init(dtype, bytes: Array(repeating: 0, count: count * dtype.size))
  }

  /// Numbers rounded to the type. A complex type takes them in pairs, real part first.
  init(_ dtype: DType, doubles: [Double]) {
    let part = dtype.part
    var result = ElementArray(part, zeros: doubles.count)
    for (i, value) in doubles.enumerated() { result.setBits(i, part.bits(of: value)) }
    self.init(dtype, bytes: result.bytes)
  }

  /// Integers: wrapped, or rounded for a float type; real parts of a complex type.
  init(_ dtype: DType, integers: [Int64]) {
    if dtype.isComplex {
      self.init(dtype, doubles: integers.flatMap { [Double($0), 0] })
    } else if dtype.isFloat {
      self.init(dtype, doubles: integers.map { Double($0) })
    } else {
      self.init(dtype, zeros: integers.count)
      for (i, value) in integers.enumerated() { setBits(i, UInt64(bitPattern: value)) }
    }
  }

  /// The bits of element i, of a type of at most eight bytes.
  func bits(_ i: Int) -> UInt64 {
    bytes.withUnsafeBytes { bytes in
      switch dtype.size {
      case 1: UInt64(bytes.load(fromByteOffset: i, as: UInt8.self))
      case 2: UInt64(bytes.load(fromByteOffset: 2 * i, as: UInt16.self))
      case 4: UInt64(bytes.load(fromByteOffset: 4 * i, as: UInt32.self))
      default: bytes.load(fromByteOffset: 8 * i, as: UInt64.self)
      }
    }
  }

  /// Stores the low bits in element i, of a type of at most eight bytes.
  mutating func setBits(_ i: Int, _ bits: UInt64) {
    let size = dtype.size
    bytes.withUnsafeMutableBytes { bytes in
      switch size {
      case 1: bytes.storeBytes(of: UInt8(truncatingIfNeeded: bits), toByteOffset: i, as: UInt8.self)
      case 2: bytes.storeBytes(of: UInt16(truncatingIfNeeded: bits), toByteOffset: 2 * i, as: UInt16.self)
      case 4: bytes.storeBytes(of: UInt32(truncatingIfNeeded: bits), toByteOffset: 4 * i, as: UInt32.self)
      default: bytes.storeBytes(of: bits, toByteOffset: 8 * i, as: UInt64.self)
      }
    }
  }

  /// Element i of a real type as the nearest float64.
  func double(_ i: Int) -> Double {
    let bits = bits(i)
    return switch dtype {
    case .float16: Double(Float16(bitPattern: UInt16(bits)))
    case .bfloat16: Double(Float(bitPattern: UInt32(bits) << 16))
    case .float32: Double(Float(bitPattern: UInt32(bits)))
    case .float64: Double(bitPattern: bits)
    default: Double(integer(i))
    }
  }

  /// Element i of an integer type; of bool, 0 or 1.
  func integer(_ i: Int) -> Int64 {
    let bits = bits(i)
    return switch dtype {
    case .bool: bits != 0 ? 1 : 0
    case .int8: Int64(Int8(truncatingIfNeeded: bits))
    case .int16: Int64(Int16(truncatingIfNeeded: bits))
    case .int32: Int64(Int32(truncatingIfNeeded: bits))
    default: Int64(bitPattern: bits)
    }
  }

  var doubles: [Double] { (0..<count).map { double($0) } }

  /// What error bounds are relative to: absolute values.
  var magnitudes: [Double] {
    if !dtype.isComplex { return doubles.map { abs($0) } }
    let parts = parts
    return (0..<count).map { hypot(parts.double(2 * $0), parts.double(2 * $0 + 1)) }
  }

  /// The parts of a complex array, alternating; any other array itself.
  var parts: ElementArray { ElementArray(dtype.part, bytes: bytes) }

  /// Element i as a reader wants to see it.
  func description(_ i: Int) -> String {
    if dtype.isComplex { return "(\(parts.description(2 * i)), \(parts.description(2 * i + 1)))" }
    switch dtype {
    case .bool:
      let byte = bits(i)
      return byte == 0 ? "false" : byte == 1 ? "true" : "byte \(byte)"
    case .uint8, .int8, .int16, .int32, .int64: return "\(integer(i))"
    case .float16: return "\(Float16(bitPattern: UInt16(bits(i))))"
    case .bfloat16, .float32: return "\(Float(double(i)))"
    default: return "\(double(i))"
    }
  }
}

extension DType {
  /// A number rounded to a type that is not complex, as bits.
  func bits(of value: Double) -> UInt64 {
    switch self {
    case .float16: UInt64(Float16(value).bitPattern)
    case .bfloat16: UInt64(DType.bfloat16Bits(value))
    case .float32: UInt64(Float(value).bitPattern)
    case .float64: value.bitPattern
    case .bool: value != 0 ? 1 : 0
    default: UInt64(bitPattern: abs(value) < 0x1p63 ? Int64(value) : .min)
    }
  }

  private static func bfloat16Bits(_ value: Double) -> UInt16 {
    guard value.isFinite && value != 0 else { return UInt16(Float(value).bitPattern >> 16) }
    let spacing = DType.bfloat16.format!.ulp(value)
    return UInt16(Float((value / spacing).rounded(.toNearestOrEven) * spacing).bitPattern >> 16)
  }
}
