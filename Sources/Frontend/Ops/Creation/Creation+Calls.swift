// Creation by name.

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
    add("scalar_tensor(Scalar s, *, \(OperatorRegistry.options))") {
      let value = $0.scalar("s"), dtype = $0.dtype() ?? .float32
      try value.requireFits(dtype, roundingToInfinity: dtype.byteCount == 2)
      return OperatorRegistry.finish(try Ops.full(.scalar, value, dtype, on: Ops.context($0.device())), $0)
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
        Tensor.eye($0.int("n"), $0.optionalInt("m"), dtype: $0.dtype() ?? .float32, device: $0.device()), $0)
    }
  }

  mutating func addCreationLike() {
    let options = OperatorRegistry.options
    func add(_ name: String, _ make: @escaping @Sendable (Tensor, [Int], DType?, Device?) -> Tensor) {
      self.add("\(name)(Tensor input, int[] size, *, \(options))") {
        OperatorRegistry.finish(make($0.tensor("input"), $0.ints("size"), $0.dtype(), $0.device()), $0)
      }
    }
    add("new_zeros") { $0.newZeros($1, dtype: $2, device: $3) }
    add("new_ones") { $0.newOnes($1, dtype: $2, device: $3) }
    add("new_empty") { $0.newEmpty($1, dtype: $2, device: $3) }
    self.add("new_full(Tensor input, int[] size, Scalar fill_value, *, \(options))") {
      OperatorRegistry.finish(
        $0.tensor("input").newFull($0.ints("size"), $0.scalar("fill_value"), dtype: $0.dtype(), device: $0.device()),
        $0)
    }
    self.add("new_empty_strided(Tensor input, int[] size, int[] stride, *, \(options))") { a in
      let x = a.tensor("input")
      return Tensor.emptyStrided(
        a.ints("size"), a.ints("stride"), dtype: a.dtype() ?? x.dtype, device: a.device() ?? x.device)
    }
    self.add("empty_strided(int[] size, int[] stride, *, \(options))") {
      Tensor.emptyStrided($0.ints("size"), $0.ints("stride"), dtype: $0.dtype() ?? .float32, device: $0.device())
    }
    self.add("logspace(Scalar start, Scalar end, int steps, float base=10.0, *, \(options))") {
      OperatorRegistry.finish(
        Tensor.logspace(
          $0.double("start"), $0.double("end"), steps: $0.int("steps"), base: $0.double("base"),
          dtype: $0.dtype() ?? .float32, device: $0.device()), $0)
    }
  }
}
