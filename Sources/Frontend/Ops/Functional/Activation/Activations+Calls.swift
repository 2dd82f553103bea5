// The activations of `torch.nn.functional` by name.

extension OperatorRegistry {
  mutating func addActivations() {
    func add(_ parameters: String, _ body: @escaping @Sendable (BoundArguments) throws -> Tensor) {
      self.add("nn.functional.\(parameters)", body)
    }
    add("elu(Tensor input, float alpha=1.0, bool inplace=False)") { a in
      try a.possiblyInPlace { Functional.elu($0, alpha: a.double("alpha")) }
    }
    add("celu(Tensor input, float alpha=1.0, bool inplace=False)") { a in
      try a.possiblyInPlace { Functional.celu($0, alpha: a.double("alpha")) }
    }
    add("selu(Tensor input, bool inplace=False)") { a in
      try a.possiblyInPlace { Functional.selu($0) }
    }
    add("leaky_relu(Tensor input, float negative_slope=0.01, bool inplace=False)") { a in
      try a.possiblyInPlace { Functional.leakyRelu($0, negativeSlope: a.double("negative_slope")) }
    }
    add("prelu(Tensor input, Tensor weight)") { Functional.prelu($0.tensor("input"), $0.tensor("weight")) }
    add(
      "rrelu(Tensor input, float lower=0.125, float upper=0.3333333333333333, bool training=False, bool inplace=False)"
    ) { a in
      try a.possiblyInPlace {
        Functional.rrelu(
          $0, lower: a.double("lower"), upper: a.double("upper"), training: a.bool("training"))
      }
    }
    add("hardtanh(Tensor input, Scalar min_val=-1.0, Scalar max_val=1.0, bool inplace=False)") { a in
      try a.possiblyInPlace { Functional.hardtanh($0, minVal: a.scalar("min_val"), maxVal: a.scalar("max_val")) }
    }
    for (name, f) in [
      ("relu6", Functional.relu6), ("hardsigmoid", Functional.hardsigmoid), ("hardswish", Functional.hardswish),
      ("mish", Functional.mish),
    ] as [(String, @Sendable (Tensor) -> Tensor)] {
      add("\(name)(Tensor input, bool inplace=False)") { try $0.possiblyInPlace(f) }
    }
    for (name, f) in [
      ("logsigmoid", Functional.logsigmoid), ("softsign", Functional.softsign),
      ("tanhshrink", Functional.tanhshrink),
    ] as [(String, @Sendable (Tensor) -> Tensor)] {
      add("\(name)(Tensor input)") { f($0.tensor("input")) }
    }
    add("hardshrink(Tensor input, float lambd=0.5)") {
      Functional.hardshrink($0.tensor("input"), lambd: $0.double("lambd"))
    }
    add("softshrink(Tensor input, float lambd=0.5)") {
      Functional.softshrink($0.tensor("input"), lambd: $0.double("lambd"))
    }
    add("threshold(Tensor input, Scalar threshold, Scalar value, bool inplace=False)") { a in
      try a.possiblyInPlace { Functional.threshold($0, a.scalar("threshold"), a.scalar("value")) }
    }
    add("softplus(Tensor input, float beta=1.0, float threshold=20.0)") {
      Functional.softplus($0.tensor("input"), beta: $0.double("beta"), threshold: $0.double("threshold"))
    }
    add("gelu(Tensor input, *, str approximate='none')") {
      guard let rule = Functional.GELUApproximation(rawValue: $0.string("approximate")) else {
        throw BackplaneError(.value, "approximate argument must be either none or tanh.")
      }
      return Functional.gelu($0.tensor("input"), approximate: rule)
    }
    add("softmin(Tensor input, int dim, Any? _stacklevel=3, ScalarType? dtype=None)") { a in
      // Bytes are negated as bytes, before they are converted.
      let negative = try Ops.neg(a.tensor("input"))
      return try Ops.softmax(Ops.cast(negative, a.dtype() ?? negative.dtype), a.int("dim"))
    }
    add("glu(Tensor input, int dim=-1)") { Functional.glu($0.tensor("input"), dim: $0.int("dim")) }
  }
}
