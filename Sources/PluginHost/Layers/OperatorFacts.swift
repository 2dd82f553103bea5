import BackendAPI

/// What the header's table says of its operators. One that this host does not know is given the benefit of the doubt.
package enum OperatorFacts {
  /// The operator as the header has it, without `BP_OP_`: `ADD`.
  static func name(_ id: Int32) -> String {
    guard let definition = bp_op_definition_of(id) else { return "operator \(id)" }
    return String(cString: definition.pointee.name)
  }

  /// Whether the plugin reads its outputs.
  package static func readsOutputs(_ id: Int32) -> Bool { has(BP_DEFINITION_READS_OUTPUTS, id) }

  /// Whether each element of the result depends on the operands' elements at its place alone, so that it may be a step of
  /// a fused program.
  package static func isElementwise(_ id: Int32) -> Bool { has(BP_DEFINITION_ELEMENTWISE, id) }

  /// Whether outputs may have negative strides [BP-4.2], and operands are not made contiguous.
  package static func takesAnyStrides(_ id: Int32) -> Bool { has(BP_DEFINITION_ANY_STRIDES, id) }

  /// Whether an input may be an immediate [BP-4.6].
  static func takesImmediates(_ id: Int32) -> Bool { has(BP_DEFINITION_IMMEDIATES, id) }

  /// Whether an input holds indices, which the plugin alone can check.
  static func takesIndices(_ id: Int32) -> Bool { has(BP_DEFINITION_INDICES, id) }

  private static func has(_ flag: UInt32, _ id: Int32) -> Bool {
    guard let definition = bp_op_definition_of(id) else { return true }
    return definition.pointee.flags & flag != 0
  }
}
