/// What ``Functional/interpolate(_:size:scaleFactor:mode:alignCorners:recomputeScaleFactor:antialias:)`` takes as
/// factors: one number for all spatial dimensions, or one for each.
public protocol ScaleFactors {
  /// One factor for all spatial dimensions, or one for each.
  var _scaleFactors: [Double] { get }
}

extension Int: ScaleFactors { public var _scaleFactors: [Double] { [Double(self)] } }
extension Double: ScaleFactors { public var _scaleFactors: [Double] { [self] } }
extension Array: ScaleFactors where Element == Double { public var _scaleFactors: [Double] { self } }

extension Ops {
  /// The spatial dimensions of (N, C, …) resized.
  static func interpolate(
    _ x: Tensor, size: [Int]?, factors: [Double]?, _ mode: Functional.InterpolationMode, alignCorners: Bool?,
    recompute: Bool, antialias: Bool
  ) throws(BackplaneError) -> Tensor {
    guard !recompute || size == nil else {
      throw BackplaneError(.value, "recompute_scale_factor is not meaningful with an explicit size.")
    }
    let (size, factors) = try extents(
      x, size, factors, recompute: recompute || mode == .area)
    let spatial = x.layout.rank - 2
    if mode.isNearest || mode == .area {
      guard alignCorners == nil else {
        throw BackplaneError(
          .value,
          "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
      }
    }
    if let wanted = mode.dimensions, wanted != spatial {
      throw BackplaneError(
        .shape, "Got \(spatial + 2)D input, but \(mode.rawValue) mode needs \(wanted + 2)D input")
    }
    guard !antialias || mode == .bilinear || mode == .bicubic else {
      throw BackplaneError(
        .value,
        "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input")
    }
    if mode == .area {
      return try adaptiveAveragePool(x, size.map { $0 }, spatial, "adaptive_avg_pool\(spatial)d")
    }
    return try resized(
      x, size, factors, mode, alignCorners: alignCorners ?? false, antialias: antialias)
  }

  /// The new extents, and the factors where these were given and are to be kept.
  private static func extents(
    _ x: Tensor, _ size: [Int]?, _ factors: [Double]?, recompute: Bool
  ) throws(BackplaneError) -> (size: [Int], factors: [Double]?) {
    let spatial = x.layout.rank - 2
    guard (1...3).contains(spatial) else {
      throw BackplaneError(
        .shape,
        "Input Error: Only 3D, 4D and 5D input Tensors supported (got \(x.layout.rank)D) for the modes: nearest | "
          + "linear | bilinear | bicubic | trilinear | area | nearest-exact")
    }
    let old = Array(x.layout.shape.dropFirst(2))
    guard (size == nil) != (factors == nil) else {
      throw BackplaneError(
        .value,
        size == nil
          ? "either size or scale_factor should be defined" : "only one of size or scale_factor should be defined")
    }
    let result: [Int]
    var kept: [Double]?
    if let size {
      guard size.count == 1 || size.count == spatial else {
        throw BackplaneError(
          .value,
          "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of "
            + "\(old) and output size of \(size).")
      }
      result = size.count == 1 ? [Int](repeating: size[0], count: spatial) : size
    } else {
      let given = factors!
      guard given.count == 1 || given.count == spatial else {
        throw BackplaneError(
          .value,
          "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial "
            + "dimensions of \(old) and scale_factor of shape \(given).")
      }
      let all = given.count == 1 ? [Double](repeating: given[0], count: spatial) : given
      var grown: [Int] = []
      for (extent, factor) in zip(old, all) { grown.append(try Sizes.int(Double(extent) * factor, in: "interpolate")) }
      result = grown
      kept = recompute ? nil : all
    }
    guard !old.contains(0), result.allSatisfy({ $0 > 0 }) else {
      throw BackplaneError(
        .shape, "Input and output sizes should be greater than 0, but got input \(old) and output \(result)")
    }
    _ = try Layout.contiguous(x.layout.shape.prefix(2) + result)
    return (result, kept)
  }

  private static func resized(
    _ x: Tensor, _ size: [Int], _ factors: [Double]?, _ mode: Functional.InterpolationMode, alignCorners: Bool,
    antialias: Bool
  ) throws(BackplaneError) -> Tensor {
    let isBytes = x.dtype == .uint8
    guard x.dtype.isFloatingPoint || isBytes else {
      throw BackplaneError(.dtype, "\"upsample_\(mode.rawValue)\" not implemented for '\(x.dtype.scalarName)'")
    }
    // The gradient is a sum.
    var result = try mode.isNearest && !Autograd.records(x) ? x : isBytes ? cast(x, .float64) : widened(x)
    // The last dimension first.
    for i in size.indices.reversed() {
      let extent = x.layout.elements[2 + i]
      if extent == size[i], !alignCorners, factors == nil { continue }
      // Positions and weights of the taps, of which antialiasing has as many as the old dimension has elements.
      try HostMemory.require(
        Sizes.multiply(
          8, antialias ? Sizes.add(4 * size[i], 4 * extent, in: "interpolate") : size[i], in: "interpolate"),
        of: Double.self, in: "interpolate")
      var taps = taps(
        extent, size[i], factors?[i], mode, alignCorners: alignCorners, antialias: antialias,
        isDouble: x.dtype == .float64 || isBytes)
      if isBytes { taps.quantize() }
      result = try resample(result, 2 + i, taps)
      if isBytes, !mode.isNearest { result = try roundedBytes(result) }
    }
    return try result === x ? clone(x) : cast(result, x.dtype)
  }

  private static func taps(
    _ extent: Int, _ count: Int, _ factor: Double?, _ mode: Functional.InterpolationMode, alignCorners: Bool,
    antialias: Bool,
    isDouble: Bool
  ) -> InterpolationTaps {
    switch mode {
    case .nearest, .nearestExact, .area:
      return .nearest(extent, count, factor, isExact: mode == .nearestExact)
    case _ where antialias:
      return .antialiased(extent, count, factor, alignCorners: alignCorners, isCubic: mode == .bicubic)
    case .bicubic: return .cubic(extent, count, factor, alignCorners: alignCorners, isDouble: isDouble)
    case .linear, .bilinear, .trilinear:
      return .linear(extent, count, factor, alignCorners: alignCorners, isDouble: isDouble)
    }
  }

  /// What bytes can hold, the half rounded up.
  private static func roundedBytes(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let nearest = try unary(.floor, add(x, .double(0.5)))
    return try binary(.minimum, binary(.maximum, nearest, .double(0)), .double(255))
  }
}

extension Functional {
  /// How new elements come from old ones.
  public enum InterpolationMode: String, Sendable {
    /// The nearest old element towards the beginning, as PyTorch counts it.
    case nearest
    /// The nearest by centres, without the half step by which `nearest` is off.
    case nearestExact = "nearest-exact"
    /// Polynomials through the neighbours: straight lines in one, two or three dimensions, or cubics in two.
    case linear, bilinear, trilinear, bicubic
    /// The means of what falls to each element.
    case area

    var isNearest: Bool { self == .nearest || self == .nearestExact }
    /// The number of spatial dimensions of the modes that are for one number only.
    var dimensions: Int? {
      switch self {
      case .nearest, .nearestExact, .area: nil
      case .linear: 1
      case .bilinear, .bicubic: 2
      case .trilinear: 3
      }
    }
  }

  /// Resizes the spatial dimensions of a tensor (N, C, d…), of which there are 1 to 3.
  ///
  /// ```swift
  /// F.interpolate(x, scaleFactor: 2, mode: .bilinear)
  /// F.interpolate(x, size: [224, 224], mode: .bicubic, antialias: true)
  /// ```
  ///
  /// - Parameters:
  ///   - size: The new extents; or
  ///   - scaleFactor: the factors by which they grow.
  ///   - alignCorners: Whether the centres of the corners stay in place rather than the outer edges.
  ///   - recomputeScaleFactor: Whether to use the quotient of the extents rather than the factor.
  ///   - antialias: Whether shrinking takes all elements into account; for `bilinear` and `bicubic`.
  public static func interpolate(
    _ x: Tensor, size: (any SpatialExtents)? = nil, scaleFactor: (any ScaleFactors)? = nil,
    mode: InterpolationMode = .nearest, alignCorners: Bool? = nil, recomputeScaleFactor: Bool = false,
    antialias: Bool = false
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.interpolate(
        x, size: size?.spatialExtents, factors: scaleFactor?._scaleFactors, mode, alignCorners: alignCorners,
        recompute: recomputeScaleFactor, antialias: antialias)
    }
  }
}
