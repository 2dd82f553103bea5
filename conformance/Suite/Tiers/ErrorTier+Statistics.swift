import BackendAPI

extension ErrorTier {
  /// What a normalization may not do without being understood [BP-5.6]: flags of a later header, and of another operator.
  static let normalizations: [Check] = [
    ("normalize", BP_OP_NORMALIZE, [[5, 3], [1, 3], [1, 3]], [[5, 3], [5, 1], [5, 1]], UInt32(0x8000)),
    (
      "normalize-backward", BP_OP_NORMALIZE_BACKWARD, [[5, 3], [5, 3], [5, 1], [5, 1], [1, 3]],
      [[5, 3], [1, 3], [1, 3]], 0x8000
    ),
    (
      "normalize-frozen", BP_OP_NORMALIZE_FROZEN, [[5, 3], [1, 3], [1, 3], [1, 3], [1, 3]], [[5, 3]],
      BP_NORMALIZE_UNCENTERED
    ),
  ].map { (label: String, op: Int32, inputs: [[Int]], outputs: [[Int]], flags: UInt32) in
    .optional("T3.\(label).unknown-flag") { subject throws(PluginError) in
      var tensors: [GuardedTensor] = []
      for shape in inputs + outputs { tensors.append(try tensor(.float32, shape, subject)) }
      let call = OperatorCall(
        op: op, inputs: tensors[..<inputs.count].map(\.view), outputs: tensors[inputs.count...].map(\.view),
        params: .normalize(bp_normalize_params(struct_size: 0, flags: flags, eps: 1e-5)))
      guard try subject.device.query(call).isSupported else { return nil }
      return expect(BP_ERROR_UNSUPPORTED, call, subject) + (try MemoryTier.roundTrip(subject, "after the refusal"))
    }
  }

  /// Targets that are no classes.
  static let classes: [Check] = [Int64(-1), 5, 1000, .max, .min].flatMap { target in
    [("cross-entropy", BP_OP_CROSS_ENTROPY), ("cross-entropy-backward", BP_OP_CROSS_ENTROPY_BACKWARD)].map {
      (label: String, op: Int32) -> Check in
      .optional("T3.\(label).target.\(target)") { subject throws(PluginError) in
        let logits = try tensor(.float32, [3, 5, 2], subject)
        let targets = try tensor(.int64, [3, 2], subject, lastIndex: target)
        var places: [GuardedTensor] = []
        for _ in 0..<3 { places.append(try tensor(.float32, [3, 2], subject)) }
        let params = Parameters.crossEntropy(
          bp_cross_entropy_params(struct_size: 0, reserved: 0, ignore_index: -100, label_smoothing: 0))
        let gradient = try tensor(.float32, [3, 5, 2], subject)
        let isForward = op == BP_OP_CROSS_ENTROPY
        let call = OperatorCall(
          op: op,
          inputs: isForward
            ? [logits.view, targets.view] : [logits.view, places[0].view, targets.view, places[1].view],
          outputs: isForward ? places.map(\.view) : [gradient.view], params: params)
        guard try subject.device.query(call).isSupported else { return nil }
        return try outOfRange(
          target, call, subject, inputs: [logits, targets], output: isForward ? places[0] : gradient)
      }
    }
  }
}
