/// Elementwise functions of two and three tensors that are made of several operators.
extension Ops {
  /// √(a² + b²), without overflow or underflow in between.
  static func hypot(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let dtype = Promotion(a, b).result
    guard dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "\"hypot\" not implemented for '\(dtype.scalarName)'")
    }
    return try widened(a, b, "hypot") { x, y throws(BackplaneError) in
      let (u, v) = (try unary(.abs, x.detach()), try unary(.abs, y.detach()))
      let (greater, lesser) = (try binary(.maximum, u, v), try binary(.minimum, u, v))
      let divisor = try select(compare(.eq, greater, .int(0)), .scalar(.int(1)), .tensor(greater), greater.dtype)
      let ratio = try div(lesser, divisor)
      let root = try unary(.sqrt, add(mul(ratio, ratio), .double(1)))
      // An infinite side makes an infinite length, whatever the other is, NaN too.
      let isInfinite = try apply(
        .bitwiseOr, compare(.eq, u, .double(.infinity)), compare(.eq, v, .double(.infinity)), .bool)
      let result = try select(isInfinite, .scalar(.double(.infinity)), .tensor(mul(greater, root)), greater.dtype)
      if Autograd.records(x, y) {
        let saved = [x.requiresGrad ? try Saved(x) : nil, y.requiresGrad ? try Saved(y) : nil]
        let savedResult = Saved(result: result)
        let node = Autograd.makeNode("HypotBackward0", [x, y]) { node, grads throws(BackplaneError) in
          guard let g = grads[0] else { return [nil, nil] }
          let r = try savedResult.unpack(node)
          return try saved.map { saved throws(BackplaneError) in
            guard let x = try saved?.unpack() else { return nil }
            return try sum(mul(g, div(x, r)), to: x.layout)
          }
        }
        Autograd.attach(node, to: result)
      }
      return result
    }
  }

  /// log(exp a + exp b), or to the base 2; of complex numbers by the one with the greater real part.
  static func logAddExp(_ a: Tensor, _ b: Tensor, base2: Bool) throws(BackplaneError) -> Tensor {
    let dtype = Promotion(a, b).result, name = base2 ? "logaddexp2" : "logaddexp"
    guard dtype.isFloatingPoint || (dtype.isComplex && !base2) else {
      throw BackplaneError(.dtype, "\"\(name)\" not implemented for '\(dtype.scalarName)'")
    }
    return try widened(a, b, name) { x, y throws(BackplaneError) in
      let (u, v) = (x.detach(), y.detach())
      let isFirst = try compare(.ge, real(u), real(v))
      let greater = try select(isFirst, .tensor(u), .tensor(v), u.dtype)
      let lesser = try select(isFirst, .tensor(v), .tensor(u), u.dtype)
      // Equal infinities have no difference.
      let isSame = try compare(.eq, u, v)
      let distance = try select(isSame, .scalar(.int(0)), .tensor(sub(lesser, greater)), u.dtype)
      let excess =
        try base2
        ? mul(unary(.log1p, unary(.exp2, distance)), .double(1.4426950408889634))
        : unary(.log1p, unary(.exp, distance))
      let result = try add(greater, excess)
      if Autograd.records(x, y) {
        let saved = (try Saved(x), try Saved(y)), scale = base2 ? 0.6931471805599453 : 1
        Autograd.record(base2 ? "Logaddexp2Backward0" : "LogaddexpBackward0", [x, y], result) {
          g throws(BackplaneError) in
          let (x, y) = (try saved.0.unpack(), try saved.1.unpack())
          let difference = try conj(mul(sub(x, y), .double(scale)))
          return [
            try sum(mul(g, unary(.sigmoid, difference)), to: x.layout),
            try sum(mul(g, unary(.sigmoid, neg(difference))), to: y.layout),
          ]
        }
      }
      return result
    }
  }

  /// A function of two floating point operands: of narrower types in float32, and rounded once.
  private static func widened(
    _ a: Tensor, _ b: Tensor, _ name: String, _ body: (Tensor, Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    let dtype = Promotion(a, b).result
    let wide = dtype == .float16 || dtype == .bfloat16 ? DType.float32 : dtype
    let (x, y) = try together(cast(cast(a, dtype), wide), cast(cast(b, dtype), wide))
    return try cast(body(x, y), dtype)
  }

  /// The greater of each pair, or the lesser; of a number and NaN the number.
  static func extremeOfNumbers(greater: Bool, _ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let dtype = Promotion(a, b).result
    guard !dtype.isComplex else {
      throw BackplaneError(.dtype, "\(greater ? "fmax" : "fmin") not implemented for complex tensors.")
    }
    let (x, y) = try together(cast(a, dtype), cast(b, dtype))
    let (u, v) = (x.detach(), y.detach())
    let takesFirst = try apply(.bitwiseOr, compare(greater ? .ge : .le, u, v), compare(.ne, v, v), .bool)
    let result = try select(takesFirst, .tensor(u), .tensor(v), dtype)
    if Autograd.records(x, y) {
      let saved = (try Saved(x), try Saved(y))
      Autograd.record(greater ? "FmaxBackward0" : "FminBackward0", [x, y], result) { g throws(BackplaneError) in
        let (x, y) = (try saved.0.unpack(), try saved.1.unpack())
        // Equals share.
        let tie = try mul(cast(compare(.eq, x, y), g.dtype), .double(0.5))
        let wins = try apply(.bitwiseOr, compare(greater ? .gt : .lt, x, y), compare(.ne, y, y), .bool)
        let first = try add(cast(wins, g.dtype), tie)
        return [
          try sum(mul(g, first), to: x.layout), try sum(mul(g, sub(.double(1), first)), to: y.layout),
        ]
      }
    }
    return result
  }

  /// x f(y), and 0 where x is 0 and y is not NaN.
  private static func timesLogarithm(
    _ x: Tensor, _ y: Tensor, _ name: String, _ f: UnaryFunction,
    _ least: Double
  ) throws(BackplaneError) -> Tensor {
    let (a, b) = try promoted(x, y, name)
    let (u, v) = (a.detach(), b.detach())
    let product = try mul(u, unary(f, v))
    let isZero = try apply(.bitwiseAnd, compare(.eq, u, .int(0)), compare(.eq, v, v), .bool)
    let result = try select(isZero, .scalar(.int(0)), .tensor(product), product.dtype)
    if Autograd.records(a, b) {
      let saved = (try Saved(a), try Saved(b))
      Autograd.record(name, [a, b], result) { g throws(BackplaneError) in
        let (x, y) = (try saved.0.unpack(), try saved.1.unpack())
        let slope = try mul(g, unary(f, y))
        let isFlat = try apply(
          .bitwiseAnd, compare(.eq, x, .int(0)), compare(.le, y, .double(-least)), .bool)
        return [
          try sum(select(isFlat, .scalar(.int(0)), .tensor(slope), slope.dtype), to: x.layout),
          try sum(div(mul(g, x), least == 0 ? y : add(y, .double(least))), to: y.layout),
        ]
      }
    }
    return result
  }

  static func xlogy(_ x: Tensor, _ y: Tensor) throws(BackplaneError) -> Tensor {
    try timesLogarithm(x, y, "XlogyBackward0", .log, 0)
  }

  static func xlog1py(_ x: Tensor, _ y: Tensor) throws(BackplaneError) -> Tensor {
    try timesLogarithm(x, y, "SpecialXlog1PyBackward0", .log1p, 1)
  }

  /// |a| with the sign of b.
  static func copysign(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let (x, y) = try promoted(a, b, "copysign")
    let modulus = try unary(.abs, x.detach())
    let result = try select(signbit(y), .tensor(neg(modulus)), .tensor(modulus), modulus.dtype)
    if Autograd.records(x, y) {
      let saved = x.requiresGrad ? try Saved(x) : nil, savedResult = x.requiresGrad ? Saved(result: result) : nil
      let layout = y.layout
      Autograd.record("CopysignBackward0", [x, y], result, saves: saved != nil) { g throws(BackplaneError) in
        let gradY = try full(layout, .int(0), g.dtype, on: g.context)
        guard let x = try saved?.unpack(), let y = try savedResult?.unpack() else { return [nil, gradY] }
        // The sign that x got, over the one that it had; 0 at 0.
        let sign = try unary(.sign, x)
        let turned = try select(signbit(y), .tensor(neg(sign)), .tensor(sign), x.dtype)
        return [try sum(mul(g, turned), to: x.layout), gradY]
      }
    }
    return result
  }

  /// 0 below 0, 1 above, and `values` at 0.
  static func heaviside(_ x: Tensor, _ values: Tensor) throws(BackplaneError) -> Tensor {
    guard !x.dtype.isComplex, !values.dtype.isComplex else {
      throw BackplaneError(.dtype, "heaviside is not yet implemented for complex tensors.")
    }
    guard x.dtype == values.dtype else {
      throw BackplaneError(.dtype, "heaviside is not yet implemented for tensors with different dtypes.")
    }
    let step = try cast(compare(.gt, x.detach(), .int(0)), x.dtype)
    return try select(compare(.eq, x, .int(0)), .tensor(values.detach()), .tensor(step), x.dtype)
  }

  /// start + weight (end − start), from the nearer end.
  static func lerp(_ start: Tensor, _ end: Tensor, _ weight: Tensor) throws(BackplaneError) -> Tensor {
    try requireLike("lerp", [start, end, weight])
    return try widened("LerpBackward1", [start, end, weight], seen: [[2], [2], [0, 1]]) { t throws(BackplaneError) in
      let (start, end, weight) = (t[0], t[1], t[2])
      let distance = try sub(end, start)
      let isNear = try compare(.lt, abs(weight), .double(0.5))
      let forward = try add(start, mul(weight, distance))
      let backward = try sub(end, mul(distance, sub(.double(1), weight)))
      return try select(isNear, .tensor(forward), .tensor(backward), forward.dtype)
    } gradient: { i, g, t throws(BackplaneError) in
      switch i {
      case 0: try mul(g, sub(.double(1), t[2]))
      case 1: try mul(g, t[2])
      default: try mul(g, sub(t[1], t[0]))
      }
    }
  }

  static func lerp(_ start: Tensor, _ end: Tensor, _ weight: Scalar) throws(BackplaneError) -> Tensor {
    try requireLike("lerp", [start, end])
    try weight.requireFits(start.dtype, roundingToInfinity: start.dtype.byteCount == 2)
    let modulus = (weight.double * weight.double + weight.imaginary * weight.imaginary).squareRoot()
    let rest = Scalar.int(1).minus(weight)
    return try widened("LerpBackward0", [start, end], seen: [[], []]) { t throws(BackplaneError) in
      let distance = try sub(t[1], t[0])
      return try modulus < 0.5 ? add(t[0], mul(distance, weight)) : sub(t[1], mul(distance, rest))
    } gradient: { i, g, _ throws(BackplaneError) in
      try mul(g, i == 0 ? rest.conjugate : weight.conjugate)
    }
  }

  private static func requireLike(_ name: String, _ tensors: [Tensor]) throws(BackplaneError) {
    for other in tensors.dropFirst() where other.dtype != tensors[0].dtype {
      throw BackplaneError(
        .dtype, "expected dtype \(tensors[0].dtype.torchName) for `end` but got dtype \(other.dtype.torchName)")
    }
    guard tensors[0].dtype.isFloatingPoint || tensors[0].dtype.isComplex else {
      throw BackplaneError(.dtype, "\"\(name)\" not implemented for '\(tensors[0].dtype.scalarName)'")
    }
  }

  /// x + value · a · b.
  static func addcmul(_ x: Tensor, _ a: Tensor, _ b: Tensor, _ value: Scalar) throws(BackplaneError) -> Tensor {
    try value.requireFits(.promote(x.dtype, .promote(a.dtype, b.dtype)), roundingToInfinity: true)
    return try widened("AddcmulBackward0", [x, a, b], seen: [[], [2], [1]]) { t throws(BackplaneError) in
      let product = try mul(t[1], t[2])
      return try add(t[0], value == .int(1) ? product : mul(product, value))
    } gradient: { i, g, t throws(BackplaneError) in
      i == 0 ? g : try mul(g, mul(t[3 - i], value.conjugate))
    }
  }

  /// x + value · a / b.
  static func addcdiv(_ x: Tensor, _ a: Tensor, _ b: Tensor, _ value: Scalar) throws(BackplaneError) -> Tensor {
    guard a.dtype.category >= .floatingPoint || b.dtype.category >= .floatingPoint else {
      throw BackplaneError(
        .dtype,
        "Integer division with addcdiv is no longer supported, and in a future release addcdiv will perform a true "
          + "division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * "
          + "torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / "
          + "tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value * "
          + "tensor1 / tensor2), for all dtypes.")
    }
    return try widened("AddcdivBackward0", [x, a, b], seen: [[], [2], [1, 2]]) { t throws(BackplaneError) in
      try add(t[0], div(value == .int(1) ? t[1] : mul(t[1], value), t[2]))
    } gradient: { i, g, t throws(BackplaneError) in
      let value = value.conjugate
      switch i {
      case 0: return g
      case 1: return try mul(g, binary(.div, value, t[2]))
      default: return try neg(mul(g, div(div(mul(t[1], value), t[2]), t[2])))
      }
    }
  }

  /// A function of operands in their common type as one operation: of narrower types computed in float32, so that the
  /// result is rounded once.
  ///
  /// - Parameters:
  ///   - seen: For each operand the numbers of those that its gradient looks at.
  ///   - gradient: From an operand's number, the incoming gradient and the operands that are seen, conjugated, the
  ///     operand's gradient before it is summed back to the operand's shape.
  private static func widened(
    _ name: String, _ operands: [Tensor], seen: [[Int]], _ body: ([Tensor]) throws(BackplaneError) -> Tensor,
    gradient: @escaping (Int, Tensor, [Tensor]) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    var promotion = Promotion()
    for x in operands { promotion.add(x.dtype, rank: x.layout.rank) }
    let dtype = promotion.result
    let wide = dtype == .float16 || dtype == .bfloat16 ? DType.float32 : dtype
    var terms: [Tensor] = [], inputs: [Tensor] = []
    for x in operands { terms.append(try cast(x, dtype)) }
    terms = try together(terms)
    for x in terms { inputs.append(try cast(x.detach(), wide)) }
    let result = try cast(body(inputs), dtype)
    guard Autograd.records(terms) else { return result }
    let wanted = terms.map(\.requiresGrad), layouts = terms.map(\.layout)
    let needed = terms.indices.map { i in terms.indices.contains { wanted[$0] && seen[$0].contains(i) } }
    var saved: [Saved?] = []
    for (i, x) in terms.enumerated() { saved.append(needed[i] ? try Saved(x) : nil) }
    Autograd.record(name, terms, result, saves: needed.contains(true)) { [saved] g throws(BackplaneError) in
      var operands: [Tensor] = []
      for x in saved { operands.append(try x.map { x throws(BackplaneError) in try conj(x.unpack()) } ?? g) }
      var grads: [Tensor?] = []
      for i in wanted.indices { grads.append(wanted[i] ? try sum(gradient(i, g, operands), to: layouts[i]) : nil) }
      return grads
    }
    return result
  }

  /// The fraction, with the number's sign.
  static func frac(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "\"frac\" not implemented for '\(x.dtype.scalarName)'")
    }
    return try sub(x, unary(.trunc, x.detach()))
  }

  /// x · factor; integers become float32.
  static func scaled(_ name: String, _ x: Tensor, _ factor: Double) throws(BackplaneError) -> Tensor {
    guard !x.dtype.isComplex else {
      throw BackplaneError(.dtype, "\(name) is not supported for complex tensors.")
    }
    return try mul(floating(x), .double(factor))
  }

  /// NaN and infinities replaced: by default by 0 and the greatest and least finite numbers.
  static func nanToNum(
    _ x: Tensor, _ nan: Double, _ positive: Double?, _ negative: Double?
  ) throws(BackplaneError) -> Tensor {
    if x.dtype.isComplex {
      return try viewAsComplex(contiguous(nanToNum(viewAsReal(x), nan, positive, negative)))
    }
    guard x.dtype.isFloatingPoint else { return try clone(x) }
    let limits = try FInfo(checking: x.dtype)
    let noNaN = try select(compare(.ne, x, x), .scalar(.double(nan)), .tensor(x), x.dtype)
    let noInfinity = try select(
      compare(.eq, x, .double(.infinity)), .scalar(.double(positive ?? limits.max)), .tensor(noNaN), x.dtype)
    return try select(
      compare(.eq, x, .double(-.infinity)), .scalar(.double(negative ?? limits.min)), .tensor(noInfinity), x.dtype)
  }
}

extension Scalar {
  /// The product, of the higher of the two kinds.
  func times(_ other: Scalar) -> Scalar {
    switch (self, other) {
    case (_, .int(1)): self
    case (.complex, _), (_, .complex):
      .complex(
        double * other.double - imaginary * other.imaginary, double * other.imaginary + imaginary * other.double)
    case (.double, _), (_, .double): .double(double * other.double)
    default: .int(int64 &* other.int64)
    }
  }

  /// The difference, of the higher of the two kinds.
  func minus(_ other: Scalar) -> Scalar {
    switch (self, other) {
    case (.complex, _), (_, .complex): .complex(double - other.double, imaginary - other.imaginary)
    case (.double, _), (_, .double): .double(double - other.double)
    default: .int(int64 &- other.int64)
    }
  }
}

extension DType {
  /// As PyTorch's messages on arguments name the type.
  var torchName: String {
    switch self {
    case .float32: "float"
    case .float64: "double"
    case .float16: "c10::Half"
    case .bfloat16: "c10::BFloat16"
    case .int64: "long int"
    case .int32: "int"
    case .int16: "short int"
    case .int8: "signed char"
    case .uint8: "unsigned char"
    default: description
    }
  }
}

extension Ops {
  /// The tensor itself; an error for bool.
  static func positive(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype != .bool else {
      throw BackplaneError(.dtype, "The `+` operator, on a bool tensor is not supported.")
    }
    return x
  }

  /// Rounded to a number of decimals.
  static func round(_ x: Tensor, decimals: Int) throws(BackplaneError) -> Tensor {
    if decimals == 0 { return try unary(.round, x) }
    let scale = Scalar.double(power(10, Double(decimals.magnitude)))
    if decimals > 0 { return try binary(.div, unary(.round, mul(x, scale)), scale) }
    return try mul(unary(.round, binary(.div, x, scale)), scale)
  }
}
