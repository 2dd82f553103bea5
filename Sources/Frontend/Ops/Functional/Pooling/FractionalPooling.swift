/// Poolings to maxima of windows at random distances: Graham, "Fractional max-pooling", arXiv:1412.6071, 2014.
extension Ops {
  /// The maxima of windows that cover each plane of (N, C, d…) or (C, d…), and their positions in the flattened spatial
  /// dimensions.
  ///
  /// - Parameters:
  ///   - output: The extents of results, or nil where `ratio` says them.
  ///   - samples: Numbers from 0 to 1, of shape (N, C, dimensions), that place the windows; nil for new ones.
  static func fractionalMaxPool(
    _ x: Tensor, _ kernel: [Int], _ output: [Int]?, ratio: [Double]?, samples: Tensor?, dimensions n: Int,
    generator: Generator? = nil
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    let name = "fractional_max_pool\(n)d"
    let kernel = try fractional(kernel, n, "kernel_size", name)
    guard kernel.allSatisfy({ $0 > 0 }) else {
      throw BackplaneError(
        .value, "\(name)(): kernel size should be greater than zero, but got \(kernel.extentsText)")
    }
    let rank = x.layout.rank, lead = rank - n
    guard lead == 1 || lead == 2 else {
      throw BackplaneError(.shape, "\(name)(): Expected \(n + 1)D or \(n + 2)D tensor, but got: \(x.shape)")
    }
    let planeAndExtents = lead - 1..<rank
    if let d = planeAndExtents.first(where: { x.layout.elements[$0] == 0 }) {
      throw BackplaneError(
        .shape,
        "\(name)(): Expected input to have non-zero size for non-batch dimensions, but got \(x.shape) with dimension "
          + "\(d) being empty.")
    }
    guard x.dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "\"\(name)\" not implemented for '\(x.dtype.scalarName)'")
    }
    let extents = Array(x.layout.shape.suffix(n))
    let counts = try fractionalCounts(extents, output, ratio, n, name)
    for i in 0..<n {
      // With three dimensions there has to be room for windows to lie elsewhere, as in PyTorch.
      guard try Sizes.sum([counts[i], kernel[i], n == 3 ? 0 : -1], in: name) <= extents[i] else {
        let axis = ["time", "height", "width"][3 - n + i]
        throw BackplaneError(
          .shape, "\(name)(): pool \(axis) \(kernel[i]) too large relative to input \(axis) \(extents[i])")
      }
    }
    let plane = Array(x.layout.shape.prefix(lead))
    let planes = plane.reduce(1, *), channels = plane[lead - 1], batch = lead == 2 ? plane[0] : 1
    var samples = samples
    if samples == nil {
      samples = try randomOfAny(.randomUniform, [batch, channels, n], x.dtype, generator, on: x.context)
    }
    let numbers = try fractionalSamples(samples!, x, batch: batch, channels, n)
    let windows = counts.reduce(1, *), size = kernel.reduce(1, *), area = extents.reduce(1, *)
    _ = try Layout.contiguous([planes, try Sizes.multiply(windows, size, in: name)])
    guard planes > 0, windows > 0 else {
      let shape = plane + counts
      return (try empty(shape, x.dtype, on: x.context), try empty(shape, .int64, on: x.context))
    }
    // The first element of each window, then the elements within, as positions in a plane.
    var starts = try full(.scalar, .int(0), .int64, on: x.context), within = starts
    for i in 0..<n {
      // The samples of two dimensions are those of the width and the height, in this order.
      let column = n == 2 ? 1 - i : i
      let step = Int64(extents.dropFirst(i + 1).reduce(1, *))
      let places = (0..<planes).flatMap { p in
        fractionalStarts(numbers[p * n + column], extents[i], counts[i], kernel[i], x.dtype).map { $0 * step }
      }
      var shape = [Int](repeating: 1, count: n + 1)
      (shape[0], shape[1 + i]) = (planes, counts[i])
      starts = try add(starts, fromHost(places, shape, on: x.context))
      shape = [Int](repeating: 1, count: n)
      shape[i] = kernel[i]
      within = try add(
        within, reshape(arithmeticSequence(.int(0), .int(step), kernel[i], .int64, on: x.context), shape))
    }
    let positions = try add(reshape(starts, [planes, windows, 1]), reshape(within, [1, 1, size]))
    let flat = try reshape(x, [planes, area])
    let elements = try gather(flat.detach(), 1, reshape(positions, [planes, windows * size]))
    let best = try argExtreme(.argmax, reshape(elements, [planes, windows, size]), 2, keepDim: true)
    let indices = try squeeze(gather(positions, 2, best), -1)
    let values = try gather(flat, 1, indices)
    return (try reshape(values, plane + counts), try reshape(indices, plane + counts))
  }

  private static func fractional(
    _ values: [Int], _ n: Int, _ option: String, _ name: String
  ) throws(BackplaneError) -> [Int] {
    if values.count == 1 { return [Int](repeating: values[0], count: n) }
    guard values.count == n else {
      throw BackplaneError(
        .value, "\(name): \(option) must either be a single Int or tuple of \(n == 3 ? "three " : "")Ints")
    }
    return values
  }

  private static func fractionalCounts(
    _ extents: [Int], _ output: [Int]?, _ ratio: [Double]?, _ n: Int, _ name: String
  ) throws(BackplaneError) -> [Int] {
    if let output {
      let counts = try fractional(output, n, "output_size", name)
      if counts.contains(where: { $0 < 0 }) {
        throw BackplaneError(.value, "Trying to create tensor with negative dimension: \(counts)")
      }
      return counts
    }
    guard let ratio else {
      throw BackplaneError(.value, "\(name) requires specifying either an output_size or an output_ratio")
    }
    guard ratio.count == n || ratio.count == 1 else {
      throw BackplaneError(
        .value, "\(name) requires output_ratio to either be a single Int or tuple of Ints.")
    }
    guard ratio.allSatisfy({ 0 <= $0 && $0 <= 1 }) else {
      throw BackplaneError(.value, "\(name): output_ratio must be between 0 and 1, but got \(ratio)")
    }
    return extents.indices.map { Int(Double(extents[$0]) * (ratio.count == 1 ? ratio[0] : ratio[$0])) }
  }

  private static func fractionalSamples(
    _ samples: Tensor, _ x: Tensor, batch: Int, _ channels: Int, _ n: Int
  ) throws(BackplaneError) -> [Double] {
    guard samples.dtype == x.dtype else {
      throw BackplaneError(.dtype, "Expect _random_samples to have the same dtype as input")
    }
    guard samples.layout.rank == 3 else {
      throw BackplaneError(.shape, "Expect _random_samples to have 3 dimensions, got \(samples.layout.rank)")
    }
    let shape = samples.layout.shape
    guard shape[0] >= batch else {
      throw BackplaneError(.shape, "Expect _random_samples.size(0) no less then input batch size.")
    }
    guard shape[1] == channels else {
      throw BackplaneError(.shape, "Expect _random_samples.size(1) equals to input channel size.")
    }
    guard shape[2] == n else {
      throw BackplaneError(.shape, "Expect _random_samples.size(2) equals to \(n); got \(shape[2]).")
    }
    let numbers = try toHost(cast(samples.detach(), .float64), Double.self)
    guard numbers.allSatisfy({ 0 <= $0 && $0 <= 1 }) else {
      throw BackplaneError(.value, "Expect _random_samples to be numbers between 0 and 1")
    }
    return numbers
  }

  /// Where the windows over one dimension begin: at distances that a sample decides, computed in the type of the input.
  private static func fractionalStarts(
    _ sample: Double, _ extent: Int, _ count: Int, _ size: Int, _ dtype: DType
  ) -> [Int64] {
    var starts: [Int64] = []
    if count > 1, dtype == .float64 {
      let alpha = Double(extent - size) / Double(count - 1)
      let first = Int64(sample * alpha)
      starts = (0..<count - 1).map { Int64((Double($0) + sample) * alpha) - first }
    } else if count > 1 {
      let sample = Float(sample)
      let alpha = Float(extent - size) / Float(count - 1)
      let first = Int64(sample * alpha)
      starts = (0..<count - 1).map { Int64((Float($0) + sample) * alpha) - first }
    }
    if count > 0 { starts.append(Int64(extent - size)) }
    return starts.map { min(max($0, 0), Int64(extent - size)) }
  }
}

extension [Int] {
  fileprivate var extentsText: String { map(\.description).joined(separator: "x") }
}
