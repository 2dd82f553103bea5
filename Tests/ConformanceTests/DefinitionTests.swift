import BackendAPI
import ConformanceSuite
import Testing

/// The header's table of definitions and the catalogue, which does not read it, say the same.
@Test(arguments: OperatorCatalogue.all.map(\.name))
func definitionsMatchTheCatalogue(_ name: String) throws {
  let entry = try #require(OperatorCatalogue.entry(named: name))
  let definition = try #require(bp_op_definition_of(entry.id)).pointee
  func has(_ flag: UInt32) -> Bool { definition.flags & flag != 0 }
  #expect(String(cString: definition.name) == name)
  #expect(has(BP_DEFINITION_EXTENDED) == !entry.isCore)
  #expect(has(BP_DEFINITION_READS_OUTPUTS) == entry.readsOutputs)
  #expect(has(BP_DEFINITION_ELEMENTWISE) == (entry.family == .elementwise || entry.id == BP_OP_COPY))
  #expect(has(BP_DEFINITION_IMMEDIATES) == (has(BP_DEFINITION_ELEMENTWISE) || entry.id == BP_OP_FILL))
  let takesIndices = ["MAX_POOL_BACKWARD", "CROSS_ENTROPY", "CROSS_ENTROPY_BACKWARD"].contains(name)
  #expect(has(BP_DEFINITION_INDICES) == (entry.family == .indexing || takesIndices))
  #expect(has(BP_DEFINITION_REPEATED) == (entry.family == .optimizer))
  #expect(has(BP_DEFINITION_ANY_STRIDES) == (entry.id == BP_OP_COPY || entry.id == BP_OP_FILL))
  #expect((definition.params_size > 0) == entry.hasParameters)

  // The catalogue's choices of types are all that there are: none that differs in one place is another. Those with
  // optional operands and those without are compared apart.
  let numbers = Dictionary(grouping: entry.signatures) { [$0.inputs.count, $0.outputs.count] }
  for (number, signatures) in numbers { compareTypes(entry, signatures, inputCount: number[0]) }
}

private func compareTypes(_ entry: OperatorEntry, _ signatures: [Signature], inputCount: Int) {
  let admitted = Set(signatures.map { ($0.inputs + $0.outputs).map(\.rawValue) })
  var candidates = admitted
  for types in admitted {
    for place in types.indices {
      for other in DType.allCases {
        var changed = types
        changed[place] = other.rawValue
        candidates.insert(changed)
      }
    }
  }
  let count = admitted.first?.count ?? 0
  candidates.formUnion(DType.allCases.map { Array(repeating: $0.rawValue, count: count) })
  for types in candidates {
    #expect(
      check(entry.id, types, inputCount) == admitted.contains(types),
      "\(entry.name): \(types.prefix(inputCount)) to the rest of \(types)"
    )
  }
}

/// Whether the header's check lets operands of these types pass.
private func check(_ op: Int32, _ types: [Int32], _ inputCount: Int) -> Bool {
  let tensors = types.map { dtype in
    bp_tensor(
      struct_size: UInt32(MemoryLayout<bp_tensor>.size), dtype: dtype, rank: 0, flags: 0, buffer: 0, byte_offset: 0,
      shape: nil, strides: nil, immediate: (0, 0))
  }
  return tensors.withUnsafeBufferPointer { tensors in
    let pointers = tensors.indices.map { UnsafePointer<bp_tensor>?(tensors.baseAddress! + $0) }
    return pointers.withUnsafeBufferPointer { pointers in
      var call = bp_op()
      (call.op, call.version) = (op, 1)
      (call.input_count, call.output_count) = (Int32(inputCount), Int32(types.count - inputCount))
      (call.inputs, call.outputs) = (pointers.baseAddress, pointers.baseAddress.map { $0 + inputCount })
      return bp_check_types(&call, BP_TYPES_ALL, nil) == BP_OK
    }
  }
}
