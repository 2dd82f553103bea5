// Complex numbers by name.

extension OperatorRegistry {
  mutating func addComplex() {
    func add(_ name: String, _ f: @escaping @Sendable (Tensor) throws(BackplaneError) -> Tensor) {
      self.add("\(name)(Tensor input)") { try f($0.tensor("input")) }
    }
    add("real", Ops.real)
    add("imag", Ops.imag)
    add("conj", Ops.conj)
    add("resolve_conj") { x throws(BackplaneError) in x }
    add("resolve_neg") { x throws(BackplaneError) in x }
    add("angle", Ops.angle)
    add("isreal", Ops.isReal)
    add("view_as_real", Ops.viewAsReal)
    add("view_as_complex", Ops.viewAsComplex)
    self.add("is_complex(Tensor input)") { $0.tensor("input").isComplex }
    self.add("is_floating_point(Tensor input)") { $0.tensor("input").isFloatingPoint }
    self.add("complex(Tensor real, Tensor imag)") { try Ops.complex($0.tensor("real"), $0.tensor("imag")) }
    self.add("polar(Tensor abs, Tensor angle)") { try Ops.polar($0.tensor("abs"), $0.tensor("angle")) }
    for (name, dtype) in [("cfloat", DType.complex64), ("cdouble", .complex128)] {
      self.add("\(name)(Tensor input, *, Any? memory_format=None)") { try Ops.cast($0.tensor("input"), dtype) }
    }
  }
}
