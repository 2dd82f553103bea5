// Layers of poolings by name.

extension ModuleRegistry {
  mutating func addPools() {
    addMaxPool(1, MaxPool1d.init(_:stride:padding:dilation:returnIndices:ceilMode:))
    addMaxPool(2, MaxPool2d.init(_:stride:padding:dilation:returnIndices:ceilMode:))
    addMaxPool(3, MaxPool3d.init(_:stride:padding:dilation:returnIndices:ceilMode:))
    addMaxUnpool(1, MaxUnpool1d.init(_:stride:padding:))
    addMaxUnpool(2, MaxUnpool2d.init(_:stride:padding:))
    addMaxUnpool(3, MaxUnpool3d.init(_:stride:padding:))
    addAveragePools()
    addLPPool(1, LPPool1d.init)
    addLPPool(2, LPPool2d.init)
    addLPPool(3, LPPool3d.init)
    addAdaptivePools(1, AdaptiveAvgPool1d.init, AdaptiveMaxPool1d.init)
    addAdaptivePools(2, AdaptiveAvgPool2d.init, AdaptiveMaxPool2d.init)
    addAdaptivePools(3, AdaptiveAvgPool3d.init, AdaptiveMaxPool3d.init)
    addFractional(
      2, FractionalMaxPool2d.init(_:outputSize:outputRatio:returnIndices:randomSamples:generator:))
    addFractional(
      3, FractionalMaxPool3d.init(_:outputSize:outputRatio:returnIndices:randomSamples:generator:))
  }

  private mutating func addMaxPool<M: MaxPoolNd>(
    _ n: Int, _ make: @escaping @Sendable ([Int], (any SpatialExtents)?, [Int], [Int], Bool, Bool) -> M
  ) {
    add(
      "nn.MaxPool\(n)d(int[\(n)] kernel_size, int[\(n)]? stride=None, int[\(n)] padding=[0], int[\(n)] dilation=[1], "
        + "bool return_indices=False, bool ceil_mode=False)",
      forward: ModuleRegistry.ofOneTensor
    ) { a in
      make(
        a.ints("kernel_size"), a.optionalInts("stride"), a.ints("padding"), a.ints("dilation"),
        a.bool("return_indices"), a.bool("ceil_mode"))
    } _: { pool, a in
      let x = a.tensor("input")
      return pool.returnIndices ? pair(pool.withIndices(x)).argument : pool(x).argument
    }
  }

  private mutating func addMaxUnpool<M: MaxUnpoolNd>(
    _ n: Int, _ make: @escaping @Sendable ([Int], (any SpatialExtents)?, [Int]) -> M
  ) {
    add(
      "nn.MaxUnpool\(n)d(int[\(n)] kernel_size, int[\(n)]? stride=None, int[\(n)] padding=[0])",
      forward: "forward(Tensor input, Tensor indices, int[]? output_size=None)"
    ) { a in
      make(a.ints("kernel_size"), a.optionalInts("stride"), a.ints("padding"))
    } _: { pool, a in
      pool(a.tensor("input"), a.tensor("indices"), outputSize: a.optionalInts("output_size"))
    }
  }

  private mutating func addAveragePools() {
    func windows(_ n: Int) -> String {
      "int[\(n)] kernel_size, int[\(n)]? stride=None, int[\(n)] padding=[0], bool ceil_mode=False, "
        + "bool count_include_pad=True"
    }
    add("nn.AvgPool1d(\(windows(1)))") { a in
      AvgPool1d(
        a.ints("kernel_size"), stride: a.optionalInts("stride"), padding: a.ints("padding"),
        ceilMode: a.bool("ceil_mode"), countIncludePad: a.bool("count_include_pad"))
    }
    add("nn.AvgPool2d(\(windows(2)), int? divisor_override=None)") { a in
      AvgPool2d(
        a.ints("kernel_size"), stride: a.optionalInts("stride"), padding: a.ints("padding"),
        ceilMode: a.bool("ceil_mode"), countIncludePad: a.bool("count_include_pad"),
        divisorOverride: a.optionalInt("divisor_override"))
    }
    add("nn.AvgPool3d(\(windows(3)), int? divisor_override=None)") { a in
      AvgPool3d(
        a.ints("kernel_size"), stride: a.optionalInts("stride"), padding: a.ints("padding"),
        ceilMode: a.bool("ceil_mode"), countIncludePad: a.bool("count_include_pad"),
        divisorOverride: a.optionalInt("divisor_override"))
    }
  }

  private mutating func addLPPool<M: LPPoolNd>(
    _ n: Int, _ make: @escaping @Sendable (Double, [Int], (any SpatialExtents)?, Bool) -> M
  ) {
    add(
      "nn.LPPool\(n)d(float norm_type, int[\(n)] kernel_size, int[\(n)]? stride=None, bool ceil_mode=False)"
    ) { a in
      make(a.double("norm_type"), a.ints("kernel_size"), a.optionalInts("stride"), a.bool("ceil_mode"))
    }
  }

  private mutating func addAdaptivePools<A: AdaptivePoolNd, M: AdaptiveMaxPoolNd>(
    _ n: Int, _ makeAverage: @escaping @Sendable ([Int?]) -> A,
    _ makeMaximum: @escaping @Sendable ([Int?], Bool) -> M
  ) {
    add("nn.AdaptiveAvgPool\(n)d(Any output_size)") { a in makeAverage(try a.extents("output_size")) }
    add(
      "nn.AdaptiveMaxPool\(n)d(Any output_size, bool return_indices=False)", forward: ModuleRegistry.ofOneTensor
    ) { a in
      makeMaximum(try a.extents("output_size"), a.bool("return_indices"))
    } _: { pool, a in
      let x = a.tensor("input")
      return pool.returnIndices ? pair(pool.withIndices(x)).argument : pool(x).argument
    }
  }

  private mutating func addFractional<M: FractionalMaxPoolNd>(
    _ n: Int,
    _ make:
      @escaping @Sendable ([Int], (any SpatialExtents)?, [Double]?, Bool, Tensor?, Generator?) -> M
  ) {
    add(
      "nn.FractionalMaxPool\(n)d(int[\(n)] kernel_size, int[\(n)]? output_size=None, Any output_ratio=None, "
        + "bool return_indices=False, Tensor? _random_samples=None)",
      forward: ModuleRegistry.ofOneTensor
    ) { a in
      make(
        a.ints("kernel_size"), a.optionalInts("output_size"), try a.ratios("output_ratio"), a.bool("return_indices"),
        a.optionalTensor("_random_samples"), nil)
    } _: { pool, a in
      let x = a.tensor("input")
      return pool.returnIndices ? pair(pool.withIndices(x)).argument : pool(x).argument
    }
  }
}

extension BoundArguments {
  /// A number or None, or several of which each may be None.
  fileprivate func extents(_ name: String) throws(BackplaneError) -> [Int?] {
    let values: [Argument] = if case .list(let values) = self[name] { Array(values) } else { [self[name]] }
    var result: [Int?] = []
    for value in values {
      switch value {
      case .null: result.append(nil)
      case .int(let n): result.append(Int(n))
      default:
        throw BackplaneError(
          .value, "\(signature.shortName)(): argument '\(name)' must be tuple of ints, not \(value.typeName)")
      }
    }
    return result
  }

  /// A number, or several, or nil.
  fileprivate func ratios(_ name: String) throws(BackplaneError) -> [Double]? {
    if case .null = self[name] { return nil }
    let values: [Argument] = if case .list(let values) = self[name] { Array(values) } else { [self[name]] }
    let numbers = values.compactMap { $0.scalar?.double }
    guard numbers.count == values.count, !numbers.isEmpty else {
      throw BackplaneError(
        .value, "\(signature.shortName)(): argument '\(name)' must be tuple of floats, not \(self[name].typeName)")
    }
    return numbers
  }
}
