/// Moving and scaling elements to mean 0 and variance 1.
extension Ops {
  /// (x − mean) / √(variance + eps) over some dimensions, and the mean and the variance, which have no gradient.
  ///
  /// The variance is that of the elements themselves: their number is its divisor.
  ///
  /// - Parameter isFinal: The result is the caller's, who may change it: it is not kept for the gradient but made anew.
  static func standardize(
    _ x: Tensor, _ dims: [Int], eps: Double, isFinal: Bool = false
  ) throws(BackplaneError) -> (result: Tensor, mean: Tensor, variance: Tensor) {
    let average = try mean(x.detach(), dims, keepDim: true)
    let centred = try sub(x.detach(), average)
    var variance = try mean(mul(centred, centred), dims, keepDim: true)
    let unit = try powerUnit(of: centred, variance, Ops.dims(dims, centred), beside: eps)
    let (result, scale) = try unit == nil ? scaled(centred, variance, eps) : scaled(centred, dims, eps, unit)
    if let unit {
      let part = try div(centred, unit)
      variance = try mul(mul(mean(mul(part, part), dims, keepDim: true), unit), unit)
    }
    if Autograd.records(x) {
      let saved = try Saved(x)
      let savedResult = isFinal ? nil : Saved(result: result), savedScale = isFinal ? nil : Saved(result: scale)
      Autograd.record("StandardizeBackward", [x], result) { g throws(BackplaneError) in
        let y: Tensor, scale: Tensor
        if !Scopes.recordsGradients, let savedResult, let savedScale {
          (y, scale) = (try savedResult.unpack(), try savedScale.unpack())
        } else {
          // A gradient of this gradient needs to see how the result and the scale come from x.
          let x = try saved.unpack()
          (y, scale) = try scaled(sub(x, mean(x, dims, keepDim: true)), dims, eps, unit)
        }
        let along = try mul(y, mean(mul(g, y), dims, keepDim: true))
        return [try mul(sub(sub(g, mean(g, dims, keepDim: true)), along), scale)]
      }
    }
    return (result, average, variance)
  }

  private static func scaled(
    _ centred: Tensor, _ variance: Tensor, _ eps: Double
  ) throws(BackplaneError) -> (Tensor, scale: Tensor) {
    let scale = try unary(.rsqrt, add(variance, .double(eps)))
    return (try mul(centred, scale), scale)
  }

  /// x / √(mean of x² + eps), and what x was multiplied by; squared are multiples of the unit.
  static func scaled(
    _ x: Tensor, _ dims: [Int], _ eps: Double, _ unit: Tensor?
  ) throws(BackplaneError) -> (Tensor, scale: Tensor) {
    guard let unit else { return try scaled(x, mean(mul(x, x), dims, keepDim: true), eps) }
    let part = try div(x, unit)
    let addend = try div(binary(.div, .double(eps), unit), unit)
    let scale = try unary(.rsqrt, add(mean(mul(part, part), dims, keepDim: true), addend))
    return (try mul(part, scale), try div(scale, unit))
  }

  /// x · weight + bias, where these are given.
  static func affine(_ x: Tensor, _ weight: Tensor?, _ bias: Tensor?, _ shape: [Int]) throws(BackplaneError) -> Tensor {
    var result = x
    if let weight { result = try mul(result, reshape(widened(weight), shape)) }
    if let bias { result = try add(result, reshape(widened(bias), shape)) }
    return result
  }
}
