// The activations of `torch.nn.functional` by name.

extension OperatorRegistry {
  mutating func addActivations() {
    func add(_ parameters: String, _ body: @escaping @Sendable (BoundArguments) throws -> Tensor) {
      self.add("nn.functional.\(parameters)", body)
    }
    add("elu(Tensor input, float alpha=1.0, bool inplace=False)") { a in
      try a.possiblyInPlace { x throws(BackplaneError) in try Ops.exponentialLinear(x, alpha: a.double("alpha")) }
    }
    add("celu(Tensor input, float alpha=1.0, bool inplace=False)") { a in
      try a.possiblyInPlace { x throws(BackplaneError) in try Ops.celu(x, alpha: a.double("alpha")) }
    }
    add("selu(Tensor input, bool inplace=False)") { a in
      try a.possiblyInPlace(Ops.selu)
    }
    add("leaky_relu(Tensor input, float negative_slope=0.01, bool inplace=False)") { a in
      try a.possiblyInPlace { x throws(BackplaneError) in try Ops.leakyRelu(x, a.double("negative_slope")) }
    }
    add("prelu(Tensor input, Tensor weight)") { try Ops.prelu($0.tensor("input"), $0.tensor("weight")) }
    add(
      "rrelu(Tensor input, float lower=0.125, float upper=0.3333333333333333, bool training=False, bool inplace=False)"
    ) { a in
      try a.possiblyInPlace { x throws(BackplaneError) in
        try Ops.rrelu(
          x, lower: a.double("lower"), upper: a.double("upper"), training: a.bool("training"), nil)
      }
    }
    add("hardtanh(Tensor input, Scalar min_val=-1.0, Scalar max_val=1.0, bool inplace=False)") { a in
      try a.possiblyInPlace { x throws(BackplaneError) in try Ops.hardtanh(x, a.scalar("min_val"), a.scalar("max_val"))
      }
    }
    for (name, f) in [
      ("relu6", Ops.relu6), ("hardsigmoid", Ops.hardsigmoid), ("hardswish", Ops.hardswish), ("mish", Ops.mish),
    ] as [(String, @Sendable (Tensor) throws(BackplaneError) -> Tensor)] {
      add("\(name)(Tensor input, bool inplace=False)") { try $0.possiblyInPlace(f) }
    }
    for (name, f) in [
      ("logsigmoid", Ops.logsigmoid), ("softsign", Ops.softsign), ("tanhshrink", Ops.tanhshrink),
    ] as [(String, @Sendable (Tensor) throws(BackplaneError) -> Tensor)] {
      add("\(name)(Tensor input)") { try f($0.tensor("input")) }
    }
    add("hardshrink(Tensor input, float lambd=0.5)") {
      try Ops.hardshrink($0.tensor("input"), $0.double("lambd"))
    }
    add("softshrink(Tensor input, float lambd=0.5)") {
      try Ops.softshrink($0.tensor("input"), $0.double("lambd"))
    }
    add("threshold(Tensor input, Scalar threshold, Scalar value, bool inplace=False)") { a in
      try a.possiblyInPlace { x throws(BackplaneError) in try Ops.threshold(x, a.scalar("threshold"), a.scalar("value"))
      }
    }
    add("softplus(Tensor input, float beta=1.0, float threshold=20.0)") {
      try Ops.softplus($0.tensor("input"), beta: $0.double("beta"), threshold: $0.double("threshold"))
    }
    add("gelu(Tensor input, *, str approximate='none')") {
      guard let rule = Functional.GELUApproximation(rawValue: $0.string("approximate")) else {
        throw BackplaneError(.value, "approximate argument must be either none or tanh.")
      }
      return try Ops.gelu($0.tensor("input"), rule)
    }
    add("softmin(Tensor input, int dim, Any? _stacklevel=3, ScalarType? dtype=None)") { a in
      // Bytes are negated as bytes, before they are converted.
      let negative = try Ops.neg(a.tensor("input"))
      return try Ops.softmax(Ops.cast(negative, a.dtype() ?? negative.dtype), a.int("dim"))
    }
    add("gumbel_softmax(Tensor logits, float tau=1, bool hard=False, float eps=1e-10, int dim=-1)") {
      try Ops.gumbelSoftmax(
        $0.tensor("logits"), tau: $0.double("tau"), hard: $0.bool("hard"), dim: $0.int("dim"), nil)
    }
    add("glu(Tensor input, int dim=-1)") { try Ops.glu($0.tensor("input"), $0.int("dim")) }
  }
}
