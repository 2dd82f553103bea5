/// Sampling of images at positions that a tensor names.
///
/// Jaderberg et al., "Spatial transformer networks", NeurIPS 2015.
extension Ops {
  /// The options of a sampling.
  struct GridSampling {
    let mode: Functional.GridSampleMode
    let padding: Functional.GridSamplePadding
    let alignCorners: Bool
  }

  static func gridSample(
    _ x: Tensor, _ grid: Tensor, _ options: GridSampling
  ) throws(BackplaneError) -> Tensor {
    try requireGrid(x, grid)
    let n = x.layout.rank - 2
    let extents = Array(x.layout.shape.dropFirst(2))
    let wide = try widened(x), positions = try widened(grid)
    // The grid's last dimension counts from x's last one backward.
    var coordinates: [Tensor] = []
    for d in 0..<n {
      coordinates.append(try options.pixels(select(positions, -1, n - 1 - d), extents[d]))
    }
    var taps: [[GridTap]] = []
    for d in 0..<n { taps.append(try options.taps(coordinates[d], extents[d])) }
    let source = GridSource(x: wide, extents: extents)
    var result: Tensor?
    // All combinations of one tap a dimension, the last dimension fastest.
    for combination in 0..<taps.reduce(1, { $0 * $1.count }) {
      var rest = combination
      var chosen: [GridTap] = []
      for d in (0..<n).reversed() {
        chosen.insert(taps[d][rest % taps[d].count], at: 0)
        rest /= taps[d].count
      }
      let part = try source.values(chosen)
      result = try result.map { sum throws(BackplaneError) in try add(sum, part) } ?? part
    }
    let samples = try cast(reshape(result!, Array(x.layout.shape.prefix(2)) + grid.layout.shape[1...n]), x.dtype)
    guard options.mode == .nearest, Autograd.records(grid) else { return samples }
    // The nearest element does not change with the grid: its gradient is there, and zero.
    let y = samples.detach()
    Autograd.record("GridSamplerBackward0", [samples, grid], y) { g throws(BackplaneError) in [g, try zerosLike(grid)] }
    return y
  }

  private static func requireGrid(_ x: Tensor, _ grid: Tensor) throws(BackplaneError) {
    let name = "grid_sampler()"
    try requireSameDevice([x, grid])
    guard x.layout.rank == 4 || x.layout.rank == 5, grid.layout.rank == x.layout.rank else {
      throw BackplaneError(
        .shape,
        "\(name): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes \(x.shape) "
          + "and grid with sizes \(grid.shape)")
    }
    guard x.dtype == grid.dtype else {
      throw BackplaneError(
        .dtype,
        "\(name): expected input and grid to have same dtype, but input has \(x.dtype.scalarName) and grid has "
          + "\(grid.dtype.scalarName)")
    }
    try requireFloating(x, "grid_sampler")
    guard x.layout.elements[0] == grid.layout.elements[0] else {
      throw BackplaneError(
        .shape,
        "\(name): expected grid and input to have same batch size, but got input with sizes \(x.shape) and grid with "
          + "sizes \(grid.shape)")
    }
    guard grid.layout.shape.last == x.layout.rank - 2 else {
      throw BackplaneError(
        .shape,
        "\(name): expected grid to have size \(x.layout.rank - 2) in last dimension, but got grid with sizes "
          + "\(grid.shape)")
    }
    if let d = (2..<x.layout.rank).first(where: { x.layout.elements[$0] == 0 }) {
      throw BackplaneError(
        .shape,
        "\(name): expected input to have non-empty spatial dimensions, but input has sizes \(x.shape) with dimension "
          + "\(d) being empty")
    }
  }
}

/// For every sample one element along a dimension, and how much it counts.
private struct GridTap {
  /// Whole numbers in the type of the coordinates; they may lie outside.
  let position: Tensor
  /// Nil for 1.
  let weight: Tensor?
}

/// The image that is sampled.
private struct GridSource {
  let x: Tensor
  let extents: [Int]

  /// The elements at one tap a dimension times their weights, zero outside: (N, C, samples).
  func values(_ taps: [GridTap]) throws(BackplaneError) -> Tensor {
    let (batch, channels) = (x.layout.elements[0], x.layout.elements[1])
    var isInside: Tensor?
    var index: Tensor?
    var weight: Tensor?
    for (tap, extent) in zip(taps, extents) {
      let position = tap.position
      let isHere = try Ops.apply(
        .bitwiseAnd, Ops.compare(.ge, position, .int(0)), Ops.compare(.le, position, .int(Int64(extent - 1))), .bool)
      isInside =
        try isInside.map { all throws(BackplaneError) in try Ops.apply(.bitwiseAnd, all, isHere, .bool) } ?? isHere
      // Clamped as integers too: what NaN becomes is not said.
      let bounded = try Ops.clamp(position, .int(0), .int(Int64(extent - 1)))
      let here = try Ops.clamp(Ops.cast(bounded, .int64), .int(0), .int(Int64(extent - 1)))
      index =
        try index.map { outer throws(BackplaneError) in
          try Ops.add(Ops.mul(outer, .int(Int64(extent))), here)
        } ?? here
      if let factor = tap.weight {
        weight = try weight.map { product throws(BackplaneError) in try Ops.mul(product, factor) } ?? factor
      }
    }
    let samples = index!.numel / Swift.max(batch, 1)
    let flat = try Ops.reshape(x, [batch, channels, extents.reduce(1, *)])
    let rows = try Ops.expand(Ops.reshape(index!, [batch, 1, samples]), [batch, channels, samples])
    let picked = try Ops.gather(flat, 2, rows)
    let mask = try Ops.reshape(isInside!, [batch, 1, samples])
    // The elements are masked, not the weights: a position of NaN gives NaN.
    let elements = try Ops.select(mask, .tensor(picked), .scalar(.int(0)), picked.dtype)
    guard let weight else { return elements }
    return try Ops.mul(elements, Ops.reshape(weight, [batch, 1, samples]))
  }
}

extension Ops.GridSampling {
  /// From −1 … 1 to elements of a dimension.
  fileprivate func pixels(_ g: Tensor, _ extent: Int) throws(BackplaneError) -> Tensor {
    let size = Double(extent)
    let shifted = try Ops.add(g, .double(1))
    let c =
      try alignCorners
      ? Ops.mul(shifted, .double((size - 1) / 2))
      : Ops.mul(Ops.sub(Ops.mul(shifted, .double(size)), .double(1)), .double(0.5))
    return mode == .bicubic ? c : try padded(c, extent)
  }

  /// Positions outside brought inside, where the padding says so.
  private func padded(_ c: Tensor, _ extent: Int) throws(BackplaneError) -> Tensor {
    switch padding {
    case .zeros: return c
    case .border: return try Ops.clamp(c, .int(0), .int(Int64(extent - 1)))
    case .reflection:
      let inside = try alignCorners ? reflected(c, 0, 2 * Double(extent - 1)) : reflected(c, -1, 2 * Double(extent) - 1)
      return try Ops.clamp(inside, .int(0), .int(Int64(extent - 1)))
    }
  }

  /// Mirrored until it lies between two bounds, of which the doubles are given.
  private func reflected(_ c: Tensor, _ twiceLow: Double, _ twiceHigh: Double) throws(BackplaneError) -> Tensor {
    if twiceLow == twiceHigh { return try Ops.mul(c, .int(0)) }
    let low = twiceLow / 2, span = (twiceHigh - twiceLow) / 2
    let distance = try Ops.unary(.abs, Ops.sub(c, .double(low)))
    let rest = try Ops.binary(.fmod, distance, .double(span))
    let flips = try Ops.unary(.floor, Ops.binary(.div, distance.detach(), .double(span)))
    let isEven = try Ops.compare(.eq, Ops.binary(.fmod, flips, .double(2)), .int(0))
    return try Ops.where(isEven, Ops.add(rest, .double(low)), Ops.add(Ops.neg(rest), .double(span + low)))
  }

  /// What each sample takes along one dimension.
  fileprivate func taps(_ c: Tensor, _ extent: Int) throws(BackplaneError) -> [GridTap] {
    switch mode {
    case .nearest: return [GridTap(position: try Ops.unary(.round, c.detach()), weight: nil)]
    case .bilinear:
      let first = try Ops.unary(.floor, c.detach())
      let second = try Ops.add(first, .int(1))
      return [
        GridTap(position: first, weight: try Ops.sub(second, c)),
        GridTap(position: second, weight: try Ops.sub(c, first)),
      ]
    case .bicubic:
      let first = try Ops.unary(.floor, c.detach())
      let t = try Ops.sub(c, first)
      let weights = [
        try outerCubic(Ops.add(t, .int(1))), try innerCubic(t), try innerCubic(Ops.add(Ops.neg(t), .int(1))),
        try outerCubic(Ops.add(Ops.neg(t), .int(2))),
      ]
      var result: [GridTap] = []
      for (i, weight) in weights.enumerated() {
        // A tap between elements counts as the one before it.
        let place = try padded(Ops.add(first, .int(Int64(i - 1))), extent)
        result.append(GridTap(position: try Ops.unary(.trunc, place), weight: weight))
      }
      return result
    }
  }

  /// Keys' cubic convolution with a = −3/4 (IEEE TASSP 29, 1981), for distances up to 1.
  private func innerCubic(_ t: Tensor) throws(BackplaneError) -> Tensor { try Ops.polynomial(t, [1, 0, -2.25, 1.25]) }
  /// For distances from 1 to 2.
  private func outerCubic(_ t: Tensor) throws(BackplaneError) -> Tensor { try Ops.polynomial(t, [3, -6, 3.75, -0.75]) }
}

/// Grids of affine maps.
extension Ops {
  /// For each sample of an image of a size, where an affine map takes it: (N, d…, n).
  static func affineGrid(_ theta: Tensor, _ size: [Int], alignCorners: Bool) throws(BackplaneError) -> Tensor {
    guard theta.dtype.isFloatingPoint else {
      throw BackplaneError(
        .dtype, "Expected theta to have floating point type, but got \(theta.dtype.scalarName)")
    }
    guard size.count == 4 || size.count == 5 else {
      throw BackplaneError(
        .shape,
        "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size \(size)")
    }
    let n = size.count - 2
    guard theta.layout.rank == 3, Array(theta.layout.shape.dropFirst()) == [n, n + 1] else {
      throw BackplaneError(
        .shape,
        "Expected a batch of \(n)D affine matrices of shape Nx\(n)x\(n + 1) for size \(size). Got \(theta.shape).")
    }
    guard size.allSatisfy({ $0 > 0 }) else {
      throw BackplaneError(.value, "Expected non-zero, positive output size. Got \(size)")
    }
    guard theta.layout.elements[0] == size[0] else {
      throw BackplaneError(
        .shape,
        "Expected a batch of \(n)D affine matrices of shape Nx\(n)x\(n + 1) for size \(size). Got \(theta.shape).")
    }
    let extents = Array(size.dropFirst(2))
    let samples = try Sizes.product(extents, in: "affine_grid")
    _ = try Layout.contiguous([size[0], samples, n + 1])
    let wide = try widened(theta)
    var columns: [Tensor] = []
    for d in (0..<n).reversed() {
      let axis = try centres(extents[d], alignCorners: alignCorners, wide.dtype, on: wide.context)
      var shape = [Int](repeating: 1, count: n)
      shape[d] = extents[d]
      columns.append(try reshape(expand(reshape(axis, shape), extents), [samples]))
    }
    columns.append(try full(.contiguous([samples]), .int(1), wide.dtype, on: wide.context))
    let base = try expand(unsqueeze(stack(columns, 1), 0), [size[0], samples, n + 1])
    let grid = try matmul(base, transpose(wide, 1, 2))
    return try cast(reshape(grid, [size[0]] + extents + [n]), theta.dtype)
  }

  /// The centres of elements of a dimension that reaches from −1 to 1.
  private static func centres(
    _ extent: Int, alignCorners: Bool, _ dtype: DType, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    guard extent > 1 else { return try full(.contiguous([1]), .int(0), dtype, on: context) }
    let reach = alignCorners ? 1 : Double(extent - 1) / Double(extent)
    return try arithmeticSequence(.double(-reach), .double(2 * reach / Double(extent - 1)), extent, dtype, on: context)
  }
}

extension Functional {
  /// How ``gridSample(_:_:mode:paddingMode:alignCorners:)`` makes a sample of the elements around it.
  public enum GridSampleMode: String, Sendable {
    /// Linear in each dimension; of volumes too.
    case bilinear
    /// The nearest element.
    case nearest
    /// Cubic in each dimension.
    case bicubic
  }

  /// What lies outside of the image that ``gridSample(_:_:mode:paddingMode:alignCorners:)`` samples.
  public enum GridSamplePadding: String, Sendable {
    /// Zeros everywhere.
    case zeros
    /// The elements at the border.
    case border
    /// The image, mirrored at its border.
    case reflection
  }

  /// The image x (N, C, H, W), or volume (N, C, D, H, W), at the positions of a grid (N, H′, W′, 2) or (N, D′, H′, W′, 3):
  /// (N, C, H′, W′) or (N, C, D′, H′, W′).
  ///
  /// ```swift
  /// let grid = F.affineGrid(theta, [1, 3, 32, 32])
  /// let turned = F.gridSample(image, grid)
  /// ```
  ///
  /// - Parameters:
  ///   - grid: Positions from −1 to 1 in the order x, y, z: x along the image's last dimension.
  ///   - alignCorners: Whether ±1 are the centres of the corner elements rather than the image's edges.
  public static func gridSample(
    _ x: Tensor, _ grid: Tensor, mode: GridSampleMode = .bilinear, paddingMode: GridSamplePadding = .zeros,
    alignCorners: Bool = false
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.gridSample(x, grid, Ops.GridSampling(mode: mode, padding: paddingMode, alignCorners: alignCorners))
    }
  }

  /// The grid that ``gridSample(_:_:mode:paddingMode:alignCorners:)`` needs to apply affine maps theta, (N, 2, 3) or
  /// (N, 3, 4), to images of a size (N, C, H, W) or (N, C, D, H, W).
  public static func affineGrid(_ theta: Tensor, _ size: [Int], alignCorners: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.affineGrid(theta, size, alignCorners: alignCorners) }
  }
}
