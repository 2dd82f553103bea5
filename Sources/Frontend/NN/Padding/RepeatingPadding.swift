/// Mirrors the elements at the edges, which are not repeated, in the last dimension of (N, C, W) or (C, W).
public final class ReflectionPad1d: PaddingLayer {
  /// Makes a layer that adds so many elements at two ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents) { super.init(padding, .reflect, dimensions: 1) }
}

/// Mirrors the elements at the edges, which are not repeated, in the last two dimensions of (N, C, H, W) or (C, H, W).
public final class ReflectionPad2d: PaddingLayer {
  /// Makes a layer that adds so many elements at four ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents) { super.init(padding, .reflect, dimensions: 2) }
}

/// Mirrors the elements at the edges, which are not repeated, in the last three dimensions of (N, C, D, H, W) or (C, D, H, W).
public final class ReflectionPad3d: PaddingLayer {
  /// Makes a layer that adds so many elements at six ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents) { super.init(padding, .reflect, dimensions: 3) }
}

/// Repeats the elements at the edges, in the last dimension of (N, C, W) or (C, W).
public final class ReplicationPad1d: PaddingLayer {
  /// Makes a layer that adds so many elements at two ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents) { super.init(padding, .replicate, dimensions: 1) }
}

/// Repeats the elements at the edges, in the last two dimensions of (N, C, H, W) or (C, H, W).
public final class ReplicationPad2d: PaddingLayer {
  /// Makes a layer that adds so many elements at four ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents) { super.init(padding, .replicate, dimensions: 2) }
}

/// Repeats the elements at the edges, in the last three dimensions of (N, C, D, H, W) or (C, D, H, W).
public final class ReplicationPad3d: PaddingLayer {
  /// Makes a layer that adds so many elements at six ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents) { super.init(padding, .replicate, dimensions: 3) }
}

/// Puts the elements of the other end at each end, in the last dimension of (N, C, W) or (C, W).
public final class CircularPad1d: PaddingLayer {
  /// Makes a layer that adds so many elements at two ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents) { super.init(padding, .circular, dimensions: 1) }

  override var ranks: ClosedRange<Int>? { 2...3 }
}

/// Puts the elements of the other end at each end, in the last two dimensions of (N, C, H, W) or (C, H, W).
public final class CircularPad2d: PaddingLayer {
  /// Makes a layer that adds so many elements at four ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents) { super.init(padding, .circular, dimensions: 2) }

  override var ranks: ClosedRange<Int>? { 3...4 }
}

/// Puts the elements of the other end at each end, in the last three dimensions of (N, C, D, H, W) or (C, D, H, W).
public final class CircularPad3d: PaddingLayer {
  /// Makes a layer that adds so many elements at six ends, in PyTorch's order, or the same number at each.
  public init(_ padding: some SpatialExtents) { super.init(padding, .circular, dimensions: 3) }

  override var ranks: ClosedRange<Int>? { 4...5 }
}
