/// What options of convolutions and poolings take: one number for all spatial dimensions, or one for each.
///
/// ```swift
/// F.maxPool2d(x, 2)
/// F.maxPool2d(x, [3, 2], stride: [2, 1])
/// ```
public protocol SpatialExtents {
  /// One number for all spatial dimensions, or one for each.
  var _spatialExtents: [Int] { get }
}

extension SpatialExtents {
  /// Inside the module without the underscore, which keeps the requirement from a program's numbers and arrays.
  var spatialExtents: [Int] { _spatialExtents }
}

extension Int: SpatialExtents { public var _spatialExtents: [Int] { [self] } }
extension Array: SpatialExtents where Element == Int { public var _spatialExtents: [Int] { self } }

/// The padding of a convolution: numbers as in ``SpatialExtents``, or `.same` or `.valid`.
public protocol ConvolutionPadding {
  /// The rule that this stands for.
  var _paddingRule: PaddingRule { get }
}

extension ConvolutionPadding {
  /// Inside the module without the underscore, which keeps the requirement from a program's numbers and arrays.
  var paddingRule: PaddingRule { _paddingRule }
}

/// How much a convolution pads its input with zeros.
public enum PaddingRule: ConvolutionPadding, Equatable, Sendable {
  /// Zeros on both sides, so many that the result has the input's extents; the stride must be 1.
  case same
  /// No padding.
  case valid
  /// Zeros on both sides of each spatial dimension, as many as are given for it.
  case both([Int])

  public var _paddingRule: PaddingRule { self }
}

/// The words `.same` and `.valid` where a padding is wanted: ``PaddingRule`` by its name.
public struct PaddingName: ConvolutionPadding, Sendable {
  public let _paddingRule: PaddingRule
}

extension ConvolutionPadding where Self == PaddingName {
  /// Zeros on both sides, so many that the result has the input's extents; the stride must be 1.
  public static var same: PaddingName { PaddingName(_paddingRule: .same) }
  /// No padding.
  public static var valid: PaddingName { PaddingName(_paddingRule: .valid) }
}

extension Int: ConvolutionPadding { public var _paddingRule: PaddingRule { .both([self]) } }
extension Array: ConvolutionPadding where Element == Int { public var _paddingRule: PaddingRule { .both(self) } }

/// One number per spatial dimension, from one for all or one for each.
func spatial(_ values: [Int], _ count: Int, _ name: String, _ operation: String) throws(BackplaneError) -> [Int] {
  if values.count == 1 { return [Int](repeating: values[0], count: count) }
  guard values.count == count else {
    throw BackplaneError(
      .value,
      "\(operation): expected \(name) to be a single integer value or a list of \(count) values to match the "
        + "dimensions, but got \(name)=\(values)")
  }
  return values
}
