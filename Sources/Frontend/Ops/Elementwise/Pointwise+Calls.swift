// Elementwise functions of several tensors, comparison and selection by name.

extension OperatorRegistry {
  mutating func addPointwise() {
    add("addcmul(Tensor input, Tensor tensor1, Tensor tensor2, *, Scalar value=1)") {
      try Ops.addcmul($0.tensor("input"), $0.tensor("tensor1"), $0.tensor("tensor2"), $0.scalar("value"))
    }
    add("addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, *, Scalar value=1)") {
      try Ops.addcdiv($0.tensor("input"), $0.tensor("tensor1"), $0.tensor("tensor2"), $0.scalar("value"))
    }
    add("lerp(Tensor input, Tensor end, Tensor weight)") {
      try Ops.lerp($0.tensor("input"), $0.tensor("end"), $0.tensor("weight"))
    }
    add("lerp(Tensor input, Tensor end, Scalar weight)") {
      try Ops.lerp($0.tensor("input"), $0.tensor("end"), $0.scalar("weight"))
    }
    addClamps()
    addClassification()
  }

  private mutating func addClamps() {
    for name in ["clamp", "clip"] {
      add("\(name)(Tensor input, Scalar? min=None, Scalar? max=None)") {
        try Ops.clamp($0.tensor("input"), $0.optionalScalar("min"), $0.optionalScalar("max"))
      }
      add("\(name)(Tensor input, Tensor? min=None, Tensor? max=None)") {
        try Ops.clamp($0.tensor("input"), $0.optionalTensor("min"), $0.optionalTensor("max"))
      }
    }
    add("clamp_min(Tensor input, Scalar min)") { try Ops.clamp($0.tensor("input"), $0.scalar("min"), nil) }
    add("clamp_min(Tensor input, Tensor min)") {
      try Ops.binary(.maximum, $0.tensor("input"), $0.tensor("min"))
    }
    add("clamp_max(Tensor input, Scalar max)") { try Ops.clamp($0.tensor("input"), nil, $0.scalar("max")) }
    add("clamp_max(Tensor input, Tensor max)") {
      try Ops.binary(.minimum, $0.tensor("input"), $0.tensor("max"))
    }
  }

  private mutating func addClassification() {
    func add(_ name: String, _ f: @escaping @Sendable (Tensor) throws(BackplaneError) -> Tensor) {
      self.add("\(name)(Tensor input)") { try f($0.tensor("input")) }
    }
    add("isnan", Ops.isNaN)
    add("isinf") { x throws(BackplaneError) in try Ops.isInf(x) }
    add("isposinf") { x throws(BackplaneError) in try Ops.isInf(x, sign: 1) }
    add("isneginf") { x throws(BackplaneError) in try Ops.isInf(x, sign: -1) }
    add("isfinite", Ops.isFinite)
    add("signbit", Ops.signbit)
    let tolerances = "Tensor input, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False"
    self.add("isclose(\(tolerances))") {
      try Ops.isClose(
        $0.tensor("input"), $0.tensor("other"), relative: $0.double("rtol"), absolute: $0.double("atol"),
        equalNan: $0.bool("equal_nan"))
    }
    self.add("allclose(\(tolerances))") {
      try Ops.allClose(
        $0.tensor("input"), $0.tensor("other"), relative: $0.double("rtol"), absolute: $0.double("atol"),
        equalNan: $0.bool("equal_nan"))
    }
    self.add("equal(Tensor input, Tensor other)") { try Ops.equal($0.tensor("input"), $0.tensor("other")) }
  }

  mutating func addComparison() {
    for (op, names) in Operator.comparisons {
      var f = TwoOperands { x, y throws(BackplaneError) in try Ops.compare(op, x, y) }
      f.number = { x, y throws(BackplaneError) in try Ops.compare(op, x, y) }
      addTwo(names, f)
    }
  }

  mutating func addSelection() {
    for (first, second) in [("Tensor", "Tensor"), ("Tensor", "Scalar"), ("Scalar", "Tensor"), ("Scalar", "Scalar")] {
      add("where(Tensor condition, \(first) input, \(second) other)") { a in
        let condition = a.tensor("condition")
        // The method has the condition second: x.where(condition, other).
        if condition.dtype != .bool, let mask = a.optionalTensor("input"), mask.dtype == .bool {
          return try Ops.where(mask, .tensor(condition), a.choice("other"))
        }
        return try Ops.where(condition, a.choice("input"), a.choice("other"))
      }
    }
    for suffix in ["", "_"] {
      @Sendable func finish(
        _ x: Tensor, _ fill: (Tensor) throws(BackplaneError) -> Tensor
      ) throws(BackplaneError) -> Tensor {
        if suffix.isEmpty { return try fill(x) }
        try InPlace.update(x, fill)
        return x
      }
      add("masked_fill\(suffix)(Tensor input, Tensor mask, Scalar value)") { a in
        try finish(a.tensor("input")) { x throws(BackplaneError) in
          try Ops.maskedFill(x, a.tensor("mask"), a.scalar("value"))
        }
      }
      add("masked_fill\(suffix)(Tensor input, Tensor mask, Tensor value)") { a in
        try finish(a.tensor("input")) { x throws(BackplaneError) in
          try Ops.maskedFill(x, a.tensor("mask"), a.tensor("value"))
        }
      }
    }
  }
}

extension BoundArguments {
  fileprivate func choice(_ name: String) -> Ops.Choice {
    optionalTensor(name).map(Ops.Choice.tensor) ?? .scalar(scalar(name))
  }
}
