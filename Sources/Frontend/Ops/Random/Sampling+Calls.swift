// Random numbers of other distributions by name.

extension OperatorRegistry {
  mutating func addSampling() {
    let options = OperatorRegistry.options + ", Any? generator=None"
    add("bernoulli(Tensor input, *, Any? generator=None)") { a in
      try Ops.bernoulli(a.tensor("input"), like: a.tensor("input"), nil)
    }
    add("bernoulli(Tensor input, float p, *, Any? generator=None)") {
      try Ops.bernoulli($0.double("p"), like: $0.tensor("input").detach(), nil)
    }
    add("multinomial(Tensor input, int num_samples, bool replacement=False, *, Any? generator=None)") {
      try Ops.multinomial($0.tensor("input"), $0.int("num_samples"), replacement: $0.bool("replacement"), nil)
    }
    add("normal(Tensor mean, Tensor std, *, Any? generator=None)") {
      try Ops.normal($0.tensor("mean"), $0.tensor("std"), nil)
    }
    add("normal(Tensor mean, float std=1, *, Any? generator=None)") { a in
      try Ops.normal(a.tensor("mean"), Ops.wrapped(a.scalar("std"), beside: a.tensor("mean")), nil)
    }
    add("normal(float mean, Tensor std, *, Any? generator=None)") { a in
      try Ops.normal(Ops.wrapped(a.scalar("mean"), beside: a.tensor("std")), a.tensor("std"), nil)
    }
    add("normal(float mean, float std, int[] size, *, \(options))") { a in
      let x = try Ops.empty(a.ints("size"), a.dtype() ?? .float32, on: Ops.context(a.device()))
      return try Ops.normal(like: x, a.double("mean"), a.double("std"), nil)
    }
    // The methods that fill a tensor, of a copy.
    func addFilling(
      _ name: String, _ parameters: String,
      _ draw: @escaping @Sendable (BoundArguments, Tensor) throws(BackplaneError) -> Tensor
    ) {
      add("\(name)(Tensor input, \(parameters), *, Any? generator=None)") { try draw($0, $0.tensor("input").detach()) }
      add("\(name)_(Tensor input, \(parameters), *, Any? generator=None)") { a in
        let x = a.tensor("input")
        try Ops.copy(draw(a, x.detach()), into: x)
        return x
      }
    }
    addFilling("normal", "float mean=0, float std=1") { a, x throws(BackplaneError) in
      try Ops.normal(like: x, a.double("mean"), a.double("std"), nil)
    }
    addFilling("uniform", "float from=0, float to=1") { a, x throws(BackplaneError) in
      try Ops.uniform(like: x, a.double("from"), a.double("to"), nil)
    }
    addFilling("exponential", "float lambd=1") { a, x throws(BackplaneError) in
      try Ops.exponential(like: x, rate: a.double("lambd"), nil)
    }
    addFilling("cauchy", "float median=0, float sigma=1") { a, x throws(BackplaneError) in
      try Ops.cauchy(like: x, a.double("median"), a.double("sigma"), nil)
    }
    addFilling("log_normal", "float mean=1, float std=2") { a, x throws(BackplaneError) in
      try Ops.logNormal(like: x, a.double("mean"), a.double("std"), nil)
    }
    addFilling("geometric", "float p") { a, x throws(BackplaneError) in
      try Ops.geometric(like: x, a.double("p"), nil)
    }
  }
}
