// Elementwise functions of one tensor by name, each also as `name_`, in place.

extension OperatorRegistry {
  mutating func addUnary() {
    for f in UnaryFunction.all { add(f) }
    addFunction("sgn", Ops.sgn)
    addFunction("frac", Ops.frac)
    addFunction("sinc", Ops.sinc)
    addFunction("i0", Ops.i0)
    addFunction("square") { x throws(BackplaneError) in try Ops.square(x) }
    addFunction("logical_not", Ops.logicalNot)
    addFunction("conj_physical", Ops.conj)
    for name in ["deg2rad", "rad2deg"] {
      addFunction(name) { x throws(BackplaneError) in
        try Ops.scaled(name, x, name == "deg2rad" ? .pi / 180 : 180 / .pi)
      }
    }
    addFunction("round", ", *, int decimals=0") { a, x throws(BackplaneError) in
      try Ops.round(x, decimals: a.int("decimals"))
    }
    addFunction("logit", ", float? eps=None") { a, x throws(BackplaneError) in
      try Ops.logit(x, eps: a.optionalDouble("eps"))
    }
    addFunction("nan_to_num", ", float? nan=None, float? posinf=None, float? neginf=None") {
      a, x throws(BackplaneError) in
      try Ops.nanToNum(x, a.optionalDouble("nan") ?? 0, a.optionalDouble("posinf"), a.optionalDouble("neginf"))
    }
    addFunction("mvlgamma", ", int p") { a, x throws(BackplaneError) in try Ops.mvlgamma(x, a.int("p")) }
    add("polygamma(int n, Tensor input)") { try Ops.polygamma($0.int("n"), $0.tensor("input")) }
    // The method has the tensor first.
    add("polygamma(Tensor input, int n)") { try Ops.polygamma($0.int("n"), $0.tensor("input")) }
    add("positive(Tensor input)") { try Ops.positive($0.tensor("input")) }
    for type in ["Scalar", "Tensor"] {
      add("fill(Tensor input, \(type) value)") { try Ops.filled($0.tensor("input"), $0) }
      add("fill_(Tensor input, \(type) value)") { a in
        let x = a.tensor("input")
        try InPlace.update(x) { x throws(BackplaneError) in try Ops.filled(x, a) }
        return x
      }
    }
    add("zero_(Tensor input)") { a in
      try Ops.fillInPlace(a.tensor("input"), .int(0))
      return a.tensor("input")
    }
  }

  /// A row of the table under all its names, each with the form in place that PyTorch has of it.
  private mutating func add(_ f: UnaryFunction) {
    let body: UnaryFunction.Function
    let change: @Sendable (Tensor) throws(BackplaneError) -> Void
    switch f.calls {
    case .plain:
      body = { x throws(BackplaneError) in try Ops.unary(f, x) }
      change = { x throws(BackplaneError) in try Ops.unaryInPlace(f, x) }
    case .through(let function):
      body = function
      // In place, a result of another type than the operand's is refused as the method refuses it.
      change = { x throws(BackplaneError) in
        try x.dtype.isComplex ? Ops.unaryInPlace(f, x) : InPlace.update(x, function)
      }
    case .own: return
    }
    for name in f.names {
      let mayChange = f.hasInPlaceOption && name.hasPrefix("nn.functional.")
      add("\(name)(Tensor input\(mayChange ? ", bool inplace=False" : ""))") { a in
        let x = a.tensor("input")
        guard mayChange, a.bool("inplace") else { return try body(x) }
        try change(x)
        return x
      }
      guard !name.contains(".") else { continue }
      add("\(name)_(Tensor input)") { a in
        try change(a.tensor("input"))
        return a.tensor("input")
      }
    }
  }

  /// A function of a tensor, and the same in place.
  private mutating func addFunction(
    _ name: String, _ f: @escaping @Sendable (Tensor) throws(BackplaneError) -> Tensor
  ) {
    addFunction(name, "") { _, x throws(BackplaneError) in try f(x) }
  }

  /// The same with further parameters.
  private mutating func addFunction(
    _ name: String, _ parameters: String,
    _ f: @escaping @Sendable (BoundArguments, Tensor) throws(BackplaneError) -> Tensor
  ) {
    add("\(name)(Tensor input\(parameters))") { try f($0, $0.tensor("input")) }
    add("\(name)_(Tensor input\(parameters))") { a in
      let x = a.tensor("input")
      try InPlace.update(x) { x throws(BackplaneError) in try f(a, x) }
      return x
    }
  }

  /// The functions of `torch.special`.
  mutating func addSpecial() {
    func addFunction(_ name: String, _ f: @escaping @Sendable (Tensor) throws(BackplaneError) -> Tensor) {
      add("special.\(name)(Tensor input)") { try f($0.tensor("input")) }
    }
    addFunction("entr", Ops.entr)
    addFunction("erfcx", Ops.erfcx)
    addFunction("ndtr", Ops.ndtr)
    addFunction("ndtri", Ops.ndtri)
    addFunction("log_ndtr", Ops.logNdtr)
    addFunction("i0", Ops.i0)
    addFunction("i0e", Ops.i0e)
    addFunction("i1", Ops.i1)
    addFunction("i1e", Ops.i1e)
    addFunction("sinc", Ops.sinc)
    addFunction("round") { x throws(BackplaneError) in try Ops.unary(.round, x) }
    add("expit(Tensor input)") { try Ops.unary(.sigmoid, $0.tensor("input")) }
    add("special.logit(Tensor input, float? eps=None)") {
      try Ops.logit($0.tensor("input"), eps: $0.optionalDouble("eps"))
    }
    add("special.polygamma(int n, Tensor input)") { try Ops.polygamma($0.int("n"), $0.tensor("input")) }
    for name in ["multigammaln", "mvlgamma"] {
      add("special.\(name)(Tensor input, int p)") { try Ops.mvlgamma($0.tensor("input"), $0.int("p")) }
    }
  }
}

extension Ops {
  /// A tensor like x of one value, a number or a 0-d tensor.
  fileprivate static func filled(_ x: Tensor, _ a: BoundArguments) throws(BackplaneError) -> Tensor {
    let everywhere = try full(x.layout, .bool(true), .bool, on: x.context)
    guard let value = a.optionalTensor("value") else { return try maskedFill(x, everywhere, a.scalar("value")) }
    guard value.layout.rank == 0 else {
      throw BackplaneError(
        .shape,
        "fill only supports 0-dimension value tensor but got tensor with \(value.layout.rank) dimensions.")
    }
    return try select(everywhere, .tensor(cast(value, x.dtype)), .tensor(x), x.dtype)
  }
}
