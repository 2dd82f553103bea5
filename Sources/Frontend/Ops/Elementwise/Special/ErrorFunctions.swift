/// The error function's relatives and the normal distribution.
extension Ops {
  /// exp(x²) erfc(x) for x ≥ 0.
  static func scaledErfcOfPositive(_ x: Tensor) throws(BackplaneError) -> Tensor {
    // (x − 3.75)/(x + 3.75), as 1 − 7.5/(x + 3.75), which is right at infinity too.
    let t = try sub(.double(1), binary(.div, .double(7.5), add(x, .double(3.75))))
    return try div(chebyshev(t, ChebyshevTable.erfcx), add(mul(x, .double(2)), .double(1)))
  }

  /// exp(x²) erfc(x).
  static func erfcx(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialErfcxBackward0", x) { x throws(BackplaneError) in
      let modulus = try unary(.abs, x)
      let above = try scaledErfcOfPositive(modulus)
      // erfcx(−x) = 2 exp(x²) − erfcx(x)
      let below = try sub(mul(unary(.exp, mul(x, x)), .double(2)), above)
      return try select(compare(.lt, x, .int(0)), .tensor(below), .tensor(above), x.dtype)
    } gradient: { g, x, y throws(BackplaneError) in
      try mul(g, sub(mul(mul(x, y), .double(2)), .double(1.1283791670955126)))
    }
  }

  /// The normal distribution function.
  static func ndtr(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialNdtrBackward0", x, seen: .operand) { x throws(BackplaneError) in
      try mul(unary(.erfc, mul(x, .double(-0.7071067811865476))), .double(0.5))
    } gradient: { g, x, _ throws(BackplaneError) in
      try mul(g, mul(unary(.exp, mul(mul(x, x), .double(-0.5))), .double(0.3989422804014327)))
    }
  }

  /// Its logarithm.
  static func logNdtr(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialLogNdtrBackward0", x, seen: .operand) { x throws(BackplaneError) in
      let t = try mul(x, .double(0.7071067811865476))
      let isLow = try compare(.lt, x, .int(-1))
      let positive = try select(isLow, .tensor(neg(t)), .scalar(.int(1)), x.dtype)
      let low = try sub(unary(.log, mul(scaledErfcOfPositive(positive), .double(0.5))), mul(t, t))
      let high = try unary(.log1p, mul(unary(.erfc, t), .double(-0.5)))
      return try select(isLow, .tensor(low), .tensor(high), x.dtype)
    } gradient: { g, x, _ throws(BackplaneError) in
      try mul(div(g, erfcx(mul(x, .double(-0.7071067811865476)))), .double(0.7978845608028654))
    }
  }

  /// The inverse of the normal distribution function.
  static func ndtri(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialNdtriBackward0", x, seen: .result) { p throws(BackplaneError) in
      try normalQuantile(sub(p, .double(0.5)), tail: binary(.minimum, p, sub(.double(1), p)))
    } gradient: { g, _, y throws(BackplaneError) in
      try mul(g, mul(unary(.exp, mul(mul(y, y), .double(0.5))), .double(2.5066282746310002)))
    }
  }

  /// The quantile of 0.5 + q, with `tail` = 0.5 − |q| computed without cancellation.
  ///
  /// M. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", 1988 (PPND16).
  static func normalQuantile(_ q: Tensor, tail: Tensor) throws(BackplaneError) -> Tensor {
    func ratio(_ r: Tensor, _ a: [Double], _ b: [Double]) throws(BackplaneError) -> Tensor {
      try div(polynomial(r, a), polynomial(r, [1] + b))
    }
    let central = try mul(
      q,
      ratio(
        sub(.double(0.180625), mul(q, q)),
        [
          3.3871328727963666080, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
          4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3,
        ],
        [
          4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3, 2.1213794301586595867e+4,
          3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3,
        ]))
    let r = try unary(.sqrt, neg(unary(.log, tail)))
    let near = try ratio(
      sub(r, .double(1.6)),
      [
        1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
        1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
      ],
      [
        2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
        1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
      ])
    let far = try ratio(
      sub(r, .double(5)),
      [
        6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1,
        2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
      ],
      [
        5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
        1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
      ])
    let ofTail = try select(compare(.gt, r, .int(5)), .tensor(far), .tensor(near), q.dtype)
    let finite = try select(compare(.eq, tail, .int(0)), .scalar(.double(.infinity)), .tensor(ofTail), q.dtype)
    let outer = try mul(unary(.sign, q), finite)
    let isCentral = try compare(.le, unary(.abs, q), .double(0.425))
    return try select(isCentral, .tensor(central), .tensor(outer), q.dtype)
  }

  /// −x log x, and 0 of 0; −∞ of negative numbers.
  static func entr(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialEntrBackward0", x, seen: .operand) { x throws(BackplaneError) in
      let positive = try neg(mul(x, unary(.log, x)))
      let isZero = try compare(.eq, x, .int(0))
      let either = try select(isZero, .scalar(.int(0)), .tensor(positive), x.dtype)
      return try select(compare(.lt, x, .int(0)), .scalar(.double(-.infinity)), .tensor(either), x.dtype)
    } gradient: { g, x, _ throws(BackplaneError) in
      try neg(mul(g, add(unary(.log, x), .double(1))))
    }
  }

  /// log(p / (1 − p)), with p held within eps … 1 − eps.
  static func logit(_ x: Tensor, eps: Double?) throws(BackplaneError) -> Tensor {
    try composed("LogitBackward0", x, seen: .operand) { x throws(BackplaneError) in
      var p = x
      if let eps {
        // The lower bound is the one that holds where they cross.
        let capped = try binary(.minimum, p, .double(1 - eps))
        p = try select(compare(.lt, p, .double(eps)), .scalar(.double(eps)), .tensor(capped), p.dtype)
      }
      return try unary(.log, div(p, sub(.double(1), p)))
    } gradient: { g, x, _ throws(BackplaneError) in
      let slope = try div(g, mul(x, sub(.double(1), x)))
      let low = eps ?? 0
      let isOutside = try apply(
        .bitwiseOr, compare(.lt, x, .double(low)), compare(.gt, x, .double(1 - low)), .bool)
      return try select(isOutside, .scalar(.double(eps == nil ? .nan : 0)), .tensor(slope), g.dtype)
    }
  }

  /// sin(πx) / (πx), and 1 at 0.
  static func sinc(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let operand = try floating(x)
    let isNarrow = operand.dtype == .float16 || operand.dtype == .bfloat16
    let y = try mul(isNarrow ? cast(operand.detach(), .float32) : operand.detach(), .double(.pi))
    let isZero = try compare(.eq, y, .int(0))
    let result = try cast(
      select(isZero, .scalar(.int(1)), .tensor(div(unary(.sin, y), y)), y.dtype), operand.dtype)
    if Autograd.records(operand) {
      let saved = try Saved(operand)
      Autograd.record("SincBackward0", [operand], result) { g throws(BackplaneError) in
        let x = try conj(saved.unpack())
        let y = try mul(x, .double(.pi))
        let square = try mul(y, x)
        // (y cos y − sin y) / (x y) loses its digits near 0: there its series, and nothing where squares vanish.
        let isNear = try compare(.lt, abs(y.detach()), .double(0.25))
        let near = try zeroed(y, where: logicalNot(isNear))
        let series = try mul(
          mul(near, .double(.pi)),
          polynomial(mul(near, near), [-1.0 / 3, 1.0 / 30, -1.0 / 840, 1.0 / 45360, -1.0 / 3991680]))
        let far = try sub(mul(y, unary(.cos, y)), unary(.sin, y))
        let slope = try `where`(
          isNear, series, div(far, select(isNear, .scalar(.int(1)), .tensor(square), square.dtype)))
        let isTiny = try apply(.bitwiseAnd, compare(.eq, square, .int(0)), compare(.ne, x, .int(0)), .bool)
        return [try zeroed(mul(g, slope), where: isTiny)]
      }
    }
    return result
  }
}

extension Tensor {
  /// The log-odds log(x / (1 − x)), the inverse of ``sigmoid()``; with `eps`, of x held within eps … 1 − eps.
  public func logit(eps: Double? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.logit(self, eps: eps) }
  }
  /// The sigmoid 1/(1 + e⁻ˣ) of each element: ``sigmoid()`` by SciPy's name.
  public func expit() -> Tensor { sigmoid() }
  /// The function sin(πx) / (πx) of each element, and 1 at 0.
  public func sinc() -> Tensor { funnel { () throws(BackplaneError) in try Ops.sinc(self) } }
}
