// Creation by name.

extension OperatorRegistry {
  /// What every function that makes a tensor takes.
  static let options =
    "ScalarType? dtype=None, Any? layout=None, Device? device=None, bool? requires_grad=False, Any? pin_memory=None"

  /// What a function has made, which may be asked for gradients.
  static func finish(_ result: Tensor, _ a: BoundArguments) throws(BackplaneError) -> Tensor {
    a.optionalScalar("requires_grad")?.isTrue == true ? try Autograd.require(true, of: result) : result
  }

  mutating func addCreation() {
    let options = OperatorRegistry.options
    typealias Factory = @Sendable ([Int], DType, Device?) throws(BackplaneError) -> Tensor
    func addFactory(_ name: String, _ make: @escaping Factory) {
      add("\(name)(int[] size, *, \(options))") {
        try OperatorRegistry.finish(make($0.ints("size"), $0.dtype() ?? .float32, $0.device()), $0)
      }
      add("\(name)_like(Tensor input, *, \(options), Any? memory_format=None)") { a in
        let x = a.tensor("input")
        return try OperatorRegistry.finish(make(x.layout.shape, a.dtype() ?? x.dtype, a.device() ?? x.device), a)
      }
      add("new_\(name)(Tensor input, int[] size, *, \(options))") { a in
        let x = a.tensor("input")
        return try OperatorRegistry.finish(make(a.ints("size"), a.dtype() ?? x.dtype, a.device() ?? x.device), a)
      }
    }
    addFactory("zeros") { shape, dtype, device throws(BackplaneError) in try Ops.full(shape, .int(0), dtype, device) }
    addFactory("ones") { shape, dtype, device throws(BackplaneError) in try Ops.full(shape, .int(1), dtype, device) }
    addFactory("empty") { shape, dtype, device throws(BackplaneError) in
      try Ops.empty(shape, dtype, on: Ops.context(device))
    }
    add("full(int[] size, Scalar fill_value, *, \(options))") {
      try OperatorRegistry.finish(Ops.full($0.ints("size"), $0.scalar("fill_value"), $0.dtype(), $0.device()), $0)
    }
    add("full_like(Tensor input, Scalar fill_value, *, \(options), Any? memory_format=None)") { a in
      let x = a.tensor("input")
      return try OperatorRegistry.finish(
        Ops.full(x.layout.shape, a.scalar("fill_value"), a.dtype() ?? x.dtype, a.device() ?? x.device), a)
    }
    add("scalar_tensor(Scalar s, *, \(OperatorRegistry.options))") {
      let value = $0.scalar("s"), dtype = $0.dtype() ?? .float32
      try value.requireFits(dtype, roundingToInfinity: dtype.byteCount == 2)
      return try OperatorRegistry.finish(Ops.full(.scalar, value, dtype, on: Ops.context($0.device())), $0)
    }
    add("arange(Scalar start, Scalar end, Scalar step=1, *, \(options))") {
      try OperatorRegistry.finish(
        Ops.arange($0.scalar("start"), $0.scalar("end"), $0.scalar("step"), $0.dtype(), on: Ops.context($0.device())),
        $0)
    }
    add("arange(Scalar end, *, \(options))") {
      try OperatorRegistry.finish(
        Ops.arange(.int(0), $0.scalar("end"), .int(1), $0.dtype(), on: Ops.context($0.device())), $0)
    }
    add("linspace(Scalar start, Scalar end, int steps, *, \(options))") {
      try OperatorRegistry.finish(
        Ops.linspace(
          $0.double("start"), $0.double("end"), steps: $0.int("steps"), $0.dtype() ?? .float32, $0.device()), $0)
    }
    add("eye(int n, int? m=None, *, \(options))") {
      try OperatorRegistry.finish(
        Ops.eye($0.int("n"), $0.optionalInt("m"), $0.dtype() ?? .float32, $0.device()), $0)
    }
  }

  mutating func addCreationLike() {
    let options = OperatorRegistry.options
    add("new_full(Tensor input, int[] size, Scalar fill_value, *, \(options))") { a in
      let x = a.tensor("input")
      return try OperatorRegistry.finish(
        Ops.full(a.ints("size"), a.scalar("fill_value"), a.dtype() ?? x.dtype, a.device() ?? x.device), a)
    }
    add("new_empty_strided(Tensor input, int[] size, int[] stride, *, \(options))") { a in
      let x = a.tensor("input")
      return try Ops.emptyStrided(a.ints("size"), a.ints("stride"), a.dtype() ?? x.dtype, a.device() ?? x.device)
    }
    add("empty_strided(int[] size, int[] stride, *, \(options))") {
      try Ops.emptyStrided($0.ints("size"), $0.ints("stride"), $0.dtype() ?? .float32, $0.device())
    }
    add("logspace(Scalar start, Scalar end, int steps, float base=10.0, *, \(options))") {
      try OperatorRegistry.finish(
        Ops.logspace(
          $0.double("start"), $0.double("end"), steps: $0.int("steps"), base: $0.double("base"),
          $0.dtype() ?? .float32, $0.device()), $0)
    }
  }
}
