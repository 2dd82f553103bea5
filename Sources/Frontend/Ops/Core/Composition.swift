/// Functions made of several operators.
extension Ops {
  /// A function of several steps as one operation: computed in float32 for narrower types, so that the result is rounded
  /// once, and recorded with a gradient of its own.
  ///
  /// - Parameters:
  ///   - seen: What the gradient looks at: nothing else is kept for it.
  ///   - gradient: From the incoming gradient, the operand and the result.
  static func composed(
    _ name: String, _ x: Tensor, seen: Seen = .both, _ body: (Tensor) throws(BackplaneError) -> Tensor,
    gradient: @escaping (_ g: Tensor, _ x: Tensor, _ y: Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    guard !x.dtype.isComplex else {
      throw BackplaneError(.dtype, "\(name): not implemented for '\(x.dtype.scalarName)'")
    }
    let operand = try floating(x)
    let isNarrow = operand.dtype == .float16 || operand.dtype == .bfloat16
    let wide = try isNarrow ? cast(operand.detach(), .float32) : operand.detach()
    let result = try cast(body(wide), operand.dtype)
    if Autograd.records(operand) {
      let saved = seen == .result ? nil : try Saved(operand)
      let savedResult = seen == .operand ? nil : Saved(result: result)
      let node = Autograd.makeNode(name, [operand]) { node, grads throws(BackplaneError) in
        guard let g = grads[0] else { return [nil] }
        return [try gradient(g, saved?.unpack() ?? g, savedResult?.unpack(node) ?? g)]
      }
      Autograd.attach(node, to: result)
    }
    return result
  }

  enum Seen { case operand, result, both }

  /// Two operands in their common type, integers in float32.
  static func promoted(_ a: Tensor, _ b: Tensor, _ name: String) throws(BackplaneError) -> (Tensor, Tensor) {
    let promotion = Promotion(a, b).result
    guard !promotion.isComplex else {
      throw BackplaneError(.dtype, "\"\(name)\" not implemented for '\(promotion.scalarName)'")
    }
    let dtype = promotion.category < .floatingPoint ? DType.float32 : promotion
    return try together(cast(a, dtype), cast(b, dtype))
  }

  /// c₀ + c₁x + c₂x² + …, by Horner's rule.
  static func polynomial(_ x: Tensor, _ coefficients: [Double]) throws(BackplaneError) -> Tensor {
    var result = try full(x.layout, .double(coefficients.last ?? 0), x.dtype, on: x.context)
    for coefficient in coefficients.dropLast().reversed() {
      result = try mul(result, x)
      if coefficient != 0 { result = try add(result, .double(coefficient)) }
    }
    return result
  }

  /// Σ cₖ Tₖ(x), by Clenshaw's rule; terms that the type cannot show are left out.
  static func chebyshev(_ x: Tensor, _ coefficients: [Double]) throws(BackplaneError) -> Tensor {
    let least = x.dtype == .float64 ? 0 : 1e-9
    let used = Array(coefficients.prefix((coefficients.lastIndex { Swift.abs($0) > least } ?? 0) + 1))
    let twice = try mul(x, .double(2))
    var (b1, b2) = (
      try full(x.layout, .int(0), x.dtype, on: x.context), try full(x.layout, .int(0), x.dtype, on: x.context)
    )
    for coefficient in used.dropFirst().reversed() {
      (b1, b2) = (try add(sub(mul(twice, b1), b2), .double(coefficient)), b1)
    }
    return try add(sub(mul(x, b1), b2), .double(used.first ?? 0))
  }
}
