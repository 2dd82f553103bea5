// Elementwise functions of two tensors by name, each also as `name_`, in place.

extension OperatorRegistry {
  /// A function of two tensors, or of a tensor and a number.
  struct TwoOperands: Sendable {
    typealias Tensors = @Sendable (Tensor, Tensor) throws(BackplaneError) -> Tensor
    let tensors: Tensors
    /// With a number second, where one is taken.
    var number: (@Sendable (Tensor, Scalar) throws(BackplaneError) -> Tensor)?
    /// With a number first, where one is taken.
    var numberFirst: (@Sendable (Scalar, Tensor) throws(BackplaneError) -> Tensor)?

    /// A function of tensors alone.
    init(_ tensors: @escaping Tensors) { self.tensors = tensors }

    /// Numbers are taken too, as 0-d tensors of the type that the number has beside the tensor.
    init(wrapping tensors: @escaping Tensors, first: Bool = true) {
      self.tensors = tensors
      number = { x, y throws(BackplaneError) in try tensors(x, Ops.wrapped(y, beside: x)) }
      guard first else { return }
      numberFirst = { x, y throws(BackplaneError) in try tensors(Ops.wrapped(x, beside: y), y) }
    }

    init(_ f: BinaryFunction, _ numbers: BinaryFunction.Numbers) {
      tensors = { x, y throws(BackplaneError) in try Ops.binary(f, x, y) }
      if numbers.contains(.second) { number = { x, y throws(BackplaneError) in try Ops.binary(f, x, y) } }
      if numbers.contains(.first) { numberFirst = { x, y throws(BackplaneError) in try Ops.binary(f, x, y) } }
    }
  }

  /// - Parameter numbers: Whether two numbers are taken too.
  mutating func addTwo(
    _ names: [String], second: String = "other", inPlace: Bool = true, numbers: Bool = false, _ f: TwoOperands
  ) {
    for name in names {
      if numbers, let number = f.number {
        add("\(name)(Scalar input, Scalar \(second))") { try number($0.number("input"), $0.scalar(second)) }
      }
      add("\(name)(Tensor input, Tensor \(second))") { try f.tensors($0.tensor("input"), $0.tensor(second)) }
      if let number = f.number {
        add("\(name)(Tensor input, Scalar \(second))") { try number($0.tensor("input"), $0.scalar(second)) }
      }
      if let numberFirst = f.numberFirst {
        add("\(name)(Scalar input, Tensor \(second))") { try numberFirst($0.scalar("input"), $0.tensor(second)) }
      }
      guard inPlace else { continue }
      add("\(name)_(Tensor input, Tensor \(second))") { a in
        let x = a.tensor("input")
        try InPlace.update(x) { x throws(BackplaneError) in try f.tensors(x, a.tensor(second)) }
        return x
      }
      guard let number = f.number else { continue }
      add("\(name)_(Tensor input, Scalar \(second))") { a in
        let x = a.tensor("input")
        try InPlace.update(x) { x throws(BackplaneError) in try number(x, a.scalar(second)) }
        return x
      }
    }
  }

  mutating func addBinary() {
    for f in BinaryFunction.all {
      guard let numbers = f.numbers else { continue }
      addTwo(f.names, inPlace: f.hasInPlaceForm, numbers: numbers.contains(.both), TwoOperands(f, numbers))
    }
    addTwo(["true_divide"], numbers: true, TwoOperands(.div, .either))
    addTwo(["bitwise_left_shift", "__lshift__"], .init(wrapping: Ops.shiftLeft))
    addTwo(["bitwise_right_shift", "__rshift__"], .init(wrapping: Ops.shiftRight))
    addTwo(
      ["fmax"], inPlace: false, .init { x, y throws(BackplaneError) in try Ops.extremeOfNumbers(greater: true, x, y) })
    addTwo(
      ["fmin"], inPlace: false, .init { x, y throws(BackplaneError) in try Ops.extremeOfNumbers(greater: false, x, y) })
    addTwo(["hypot"], .init(Ops.hypot))
    addTwo(
      ["logaddexp"], inPlace: false, .init { x, y throws(BackplaneError) in try Ops.logAddExp(x, y, base2: false) })
    addTwo(
      ["logaddexp2"], inPlace: false, .init { x, y throws(BackplaneError) in try Ops.logAddExp(x, y, base2: true) })
    addTwo(["copysign"], .init(wrapping: Ops.copysign, first: false))
    addTwo(["heaviside"], second: "values", .init(Ops.heaviside))
    addTwo(["xlogy", "special.xlogy"], .init(wrapping: Ops.xlogy))
    addTwo(["special.xlog1py"], inPlace: false, .init(wrapping: Ops.xlog1py))
    var power = TwoOperands(Ops.floatPower)
    power.number = Ops.floatPower
    power.numberFirst = Ops.floatPower
    addTwo(["float_power"], second: "exponent", power)
    power = TwoOperands { x, y throws(BackplaneError) in try Ops.pow(x, y) }
    power.number = { x, y throws(BackplaneError) in try Ops.pow(x, y) }
    power.numberFirst = { x, y throws(BackplaneError) in try Ops.pow(x, y) }
    addTwo(["pow"], second: "exponent", power)
    func logical(_ f: BinaryFunction) -> TwoOperands {
      .init { x, y throws(BackplaneError) in try Ops.binary(f, Ops.cast(x, .bool), Ops.cast(y, .bool)) }
    }
    addTwo(["logical_and"], logical(.bitwiseAnd))
    addTwo(["logical_or"], logical(.bitwiseOr))
    addTwo(["logical_xor"], logical(.bitwiseXor))
    addSums()
    for name in ["div", "divide"] { addDivision(name) }
  }

  /// input ± alpha · other.
  private mutating func addSums() {
    func add(_ name: String, _ f: BinaryFunction, reversed: Bool = false) {
      @Sendable func sum(_ a: BoundArguments, _ x: Tensor) throws(BackplaneError) -> Tensor {
        let alpha = a.scalar("alpha")
        if let other = a.optionalTensor("other") {
          if reversed { return try Ops.binary(f, other, Ops.scaled(f, x, by: alpha, beside: other)) }
          return try Ops.binary(f, x, Ops.scaled(f, other, by: alpha, beside: x))
        }
        let other = a.scalar("other")
        if reversed { return try Ops.binary(f, other, Ops.scaled(f, x, by: alpha, beside: other)) }
        if alpha == .int(1) { return try Ops.binary(f, x, other) }
        let result = try Ops.resultType(f, x, other)
        try Ops.checkAlpha(alpha, result)
        return try Ops.binary(f, x, result == .bool ? .bool(other.isTrue && alpha.isTrue) : other.times(alpha))
      }
      for type in ["Tensor", "Scalar"] {
        self.add("\(name)(Tensor input, \(type) other, *, Scalar alpha=1)") { try sum($0, $0.tensor("input")) }
        guard !reversed else { continue }
        self.add("\(name)_(Tensor input, \(type) other, *, Scalar alpha=1)") { a in
          let x = a.tensor("input")
          try InPlace.update(x) { x throws(BackplaneError) in try sum(a, x) }
          return x
        }
      }
      guard !reversed else { return }
      self.add("\(name)(Scalar input, Tensor other, *, Scalar alpha=1)") { a in
        let input = a.scalar("input")
        return try Ops.binary(f, input, Ops.scaled(f, a.tensor("other"), by: a.scalar("alpha"), beside: input))
      }
      self.add("\(name)(Scalar input, Scalar other, *, Scalar alpha=1)") { try sum($0, $0.number("input")) }
    }
    add("add", .add)
    add("sub", .sub)
    add("subtract", .sub)
    add("rsub", .sub, reversed: true)
  }

  private mutating func addDivision(_ name: String) {
    @Sendable func quotient(_ a: BoundArguments, _ x: Tensor) throws(BackplaneError) -> Tensor {
      let mode = try Ops.roundingMode(a.optionalString("rounding_mode"))
      if let other = a.optionalTensor("other") { return try Ops.div(x, other, mode) }
      return try Ops.div(x, a.scalar("other"), mode)
    }
    for type in ["Tensor", "Scalar"] {
      add("\(name)(Tensor input, \(type) other, *, str? rounding_mode=None)") { try quotient($0, $0.tensor("input")) }
      add("\(name)_(Tensor input, \(type) other, *, str? rounding_mode=None)") { a in
        let x = a.tensor("input")
        try InPlace.update(x) { x throws(BackplaneError) in try quotient(a, x) }
        return x
      }
    }
    add("\(name)(Scalar input, Tensor other, *, str? rounding_mode=None)") { a in
      let mode = try Ops.roundingMode(a.optionalString("rounding_mode")), other = a.tensor("other")
      guard let mode else { return try Ops.binary(.div, a.scalar("input"), other) }
      return try Ops.div(Ops.wrapped(a.scalar("input"), beside: other), other, mode)
    }
    add("\(name)(Scalar input, Scalar other, *, str? rounding_mode=None)") { try quotient($0, $0.number("input")) }
  }
}

extension BoundArguments {
  /// A number as a tensor, where the other operand is a number too.
  fileprivate func number(_ name: String) throws(BackplaneError) -> Tensor {
    try Ops.full(.scalar, scalar(name), scalar(name).defaultDType, on: Ops.context(nil))
  }
}
