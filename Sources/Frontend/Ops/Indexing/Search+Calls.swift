// Searching by name.

extension OperatorRegistry {
  mutating func addSearch() {
    @Sendable func isRight(_ a: BoundArguments) throws(BackplaneError) -> Bool {
      let right = a.bool("right")
      guard let side = a.optionalString("side") else { return right }
      guard side == "left" || side == "right" else {
        throw BackplaneError(.value, "torch.searchsorted(): side can only be 'left' or 'right' but got \(side)")
      }
      guard !right || side == "right" else {
        throw BackplaneError(
          .value,
          "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True")
      }
      return side == "right"
    }
    let options = "*, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None"
    add("searchsorted(Tensor sorted_sequence, Tensor input, \(options))") {
      try Ops.searchsorted(
        $0.tensor("sorted_sequence"), $0.tensor("input"), right: isRight($0), sorter: $0.optionalTensor("sorter"),
        int32: $0.bool("out_int32"))
    }
    add("searchsorted(Tensor sorted_sequence, Scalar input, \(options))") {
      let sequence = $0.tensor("sorted_sequence")
      guard sequence.layout.rank == 1 else {
        throw BackplaneError(
          .shape,
          "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got "
            + "boundaries tensor dim(\(sequence.layout.rank))")
      }
      let (boundaries, value) = try Ops.comparable(sequence, $0.scalar("input"))
      return try Ops.searchsorted(
        boundaries, value, right: isRight($0), sorter: $0.optionalTensor("sorter"), int32: $0.bool("out_int32"))
    }
    add("bucketize(Tensor input, Tensor boundaries, *, bool out_int32=False, bool right=False)") {
      try Ops.bucketize(
        $0.tensor("input"), $0.tensor("boundaries"), right: $0.bool("right"), int32: $0.bool("out_int32"))
    }
    add("bucketize(Scalar input, Tensor boundaries, *, bool out_int32=False, bool right=False)") {
      let (boundaries, value) = try Ops.comparable($0.tensor("boundaries"), $0.scalar("input"))
      return try Ops.bucketize(value, boundaries, right: $0.bool("right"), int32: $0.bool("out_int32"))
    }
    let among = "*, bool assume_unique=False, bool invert=False"
    add("isin(Tensor elements, Tensor test_elements, \(among))") {
      try Ops.isin($0.tensor("elements"), $0.tensor("test_elements"), invert: $0.bool("invert"))
    }
    add("isin(Tensor elements, Scalar test_element, \(among))") {
      let (x, value) = try Ops.comparable($0.tensor("elements"), $0.scalar("test_element"))
      return try Ops.isin(x, value, invert: $0.bool("invert"))
    }
    add("isin(Scalar element, Tensor test_elements, \(among))") {
      let (x, value) = try Ops.comparable($0.tensor("test_elements"), $0.scalar("element"))
      return try Ops.isin(value, x, invert: $0.bool("invert"))
    }
  }
}
