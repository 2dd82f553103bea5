/// For each element of a resized dimension the elements of the old one that it is made of, and their weights.
struct InterpolationTaps {
  /// taps[t][i] is the t-th element for result i.
  var positions: [[Int64]] = []
  /// Nil where there is one tap of weight 1.
  var weights: [[Double]]?

  /// How far an element of the result advances in the old dimension.
  ///
  /// - Parameter scale: The factor that was asked for, which the extents only approximate.
  static func step(_ extent: Int, _ count: Int, _ scale: Double?, alignCorners: Bool) -> Double {
    if alignCorners { return count > 1 ? Double(extent - 1) / Double(count - 1) : 0 }
    if let scale, scale > 0 { return 1 / scale }
    return Double(extent) / Double(count)
  }

  /// Rounds as a computation in float32 does, so that elements at a boundary fall to the same side.
  private static func rounded(_ value: Double, _ isDouble: Bool) -> Double { isDouble ? value : Double(Float(value)) }

  static func nearest(_ extent: Int, _ count: Int, _ scale: Double?, isExact: Bool) -> InterpolationTaps {
    let step = Float(InterpolationTaps.step(extent, count, scale, alignCorners: false))
    let positions = (0..<count).map { i -> Int64 in
      let place = isExact ? (Float(i) + 0.5) * step : Float(i) * step
      return Int64(min(Int(place.rounded(.down)), extent - 1))
    }
    return InterpolationTaps(positions: [positions], weights: nil)
  }

  static func linear(
    _ extent: Int, _ count: Int, _ scale: Double?, alignCorners: Bool, isDouble: Bool
  ) -> InterpolationTaps {
    let step = rounded(InterpolationTaps.step(extent, count, scale, alignCorners: alignCorners), isDouble)
    var taps = InterpolationTaps(positions: [[], []], weights: [[], []])
    for i in 0..<count {
      let place = alignCorners ? step * Double(i) : max(step * (Double(i) + 0.5) - 0.5, 0)
      let source = rounded(place, isDouble)
      let first = min(Int(source), extent - 1)
      let share = min(max(source - Double(first), 0), 1)
      taps.positions[0].append(Int64(first))
      taps.positions[1].append(Int64(min(first + 1, extent - 1)))
      taps.weights![0].append(1 - share)
      taps.weights![1].append(share)
    }
    return taps
  }

  /// Keys, "Cubic convolution interpolation for digital image processing", IEEE TASSP 29, 1981, with a = −¾.
  static func cubic(
    _ extent: Int, _ count: Int, _ scale: Double?, alignCorners: Bool, isDouble: Bool
  ) -> InterpolationTaps {
    let step = rounded(InterpolationTaps.step(extent, count, scale, alignCorners: alignCorners), isDouble)
    var taps = InterpolationTaps(
      positions: Array(repeating: [], count: 4), weights: Array(repeating: [], count: 4))
    for i in 0..<count {
      let source = rounded(alignCorners ? step * Double(i) : step * (Double(i) + 0.5) - 0.5, isDouble)
      let first = min(Int(source.rounded(.down)), extent - 1)
      let share = min(max(source - Double(first), 0), 1)
      for t in 0..<4 {
        taps.positions[t].append(Int64(min(max(first - 1 + t, 0), extent - 1)))
        taps.weights![t].append(cubic(abs(share + 1 - Double(t)), a: -0.75))
      }
    }
    return taps
  }

  /// Weights as multiples of the greatest power of ½ with which all fit in 16 bits: those that bytes are resized with.
  mutating func quantize() {
    guard let old = weights else { return }
    let greatest = old.joined().max() ?? 0
    var precision = 0
    while precision < 22, Int(0.5 + greatest * Double(1 << (precision + 1))) < 1 << 15 { precision += 1 }
    let unit = Double(1 << precision)
    weights = old.map { $0.map { ($0 * unit).rounded(.toNearestOrAwayFromZero) / unit } }
  }

  private static func cubic(_ x: Double, a: Double) -> Double {
    if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
  }

  /// Filters widened to cover all that an element of a smaller result stands for.
  static func antialiased(
    _ extent: Int, _ count: Int, _ scale: Double?, alignCorners: Bool, isCubic: Bool
  ) -> InterpolationTaps {
    let step = InterpolationTaps.step(extent, count, scale, alignCorners: alignCorners)
    let reach = (isCubic ? 2 : 1) * max(step, 1)
    let narrowing = step >= 1 ? 1 / step : 1
    var rows: [(first: Int, weights: [Double])] = []
    for i in 0..<count {
      let centre = step * (Double(i) + 0.5)
      let first = max(Int(centre - reach + 0.5), 0)
      let end = min(Int(centre + reach + 0.5), extent)
      var weights = (first..<max(end, first)).map { j -> Double in
        let x = abs((Double(j) - centre + 0.5) * narrowing)
        return isCubic ? cubic(x, a: -0.5) : max(1 - x, 0)
      }
      let total = weights.reduce(0, +)
      if total != 0 { weights = weights.map { $0 / total } }
      rows.append((first, weights))
    }
    let size = rows.map(\.weights.count).max() ?? 0
    return InterpolationTaps(
      positions: (0..<size).map { t in rows.map { Int64(min($0.first + t, extent - 1)) } },
      weights: (0..<size).map { t in rows.map { t < $0.weights.count ? $0.weights[t] : 0 } })
  }
}

extension Ops {
  /// A dimension resized by taps.
  static func resample(_ x: Tensor, _ d: Int, _ taps: InterpolationTaps) throws(BackplaneError) -> Tensor {
    var result: Tensor?
    for (t, positions) in taps.positions.enumerated() {
      let index = try fromHost(positions, [positions.count], on: x.context)
      var part = try indexSelect(x, d, index)
      if let weights = taps.weights?[t] {
        var shape = [Int](repeating: 1, count: x.layout.rank)
        shape[d] = weights.count
        part = try mul(part, fromHost(weights, shape, x.dtype, on: x.context))
      }
      result = try result.map { sum throws(BackplaneError) in try add(sum, part) } ?? part
    }
    guard let result else { throw BackplaneError(.shape, "interpolate: dimension \(d) of \(x.shape) is empty") }
    return result
  }
}
