import BackendAPI

/// Programs that no rule allows [BP-12.2] [BP-12.5] [BP-12.6]: `bp_check_fusion` finds them.
extension ErrorTier {
  private static let float32 = DType.float32.rawValue
  private typealias Step = FusionProgram.Step

  private static func program(
    _ steps: [Step], inputs: [DType] = [.float32, .float32], outputs: [Int32] = [2]
  ) -> FusionProgram {
    FusionProgram(types: inputs.map(\.rawValue), steps: steps, outputs: outputs)
  }

  /// An addition that ends in a reduction.
  private static func reduced(_ op: Int32, _ value: Int32) -> FusionProgram {
    var program = program([add(0, 1)], outputs: [])
    program.reduction = (op, value)
    return program
  }

  private static func add(_ a: Int32, _ b: Int32) -> Step { Step(op: BP_OP_ADD, inputs: [a, b], dtype: float32) }

  private static let unlawfulPrograms: [(label: String, program: FusionProgram)] = [
    ("operator-9999", program([Step(op: 9999, inputs: [0, 1], dtype: float32)])),
    ("operator-0", program([Step(op: 0, inputs: [0, 1], dtype: float32)])),
    ("operator-negative", program([Step(op: -1, inputs: [0, 1], dtype: float32)])),
    ("reduction", program([Step(op: BP_OP_SUM, inputs: [0], dtype: float32)])),
    ("product", program([Step(op: BP_OP_MATMUL, inputs: [0, 1], dtype: float32)])),
    ("fill", program([Step(op: BP_OP_FILL, inputs: [0], dtype: float32)])),
    ("arange", program([Step(op: BP_OP_ARANGE, inputs: [], dtype: float32)])),
    ("attention", program([Step(op: BP_OP_ATTENTION, inputs: [0, 1, 1], dtype: float32)])),
    ("forward-reference", program([add(0, 3), add(0, 1)])),
    ("own-result", program([add(0, 2)])),
    ("value-beyond", program([add(0, 1000)])),
    ("value-greatest", program([add(0, .max)])),
    ("value-negative", program([add(-2, 1)])),
    ("value-missing", program([add(0, -1)])),
    ("value-too-many", program([Step(op: BP_OP_NEG, inputs: [0, 1], dtype: float32)])),
    ("types-contradict", program([add(0, 1)], inputs: [.float32, .int64])),
    ("result-contradicts", program([Step(op: BP_OP_ADD, inputs: [0, 1], dtype: DType.int64.rawValue)])),
    (
      "type-undefined",
      program([Step(op: BP_OP_EXP, inputs: [0], dtype: DType.int64.rawValue)], inputs: [.int64, .int64])
    ),
    (
      "type-99", FusionProgram(types: [99, 99], steps: [Step(op: BP_OP_ADD, inputs: [0, 1], dtype: 99)], outputs: [2])
    ),
    ("result-type-0", program([Step(op: BP_OP_COPY, inputs: [0], dtype: 0)])),
    ("output-twice", program([add(0, 1)], outputs: [2, 2])),
    ("output-is-input", program([add(0, 1)], outputs: [1])),
    ("output-beyond", program([add(0, 1)], outputs: [3])),
    ("output-negative", program([add(0, 1)], outputs: [-1])),
    ("no-steps", program([])),
    ("no-outputs", program([add(0, 1)], outputs: [])),
    ("inputs-17", program([add(0, 1)], inputs: Array(repeating: .float32, count: 17), outputs: [17])),
    ("steps-65", program(Array(repeating: add(0, 1), count: 65))),
    ("reduction-of-nothing", reduced(BP_OP_SUM, 0)),
    ("reduction-beyond", reduced(BP_OP_SUM, 3)),
    ("reduction-is-none", reduced(BP_OP_ADD, 2)),
    ("reduction-unknown", reduced(9999, 2)),
    ("outputs-17", program(Array(repeating: add(0, 1), count: 20), outputs: (2..<19).map { $0 })),
  ]

  static let fusion: [Check] =
    unlawfulPrograms.map { label, program in
      .optional("T3.fusion.\(label)") { subject throws(PluginError) in
        guard let fusion = try FusionExtension(subject.device) else { return nil }
        let findings = refused(program, by: fusion).map { ["\($0) [BP-12.5]"] } ?? []
        return findings + (try MemoryTier.roundTrip(subject, "after the refusal"))
      }
    } + [
      .optional("T3.fusion.unclaimed") { subject throws(PluginError) in
        guard let fusion = try FusionExtension(subject.device) else { return nil }
        var findings: [String] = []
        for fused in FusibleOperator.all(.full) where try !fused.isClaimed(by: subject) {
          let signature = fused.signature
          let step = Step(
            op: fused.entry.id, inputs: signature.inputs.indices.map(Int32.init), dtype: signature.outputs[0].rawValue)
          let program = program([step], inputs: signature.inputs, outputs: [Int32(signature.inputs.count)])
          if let finding = refused(program, by: fusion) {
            findings.append(
              "\(fused.entry.name) \(signature.label), which query_op does not claim: \(finding) [BP-12.2]")
          }
        }
        return findings
      }
    ]

  /// A finding unless prepare fails, with and without a bp_error.
  private static func refused(_ program: FusionProgram, by fusion: FusionExtension) -> String? {
    do throws(PluginError) {
      fusion.release(try fusion.prepare(program))
      return "fusion.prepare: expected an error, got OK"
    } catch {
      guard let code = error.code else { return "\(error)" }
      if error.flags & BP_ERROR_FLAG_STICKY != 0 { return "fusion.prepare: the error is sticky [BP-2.3]" }
      let bare = fusion.prepareWithoutError(program)
      if bare.code == code { return nil }
      if bare.code == BP_OK { fusion.release(bare.handle) }
      return "fusion.prepare with err NULL: expected \(statusName(code)), got \(statusName(bare.code))"
    }
  }
}
