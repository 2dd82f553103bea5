// Uniform and normal random numbers by name.

extension OperatorRegistry {
  mutating func addRandom() {
    let options = OperatorRegistry.options + ", Any? generator=None"
    for (name, op) in [("rand", Operator.randomUniform), ("randn", .randomNormal)] {
      add("\(name)(int[] size, *, \(options))") { a in
        try OperatorRegistry.finish(
          Ops.randomOfAny(op, a.ints("size"), a.dtype() ?? .float32, nil, on: Ops.context(a.device())), a)
      }
      add("\(name)_like(Tensor input, *, \(options), Any? memory_format=None)") { a in
        let x = a.tensor("input")
        return try OperatorRegistry.finish(
          Ops.randomOfAny(op, x.layout.shape, a.dtype() ?? x.dtype, nil, on: Ops.context(a.device() ?? x.device)), a)
      }
    }
    add("randint(int low, int high, int[] size, *, \(options))") {
      try Ops.randint(
        $0.int("low"), $0.int("high"), $0.ints("size"), $0.dtype() ?? .int64, on: Ops.context($0.device()))
    }
    add("randint(int high, int[] size, *, \(options))") {
      try Ops.randint(0, $0.int("high"), $0.ints("size"), $0.dtype() ?? .int64, on: Ops.context($0.device()))
    }
    add("randperm(int n, *, \(options))") {
      try Ops.randperm($0.int("n"), $0.dtype() ?? .int64, nil, on: Ops.context($0.device()))
    }
    @Sendable func integers(
      _ low: Int, _ high: Int, _ x: Tensor, _ a: BoundArguments
    ) throws(BackplaneError) -> Tensor {
      try Ops.randint(
        low, high, x.layout.shape, a.dtype() ?? x.dtype, on: Ops.context(a.device() ?? x.device))
    }
    let like = options + ", Any? memory_format=None"
    add("randint_like(Tensor input, int high, *, \(like))") {
      try integers(0, $0.int("high"), $0.tensor("input"), $0)
    }
    add("randint_like(Tensor input, int low, int high, *, \(like))") {
      try integers($0.int("low"), $0.int("high"), $0.tensor("input"), $0)
    }
  }
}
