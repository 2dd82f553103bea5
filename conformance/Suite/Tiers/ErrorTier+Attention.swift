import BackendAPI

extension ErrorTier {
  /// What attention may not do without being understood [BP-5.6]: flags of a later header, and members of one.
  static let attention: [Check] = [
    (
      "unknown-flag",
      Parameters.attention(bp_attention_params(struct_size: 0, flags: 0x8000, scale: 1, p: 0, seed: 0, offset: 0)),
      "8000"
    ),
    ("later-member", .raw([56, (1.0).bitPattern, 0, 0, 0, 0, 7]), "56"),
  ].map { (label: String, params: Parameters, word: String) in
    .optional("T3.attention.\(label)") { subject throws(PluginError) in
      let shape = [1, 2, 3, 4]
      var tensors: [GuardedTensor] = []
      for shape in [shape, shape, shape, shape, Array(shape.dropLast())] {
        tensors.append(try tensor(.float32, shape, subject))
      }
      let call = OperatorCall(
        op: BP_OP_ATTENTION, inputs: tensors[..<3].map(\.view), outputs: tensors[3...].map(\.view), params: params)
      guard try subject.device.query(call).isSupported else { return nil }
      return expect(BP_ERROR_UNSUPPORTED, call, subject, mentioning: [word])
        + (try MemoryTier.roundTrip(subject, "after the refusal"))
    }
  }
}
