/// Resizes the spatial dimensions of (N, C, d…), of which there are 1 to 3.
///
/// ```swift
/// Upsample(scaleFactor: 2, mode: .bilinear)(Tensor.zeros([1, 3, 8, 8])).shape  // [1, 3, 16, 16]
/// ```
///
/// See ``Functional/interpolate(_:size:scaleFactor:mode:alignCorners:recomputeScaleFactor:antialias:)`` for the options.
public class Upsample: Module {
  /// The new extents, or nil.
  public let size: (any SpatialExtents)?
  /// The factors by which the extents grow, or nil.
  public let scaleFactor: (any ScaleFactors)?
  /// How new elements come from old ones.
  public let mode: Functional.InterpolationMode
  /// Whether the centres of the corners stay in place rather than the outer edges.
  public let alignCorners: Bool?
  /// Whether the quotient of the extents is used rather than the factor.
  public let recomputeScaleFactor: Bool?

  /// Makes a layer that resizes to a size or by factors.
  public init(
    size: (any SpatialExtents)? = nil, scaleFactor: (any ScaleFactors)? = nil,
    mode: Functional.InterpolationMode = .nearest, alignCorners: Bool? = nil, recomputeScaleFactor: Bool? = nil
  ) {
    self.size = size
    self.scaleFactor = scaleFactor
    self.mode = mode
    self.alignCorners = alignCorners
    self.recomputeScaleFactor = recomputeScaleFactor
  }

  public override func forward(_ x: Tensor) -> Tensor {
    Functional.interpolate(
      x, size: size, scaleFactor: scaleFactor, mode: mode, alignCorners: alignCorners,
      recomputeScaleFactor: recomputeScaleFactor ?? false)
  }

  public override var extraDescription: String {
    var text = ""
    if let scaleFactor {
      let factors = scaleFactor._scaleFactors.map { "\($0)" }.joined(separator: ", ")
      text = "scale_factor=" + (scaleFactor is [Double] ? "(\(factors))" : factors)
    } else if let size {
      text = "size=" + (size is [Int] ? Ops.pythonTuple(size.spatialExtents) : "\(size.spatialExtents[0])")
    } else {
      text = "size=None"
    }
    return text + ", mode='\(mode.rawValue)'"
  }
}

/// Resizes images (N, C, H, W) by repeating pixels.
public final class UpsamplingNearest2d: Upsample {
  /// Makes a layer that resizes to a size or by factors.
  public init(size: (any SpatialExtents)? = nil, scaleFactor: (any ScaleFactors)? = nil) {
    super.init(size: size, scaleFactor: scaleFactor, mode: .nearest)
  }
}

/// Resizes images (N, C, H, W) by straight lines between pixels, with the centres of the corners in place.
public final class UpsamplingBilinear2d: Upsample {
  /// Makes a layer that resizes to a size or by factors.
  public init(size: (any SpatialExtents)? = nil, scaleFactor: (any ScaleFactors)? = nil) {
    super.init(size: size, scaleFactor: scaleFactor, mode: .bilinear, alignCorners: true)
  }
}

extension ModuleRegistry {
  mutating func addUpsampling() {
    let scaling = "Any size=None, Any scale_factor=None"
    add(
      "nn.Upsample(\(scaling), str mode='nearest', bool? align_corners=None, bool? recompute_scale_factor=None)"
    ) { a in
      guard let mode = Functional.InterpolationMode(rawValue: a.string("mode")) else {
        throw BackplaneError(.value, "interpolate: mode \(a.string("mode")) is not supported")
      }
      return Upsample(
        size: try a.extents("size"), scaleFactor: try a.factors("scale_factor"), mode: mode,
        alignCorners: a.optionalScalar("align_corners")?.isTrue,
        recomputeScaleFactor: a.optionalScalar("recompute_scale_factor")?.isTrue)
    }
    add("nn.UpsamplingNearest2d(\(scaling))") { a in
      UpsamplingNearest2d(size: try a.extents("size"), scaleFactor: try a.factors("scale_factor"))
    }
    add("nn.UpsamplingBilinear2d(\(scaling))") { a in
      UpsamplingBilinear2d(size: try a.extents("size"), scaleFactor: try a.factors("scale_factor"))
    }
  }
}

extension BoundArguments {
  /// One extent or a list of them, or nil for None.
  fileprivate func extents(_ name: String) throws(BackplaneError) -> (any SpatialExtents)? {
    guard let values = try numbers(name)?.map({ Int($0.int64) }) else { return nil }
    if case .list = self[name] { return values }
    return values[0]
  }

  /// One factor or a list of them, or nil for None and 0.
  fileprivate func factors(_ name: String) throws(BackplaneError) -> (any ScaleFactors)? {
    guard let values = try numbers(name)?.map(\.double) else { return nil }
    if case .list = self[name] { return values }
    return values[0] == 0 ? nil : values[0]
  }
}
