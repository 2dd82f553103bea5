// Interpolation by name.

extension OperatorRegistry {
  mutating func addInterpolation() {
    let scaling = "Any size=None, Any scale_factor=None"
    add(
      "nn.functional.interpolate(Tensor input, \(scaling), str mode='nearest', bool? align_corners=None, "
        + "bool? recompute_scale_factor=None, bool antialias=False)"
    ) { a in
      try a.interpolated(
        a.string("mode"), alignCorners: a.optionalScalar("align_corners")?.isTrue,
        recompute: a.optionalScalar("recompute_scale_factor")?.isTrue ?? false, antialias: a.bool("antialias"))
    }
    add(
      "nn.functional.upsample(Tensor input, \(scaling), str mode='nearest', bool? align_corners=None)"
    ) { a in
      try a.interpolated(a.string("mode"), alignCorners: a.optionalScalar("align_corners")?.isTrue)
    }
    add("nn.functional.upsample_nearest(Tensor input, \(scaling))") { try $0.interpolated("nearest") }
    add("nn.functional.upsample_bilinear(Tensor input, \(scaling))") {
      try $0.interpolated("bilinear", alignCorners: true)
    }
  }
}

extension BoundArguments {
  fileprivate func interpolated(
    _ mode: String, alignCorners: Bool? = nil, recompute: Bool = false, antialias: Bool = false
  ) throws(BackplaneError) -> Tensor {
    guard let mode = Functional.InterpolationMode(rawValue: mode) else {
      throw BackplaneError(.value, "interpolate: mode \(mode) is not supported")
    }
    return try Ops.interpolate(
      tensor("input"), size: numbers("size")?.map { Int($0.int64) }, factors: numbers("scale_factor")?.map(\.double),
      mode, alignCorners: alignCorners, recompute: recompute, antialias: antialias)
  }

  /// A number or a list of numbers, or nil for None.
  func numbers(_ name: String) throws(BackplaneError) -> [Scalar]? {
    let given = self[name]
    if case .null = given { return nil }
    let values: [Argument] = if case .list(let values) = given { Array(values) } else { [given] }
    var result: [Scalar] = []
    for value in values {
      guard let number = value.scalar else {
        throw BackplaneError(
          .value,
          "\(signature.shortName)(): argument '\(name)' must be a number or a tuple of numbers, not \(value.typeName)")
      }
      result.append(number)
    }
    return result
  }
}
