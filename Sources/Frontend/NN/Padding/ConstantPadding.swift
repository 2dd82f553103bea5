/// Puts one value around the last dimension.
///
/// ```swift
/// ConstantPad1d([1, 2], 3.5)(Tensor.zeros([1, 3, 8])).shape  // [1, 3, 11]
/// ```
public final class ConstantPad1d: ConstantPadLayer {
  /// Makes a layer that adds so many elements at two ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents, _ value: some ScalarConvertible) {
    super.init(padding, value.scalar, dimensions: 1)
  }
}

/// Puts one value around the last two dimensions.
///
/// ```swift
/// ConstantPad2d([1, 2, 3, 4], 3.5)(Tensor.zeros([1, 3, 8, 8])).shape  // [1, 3, 15, 11]
/// ```
public final class ConstantPad2d: ConstantPadLayer {
  /// Makes a layer that adds so many elements at four ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents, _ value: some ScalarConvertible) {
    super.init(padding, value.scalar, dimensions: 2)
  }
}

/// Puts one value around the last three dimensions.
///
/// ```swift
/// ConstantPad3d([1, 2, 3, 4, 5, 6], 3.5)(Tensor.zeros([1, 3, 8, 8, 8])).shape  // [1, 3, 19, 15, 11]
/// ```
public final class ConstantPad3d: ConstantPadLayer {
  /// Makes a layer that adds so many elements at six ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents, _ value: some ScalarConvertible) {
    super.init(padding, value.scalar, dimensions: 3)
  }
}

/// Puts zeros around the last dimension.
public final class ZeroPad1d: ConstantPadLayer {
  /// Makes a layer that adds so many zeros at two ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents) { super.init(padding, .double(0), dimensions: 1) }

  public override var extraDescription: String { Ops.pythonTuple(padding) }
}

/// Puts zeros around the last two dimensions.
public final class ZeroPad2d: ConstantPadLayer {
  /// Makes a layer that adds so many zeros at four ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents) { super.init(padding, .double(0), dimensions: 2) }

  public override var extraDescription: String { Ops.pythonTuple(padding) }
}

/// Puts zeros around the last three dimensions.
public final class ZeroPad3d: ConstantPadLayer {
  /// Makes a layer that adds so many zeros at six ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents) { super.init(padding, .double(0), dimensions: 3) }

  public override var extraDescription: String { Ops.pythonTuple(padding) }
}
