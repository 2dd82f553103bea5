// Creation and random numbers by name.

extension OperatorRegistry {
  /// What every function that makes a tensor takes.
  static let options =
    "ScalarType? dtype=None, Any? layout=None, Device? device=None, bool? requires_grad=False, Any? pin_memory=None"

  static func finish(_ result: Tensor, _ a: BoundArguments) -> Tensor {
    a.optionalScalar("requires_grad")?.isTrue == true ? result.requiresGrad_() : result
  }

  mutating func addCreation() {
    let options = OperatorRegistry.options
    func addFactory(
      _ name: String, _ make: @escaping @Sendable ([Int], DType, Device?) -> Tensor,
      _ like: @escaping @Sendable (Tensor, DType?, Device?) -> Tensor
    ) {
      add("\(name)(int[] size, *, \(options))") {
        OperatorRegistry.finish(make($0.ints("size"), $0.dtype() ?? .float32, $0.device()), $0)
      }
      add("\(name)_like(Tensor input, *, \(options), Any? memory_format=None)") {
        OperatorRegistry.finish(like($0.tensor("input"), $0.dtype(), $0.device()), $0)
      }
    }
    addFactory("zeros", { Tensor.zeros($0, dtype: $1, device: $2) }) { x, dtype, device in
      Tensor.zeros(x.layout.shape, dtype: dtype ?? x.dtype, device: device ?? x.device)
    }
    addFactory("ones", { Tensor.ones($0, dtype: $1, device: $2) }) { x, dtype, device in
      Tensor.ones(x.layout.shape, dtype: dtype ?? x.dtype, device: device ?? x.device)
    }
    addFactory("empty", { Tensor.empty($0, dtype: $1, device: $2) }) { x, dtype, device in
      Tensor.empty(x.layout.shape, dtype: dtype ?? x.dtype, device: device ?? x.device)
    }
    add("full(int[] size, Scalar fill_value, *, \(options))") {
      OperatorRegistry.finish(
        Tensor.full($0.ints("size"), $0.scalar("fill_value"), dtype: $0.dtype(), device: $0.device()), $0)
    }
    add("full_like(Tensor input, Scalar fill_value, *, \(options), Any? memory_format=None)") { a in
      let x = a.tensor("input")
      return OperatorRegistry.finish(
        Tensor.full(
          x.layout.shape, a.scalar("fill_value"), dtype: a.dtype() ?? x.dtype, device: a.device() ?? x.device), a)
    }
    add("arange(Scalar start, Scalar end, Scalar step=1, *, \(options))") {
      OperatorRegistry.finish(
        Tensor.arange($0.scalar("start"), $0.scalar("end"), $0.scalar("step"), dtype: $0.dtype(), device: $0.device()),
        $0)
    }
    add("arange(Scalar end, *, \(options))") {
      OperatorRegistry.finish(Tensor.arange($0.scalar("end"), dtype: $0.dtype(), device: $0.device()), $0)
    }
    add("linspace(Scalar start, Scalar end, int steps, *, \(options))") {
      OperatorRegistry.finish(
        Tensor.linspace(
          $0.double("start"), $0.double("end"), steps: $0.int("steps"), dtype: $0.dtype() ?? .float32,
          device: $0.device()), $0)
    }
    add("eye(int n, int? m=None, *, \(options))") {
      OperatorRegistry.finish(
        Tensor.eye($0.int("n"), m: $0.optionalInt("m"), dtype: $0.dtype() ?? .float32, device: $0.device()), $0)
    }
  }

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
  }
}
