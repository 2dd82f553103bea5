/// What adaptive poolings over 1, 2 and 3 dimensions have in common: the windows follow from the extents of results.
open class AdaptivePoolNd: Module {
  /// The extents of results: one for all spatial dimensions, or one for each; nil keeps the input's.
  public let outputSize: [Int?]

  init(outputSize: [Int?]) { self.outputSize = outputSize }

  open override var extraDescription: String { "output_size=\(OptionText.extents(outputSize))" }
}

/// What adaptive poolings to maxima over 1, 2 and 3 dimensions have in common.
open class AdaptiveMaxPoolNd: AdaptivePoolNd {
  /// Whether a call by name gives the positions of the maxima too, as ``withIndices(_:)`` does.
  public let returnIndices: Bool

  init(outputSize: [Int?], returnIndices: Bool) {
    self.returnIndices = returnIndices
    super.init(outputSize: outputSize)
  }

  /// The maxima of an input's windows, and for each its position in the flattened spatial dimensions.
  public func withIndices(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    let results = callWithHooks([x]) {
      let (values, indices) = maxima($0[0])
      return [values, indices]
    }
    return (results[0], results[1])
  }

  func maxima(_ x: Tensor) -> (values: Tensor, indices: Tensor) { (x, x) }
}

/// The means of windows over one dimension, laid such that results have given extents.
///
/// ```swift
/// AdaptiveAvgPool1d(5)(Tensor.zeros([1, 64, 8])).shape  // [1, 64, 5]
/// ```
///
/// Takes (N, C, L) or (C, L).
public final class AdaptiveAvgPool1d: AdaptivePoolNd {
  /// Makes a layer of which all spatial extents of results are `outputSize`; nil keeps the input's.
  public init(_ outputSize: Int?) { super.init(outputSize: [outputSize]) }

  /// Makes a layer of which results have the given spatial extents; nil keeps the input's.
  public init(_ outputSize: [Int?]) { super.init(outputSize: outputSize) }

  public override func forward(_ x: Tensor) -> Tensor { Functional.adaptiveAvgPool1d(x, outputSize) }
}

/// The maxima of windows over one dimension, laid such that results have given extents.
///
/// ```swift
/// AdaptiveMaxPool1d(5)(Tensor.zeros([1, 64, 8])).shape  // [1, 64, 5]
/// ```
///
/// Takes (N, C, L) or (C, L). ``AdaptiveMaxPoolNd/withIndices(_:)`` gives
/// the positions of the maxima too.
public final class AdaptiveMaxPool1d: AdaptiveMaxPoolNd {
  /// Makes a layer of which all spatial extents of results are `outputSize`; nil keeps the input's.
  ///
  /// - Parameter returnIndices: Whether a call by name gives positions too.
  public init(_ outputSize: Int?, returnIndices: Bool = false) {
    super.init(outputSize: [outputSize], returnIndices: returnIndices)
  }

  /// Makes a layer of which results have the given spatial extents; nil keeps the input's.
  ///
  /// - Parameter returnIndices: Whether a call by name gives positions too.
  public init(_ outputSize: [Int?], returnIndices: Bool = false) {
    super.init(outputSize: outputSize, returnIndices: returnIndices)
  }

  public override func forward(_ x: Tensor) -> Tensor { Functional.adaptiveMaxPool1d(x, outputSize) }

  override func maxima(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    Functional.adaptiveMaxPool1dWithIndices(x, outputSize)
  }
}

/// The means of windows over two dimensions, laid such that results have given extents.
///
/// ```swift
/// AdaptiveAvgPool2d([5, 7])(Tensor.zeros([1, 64, 8, 9])).shape  // [1, 64, 5, 7]
/// ```
///
/// Takes (N, C, H, W) or (C, H, W).
public final class AdaptiveAvgPool2d: AdaptivePoolNd {
  /// Makes a layer of which all spatial extents of results are `outputSize`; nil keeps the input's.
  public init(_ outputSize: Int?) { super.init(outputSize: [outputSize]) }

  /// Makes a layer of which results have the given spatial extents; nil keeps the input's.
  public init(_ outputSize: [Int?]) { super.init(outputSize: outputSize) }

  public override func forward(_ x: Tensor) -> Tensor { Functional.adaptiveAvgPool2d(x, outputSize) }
}

/// The maxima of windows over two dimensions, laid such that results have given extents.
///
/// ```swift
/// AdaptiveMaxPool2d([5, 7])(Tensor.zeros([1, 64, 8, 9])).shape  // [1, 64, 5, 7]
/// ```
///
/// Takes (N, C, H, W) or (C, H, W). ``AdaptiveMaxPoolNd/withIndices(_:)`` gives
/// the positions of the maxima too.
public final class AdaptiveMaxPool2d: AdaptiveMaxPoolNd {
  /// Makes a layer of which all spatial extents of results are `outputSize`; nil keeps the input's.
  ///
  /// - Parameter returnIndices: Whether a call by name gives positions too.
  public init(_ outputSize: Int?, returnIndices: Bool = false) {
    super.init(outputSize: [outputSize], returnIndices: returnIndices)
  }

  /// Makes a layer of which results have the given spatial extents; nil keeps the input's.
  ///
  /// - Parameter returnIndices: Whether a call by name gives positions too.
  public init(_ outputSize: [Int?], returnIndices: Bool = false) {
    super.init(outputSize: outputSize, returnIndices: returnIndices)
  }

  public override func forward(_ x: Tensor) -> Tensor { Functional.adaptiveMaxPool2d(x, outputSize) }

  override func maxima(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    Functional.adaptiveMaxPool2dWithIndices(x, outputSize)
  }
}

/// The means of windows over three dimensions, laid such that results have given extents.
///
/// ```swift
/// AdaptiveAvgPool3d([5, nil, 7])(Tensor.zeros([1, 64, 8, 9, 10])).shape  // [1, 64, 5, 9, 7]
/// ```
///
/// Takes (N, C, D, H, W) or (C, D, H, W).
public final class AdaptiveAvgPool3d: AdaptivePoolNd {
  /// Makes a layer of which all spatial extents of results are `outputSize`; nil keeps the input's.
  public init(_ outputSize: Int?) { super.init(outputSize: [outputSize]) }

  /// Makes a layer of which results have the given spatial extents; nil keeps the input's.
  public init(_ outputSize: [Int?]) { super.init(outputSize: outputSize) }

  public override func forward(_ x: Tensor) -> Tensor { Functional.adaptiveAvgPool3d(x, outputSize) }
}

/// The maxima of windows over three dimensions, laid such that results have given extents.
///
/// ```swift
/// AdaptiveMaxPool3d([5, nil, 7])(Tensor.zeros([1, 64, 8, 9, 10])).shape  // [1, 64, 5, 9, 7]
/// ```
///
/// Takes (N, C, D, H, W) or (C, D, H, W). ``AdaptiveMaxPoolNd/withIndices(_:)`` gives
/// the positions of the maxima too.
public final class AdaptiveMaxPool3d: AdaptiveMaxPoolNd {
  /// Makes a layer of which all spatial extents of results are `outputSize`; nil keeps the input's.
  ///
  /// - Parameter returnIndices: Whether a call by name gives positions too.
  public init(_ outputSize: Int?, returnIndices: Bool = false) {
    super.init(outputSize: [outputSize], returnIndices: returnIndices)
  }

  /// Makes a layer of which results have the given spatial extents; nil keeps the input's.
  ///
  /// - Parameter returnIndices: Whether a call by name gives positions too.
  public init(_ outputSize: [Int?], returnIndices: Bool = false) {
    super.init(outputSize: outputSize, returnIndices: returnIndices)
  }

  public override func forward(_ x: Tensor) -> Tensor { Functional.adaptiveMaxPool3d(x, outputSize) }

  override func maxima(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    Functional.adaptiveMaxPool3dWithIndices(x, outputSize)
  }
}
