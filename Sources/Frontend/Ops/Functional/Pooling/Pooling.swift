/// Poolings: the mean or the maximum of windows, one spatial dimension after the other.
extension Ops {
  /// Throws unless x is (N, C, d…) or (C, d…), with only N allowed to be 0.
  static func requirePoolable(_ x: Tensor, _ dimensions: Int, _ operation: String) throws(BackplaneError) {
    let rank = x.layout.rank
    let required = x.layout.shape.suffix(rank == dimensions + 2 ? dimensions + 1 : rank)
    guard rank == dimensions + 1 || rank == dimensions + 2, !required.contains(0) else {
      throw BackplaneError(
        .shape,
        "\(operation)(): Expected \(dimensions + 1)D or \(dimensions + 2)D (batch mode) tensor with optional 0 dim batch "
          + "size for input: Expected input to have non-zero size for non-batch dimensions, non-empty \(dimensions + 1)D "
          + "or \(dimensions + 2)D, but got: \(x.shape)")
    }
  }

  /// The means of windows.
  ///
  /// - Parameters:
  ///   - divisors: For each spatial dimension and window what its sum is divided by.
  ///   - countsPadding: How the divisors come about; nil where they do not follow from the windows.
  static func averagePool(
    _ x: Tensor, _ windows: [PoolingWindows], divisors: [[Int]], override: Int? = nil, countsPadding: Bool? = nil
  ) throws(BackplaneError) -> Tensor {
    if let countsPadding,
      let geometry = PoolGeometry(windows, x, countsPadding: countsPadding, divisor: override ?? 0),
      let result = try averageInOnePass(x, geometry)
    {
      return result
    }
    let spatial = windows.count
    let lead = x.layout.rank - spatial
    var sums = try widened(x)
    for (i, w) in windows.enumerated() {
      var parts = try Ops.windows(sums, lead + i, w, padding: .int(0))
      let size = w.size
      if case .ranges(let ranges) = w.elements, ranges.contains(where: { $0.count < size }) {
        try HostMemory.require(Sizes.multiply(ranges.count, size, in: "pooling"), of: Bool.self, in: "pooling")
        let isReal = ranges.flatMap { range in (0..<size).map { $0 < range.count } }
        var shape = [Int](repeating: 1, count: parts.layout.rank)
        (shape[lead + i], shape[parts.layout.rank - 1]) = (w.count, size)
        let mask = try fromHost(isReal, shape, on: x.context)
        parts = try gated(parts, mask)
      }
      sums = size == 1 ? try squeeze(parts, -1) : try sum(parts, [-1], keepDim: false)
    }
    return try cast(divided(sums, divisors, override), x.dtype)
  }

  /// Sums of windows divided by the product of what each spatial dimension says.
  private static func divided(_ sums: Tensor, _ divisors: [[Int]], _ override: Int?) throws(BackplaneError) -> Tensor {
    var uniform: Int? = 1
    for d in divisors {
      guard let product = uniform, d.allSatisfy({ $0 == d[0] }) else {
        uniform = nil
        continue
      }
      uniform = try Sizes.multiply(product, d.first ?? 1, in: "pooling")
    }
    if let divisor = override ?? uniform {
      guard sums.dtype.isInteger else { return try binary(.div, sums, .double(Double(divisor))) }
      return try truncatedQuotient(sums, full(.scalar, .int(Int64(divisor)), sums.dtype, on: sums.context))
    }
    let lead = sums.layout.rank - divisors.count
    var product: Tensor?
    for (i, d) in divisors.enumerated() {
      var shape = [Int](repeating: 1, count: sums.layout.rank)
      shape[lead + i] = d.count
      let factor = try fromHost(d.map(Int64.init), shape, on: sums.context)
      product = try product.map { product throws(BackplaneError) in try mul(product, factor) } ?? factor
    }
    guard let product else { return sums }
    return try sums.dtype.isInteger ? truncatedQuotient(sums, product) : div(sums, cast(product, sums.dtype))
  }

  /// The quotient of integers, rounded toward zero.
  private static func truncatedQuotient(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    try mul(
      mul(binary(.floorDivide, unary(.abs, a), unary(.abs, cast(b, a.dtype))), unary(.sign, a)),
      unary(.sign, cast(b, a.dtype)))
  }

  /// The maxima of windows, and where they are: positions in the flattened spatial dimensions, of the first where
  /// several are equal.
  ///
  /// - Parameter wantsIndices: Else there may be none.
  static func maxPool(
    _ x: Tensor, _ windows: [PoolingWindows], wantsIndices: Bool = true
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor?) {
    if let geometry = PoolGeometry(windows, x),
      let result = try maximaInOnePass(x, geometry, wantsIndices: wantsIndices)
    {
      return result
    }
    let spatial = windows.count
    let lead = x.layout.rank - spatial
    let lowest: Scalar = x.dtype.isFloatingPoint ? .double(-.infinity) : .int(x.dtype == .uint8 ? 0 : .min)
    var values = x.detach()
    var flat: Tensor?
    // From the last dimension to the first, so that the first of equal elements in reading order is found.
    for (i, w) in windows.enumerated().reversed() {
      let d = lead + i
      let places = try Ops.windows(values, d, w, padding: lowest)
      let best = try argExtreme(.argmax, places, places.layout.rank - 1, keepDim: true)
      values = try squeeze(gather(places, places.layout.rank - 1, best), -1)
      let position = try positions(best, d, w, extent: x.layout.elements[d])
      let size = x.layout.shape.dropFirst(d + 1).reduce(1, *)
      let here = try mul(position, .int(Int64(size)))
      if let inner = flat {
        // Of the inner dimensions, what belongs to the chosen row.
        let rows = try Ops.windows(inner, d, w, padding: .int(0))
        flat = try add(squeeze(gather(rows, rows.layout.rank - 1, best), -1), here)
      } else {
        flat = here
      }
    }
    let indices = flat!
    // Taken from x by position, so that the gradient finds its way.
    let plane = Array(x.layout.shape.prefix(lead))
    let count = x.layout.shape.suffix(spatial).reduce(1, *)
    guard Autograd.records(x) else { return (values, indices) }
    let taken = try gather(
      reshape(x, plane + [count]), lead, reshape(indices, plane + [indices.layout.shape.suffix(spatial).reduce(1, *)]))
    return (try reshape(taken, indices.layout.shape), indices)
  }

  /// From the place in each window the position in the dimension.
  private static func positions(
    _ best: Tensor, _ d: Int, _ windows: PoolingWindows, extent: Int
  ) throws(BackplaneError) -> Tensor {
    let (starts, step) = try windows.starts(on: best.context)
    var shape = [Int](repeating: 1, count: best.layout.rank - 1)
    shape[d] = windows.count
    let picked = try add(mul(squeeze(best, -1), .int(Int64(step))), reshape(starts, shape))
    // A window of nothing but −∞ has its maximum at its first element that is no padding.
    guard case .sliding(_, let low, _) = windows.elements, low > 0 else { return picked }
    return try binary(.minimum, binary(.maximum, picked, .int(0)), .int(Int64(extent - 1)))
  }

  static func averagePool(
    _ x: Tensor, _ pool: SlidingPool, countIncludePad: Bool, divisor: Int?, _ operation: String
  ) throws(BackplaneError) -> Tensor {
    let spatial = pool.kernel.count
    if divisor == 0 { throw BackplaneError(.value, "divisor must be not zero") }
    try requirePoolable(x, spatial, operation)
    guard x.dtype.isFloatingPoint || x.dtype.isInteger else {
      throw BackplaneError(.dtype, "\"\(operation)_out_frame\" not implemented for '\(x.dtype.scalarName)'")
    }
    let extents = Array(x.layout.shape.suffix(spatial))
    var windows: [PoolingWindows] = []
    var divisors: [[Int]] = []
    for i in 0..<spatial {
      let w = try pool.windows(i, extents[i])
      windows.append(w)
      try HostMemory.require(w.count, of: Int.self, in: operation)
      divisors.append(
        (0..<w.count).map { o in
          let start = o * pool.stride[i] - pool.padding[i]
          let behind = extents[i] + pool.padding[i]
          let end = pool.kernel[i] < behind - start ? start + pool.kernel[i] : behind
          return countIncludePad ? end - start : Swift.min(end, extents[i]) - Swift.max(start, 0)
        })
    }
    return try averagePool(
      x, windows, divisors: divisors, override: divisor, countsPadding: countIncludePad)
  }

  static func maxPool(
    _ x: Tensor, _ pool: SlidingPool, _ operation: String, wantsIndices: Bool
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor?) {
    let spatial = pool.kernel.count
    try requirePoolable(x, spatial, operation)
    guard x.dtype.isFloatingPoint || x.dtype.isInteger else {
      throw BackplaneError(.dtype, "\"\(operation)\" not implemented for '\(x.dtype.scalarName)'")
    }
    let extents = Array(x.layout.shape.suffix(spatial))
    var windows: [PoolingWindows] = []
    for i in 0..<spatial { windows.append(try pool.windows(i, extents[i])) }
    return try maxPool(x, windows, wantsIndices: wantsIndices)
  }

  /// The windows of an adaptive pooling; nil keeps an extent.
  static func adaptiveWindows(
    _ x: Tensor, _ output: [Int?], _ dimensions: Int, _ operation: String
  ) throws(BackplaneError) -> [PoolingWindows] {
    guard output.count == dimensions || output.count == 1 else {
      throw BackplaneError(
        .value,
        dimensions == 1
          ? "\(operation)() argument 'output_size' should contain one int (got \(output.count))"
          : "\(operation): output_size must be \(dimensions)")
    }
    let rank = x.layout.rank
    guard rank == dimensions + 1 || rank == dimensions + 2 else {
      throw BackplaneError(
        .shape,
        "\(operation)(): Expected \(dimensions + 1)D or \(dimensions + 2)D tensor, but got \(x.shape). Input dimension "
          + "should be at least \(dimensions + 1)")
    }
    guard !x.layout.shape.suffix(dimensions).contains(0) else {
      throw BackplaneError(
        .shape,
        "\(operation)(): Expected input to have non-zero size for non-batch dimensions, but input has sizes \(x.shape)")
    }
    guard x.dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "\"\(operation)\" not implemented for '\(x.dtype.scalarName)'")
    }
    var counts: [Int] = []
    for i in 0..<dimensions {
      let extent = x.layout.elements[rank - dimensions + i]
      let count = (output.count == 1 ? output[0] : output[i]) ?? extent
      guard count >= 0 else {
        throw BackplaneError(
          .value,
          "\(operation): elements of output_size must be greater than or equal to 0: Trying to create tensor with "
            + "negative dimension \(count)")
      }
      counts.append(count)
    }
    _ = try Layout.contiguous(x.layout.shape.dropLast(dimensions) + counts)
    var windows: [PoolingWindows] = []
    for (i, count) in counts.enumerated() {
      windows.append(try .adaptive(x.layout.elements[rank - dimensions + i], count, in: operation))
    }
    return windows
  }

  static func adaptiveAveragePool(
    _ x: Tensor, _ output: [Int?], _ dimensions: Int, _ operation: String
  ) throws(BackplaneError) -> Tensor {
    let windows = try adaptiveWindows(x, output, dimensions, operation)
    var divisors: [[Int]] = []
    for w in windows {
      try HostMemory.require(w.count, of: Int.self, in: operation)
      switch w.elements {
      case .sliding(let windows, _, _): divisors.append([Int](repeating: windows.size, count: windows.count))
      case .ranges(let ranges): divisors.append(ranges.map(\.count))
      }
    }
    return try averagePool(x, windows, divisors: divisors, countsPadding: false)
  }

  /// The means of windows that slide over 1 to 3 dimensions.
  static func averagePool(
    _ x: Tensor, _ kernel: [Int], _ stride: [Int]?, _ padding: [Int], ceilMode: Bool, countIncludePad: Bool,
    divisor: Int?, dimensions: Int
  ) throws(BackplaneError) -> Tensor {
    let name = "avg_pool\(dimensions)d"
    let pool = try SlidingPool(
      kernel, stride: stride, padding: padding, ceilMode: ceilMode, dimensions: dimensions, name)
    return try averagePool(x, pool, countIncludePad: countIncludePad, divisor: divisor, name)
  }

  /// The maxima of windows that slide over 1 to 3 dimensions, and their positions.
  static func maxPool(
    _ x: Tensor, _ kernel: [Int], _ stride: [Int]?, _ padding: [Int], _ dilation: [Int], ceilMode: Bool,
    dimensions: Int, wantsIndices: Bool = true
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor?) {
    let name = "max_pool\(dimensions)d"
    let pool = try SlidingPool(
      kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode, dimensions: dimensions, name)
    return try maxPool(x, pool, name, wantsIndices: wantsIndices)
  }
}
