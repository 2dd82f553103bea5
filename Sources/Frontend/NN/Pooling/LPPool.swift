/// What poolings to p-norms over 1, 2 and 3 dimensions have in common.
open class LPPoolNd: Module {
  /// The order p of the norm.
  public let normType: Double
  /// The extents of the windows: one number for all dimensions, or one for each.
  public let kernelSize: [Int]
  /// From window to window, the distance; nil for the windows' size.
  public let stride: [Int]?
  /// Whether a last window may reach beyond the end.
  public let ceilMode: Bool

  init(normType: Double, kernelSize: some SpatialExtents, stride: (any SpatialExtents)?, ceilMode: Bool) {
    self.normType = normType
    self.kernelSize = kernelSize.spatialExtents
    self.stride = stride?.spatialExtents
    self.ceilMode = ceilMode
    super.init()
    funnel(or: ()) { () throws(BackplaneError) in
      guard normType != 0 else {
        throw BackplaneError(.value, "norm_type must be a non-zero value, but got \(order)")
      }
    }
  }

  /// A whole number is most often given as one.
  private var order: String {
    let isWhole = normType == normType.rounded() && abs(normType) < 1e15
    return isWhole ? "\(Int(normType))" : "\(normType)"
  }

  open override var extraDescription: String {
    "norm_type=\(order), kernel_size=\(OptionText.extents(kernelSize)), "
      + "stride=\(stride.map { OptionText.extents($0) } ?? "None"), ceil_mode=\(OptionText.of(ceilMode))"
  }
}

/// The p-norms of windows over one dimension: (Σ xᵖ)^(1/p).
///
/// ```swift
/// LPPool1d(2, 3, stride: 2)(Tensor.zeros([20, 16, 50])).shape  // [20, 16, 24]
/// ```
///
/// Takes (N, C, L) or (C, L).
public final class LPPool1d: LPPoolNd {
  /// Makes a layer of an order, which is not 0, with windows of a size.
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  public init(
    _ normType: Double, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, ceilMode: Bool = false
  ) {
    super.init(normType: normType, kernelSize: kernelSize, stride: stride, ceilMode: ceilMode)
  }

  public override func forward(_ x: Tensor) -> Tensor {
    Functional.lpPool1d(x, normType, kernelSize, stride: stride, ceilMode: ceilMode)
  }
}

/// The p-norms of windows over two dimensions: (Σ xᵖ)^(1/p).
///
/// ```swift
/// LPPool2d(2, 3, stride: 2)(Tensor.zeros([20, 16, 50, 32])).shape  // [20, 16, 24, 15]
/// ```
///
/// Takes (N, C, H, W) or (C, H, W).
public final class LPPool2d: LPPoolNd {
  /// Makes a layer of an order, which is not 0, with windows of a size.
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  public init(
    _ normType: Double, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, ceilMode: Bool = false
  ) {
    super.init(normType: normType, kernelSize: kernelSize, stride: stride, ceilMode: ceilMode)
  }

  public override func forward(_ x: Tensor) -> Tensor {
    Functional.lpPool2d(x, normType, kernelSize, stride: stride, ceilMode: ceilMode)
  }
}

/// The p-norms of windows over three dimensions: (Σ xᵖ)^(1/p).
///
/// ```swift
/// LPPool3d(2, 3, stride: 2)(Tensor.zeros([20, 16, 50, 44, 31])).shape  // [20, 16, 24, 21, 15]
/// ```
///
/// Takes (N, C, D, H, W) or (C, D, H, W).
public final class LPPool3d: LPPoolNd {
  /// Makes a layer of an order, which is not 0, with windows of a size.
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  public init(
    _ normType: Double, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, ceilMode: Bool = false
  ) {
    super.init(normType: normType, kernelSize: kernelSize, stride: stride, ceilMode: ceilMode)
  }

  public override func forward(_ x: Tensor) -> Tensor {
    Functional.lpPool3d(x, normType, kernelSize, stride: stride, ceilMode: ceilMode)
  }
}
