import BackendAPI

extension ErrorTier {
  /// Flags of a later header [BP-5.6], and indices outside the input.
  static let pooling: [Check] = flags + strayIndices

  /// Of an input (1, 2, 4, 4) and its windows (1, 2, 2, 2).
  private static func params(flags: UInt32 = 0) -> Parameters {
    .pool(
      bp_pool_params(
        struct_size: 0, flags: flags, divisor: 0, kernel: (2, 2, 1), stride: (2, 2, 1), padding_low: (0, 0, 0),
        padding_high: (0, 0, 0), dilation: (1, 1, 1)))
  }

  private static let flags: [Check] = [
    ("max-pool", BP_OP_MAX_POOL), ("max-pool-backward", BP_OP_MAX_POOL_BACKWARD),
    ("average-pool", BP_OP_AVERAGE_POOL), ("average-pool-backward", BP_OP_AVERAGE_POOL_BACKWARD),
  ].map { (label: String, op: Int32) in
    .optional("T3.\(label).unknown-flag") { subject throws(PluginError) in
      let isForward = op == BP_OP_MAX_POOL || op == BP_OP_AVERAGE_POOL
      let (whole, pooled) = ([1, 2, 4, 4], [1, 2, 2, 2])
      var inputs = [try tensor(.float32, isForward ? whole : pooled, subject)]
      if op == BP_OP_MAX_POOL_BACKWARD { inputs.append(try tensor(.int64, pooled, subject)) }
      let out = try tensor(.float32, isForward ? pooled : whole, subject)
      let call = OperatorCall(
        op: op, inputs: inputs.map(\.view), outputs: [out.view], params: params(flags: 0x8000))
      guard try subject.device.query(call).isSupported else { return nil }
      return expect(BP_ERROR_UNSUPPORTED, call, subject, mentioning: ["8000"])
        + (try MemoryTier.roundTrip(subject, "after the refusal"))
    }
  }

  private static let strayIndices: [Check] = [Int64(-1), 16, 1000, .max, .min].map { index in
    .optional("T3.max-pool-backward.index.\(index)") { subject throws(PluginError) in
      let gradient = try tensor(.float32, [1, 2, 2, 2], subject)
      let places = try tensor(.int64, [1, 2, 2, 2], subject, lastIndex: index)
      let out = try tensor(.float32, [1, 2, 4, 4], subject)
      let call = OperatorCall(
        op: BP_OP_MAX_POOL_BACKWARD, inputs: [gradient.view, places.view], outputs: [out.view], params: params())
      guard try subject.device.query(call).isSupported else { return nil }
      return try outOfRange(index, call, subject, inputs: [gradient, places], output: out, extent: 16)
    }
  }
}
