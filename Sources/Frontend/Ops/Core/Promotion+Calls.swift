// Result types by name.

extension OperatorRegistry {
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
