/// What poolings to maxima of windows at random distances have in common.
///
/// Graham, "Fractional max-pooling", arXiv:1412.6071, 2014.
open class FractionalMaxPoolNd: Module {
  /// The extents of the windows.
  public let kernelSize: [Int]
  /// The extents of results, or nil.
  public let outputSize: [Int]?
  /// The extents of results as parts of the input's, or nil.
  public let outputRatio: [Double]?
  /// Whether a call by name gives the positions of the maxima too, as ``withIndices(_:)`` does.
  public let returnIndices: Bool
  /// Numbers from 0 to 1, of shape (N, C, dimensions), that place the windows; nil for new ones at each call.
  @Buffer public var randomSamples: Tensor?
  /// Where the samples come from that are not given; nil for the default generator.
  public var generator: Generator?

  open override class var keyNames: [String: String] { ["randomSamples": "_random_samples"] }

  init(
    kernelSize: some SpatialExtents, outputSize: [Int]?, outputRatio: [Double]?, returnIndices: Bool,
    randomSamples: Tensor?, generator: Generator?, dimensions: Int, _ name: String
  ) {
    self.kernelSize = kernelSize.each(dimensions, "kernel_size", name)
    self.outputSize = outputSize.map { $0.each(dimensions, "output_size", name) }
    self.outputRatio = outputRatio.map { $0.count == 1 ? [Double](repeating: $0[0], count: dimensions) : $0 }
    self.returnIndices = returnIndices
    self.randomSamples = randomSamples
    self.generator = generator
    super.init()
    let given = kernelSize.spatialExtents
    funnel(or: ()) { () throws(BackplaneError) in
      if dimensions == 3, given.contains(where: { $0 <= 0 }) {
        throw BackplaneError(.value, "kernel_size must be greater than 0, but got \(OptionText.extents(given))")
      }
      guard outputSize != nil || outputRatio != nil else {
        throw BackplaneError(.value, "\(name) requires specifying either an output size, or a pooling ratio")
      }
      guard outputSize == nil || outputRatio == nil else {
        throw BackplaneError(.value, "only one of output_size and output_ratio may be specified")
      }
      guard let outputRatio else { return }
      guard outputRatio.count == 1 || outputRatio.count == dimensions else {
        throw BackplaneError(.value, "output_ratio must be one number, or one for each of \(dimensions) dimensions")
      }
      guard outputRatio.allSatisfy({ 0 < $0 && $0 < 1 }) else {
        let numbers = outputRatio.map(\.description)
        throw BackplaneError(
          .value,
          "output_ratio must be between 0 and 1 (got "
            + (numbers.count == 1 ? numbers[0] : "(\(numbers.joined(separator: ", ")))") + ")")
      }
    }
  }

  open override func forward(_ x: Tensor) -> Tensor { maxima(x).values }

  /// The maxima of an input's windows, and for each its position in the flattened spatial dimensions.
  public func withIndices(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    let results = callWithHooks([x]) {
      let (values, indices) = maxima($0[0])
      return [values, indices]
    }
    return (results[0], results[1])
  }

  private func maxima(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      try Ops.fractionalMaxPool(
        x, kernelSize, outputSize, ratio: outputRatio, samples: randomSamples, dimensions: kernelSize.count,
        generator: generator)
    }
  }
}

/// The maxima of windows over two dimensions, laid at random distances such that results have given extents.
///
/// ```swift
/// FractionalMaxPool2d(3, outputRatio: 0.5)(Tensor.rand([20, 16, 50, 32])).shape  // [20, 16, 25, 16]
/// ```
///
/// Takes (N, C, H, W) or (C, H, W). Graham, "Fractional max-pooling", arXiv:1412.6071, 2014.
public final class FractionalMaxPool2d: FractionalMaxPoolNd {
  /// Makes a layer of which results have the given extents.
  ///
  /// - Parameters:
  ///   - returnIndices: Whether a call by name gives positions too.
  ///   - randomSamples: Numbers from 0 to 1, of shape (N, C, 2), that place the windows; nil for new ones at each call.
  public init(
    _ kernelSize: some SpatialExtents, outputSize: (any SpatialExtents)? = nil, outputRatio: [Double]? = nil,
    returnIndices: Bool = false, randomSamples: Tensor? = nil, generator: Generator? = nil
  ) {
    super.init(
      kernelSize: kernelSize, outputSize: outputSize?.spatialExtents, outputRatio: outputRatio,
      returnIndices: returnIndices, randomSamples: randomSamples, generator: generator, dimensions: 2,
      "FractionalMaxPool2d")
  }

  /// Makes a layer of which results have a part of the input's extents.
  public convenience init(
    _ kernelSize: some SpatialExtents, outputRatio: Double, returnIndices: Bool = false,
    randomSamples: Tensor? = nil, generator: Generator? = nil
  ) {
    self.init(
      kernelSize, outputRatio: [outputRatio], returnIndices: returnIndices, randomSamples: randomSamples,
      generator: generator)
  }
}

/// The maxima of windows over three dimensions, laid at random distances such that results have given extents.
///
/// ```swift
/// FractionalMaxPool3d(3, outputSize: [13, 12, 11])(Tensor.rand([20, 16, 50, 32, 16])).shape  // [20, 16, 13, 12, 11]
/// ```
///
/// Takes (N, C, D, H, W) or (C, D, H, W). Graham, "Fractional max-pooling", arXiv:1412.6071, 2014.
public final class FractionalMaxPool3d: FractionalMaxPoolNd {
  /// Makes a layer of which results have the given extents.
  ///
  /// - Parameters:
  ///   - returnIndices: Whether a call by name gives positions too.
  ///   - randomSamples: Numbers from 0 to 1, of shape (N, C, 3), that place the windows; nil for new ones at each call.
  public init(
    _ kernelSize: some SpatialExtents, outputSize: (any SpatialExtents)? = nil, outputRatio: [Double]? = nil,
    returnIndices: Bool = false, randomSamples: Tensor? = nil, generator: Generator? = nil
  ) {
    super.init(
      kernelSize: kernelSize, outputSize: outputSize?.spatialExtents, outputRatio: outputRatio,
      returnIndices: returnIndices, randomSamples: randomSamples, generator: generator, dimensions: 3,
      "FractionalMaxPool3d")
  }

  /// Makes a layer of which results have a part of the input's extents.
  public convenience init(
    _ kernelSize: some SpatialExtents, outputRatio: Double, returnIndices: Bool = false,
    randomSamples: Tensor? = nil, generator: Generator? = nil
  ) {
    self.init(
      kernelSize, outputRatio: [outputRatio], returnIndices: returnIndices, randomSamples: randomSamples,
      generator: generator)
  }
}
