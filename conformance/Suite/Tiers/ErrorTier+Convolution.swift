import BackendAPI

extension ErrorTier {
  /// What a convolution may not do without being understood [BP-5.6]: flags of a later header.
  static let convolutions: [Check] = [
    ("convolution", BP_OP_CONVOLUTION), ("convolution-input", BP_OP_CONVOLUTION_INPUT),
    ("convolution-weight", BP_OP_CONVOLUTION_WEIGHT),
  ].map { (label: String, op: Int32) in
    .optional("T3.\(label).unknown-flag") { subject throws(PluginError) in
      let (image, weight) = ([2, 3, 5], [3, 3, 1])
      var tensors: [GuardedTensor] = []
      for shape in op == BP_OP_CONVOLUTION_WEIGHT ? [image, image, weight] : [image, weight, image] {
        tensors.append(try tensor(.float32, shape, subject))
      }
      let params = bp_convolution_params(
        struct_size: 0, flags: 0x8000, groups: 1, stride: (1, 1, 1), padding_low: (0, 0, 0), padding_high: (0, 0, 0),
        dilation: (1, 1, 1))
      let call = OperatorCall(
        op: op, inputs: tensors[..<2].map(\.view), outputs: [tensors[2].view], params: .convolution(params))
      guard try subject.device.query(call).isSupported else { return nil }
      return expect(BP_ERROR_UNSUPPORTED, call, subject, mentioning: ["8000"])
        + (try MemoryTier.roundTrip(subject, "after the refusal"))
    }
  }
}
