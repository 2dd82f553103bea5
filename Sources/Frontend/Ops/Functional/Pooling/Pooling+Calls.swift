// Poolings by name.

extension OperatorRegistry {
  mutating func addPooling() {
    for n in 1...3 {
      let name = "avg_pool\(n)d"
      let override = n > 1 ? ", int? divisor_override=None" : ""
      add(
        "nn.functional.\(name)(Tensor input, int[\(n)] kernel_size, int[\(n)]? stride=None, int[\(n)] padding=[0], "
          + "bool ceil_mode=False, bool count_include_pad=True\(override))"
      ) { a in
        try Ops.averagePool(
          a.tensor("input"), a.ints("kernel_size"), a.optionalInts("stride"), a.ints("padding"),
          ceilMode: a.bool("ceil_mode"), countIncludePad: a.bool("count_include_pad"),
          divisor: n > 1 ? a.optionalInt("divisor_override") : nil, dimensions: n)
      }
      add(
        "nn.functional.lp_pool\(n)d(Tensor input, float norm_type, int[\(n)] kernel_size, int[\(n)]? stride=None, "
          + "bool ceil_mode=False)"
      ) { a in
        try Ops.lpPool(
          a.tensor("input"), a.double("norm_type"), a.ints("kernel_size"), a.optionalInts("stride"),
          ceilMode: a.bool("ceil_mode"), dimensions: n)
      }
      addMaxPool(n)
      addAdaptive(n)
    }
  }

  private mutating func addMaxPool(_ n: Int) {
    let options = "int[\(n)]? stride=None, int[\(n)] padding=[0], int[\(n)] dilation=[1], bool ceil_mode=False"
    let name = "max_pool\(n)d"
    for (suffix, last) in [("", ", bool return_indices=False"), ("_with_indices", ", bool return_indices=True")] {
      add("nn.functional.\(name)\(suffix)(Tensor input, int[\(n)] kernel_size, \(options)\(last))") { a in
        let (values, indices) = try Ops.maxPool(
          a.tensor("input"), a.ints("kernel_size"), a.optionalInts("stride"), a.ints("padding"), a.ints("dilation"),
          ceilMode: a.bool("ceil_mode"), dimensions: n, wantsIndices: a.bool("return_indices"))
        guard a.bool("return_indices"), let indices else { return values.argument }
        return [values, indices].argument
      }
    }
  }

  private mutating func addAdaptive(_ n: Int) {
    add("nn.functional.adaptive_avg_pool\(n)d(Tensor input, Any output_size)") {
      try Ops.adaptiveAveragePool($0.tensor("input"), $0.outputSize(), n, "adaptive_avg_pool\(n)d")
    }
    add("nn.functional.adaptive_max_pool\(n)d(Tensor input, Any output_size, bool return_indices=False)") { a in
      let windows = try Ops.adaptiveWindows(a.tensor("input"), a.outputSize(), n, "adaptive_max_pool\(n)d")
      let (values, indices) = try Ops.maxPool(a.tensor("input"), windows, wantsIndices: a.bool("return_indices"))
      guard a.bool("return_indices"), let indices else { return values.argument }
      return [values, indices].argument
    }
  }
}

extension BoundArguments {
  /// A number, or numbers of which each may be None.
  fileprivate func outputSize() throws(BackplaneError) -> [Int?] {
    let values: [Argument] =
      if case .list(let values) = self["output_size"] { Array(values) } else { [self["output_size"]] }
    var result: [Int?] = []
    for value in values {
      switch value {
      case .null: result.append(nil)
      case .int(let n): result.append(Int(n))
      default:
        throw BackplaneError(
          .value, "\(signature.shortName)(): argument 'output_size' must be tuple of ints, not \(value.typeName)")
      }
    }
    return result
  }
}
