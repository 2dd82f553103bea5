/// Swift types that tensors are made from and read into.
public protocol TensorElement: ScalarConvertible, TensorLiteral, Sendable where Leaf == Self {
  /// The tensor type that values become unless another is asked for.
  static var _dtype: DType { get }
  /// The type whose memory representation the Swift type shares.
  static var _storageDType: DType { get }
  /// The value of a scalar, by the rules of conversion between tensors.
  init(_ scalar: Scalar)
}

extension TensorElement {
  public static var _storageDType: DType { _dtype }
  public var _literalShape: [Int] { [] }
  public func _appendLeaves(to leaves: inout [Self]) { leaves.append(self) }
}

/// A number, or arrays of them nested to any depth: what ``Tensor`` is made from.
public protocol TensorLiteral {
  /// The type of the numbers in the innermost arrays.
  associatedtype Leaf: TensorElement
  /// The extents, as the first element of each array tells them.
  var _literalShape: [Int] { get }
  /// Adds the numbers to a list, in row-major order.
  func _appendLeaves(to leaves: inout [Leaf])
  /// Whether all arrays at one depth have the extent that `shape` says; the depth of the first that has not, and
  /// its extent.
  func _mismatch(_ shape: ArraySlice<Int>, depth: Int) -> (depth: Int, count: Int)?
}

extension TensorLiteral {
  public func _mismatch(_ shape: ArraySlice<Int>, depth: Int) -> (depth: Int, count: Int)? { nil }
}

extension Array: TensorLiteral where Element: TensorLiteral {
  public typealias Leaf = Element.Leaf
  public var _literalShape: [Int] { [count] + (first?._literalShape ?? []) }

  public func _appendLeaves(to leaves: inout [Element.Leaf]) {
    if let leavesHere = self as? [Element.Leaf] {
      leaves.append(contentsOf: leavesHere)
    } else {
      for element in self { element._appendLeaves(to: &leaves) }
    }
  }

  public func _mismatch(_ shape: ArraySlice<Int>, depth: Int) -> (depth: Int, count: Int)? {
    guard let extent = shape.first, extent == count else { return (depth, count) }
    for element in self {
      if let found = element._mismatch(shape.dropFirst(), depth: depth + 1) { return found }
    }
    return nil
  }
}

extension Float: TensorElement {
  public static var _dtype: DType { .float32 }
  public init(_ scalar: Scalar) { self = Float(scalar.double) }
}
/// `Double` literals become float32, as Python's floats do in PyTorch; `Tensor(array, dtype: .float64)` keeps them.
extension Double: TensorElement {
  public static var _dtype: DType { .float32 }
  public static var _storageDType: DType { .float64 }
  public init(_ scalar: Scalar) { self = scalar.double }
}
extension Float16: TensorElement {
  public static var _dtype: DType { .float16 }
  public init(_ scalar: Scalar) { self = Float16(scalar.double) }
  public var _scalar: Scalar { .double(Double(self)) }
}
extension BFloat16: TensorElement {
  public static var _dtype: DType { .bfloat16 }
  public init(_ scalar: Scalar) { self = BFloat16(scalar.double) }
  public var _scalar: Scalar { .double(Double(float)) }
}
extension Bool: TensorElement {
  public static var _dtype: DType { .bool }
  public init(_ scalar: Scalar) { self = scalar.isTrue }
}
extension Int: TensorElement {
  public static var _dtype: DType { .int64 }
  public init(_ scalar: Scalar) { self = Int(scalar.int64) }
}
extension Int64: TensorElement {
  public static var _dtype: DType { .int64 }
  public init(_ scalar: Scalar) { self = scalar.int64 }
}
extension Int32: TensorElement {
  public static var _dtype: DType { .int32 }
  public init(_ scalar: Scalar) { self = Int32(truncatingIfNeeded: scalar.int64) }
}
extension Int16: TensorElement {
  public static var _dtype: DType { .int16 }
  public init(_ scalar: Scalar) { self = Int16(truncatingIfNeeded: scalar.int64) }
  public var _scalar: Scalar { .int(Int64(self)) }
}
extension Int8: TensorElement {
  public static var _dtype: DType { .int8 }
  public init(_ scalar: Scalar) { self = Int8(truncatingIfNeeded: scalar.int64) }
  public var _scalar: Scalar { .int(Int64(self)) }
}
extension UInt8: TensorElement {
  public static var _dtype: DType { .uint8 }
  public init(_ scalar: Scalar) { self = UInt8(truncatingIfNeeded: scalar.int64) }
  public var _scalar: Scalar { .int(Int64(self)) }
}
