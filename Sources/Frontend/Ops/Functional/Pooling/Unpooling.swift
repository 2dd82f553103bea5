import BackendAPI

/// Poolings undone, and poolings of powers.
extension Ops {
  /// Zeros, but for the elements of x at the positions in the flattened spatial dimensions that `indices` names.
  static func maxUnpool(
    _ x: Tensor, _ indices: Tensor, _ kernel: [Int], _ stride: [Int]?, _ padding: [Int], output: [Int]?,
    dimensions n: Int
  ) throws(BackplaneError) -> Tensor {
    let pool = try SlidingPool(
      kernel, stride: stride, padding: padding, ceilMode: false, dimensions: n, "max_unpool\(n)d")
    let name = "max_unpooling\(n)d"
    try requireSameDevice([x, indices])
    guard indices.dtype == .int64 else {
      throw BackplaneError(
        .dtype, "elements in indices should be type int64 but got: \(indices.dtype.scalarName)")
    }
    guard x.layout.rank == n + 1 || x.layout.rank == n + 2 else {
      throw BackplaneError(
        .shape,
        "Input to \(name) should be a \(n + 1)d or \(n + 2)d Tensor, but got a tensor with \(x.layout.rank) dimensions."
      )
    }
    guard indices.layout.hasSameShape(as: x.layout) else {
      throw BackplaneError(
        .shape,
        "Expected shape of indices to be same as that of the input tensor (\(x.shape)) but got indices tensor with "
          + "shape: \(indices.shape)")
    }
    let lead = x.layout.rank - n
    if let d = (lead - 1..<x.layout.rank).first(where: { x.layout.elements[$0] == 0 }) {
      throw BackplaneError(
        .shape,
        "\(name)(): Expected input to have non-zero size for non-batch dimensions, but got \(x.shape) with dimension "
          + "\(d) being empty.")
    }
    let extents = try unpooledExtents(Array(x.layout.shape.suffix(n)), pool, output, name)
    let volume = try Sizes.product(extents, in: name)
    let plane = Array(x.layout.shape.prefix(lead))
    let count = x.layout.shape.suffix(n).reduce(1, *)
    let target = try full(.contiguous(plane + [volume]), .int(0), x.dtype, on: x.context)
    let positions = try reshape(indices.detach(), plane + [count])
    let result: Tensor
    do throws(BackplaneError) {
      result = try scatter(target, lead, positions, reshape(x, plane + [count]))
    } catch {
      guard error.kind == .index else { throw error }
      throw BackplaneError(
        .index,
        "Found an invalid max index: \(error.message) (output volumes are of size "
          + "\(extents.map(String.init).joined(separator: "x")))")
    }
    return try reshape(result, plane + extents)
  }

  /// The extents that a pooling would have made into those given.
  private static func unpooledExtents(
    _ pooled: [Int], _ pool: SlidingPool, _ output: [Int]?, _ name: String
  ) throws(BackplaneError) -> [Int] {
    let n = pooled.count
    var extents: [Int] = []
    for i in 0..<n {
      let reach = try Sizes.multiply(pooled[i] - 1, pool.stride[i], in: name)
      let padding = try Sizes.multiply(2, pool.padding[i], in: name)
      extents.append(
        try Sizes.subtract(Sizes.add(reach, pool.kernel[i], in: name), padding, in: name))
    }
    guard var wanted = output else { return extents }
    if wanted.count == n + 2 { wanted.removeFirst(2) }
    guard wanted.count == n else {
      throw BackplaneError(
        .value,
        "output_size should be a sequence containing \(n) or \(n + 2) elements, but it has a length of "
          + "'\(wanted.count)'")
    }
    for i in 0..<n {
      let least = try Sizes.subtract(extents[i], pool.stride[i], in: name)
      let most = try Sizes.add(extents[i], pool.stride[i], in: name)
      guard wanted[i] > least, wanted[i] < most else {
        throw BackplaneError(
          .value, "invalid output_size \"\(wanted)\" (dim \(i) must be between \(least) and \(most))")
      }
    }
    return wanted
  }

  /// (Σ xᵖ)^(1/p) of windows, with the sign of the sum lost.
  static func lpPool(
    _ x: Tensor, _ power: Double, _ kernel: [Int], _ stride: [Int]?, ceilMode: Bool, dimensions: Int
  ) throws(BackplaneError) -> Tensor {
    let operation = "lp_pool\(dimensions)d"
    let pool = try SlidingPool(
      kernel, stride: stride, padding: [0], ceilMode: ceilMode, dimensions: dimensions, operation)
    guard power != 0 else {
      throw BackplaneError(.value, "norm_type must be a non-zero value, but got \(power)")
    }
    let means = try averagePool(
      pow(x, .double(power)), pool, countIncludePad: true, divisor: nil, operation)
    let size = pool.kernel.reduce(1.0) { $0 * Double($1) }
    let positive = try mul(sign(means), unary(.relu, unary(.abs, means)))
    return try pow(mul(positive, .double(size)), .double(1 / power))
  }
}

extension Functional {
  /// Puts what ``maxPool1dWithIndices(_:_:stride:padding:dilation:ceilMode:)`` made of (N, C, L) or (C, L) back: its
  /// values at their indices, zero elsewhere.
  ///
  /// ```swift
  /// let (y, indices) = F.maxPool2dWithIndices(x, 2)
  /// F.maxUnpool2d(y, indices, 2)  // the maxima of x, and zeros
  /// ```
  ///
  /// - Parameter outputSize: The extents of the result, where several give the same pooling.
  public static func maxUnpool1d(
    _ x: Tensor, _ indices: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, outputSize: [Int]? = nil
  ) -> Tensor {
    maxUnpool(x, indices, kernelSize.spatialExtents, stride?.spatialExtents, padding.spatialExtents, outputSize, 1)
  }

  /// Puts what ``maxPool2dWithIndices(_:_:stride:padding:dilation:ceilMode:)`` made of (N, C, H, W) or (C, H, W) back:
  /// its values at their indices, zero elsewhere.
  ///
  /// - Parameter outputSize: The extents of the result, where several give the same pooling.
  public static func maxUnpool2d(
    _ x: Tensor, _ indices: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, outputSize: [Int]? = nil
  ) -> Tensor {
    maxUnpool(x, indices, kernelSize.spatialExtents, stride?.spatialExtents, padding.spatialExtents, outputSize, 2)
  }

  /// Puts what ``maxPool3dWithIndices(_:_:stride:padding:dilation:ceilMode:)`` made of (N, C, D, H, W) or (C, D, H, W)
  /// back: its values at their indices, zero elsewhere.
  ///
  /// - Parameter outputSize: The extents of the result, where several give the same pooling.
  public static func maxUnpool3d(
    _ x: Tensor, _ indices: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, outputSize: [Int]? = nil
  ) -> Tensor {
    maxUnpool(x, indices, kernelSize.spatialExtents, stride?.spatialExtents, padding.spatialExtents, outputSize, 3)
  }

  private static func maxUnpool(
    _ x: Tensor, _ indices: Tensor, _ kernel: [Int], _ stride: [Int]?, _ padding: [Int], _ output: [Int]?, _ n: Int
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.maxUnpool(x, indices, kernel, stride, padding, output: output, dimensions: n)
    }
  }

  /// The p-norms of windows over (N, C, L) or (C, L).
  public static func lpPool1d(
    _ x: Tensor, _ normType: Double, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    ceilMode: Bool = false
  ) -> Tensor { lpPool(x, normType, kernelSize.spatialExtents, stride?.spatialExtents, ceilMode, 1) }

  /// The p-norms of windows over (N, C, H, W) or (C, H, W).
  public static func lpPool2d(
    _ x: Tensor, _ normType: Double, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    ceilMode: Bool = false
  ) -> Tensor { lpPool(x, normType, kernelSize.spatialExtents, stride?.spatialExtents, ceilMode, 2) }

  /// The p-norms of windows over (N, C, D, H, W) or (C, D, H, W).
  public static func lpPool3d(
    _ x: Tensor, _ normType: Double, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    ceilMode: Bool = false
  ) -> Tensor { lpPool(x, normType, kernelSize.spatialExtents, stride?.spatialExtents, ceilMode, 3) }

  private static func lpPool(
    _ x: Tensor, _ power: Double, _ kernel: [Int], _ stride: [Int]?, _ ceilMode: Bool, _ n: Int
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.lpPool(x, power, kernel, stride, ceilMode: ceilMode, dimensions: n)
    }
  }
}
