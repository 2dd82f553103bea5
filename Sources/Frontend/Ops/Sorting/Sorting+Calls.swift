// Sorting, searching and counting by name.

extension OperatorRegistry {
  mutating func addSorting() {
    add("sort(Tensor input, int dim=-1, bool descending=False, *, bool? stable=None)") { a in
      pair(try Ops.sort(a.tensor("input"), a.int("dim"), descending: a.bool("descending")))
    }
    add("argsort(Tensor input, int dim=-1, bool descending=False, *, bool stable=False)") {
      try Ops.sort($0.tensor("input"), $0.int("dim"), descending: $0.bool("descending")).indices
    }
    add("msort(Tensor input)") { try Ops.sort($0.tensor("input"), 0, descending: false).values }
    add("topk(Tensor input, int k, int dim=-1, bool largest=True, bool sorted=True)") { a in
      pair(try Ops.topk(a.tensor("input"), a.int("k"), a.int("dim"), largest: a.bool("largest")))
    }
    add("kthvalue(Tensor input, int k, int dim=-1, bool keepdim=False)") { a in
      pair(try Ops.kthvalue(a.tensor("input"), a.int("k"), a.int("dim"), keepDim: a.bool("keepdim")))
    }
    addUnique()
    addSearch()
    add("count_nonzero(Tensor input, int[1]? dim=None)") {
      try Ops.countNonzero($0.tensor("input"), $0.reducedDims("dim"))
    }
    add("bincount(Tensor input, Tensor? weights=None, int minlength=0)") {
      try Ops.bincount($0.tensor("input"), $0.optionalTensor("weights"), minlength: $0.int("minlength"))
    }
    add("histc(Tensor input, int bins=100, Scalar min=0, Scalar max=0)") {
      try Ops.histc($0.tensor("input"), $0.int("bins"), $0.double("min"), $0.double("max"))
    }
  }

  private mutating func addUnique() {
    add(
      "unique(Tensor input, bool sorted=True, bool return_inverse=False, bool return_counts=False, int? dim=None)"
    ) { a in
      chosen(try Ops.unique(a.tensor("input"), a.optionalInt("dim")), a)
    }
    add(
      "unique_consecutive(Tensor input, bool return_inverse=False, bool return_counts=False, int? dim=None)"
    ) { a in
      chosen(try Ops.uniqueConsecutive(a.tensor("input"), a.optionalInt("dim")), a)
    }
  }

  private mutating func addSearch() {
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

/// Values and indices as the list that a call gives.
func pair(_ results: (values: Tensor, indices: Tensor)) -> [Tensor] { [results.values, results.indices] }

/// The results that the flags ask for; the values alone where that is all.
private func chosen(_ elements: UniqueElements, _ a: BoundArguments) -> Argument {
  var results: [Argument] = [.tensor(elements.values)]
  if a.bool("return_inverse") { results.append(.tensor(elements.inverse)) }
  if a.bool("return_counts") { results.append(.tensor(elements.counts)) }
  return results.count == 1 ? results[0] : .list(results)
}
