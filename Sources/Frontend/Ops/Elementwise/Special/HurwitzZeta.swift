extension Ops {
  /// Hurwitz's zeta function Σ (q + k)⁻ˢ over k ≥ 0, after S. Moshier's Cephes (`zeta.c`): nine terms, and Euler's and
  /// Maclaurin's formula for the rest. ∞ for s of 1 and at the poles q = 0, −1, …; NaN for s below 1, and for q below 0 if
  /// s is not whole.
  ///
  /// Arguments q below −9 lose digits: the terms that are summed one by one no longer reach the formula's good range.
  static func zeta(_ s: Tensor, _ q: Tensor) throws(BackplaneError) -> Tensor {
    let (a, b) = try promoted(s, q, "zeta")
    let dtype = a.dtype, wide: DType = dtype.byteCount == 2 ? .float32 : dtype
    let result = try cast(zetaValue(cast(a.detach(), wide), cast(b.detach(), wide)), dtype)
    if Autograd.records(a, b) {
      let saved = (try Saved(a), try Saved(b)), layout = b.layout, needsS = a.requiresGrad
      Autograd.record("SpecialZetaBackward0", [a, b], result) { g throws(BackplaneError) in
        guard !needsS else {
          throw BackplaneError(.autograd, "the derivative for 'self' of 'special_zeta' is not implemented.")
        }
        let (s, q) = (try saved.0.unpack(), try saved.1.unpack())
        // NIST Digital Library of Mathematical Functions, 25.11.17.
        return [nil, try sum(neg(mul(g, mul(s, zeta(add(s, .int(1)), q)))), to: layout)]
      }
    }
    return result
  }

  private static func zetaValue(_ s: Tensor, _ q: Tensor) throws(BackplaneError) -> Tensor {
    let terms = 9, power = try neg(s)
    var sum = try pow(q, power)
    for k in 1...terms { sum = try add(sum, pow(add(q, .double(Double(k))), power)) }
    let w = try add(q, .double(Double(terms)))
    var b = try pow(w, power)
    sum = try add(sum, sub(div(mul(b, w), sub(s, .double(1))), mul(b, .double(0.5))))
    // (2k)!/B₂ₖ, and s (s + 1) … (s + 2k − 2) w^(1−s−2k).
    let divisors = [
      12, -720, 30240, -1209600, 47900160, -1.8924375803183791606e9, 7.47242496e10, -2.950130727918164224e12,
      1.1646782814350067249e14, -4.5979787224074726105e15, 1.8152105401943546773e17, -7.1661652561756670113e18,
    ]
    var factor = try full(.scalar, .int(1), s.dtype, on: s.context)
    for (i, divisor) in divisors.enumerated() {
      factor = try mul(factor, add(s, .double(Double(2 * i))))
      b = try div(b, w)
      sum = try add(sum, binary(.div, mul(factor, b), .double(divisor)))
      factor = try mul(factor, add(s, .double(Double(2 * i + 1))))
      b = try div(b, w)
    }
    let isLow = try compare(.le, q, .int(0))
    let isPole = try apply(.bitwiseAnd, isLow, compare(.eq, q, unary(.floor, q)), .bool)
    let isOutside = try apply(.bitwiseAnd, isLow, compare(.ne, s, unary(.floor, s)), .bool)
    var result = try select(isOutside, .scalar(.double(.nan)), .tensor(sum), sum.dtype)
    result = try select(isPole, .scalar(.double(.infinity)), .tensor(result), sum.dtype)
    result = try select(compare(.lt, s, .int(1)), .scalar(.double(.nan)), .tensor(result), sum.dtype)
    return try select(compare(.eq, s, .int(1)), .scalar(.double(.infinity)), .tensor(result), sum.dtype)
  }
}

extension Special {
  /// Hurwitz's zeta function Σ (q + k)⁻ˢ over k ≥ 0; with q of 1 Riemann's. It has a gradient for q alone.
  public static func zeta(_ s: Tensor, _ q: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.zeta(s, q) }
  }
}
