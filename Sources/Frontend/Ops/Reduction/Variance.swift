extension Ops {
  /// The variance over dimensions: Σ|x − mean|² / (n − correction), real of complex numbers too.
  static func variance(_ x: Tensor, _ dims: [Int]?, correction: Double, keepDim: Bool) throws(BackplaneError) -> Tensor
  {
    let (operand, reduced, freedom) = try spreadOperand(x, dims, correction)
    let (mean, unit) = try meanSquareDeviation(operand.detach(), reduced, freedom)
    let kept = try unit.map { unit throws(BackplaneError) in try mul(mul(mean, unit), unit) } ?? mean
    let result = try squeeze(kept, reduced, keepDim: keepDim)
    if Autograd.records(operand) {
      let saved = try Saved(operand)
      Autograd.record("VarBackward0", [operand], result) { g throws(BackplaneError) in
        let x = try saved.unpack()
        let slope = try mul(deviation(x, reduced), .double(2 / freedom))
        return [try mul(slope, unsqueeze(g, reduced, keepDim: keepDim))]
      }
    }
    return try cast(result, x.dtype.realType)
  }

  /// The root of the variance; where that is 0, so is the gradient.
  static func deviation(_ x: Tensor, _ dims: [Int]?, correction: Double, keepDim: Bool) throws(BackplaneError) -> Tensor
  {
    let (operand, reduced, freedom) = try spreadOperand(x, dims, correction)
    let (mean, unit) = try meanSquareDeviation(operand.detach(), reduced, freedom)
    let root = try unary(.sqrt, mean)
    let kept = try unit.map { unit throws(BackplaneError) in try mul(root, unit) } ?? root
    let result = try squeeze(kept, reduced, keepDim: keepDim)
    if Autograd.records(operand) {
      let (saved, savedResult) = (try Saved(operand), Saved(result: result))
      let node = Autograd.makeNode("StdBackward0", [operand]) { node, grads throws(BackplaneError) in
        guard let g = grads[0] else { return [nil] }
        let (x, y) = (try saved.unpack(), try unsqueeze(savedResult.unpack(node), reduced, keepDim: keepDim))
        let isFlat = try compare(.eq, y, .int(0))
        let safe = try select(isFlat, .scalar(.int(1)), .tensor(y), y.dtype)
        let share = try binary(.div, unsqueeze(g, reduced, keepDim: keepDim), .double(freedom))
        let kept = try select(isFlat, .scalar(.int(0)), .tensor(share), share.dtype)
        return [try mul(div(deviation(x, reduced), safe), kept)]
      }
      Autograd.attach(node, to: result)
    }
    return try cast(result, x.dtype.realType)
  }

  /// The operand in a type wide enough for its deviations, the dimensions, and the divisor.
  private static func spreadOperand(
    _ x: Tensor, _ dims: [Int]?, _ correction: Double
  ) throws(BackplaneError) -> (Tensor, [Bool], Double) {
    guard x.dtype.isFloatingPoint || x.dtype.isComplex else {
      throw BackplaneError(.dtype, "std and var only support floating point and complex dtypes")
    }
    // Deviations of 16-bit types would be rounded away before they are squared.
    let operand = try cast(x, x.dtype.accumulationType)
    let reduced = try Ops.dims(dims, operand)
    let count = zip(operand.layout.shape, reduced).reduce(1) { $1.1 ? $0 * $1.0 : $0 }
    return (operand, reduced, Swift.max(Double(count) - correction, 0))
  }

  private static func deviation(_ x: Tensor, _ reduced: [Bool]) throws(BackplaneError) -> Tensor {
    try sub(x, mean(x, reduced.indices.filter { reduced[$0] }, keepDim: true))
  }

  /// Σ|x − mean|² / freedom as a number of units², which is nil for 1. Reduced dimensions keep extent 1.
  private static func meanSquareDeviation(
    _ x: Tensor, _ reduced: [Bool], _ freedom: Double
  ) throws(BackplaneError) -> (Tensor, unit: Tensor?) {
    let distance = try sub(x, reduce(.mean, x, reduced, x.dtype))
    // The mean was rounded: the deviations have one of their own, whose square is too much (Chan, Golub and LeVeque,
    // "Algorithms for computing the sample variance", 1983).
    let rest = try reduce(.mean, distance, reduced, x.dtype)
    guard x.dtype.isComplex else { return try meanSquare(distance, rest, reduced, freedom) }
    // A complex number's square is that of its parts.
    let (mean, unit) = try meanSquare(viewAsReal(distance), viewAsReal(rest), reduced + [true], freedom)
    let last = reduced.count
    return (try squeeze(mean, last), unit: try unit.map { unit throws(BackplaneError) in try squeeze(unit, last) })
  }

  private static func meanSquare(
    _ x: Tensor, _ rest: Tensor, _ reduced: [Bool], _ freedom: Double
  ) throws(BackplaneError) -> (Tensor, unit: Tensor?) {
    let count = Double(zip(x.layout.shape, rest.layout.shape).reduce(1) { $1.0 == $1.1 ? $0 : $0 * $1.0 })
    let plain = try reduce(.sum, mul(x, x), reduced, x.dtype)
    let unit = try powerUnit(of: x, plain, reduced)
    let ratio = try unit.map { unit throws(BackplaneError) in try div(rest, unit) } ?? rest
    let total =
      try unit.map { unit throws(BackplaneError) in
        let part = try div(x, unit)
        return try reduce(.sum, mul(part, part), reduced, x.dtype)
      } ?? plain
    let excess = try reduce(.sum, mul(mul(ratio, ratio), .double(count)), reduced, x.dtype)
    let exact = try binary(.maximum, sub(total, excess), .int(0))
    return (try binary(.div, exact, .double(freedom)), unit: unit)
  }
}

extension Tensor {
  /// The variance over dimensions, by default all: Σ (x − mean)² / (n − correction).
  ///
  /// ```swift
  /// Tensor([1.0, 2, 3, 4]).var()  // tensor(1.6667)
  /// ```
  public func `var`(_ dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.variance(self, dims, correction: correction, keepDim: keepDim)
    }
  }
  /// The variance along one dimension: Σ (x − mean)² / (n − correction). With `keepDim` it stays with extent 1.
  public func `var`(_ dim: Int, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    `var`([dim], correction: correction, keepDim: keepDim)
  }
  /// The standard deviation over dimensions, by default all: the root of Σ (x − mean)² / (n − correction).
  public func std(_ dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.deviation(self, dims, correction: correction, keepDim: keepDim)
    }
  }
  /// The standard deviation along one dimension: the root of Σ (x − mean)² / (n − correction).
  public func std(_ dim: Int, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    std([dim], correction: correction, keepDim: keepDim)
  }
  /// The variance and the mean, over all dimensions or those given.
  public func varMean(
    _ dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false
  ) -> (var: Tensor, mean: Tensor) {
    (
      `var`(dims, correction: correction, keepDim: keepDim),
      dims.map { mean($0, keepDim: keepDim) } ?? wholeMean(keepDim)
    )
  }
  /// The standard deviation and the mean, over all dimensions or those given.
  public func stdMean(
    _ dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false
  ) -> (std: Tensor, mean: Tensor) {
    (std(dims, correction: correction, keepDim: keepDim), dims.map { mean($0, keepDim: keepDim) } ?? wholeMean(keepDim))
  }

  private func wholeMean(_ keepDim: Bool) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.mean(self, nil, keepDim: keepDim) }
  }
}
