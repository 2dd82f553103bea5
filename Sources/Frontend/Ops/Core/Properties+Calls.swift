// What a tensor is, by name.

extension OperatorRegistry {
  mutating func addProperties() {
    for name in ["numel", "nelement"] { add("\(name)(Tensor input)") { $0.tensor("input").numel } }
    for name in ["dim", "ndimension"] { add("\(name)(Tensor input)") { $0.tensor("input").layout.rank } }
    add("element_size(Tensor input)") { $0.tensor("input").dtype.byteCount }
    add("storage_offset(Tensor input)") { $0.tensor("input").storageOffset }
    add("size(Tensor input, int? dim=None)") { a in
      let layout = a.tensor("input").layout
      return try OperatorRegistry.element(layout.shape, a.optionalInt("dim"))
    }
    add("stride(Tensor input, int? dim=None)") { a in
      let layout = a.tensor("input").layout
      return try OperatorRegistry.element(layout.strides, a.optionalInt("dim"))
    }
    add("is_signed(Tensor input)") { a in
      let dtype = a.tensor("input").dtype
      return dtype != .bool && dtype != .uint8
    }
    add("is_same_size(Tensor input, Tensor other)") {
      $0.tensor("input").layout.hasSameShape(as: $0.tensor("other").layout)
    }
    add("is_contiguous(Tensor input, *, Any? memory_format=None)") { $0.tensor("input").isContiguous }
    add("is_nonzero(Tensor input)") { a in
      let x = a.tensor("input")
      guard x.numel == 1 else {
        throw BackplaneError(
          .value, "Boolean value of Tensor with \(x.numel == 0 ? "no values" : "more than one value") is ambiguous")
      }
      return try Ops.item(x).isTrue
    }
  }

  /// All, or the one of a dimension.
  private static func element(_ values: [Int], _ dim: Int?) throws(BackplaneError) -> Argument {
    guard let dim else { return values.argument }
    let d = try normalize(dim, rank: values.count)
    guard !values.isEmpty else {
      throw BackplaneError(.index, "Dimension specified as \(dim) but tensor has no dimensions")
    }
    return values[d].argument
  }
}
