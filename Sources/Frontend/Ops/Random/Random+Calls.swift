// Uniform and normal random numbers by name.

extension OperatorRegistry {
  mutating func addRandom() {
    let options = OperatorRegistry.options + ", Any? generator=None"
    func addRandom(_ name: String, _ make: @escaping @Sendable ([Int], DType, Device?) -> Tensor) {
      add("\(name)(int[] size, *, \(options))") {
        OperatorRegistry.finish(make($0.ints("size"), $0.dtype() ?? .float32, $0.device()), $0)
      }
      add("\(name)_like(Tensor input, *, \(options), Any? memory_format=None)") { a in
        let x = a.tensor("input")
        return OperatorRegistry.finish(make(x.layout.shape, a.dtype() ?? x.dtype, a.device() ?? x.device), a)
      }
    }
    addRandom("rand") { Tensor.rand($0, dtype: $1, device: $2) }
    addRandom("randn") { Tensor.randn($0, dtype: $1, device: $2) }
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
    let like = options + ", Any? memory_format=None"
    add("randint_like(Tensor input, int high, *, \(like))") { a in
      let x = a.tensor("input")
      return Tensor.randintLike(x, 0, a.int("high"), dtype: a.dtype()).to(a.device() ?? x.device)
    }
    add("randint_like(Tensor input, int low, int high, *, \(like))") { a in
      let x = a.tensor("input")
      return Tensor.randintLike(x, a.int("low"), a.int("high"), dtype: a.dtype()).to(a.device() ?? x.device)
    }
  }
}
