import BackendAPI

extension OperatorCatalogue {
  /// Section 6.8 of the header.
  static let indexing: [OperatorEntry] = [
    OperatorEntry(
      "GATHER", BP_OP_GATHER, .indexing, DType.any.map { Signature($0.name, [$0, .int64], [$0]) },
      cases: gathers),
    OperatorEntry(
      "SCATTER", BP_OP_SCATTER, .indexing, DType.any.map { Signature($0.name, [.int64, $0], [$0]) },
      readsOutputs: true, cases: scatters),
  ]

  // MARK: - Plans

  /// An indexed tensor, the axis that is indexed, and the tensor of indices.
  private struct Plan {
    let label: String
    let data: Layout
    let axis: Int
    let indices: Layout
    /// GATHER's output and SCATTER's source.
    var other: Layout?
  }

  private static func plans(_ signature: Signature) -> [Plan] {
    func dense(_ label: String, _ data: [Int], _ axis: Int, _ indices: [Int]) -> Plan {
      Plan(label: label, data: Layout(contiguous: data), axis: axis, indices: Layout(contiguous: indices))
    }
    var plans = [
      dense("one", [1], 0, [1]), dense("vector", [17], 0, [33]), dense("rows", [9, 5], 0, [17, 5]),
      dense("columns", [5, 9], 1, [5, 17]), dense("middle", [3, 7, 5], 1, [3, 9, 5]),
      dense("smaller-off-axis", [6, 7, 5], 1, [4, 3, 2]), dense("empty-indices", [5, 4], 0, [0, 4]),
      dense("empty-off-axis", [5, 0], 0, [3, 0]), dense("empty-data", [0, 4], 0, [0, 4]),
      dense("rank8", [2, 1, 3, 1, 4, 2, 1, 3], 4, [2, 1, 3, 1, 5, 2, 1, 3]),
      Plan(
        label: "transposed-data", data: Layout([9, 7], strides: [1, 9]), axis: 0,
        indices: Layout(contiguous: [5, 7])),
      Plan(
        label: "sliced-data", data: Layout([6, 11], strides: [17, 1], lead: 3), axis: 1,
        indices: Layout(contiguous: [6, 9])),
      Plan(
        label: "transposed-indices", data: Layout(contiguous: [9, 7]), axis: 0,
        indices: Layout([5, 7], strides: [1, 5])),
      Plan(
        label: "broadcast-indices", data: Layout(contiguous: [9, 7]), axis: 0,
        indices: Layout([5, 7], strides: [1, 0])),
      Plan(
        label: "step2-indices", data: Layout(contiguous: [9, 7]), axis: 1,
        indices: Layout([9, 5], strides: [10, 2])),
      Plan(
        label: "negative-indices", data: Layout(contiguous: [17]), axis: 0,
        indices: Layout([9], strides: [-1])),
      Plan(
        label: "other-transposed", data: Layout(contiguous: [9, 7]), axis: 0,
        indices: Layout(contiguous: [5, 7]),
        other: Layout([5, 7], strides: [1, 5])),
      Plan(
        label: "other-sliced", data: Layout(contiguous: [9, 7]), axis: 1,
        indices: Layout(contiguous: [9, 5]),
        other: Layout([9, 5], strides: [8, 1], lead: 2)),
    ]
    if signature.isCore {
      plans += [
        dense("large", [501, 67], 0, [1500, 67]), dense("large-columns", [67, 501], 1, [67, 1500]),
      ]
    }
    return plans
  }

  // MARK: - Cases

  @Sendable private static func gathers(_ signature: Signature) -> [OperatorCase] {
    let negative = Plan(
      label: "negative-data", data: Layout([9, 7], strides: [-7, -1]), axis: 0,
      indices: Layout(contiguous: [5, 7]))
    let broadcast = Plan(
      label: "broadcast-data", data: Layout([9, 7], strides: [0, 1]), axis: 0,
      indices: Layout(contiguous: [5, 7]))
    return (plans(signature) + [negative, broadcast]).map { plan in
      OperatorCase(plan.label) { random in
        let data = Operand(signature.outputs[0], plan.data, .mixed, &random)
        let indices = Operand(.int64, plan.indices, indexValues(below: plan.data.shape[plan.axis]), &random)
        let out = Operand(signature.outputs[0], plan.other ?? Layout(contiguous: plan.indices.shape))
        return Operation([data, indices], [out], .axis(plan.axis))
      }
    }
  }

  @Sendable private static func scatters(_ signature: Signature) -> [OperatorCase] {
    let dtype = signature.outputs[0]
    var modes: [(String, Int32)] = [("add", BP_SCATTER_ADD), ("mul", BP_SCATTER_MUL)]
    if !dtype.isComplex { modes += [("max", BP_SCATTER_MAX), ("min", BP_SCATTER_MIN)] }
    // SET leaves open which of several wins: there every index occurs once.
    var cases = plans(signature).compactMap { plan -> OperatorCase? in
      let extent = plan.indices.shape[plan.axis]
      let isBroadcast = plan.indices.strides[plan.axis] == 0
      if extent > plan.data.shape[plan.axis] || (isBroadcast && extent > 1) { return nil }
      return scatterCase("set-\(plan.label)", plan, dtype, BP_SCATTER_SET, .mixed)
    }
    for (name, mode) in modes {
      for plan in plans(signature) {
        cases.append(scatterCase("\(name)-\(plan.label)", plan, dtype, mode, terms(mode)))
      }
      let special = Plan(
        label: "special", data: Layout(contiguous: [33]), axis: 0, indices: Layout(contiguous: [65]))
      let one = Plan(
        label: "one-target", data: Layout(contiguous: [3]), axis: 0, indices: Layout(contiguous: [1025]))
      if !dtype.isComplex { cases.append(scatterCase("\(name)-special", special, dtype, mode, .mixed)) }
      cases.append(scatterCase("\(name)-one-target", one, dtype, mode, terms(mode)))
    }
    return cases
  }

  private static func scatterCase(
    _ label: String, _ plan: Plan, _ dtype: DType, _ mode: Int32, _ values: ValueSet
  ) -> OperatorCase {
    OperatorCase(label) { random in
      let extent = plan.data.shape[plan.axis]
      let indices = mode == BP_SCATTER_SET ? distinctIndices(plan, &random) : indexValues(below: extent)
      var target = values.make(dtype, plan.data.count, 1, &random)
      // What an output holds was written by a plugin, as 0 or 1 [BP-3.2].
      if dtype == .bool { target = ElementArray(dtype, bytes: target.bytes.map { $0 & 1 }) }
      return Operation(
        [
          Operand(.int64, plan.indices, indices, &random),
          Operand(dtype, plan.other ?? Layout(contiguous: plan.indices.shape), values, &random),
        ],
        [Operand(plan.data, target)], .scatter(axis: plan.axis, mode: mode))
    }
  }

  // MARK: - Values

  private static func terms(_ mode: Int32) -> ValueSet {
    guard mode == BP_SCATTER_MUL else { return .random }
    return ValueSet("factors") { dtype, count, operand, random in
      if dtype.isInteger || dtype == .bool { return ValueSet.random.make(dtype, count, operand, &random) }
      let values = (0..<(dtype.isComplex ? 2 * count : count)).map { _ in
        (random.oneIn(2) ? 1 : -1) * random.double(0.95...1.05)
      }
      return ElementArray(dtype, doubles: values)
    }
  }

  private static func indexValues(below extent: Int) -> ValueSet {
    ValueSet("indices") { _, count, _, random in
      // The ends are where an index is most easily off by one.
      let indices = (0..<count).map { i in
        Int64(i == 0 ? extent - 1 : i == 1 ? 0 : random.int(0...max(extent - 1, 0)))
      }
      return ElementArray(.int64, integers: indices)
    }
  }

  /// Indices that along the axis never repeat: a different rotation for each line.
  private static func distinctIndices(_ plan: Plan, _ random: inout RandomSource) -> ValueSet {
    let (extent, shift) = (plan.data.shape[plan.axis], random.int(0...1000))
    let layout = Layout(contiguous: plan.indices.withoutBroadcast.shape)
    let axis = plan.axis
    return ValueSet("distinct") { _, count, _, _ in
      let indices = (0..<count).map { i in
        let position = layout.coordinates(i)
        let line = position.enumerated().reduce(0) { $1.offset == axis ? $0 : $0 * 31 + $1.element }
        return Int64((position[axis] * (extent - 1) + line + shift) % extent)
      }
      return ElementArray(.int64, integers: indices)
    }
  }
}
