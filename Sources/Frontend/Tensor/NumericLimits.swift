/// The limits of a floating point type.
///
/// ```swift
/// finfo(.float32).eps  // 1.1920929e-07
/// ```
public struct FInfo: Sendable {
  /// The type whose limits these are.
  public let dtype: DType
  /// The width of one number; of complex types that of a part.
  public let bits: Int
  /// The greatest finite number.
  public let max: Double
  /// The least finite number: −max.
  public var min: Double { -max }
  /// The distance from 1 to the next greater number.
  public let eps: Double
  /// The least positive normal number.
  public let tiny: Double
  /// The least positive normal number: a second name of ``tiny``.
  public var smallestNormal: Double { tiny }
  /// The approximate resolution in decimal notation: 10 to the power of minus the number of digits that survive.
  public let resolution: Double

  init(checking dtype: DType) throws(BackplaneError) {
    self.dtype = dtype
    bits = 8 * dtype.realType.byteCount
    switch dtype.realType {
    case .float16: (max, eps, tiny, resolution) = (65504, 0x1p-10, 0x1p-14, 1e-3)
    case .bfloat16: (max, eps, tiny, resolution) = (0x1.FEp127, 0x1p-7, 0x1p-126, 1e-2)
    case .float32:
      (max, eps, tiny, resolution) = (Double(Float.greatestFiniteMagnitude), 0x1p-23, 0x1p-126, 1e-6)
    case .float64:
      (max, eps, tiny, resolution) = (.greatestFiniteMagnitude, .ulpOfOne, .leastNormalMagnitude, 1e-15)
    default:
      throw BackplaneError(
        .dtype, "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.\(dtype)'")
    }
  }
}

/// The limits of an integer type.
///
/// ```swift
/// iinfo(.int8).min  // -128
/// ```
public struct IInfo: Sendable {
  /// The type whose limits these are.
  public let dtype: DType
  /// The width of one number.
  public let bits: Int
  /// The greatest number.
  public let max: Int
  /// The least number.
  public let min: Int

  init(checking dtype: DType) throws(BackplaneError) {
    guard dtype.isInteger else {
      throw BackplaneError(
        .dtype, "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.\(dtype)'")
    }
    self.dtype = dtype
    bits = 8 * dtype.byteCount
    max = dtype == .uint8 ? 255 : Int.max >> (64 - bits)
    min = dtype == .uint8 ? 0 : Int.min >> (64 - bits)
  }
}

/// The limits of a floating point type; of a complex type those of its parts. Other types are an error.
public func finfo(_ dtype: DType = .float32) -> FInfo {
  funnel(or: FInfo.float32) { () throws(BackplaneError) in try FInfo(checking: dtype) }
}

/// The limits of an integer type. Other types are an error.
public func iinfo(_ dtype: DType) -> IInfo {
  funnel(or: IInfo.int64) { () throws(BackplaneError) in try IInfo(checking: dtype) }
}

extension DType {
  /// The numbers that an integer type holds; nil for other types.
  var integerRange: ClosedRange<Int64>? {
    guard isInteger else { return nil }
    if self == .uint8 { return 0...255 }
    let unused = 64 - 8 * Int64(byteCount)
    return Int64.min >> unused...Int64.max >> unused
  }

  /// The greatest finite number of a floating point type, or of the parts of a complex one; of other types infinity.
  var greatestFinite: Double { (try? FInfo(checking: self).max) ?? .infinity }
}

extension FInfo {
  private init(_ dtype: DType, max: Double, eps: Double, tiny: Double, resolution: Double) {
    (self.dtype, self.max, self.eps, self.tiny, self.resolution) = (dtype, max, eps, tiny, resolution)
    bits = 8 * dtype.byteCount
  }
  fileprivate static var float32: FInfo {
    FInfo(
      .float32, max: Double(Float.greatestFiniteMagnitude), eps: 0x1p-23, tiny: 0x1p-126, resolution: 1e-6)
  }
}

extension IInfo {
  private init(_ dtype: DType, bits: Int, max: Int, min: Int) {
    (self.dtype, self.bits, self.max, self.min) = (dtype, bits, max, min)
  }
  fileprivate static var int64: IInfo { IInfo(.int64, bits: 64, max: .max, min: .min) }
}

// MARK: - Types of results

/// Whether values of one type may become another in an assignment: not to a lower kind, such as float to integer.
public func canCast(_ from: DType, _ to: DType) -> Bool { from.category <= to.category }

/// The smallest type that holds the values of both.
///
/// ```swift
/// promoteTypes(.uint8, .int8)  // int16
/// ```
public func promoteTypes(_ a: DType, _ b: DType) -> DType { .promote(a, b) }

/// The type that an operation on two tensors gives.
///
/// The type of a tensor without dimensions matters only where its kind (bool, integer, floating point, complex) is
/// higher.
public func resultType(_ a: Tensor, _ b: Tensor) -> DType { Promotion(a, b).result }
/// The type that an operation on a tensor and a number gives: the number matters only where its kind is higher.
public func resultType(_ a: Tensor, _ b: some ScalarConvertible) -> DType { Promotion(a, b.scalar).result }
/// The type that an operation on a number and a tensor gives: the number matters only where its kind is higher.
public func resultType(_ a: some ScalarConvertible, _ b: Tensor) -> DType { Promotion(b, a.scalar).result }
