extension Ops {
  /// The variance over dimensions: Σ|x − mean|² / (n − correction), real of complex numbers too.
  static func variance(_ x: Tensor, _ dims: [Int]?, correction: Double, keepDim: Bool) throws(BackplaneError) -> Tensor
  {
    guard x.dtype.isFloatingPoint || x.dtype.isComplex else {
      throw BackplaneError(.dtype, "std and var only support floating point and complex dtypes")
    }
    // Deviations of 16-bit types would be rounded away before they are squared.
    let operand = try cast(x, x.dtype.accumulationType)
    let reduced = try Ops.dims(dims, operand)
    let count = zip(operand.layout.shape, reduced).reduce(1) { $1.1 ? $0 * $1.0 : $0 }
    let kept = reduced.indices.filter { reduced[$0] }
    let deviation = try sub(operand, mean(operand, kept, keepDim: true))
    func squares(_ part: Tensor) throws(BackplaneError) -> Tensor { try mul(part, part) }
    let distance =
      try operand.dtype.isComplex ? add(squares(real(deviation)), squares(imag(deviation))) : squares(deviation)
    let total = try sum(distance, dims, keepDim: keepDim)
    let freedom = Swift.max(Double(count) - correction, 0)
    return try cast(binary(.div, total, .double(freedom)), x.dtype.realType)
  }

  /// The root of the variance; where that is 0, so is the gradient.
  static func deviation(_ x: Tensor, _ dims: [Int]?, correction: Double, keepDim: Bool) throws(BackplaneError) -> Tensor
  {
    let wide = try cast(x, x.dtype.category < .floatingPoint ? x.dtype : x.dtype.accumulationType)
    let variance = try variance(wide, dims, correction: correction, keepDim: keepDim)
    let result = try apply(.sqrt, variance)
    if Autograd.records(variance) {
      let saved = Saved(result: result)
      let node = Autograd.makeNode("StdBackward0", [variance]) { node, grads throws(BackplaneError) in
        guard let g = grads[0] else { return [nil] }
        let y = try saved.unpack(node)
        let isZero = try compare(.eq, y, .int(0))
        let safe = try select(isZero, .scalar(.int(1)), .tensor(y), y.dtype)
        return [try zeroed(div(g, mul(safe, .double(2))), where: isZero)]
      }
      Autograd.attach(node, to: result)
    }
    return try cast(result, x.dtype.realType)
  }
}

extension Tensor {
  /// The variance; unbiased by default (Bessel's correction 1).
  public func `var`(_ dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.variance(self, dims, correction: correction, keepDim: keepDim)
    }
  }
  /// The variance over one dimension; unbiased by default.
  public func `var`(_ dim: Int, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    `var`([dim], correction: correction, keepDim: keepDim)
  }
  /// The standard deviation; unbiased by default.
  public func std(_ dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.deviation(self, dims, correction: correction, keepDim: keepDim)
    }
  }
  /// The standard deviation over one dimension; unbiased by default.
  public func std(_ dim: Int, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    std([dim], correction: correction, keepDim: keepDim)
  }
  /// The variance and the mean.
  public func varMean(
    _ dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false
  ) -> (var: Tensor, mean: Tensor) {
    (
      `var`(dims, correction: correction, keepDim: keepDim),
      dims.map { mean($0, keepDim: keepDim) } ?? wholeMean(keepDim)
    )
  }
  /// The standard deviation and the mean.
  public func stdMean(
    _ dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false
  ) -> (std: Tensor, mean: Tensor) {
    (std(dims, correction: correction, keepDim: keepDim), dims.map { mean($0, keepDim: keepDim) } ?? wholeMean(keepDim))
  }

  private func wholeMean(_ keepDim: Bool) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.mean(self, nil, keepDim: keepDim) }
  }
}
