// Padding by name.

extension OperatorRegistry {
  mutating func addPadding() {
    add("nn.functional.pad(Tensor input, int[] pad, str mode='constant', Scalar? value=None)") { a in
      guard let mode = Functional.PaddingMode(rawValue: a.string("mode")) else {
        throw BackplaneError(.value, "Unrecognised padding mode \(a.string("mode"))")
      }
      return try Ops.pad(a.tensor("input"), a.ints("pad"), mode, a.optionalScalar("value") ?? .int(0))
    }
    add("constant_pad_nd(Tensor input, int[] pad, Scalar value=0)") {
      try Ops.constantPadNd($0.tensor("input"), $0.ints("pad"), $0.scalar("value"))
    }
  }
}
