// The elementwise operators by name.

extension OperatorRegistry {
  mutating func addUnary() {
    func add(_ signature: String, _ f: UnaryFunction) {
      self.add(signature) { try Ops.unary(f, $0.tensor("input")) }
    }
    add("neg(Tensor input)", .neg)
    add("negative(Tensor input)", .neg)
    add("abs(Tensor input)", .abs)
    add("absolute(Tensor input)", .abs)
    add("sign(Tensor input)", .sign)
    add("floor(Tensor input)", .floor)
    add("ceil(Tensor input)", .ceil)
    add("trunc(Tensor input)", .trunc)
    add("fix(Tensor input)", .trunc)
    add("sqrt(Tensor input)", .sqrt)
    add("rsqrt(Tensor input)", .rsqrt)
    add("reciprocal(Tensor input)", .reciprocal)
    add("exp(Tensor input)", .exp)
    add("expm1(Tensor input)", .expm1)
    add("log(Tensor input)", .log)
    add("log1p(Tensor input)", .log1p)
    add("sin(Tensor input)", .sin)
    add("cos(Tensor input)", .cos)
    add("tanh(Tensor input)", .tanh)
    add("sigmoid(Tensor input)", .sigmoid)
    add("erf(Tensor input)", .erf)
    add("relu(Tensor input)", .relu)
    self.add("round(Tensor input, *, int decimals=0)") { a in
      let x = a.tensor("input"), decimals = a.int("decimals")
      if decimals == 0 { return try Ops.unary(.round, x) }
      let scale = Scalar.double(Double.powerOfTen(decimals))
      return try Ops.binary(.div, Ops.unary(.round, Ops.mul(x, scale)), scale)
    }
    self.add("square(Tensor input)") { $0.tensor("input").square() }
    self.add("bitwise_not(Tensor input)") { try Ops.bitwiseNot($0.tensor("input")) }
    self.add("logical_not(Tensor input)") { $0.tensor("input").logicalNot() }
    self.add("zero_(Tensor input)") { $0.tensor("input").zero_() }
    self.add("fill_(Tensor input, Scalar value)") { $0.tensor("input").fill_($0.scalar("value")) }
  }

  mutating func addBinary() {
    func add(_ name: String, _ f: BinaryFunction, takesNumberFirst: Bool = true) {
      self.add("\(name)(Tensor input, Tensor other)") {
        try Ops.binary(f, $0.tensor("input"), $0.tensor("other"))
      }
      self.add("\(name)(Tensor input, Scalar other)") {
        try Ops.binary(f, $0.tensor("input"), $0.scalar("other"))
      }
      guard takesNumberFirst else { return }
      self.add("\(name)(Scalar input, Tensor other)") {
        try Ops.binary(f, $0.scalar("input"), $0.tensor("other"))
      }
    }
    add("mul", .mul)
    add("multiply", .mul)
    add("true_divide", .div)
    add("floor_divide", .floorDivide)
    add("remainder", .remainder)
    add("fmod", .fmod, takesNumberFirst: false)
    add("bitwise_and", .bitwiseAnd)
    add("bitwise_or", .bitwiseOr)
    add("bitwise_xor", .bitwiseXor)
    func addTensors(_ name: String, _ f: BinaryFunction) {
      self.add("\(name)(Tensor input, Tensor other)") {
        try Ops.binary(f, $0.tensor("input"), $0.tensor("other"))
      }
    }
    addTensors("maximum", .maximum)
    addTensors("minimum", .minimum)
    addTensors("atan2", .atan2)
    addTensors("arctan2", .atan2)
    addSums()
    addDivision("div")
    addDivision("divide")
    addPowers()
    addClamps()
    self.add("logical_and(Tensor input, Tensor other)") { $0.tensor("input").logicalAnd($0.tensor("other")) }
    self.add("logical_or(Tensor input, Tensor other)") { $0.tensor("input").logicalOr($0.tensor("other")) }
    self.add("logical_xor(Tensor input, Tensor other)") { $0.tensor("input").logicalXor($0.tensor("other")) }
  }

  /// input ± alpha · other.
  private mutating func addSums() {
    func add(_ name: String, _ f: BinaryFunction) {
      self.add("\(name)(Tensor input, Tensor other, *, Scalar alpha=1)") { a in
        let alpha = a.scalar("alpha"), other = a.tensor("other")
        return try Ops.binary(f, a.tensor("input"), alpha == .int(1) ? other : Ops.mul(other, alpha))
      }
      self.add("\(name)(Tensor input, Scalar other, *, Scalar alpha=1)") { a in
        try Ops.binary(f, a.tensor("input"), a.scalar("other").times(a.scalar("alpha")))
      }
      self.add("\(name)(Scalar input, Tensor other, *, Scalar alpha=1)") { a in
        let alpha = a.scalar("alpha"), other = a.tensor("other")
        return try Ops.binary(f, a.scalar("input"), alpha == .int(1) ? other : Ops.mul(other, alpha))
      }
    }
    add("add", .add)
    add("sub", .sub)
    add("subtract", .sub)
  }

  private mutating func addDivision(_ name: String) {
    @Sendable func rounded(_ quotient: Tensor, _ mode: String?) throws(BackplaneError) -> Tensor {
      switch mode {
      case nil: return quotient
      case "trunc": return try Ops.unary(.trunc, quotient)
      default:
        throw BackplaneError(
          .value, "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '\(mode ?? "")'")
      }
    }
    self.add("\(name)(Tensor input, Tensor other, *, str? rounding_mode=None)") { a in
      let x = a.tensor("input"), y = a.tensor("other"), mode = a.optionalString("rounding_mode")
      if mode == "floor" { return try Ops.binary(.floorDivide, x, y) }
      let quotient = try rounded(Ops.binary(.div, x, y), mode)
      guard mode != nil else { return quotient }
      return try Ops.cast(quotient, Promotion(x, y).result)
    }
    self.add("\(name)(Tensor input, Scalar other, *, str? rounding_mode=None)") { a in
      let x = a.tensor("input"), y = a.scalar("other"), mode = a.optionalString("rounding_mode")
      if mode == "floor" { return try Ops.binary(.floorDivide, x, y) }
      let quotient = try rounded(Ops.binary(.div, x, y), mode)
      guard mode != nil else { return quotient }
      return try Ops.cast(quotient, Promotion(x, y).result)
    }
    self.add("\(name)(Scalar input, Tensor other)") { try Ops.binary(.div, $0.scalar("input"), $0.tensor("other")) }
  }

  private mutating func addPowers() {
    self.add("pow(Tensor input, Tensor exponent)") { try Ops.binary(.pow, $0.tensor("input"), $0.tensor("exponent")) }
    self.add("pow(Tensor input, Scalar exponent)") { try Ops.pow($0.tensor("input"), $0.scalar("exponent")) }
    self.add("pow(Scalar input, Tensor exponent)") { try Ops.binary(.pow, $0.scalar("input"), $0.tensor("exponent")) }
  }

  private mutating func addClamps() {
    self.add("clamp(Tensor input, Scalar? min=None, Scalar? max=None)") { a in
      let low: (any ScalarConvertible)? = a.optionalScalar("min"),
        high: (any ScalarConvertible)? = a.optionalScalar("max")
      return a.tensor("input").clamp(min: low, max: high)
    }
    self.add("clamp(Tensor input, Tensor? min=None, Tensor? max=None)") { a in
      var result = a.tensor("input")
      if let low = a.optionalTensor("min") { result = try Ops.binary(.maximum, result, low) }
      if let high = a.optionalTensor("max") { result = try Ops.binary(.minimum, result, high) }
      return result
    }
    self.add("clamp_min(Tensor input, Scalar min)") { $0.tensor("input").clamp(min: $0.scalar("min")) }
    self.add("clamp_min(Tensor input, Tensor min)") { try Ops.binary(.maximum, $0.tensor("input"), $0.tensor("min")) }
    self.add("clamp_max(Tensor input, Scalar max)") { $0.tensor("input").clamp(max: $0.scalar("max")) }
    self.add("clamp_max(Tensor input, Tensor max)") { try Ops.binary(.minimum, $0.tensor("input"), $0.tensor("max")) }
  }

  mutating func addComparison() {
    func add(_ names: [String], _ op: Operator) {
      for name in names {
        self.add("\(name)(Tensor input, Tensor other)") {
          try Ops.compare(op, $0.tensor("input"), $0.tensor("other"))
        }
        self.add("\(name)(Tensor input, Scalar other)") {
          try Ops.compare(op, $0.tensor("input"), $0.scalar("other"))
        }
      }
    }
    add(["eq"], .eq)
    add(["ne", "not_equal"], .ne)
    add(["lt", "less"], .lt)
    add(["le", "less_equal"], .le)
    add(["gt", "greater"], .gt)
    add(["ge", "greater_equal"], .ge)
  }

  mutating func addSelection() {
    self.add("where(Tensor condition, Tensor input, Tensor other)") { a in
      let first = a.tensor("condition"), second = a.tensor("input"), other = a.tensor("other")
      // The method has the condition second: x.where(condition, other).
      if first.dtype != .bool, second.dtype == .bool { return try Ops.where(second, first, other) }
      return try Ops.where(first, second, other)
    }
    self.add("masked_fill(Tensor input, Tensor mask, Scalar value)") {
      try Ops.maskedFill($0.tensor("input"), $0.tensor("mask"), $0.scalar("value"))
    }
    self.add("masked_fill(Tensor input, Tensor mask, Tensor value)") { a in
      let value = a.tensor("value")
      guard value.layout.rank == 0 else {
        throw BackplaneError(
          .shape,
          "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with \(value.layout.rank) "
            + "dimension(s).")
      }
      return try Ops.where(a.tensor("mask"), Ops.cast(value, a.tensor("input").dtype), a.tensor("input"))
    }
  }
}

extension Scalar {
  /// The product, of the higher of the two kinds.
  func times(_ other: Scalar) -> Scalar {
    switch (self, other) {
    case (_, .int(1)): self
    case (.double, _), (_, .double): .double(double * other.double)
    default: .int(int64 &* other.int64)
    }
  }
}

extension Promotion {
  init(_ a: Tensor, _ b: Tensor) {
    self.init()
    add(a.dtype, rank: a.layout.rank)
    add(b.dtype, rank: b.layout.rank)
  }

  init(_ a: Tensor, _ b: Scalar) {
    self.init()
    add(a.dtype, rank: a.layout.rank)
    add(b)
  }
}

extension Double {
  fileprivate static func powerOfTen(_ n: Int) -> Double {
    var result = 1.0
    for _ in 0..<Swift.min(n.magnitude, 400) { result *= 10 }
    return n < 0 ? 1 / result : result
  }
}
