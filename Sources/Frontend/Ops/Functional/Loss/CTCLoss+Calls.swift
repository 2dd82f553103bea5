// The loss of unaligned sequences by name.

extension OperatorRegistry {
  mutating func addCTCLoss() {
    add(
      "nn.functional.ctc_loss(Tensor log_probs, Tensor targets, Any input_lengths, Any target_lengths, int blank=0, "
        + "str reduction='mean', bool zero_infinity=False)"
    ) { a in
      try Ops.ctcLoss(
        a.tensor("log_probs"), a.tensor("targets"), a.lengths("input_lengths"), a.lengths("target_lengths"),
        blank: a.int("blank"), reduction: a.reduction(), zeroInfinity: a.bool("zero_infinity"))
    }
    // Its reduction is a number there: none, mean, sum.
    add(
      "ctc_loss(Tensor log_probs, Tensor targets, Any input_lengths, Any target_lengths, int blank=0, "
        + "int reduction=1, bool zero_infinity=False)"
    ) { a in
      let reductions: [Functional.Reduction] = [.none, .mean, .sum]
      guard reductions.indices.contains(a.int("reduction")) else {
        throw BackplaneError(.value, "\(a.int("reduction")) is not a valid value for reduction")
      }
      return try Ops.ctcLoss(
        a.tensor("log_probs"), a.tensor("targets"), a.lengths("input_lengths"), a.lengths("target_lengths"),
        blank: a.int("blank"), reduction: reductions[a.int("reduction")], zeroInfinity: a.bool("zero_infinity"))
    }
  }
}

extension BoundArguments {
  /// Whole numbers: one, a list of them, or a tensor.
  func lengths(_ name: String) throws(BackplaneError) -> [Int] {
    switch self[name] {
    case .int(let n): return [Int(n)]
    case .tensor(let x) where x.dtype.isInteger && x.layout.rank <= 1: return try Ops.toHost(x, Int.self)
    case .list(let values):
      var result: [Int] = []
      for case .int(let n) in values { result.append(Int(n)) }
      if result.count == values.count { return result }
    default: break
    }
    throw BackplaneError(
      .value,
      "\(signature.shortName)(): argument '\(name)' must be whole numbers or a tensor of them, not \(self[name].typeName)"
    )
  }
}
