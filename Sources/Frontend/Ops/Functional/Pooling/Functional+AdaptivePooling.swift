extension Functional {
  /// The means of windows that divide (N, C, L) or (C, L) such that the result has the given extents; nil keeps one.
  public static func adaptiveAvgPool1d(_ x: Tensor, _ outputSize: [Int?]) -> Tensor {
    adaptiveAverages(x, outputSize, 1)
  }
  /// The means of as many windows of (N, C, L) or (C, L) as the result is to have elements.
  public static func adaptiveAvgPool1d(_ x: Tensor, _ outputSize: Int) -> Tensor {
    adaptiveAvgPool1d(x, [outputSize])
  }

  /// The maxima of windows that divide (N, C, L) or (C, L) such that the result has the given extents; nil keeps one.
  public static func adaptiveMaxPool1d(_ x: Tensor, _ outputSize: [Int?]) -> Tensor {
    adaptiveMaxima(x, outputSize, 1, wantsIndices: false).values
  }
  /// The maxima of as many windows of (N, C, L) or (C, L) as the result is to have elements.
  public static func adaptiveMaxPool1d(_ x: Tensor, _ outputSize: Int) -> Tensor {
    adaptiveMaxPool1d(x, [outputSize])
  }

  /// The maxima of ``adaptiveMaxPool1d(_:_:)-(_,[Int?])``, and for each its position in the flattened spatial
  /// dimensions.
  public static func adaptiveMaxPool1dWithIndices(
    _ x: Tensor, _ outputSize: [Int?]
  ) -> (values: Tensor, indices: Tensor) {
    adaptiveMaxima(x, outputSize, 1)
  }

  /// The means of windows that divide (N, C, H, W) or (C, H, W) such that the result has the given extents; nil keeps one.
  public static func adaptiveAvgPool2d(_ x: Tensor, _ outputSize: [Int?]) -> Tensor {
    adaptiveAverages(x, outputSize, 2)
  }
  /// The means of windows that divide (N, C, H, W) or (C, H, W) such that both spatial extents become `outputSize`.
  public static func adaptiveAvgPool2d(_ x: Tensor, _ outputSize: Int) -> Tensor {
    adaptiveAvgPool2d(x, [outputSize])
  }

  /// The maxima of windows that divide (N, C, H, W) or (C, H, W) such that the result has the given extents; nil keeps one.
  public static func adaptiveMaxPool2d(_ x: Tensor, _ outputSize: [Int?]) -> Tensor {
    adaptiveMaxima(x, outputSize, 2, wantsIndices: false).values
  }
  /// The maxima of windows that divide (N, C, H, W) or (C, H, W) such that both spatial extents become `outputSize`.
  public static func adaptiveMaxPool2d(_ x: Tensor, _ outputSize: Int) -> Tensor {
    adaptiveMaxPool2d(x, [outputSize])
  }

  /// The maxima of ``adaptiveMaxPool2d(_:_:)-(_,[Int?])``, and for each its position in the flattened spatial
  /// dimensions.
  public static func adaptiveMaxPool2dWithIndices(
    _ x: Tensor, _ outputSize: [Int?]
  ) -> (values: Tensor, indices: Tensor) {
    adaptiveMaxima(x, outputSize, 2)
  }

  /// The means of windows that divide (N, C, D, H, W) or (C, D, H, W) such that the result has the given extents; nil keeps one.
  public static func adaptiveAvgPool3d(_ x: Tensor, _ outputSize: [Int?]) -> Tensor {
    adaptiveAverages(x, outputSize, 3)
  }
  /// The means of windows that divide (N, C, D, H, W) or (C, D, H, W) such that all spatial extents become
  /// `outputSize`.
  public static func adaptiveAvgPool3d(_ x: Tensor, _ outputSize: Int) -> Tensor {
    adaptiveAvgPool3d(x, [outputSize])
  }

  /// The maxima of windows that divide (N, C, D, H, W) or (C, D, H, W) such that the result has the given extents; nil keeps one.
  public static func adaptiveMaxPool3d(_ x: Tensor, _ outputSize: [Int?]) -> Tensor {
    adaptiveMaxima(x, outputSize, 3, wantsIndices: false).values
  }
  /// The maxima of windows that divide (N, C, D, H, W) or (C, D, H, W) such that all spatial extents become
  /// `outputSize`.
  public static func adaptiveMaxPool3d(_ x: Tensor, _ outputSize: Int) -> Tensor {
    adaptiveMaxPool3d(x, [outputSize])
  }

  /// The maxima of ``adaptiveMaxPool3d(_:_:)-(_,[Int?])``, and for each its position in the flattened spatial
  /// dimensions.
  public static func adaptiveMaxPool3dWithIndices(
    _ x: Tensor, _ outputSize: [Int?]
  ) -> (values: Tensor, indices: Tensor) {
    adaptiveMaxima(x, outputSize, 3)
  }

  private static func adaptiveAverages(_ x: Tensor, _ outputSize: [Int?], _ dimensions: Int) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.adaptiveAveragePool(x, outputSize, dimensions, "adaptive_avg_pool\(dimensions)d")
    }
  }

  private static func adaptiveMaxima(
    _ x: Tensor, _ outputSize: [Int?], _ dimensions: Int, wantsIndices: Bool = true
  ) -> (values: Tensor, indices: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let windows = try Ops.adaptiveWindows(x, outputSize, dimensions, "adaptive_max_pool\(dimensions)d")
      let (values, indices) = try Ops.maxPool(x, windows, wantsIndices: wantsIndices)
      return (values, indices ?? .invalid)
    }
  }
}
