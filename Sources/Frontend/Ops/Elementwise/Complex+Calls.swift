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

  /// What types operations give.
  mutating func addTypes() {
    add("can_cast(ScalarType from_, ScalarType to)") { canCast($0.dtype("from_")!, $0.dtype("to")!) }
    add("promote_types(ScalarType type1, ScalarType type2)") { promoteTypes($0.dtype("type1")!, $0.dtype("type2")!) }
    add("result_type(Tensor tensor1, Tensor tensor2)") { resultType($0.tensor("tensor1"), $0.tensor("tensor2")) }
    add("result_type(Tensor tensor, Scalar scalar)") { resultType($0.tensor("tensor"), $0.scalar("scalar")) }
    add("result_type(Scalar scalar, Tensor tensor)") { resultType($0.scalar("scalar"), $0.tensor("tensor")) }
    add("result_type(Scalar scalar1, Scalar scalar2)") {
      DType.promote($0.scalar("scalar1").defaultDType, $0.scalar("scalar2").defaultDType)
    }
    add("type_as(Tensor input, Tensor other)") { try Ops.cast($0.tensor("input"), $0.tensor("other").dtype) }
  }
}
