// Sorting and sets by name.

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
  }

  private mutating func addUnique() {
    add(
      "unique(Tensor input, bool sorted=True, bool return_inverse=False, bool return_counts=False, int? dim=None)"
    ) { a in
      listed(try Ops.unique(a.tensor("input"), a.optionalInt("dim"), choice(a)))
    }
    add(
      "unique_consecutive(Tensor input, bool return_inverse=False, bool return_counts=False, int? dim=None)"
    ) { a in
      listed(try Ops.uniqueConsecutive(a.tensor("input"), a.optionalInt("dim"), choice(a)))
    }
  }
}

/// The results that the flags ask for.
private func choice(_ a: BoundArguments) -> UniqueElements.Choice {
  UniqueElements.Choice(inverse: a.bool("return_inverse"), counts: a.bool("return_counts"))
}

/// What was asked for; the values alone where that is all.
private func listed(_ elements: UniqueElements) -> Argument {
  var results: [Argument] = [.tensor(elements.values)]
  if let inverse = elements.inverse { results.append(.tensor(inverse)) }
  if let counts = elements.counts { results.append(.tensor(counts)) }
  return results.count == 1 ? results[0] : .list(results)
}
