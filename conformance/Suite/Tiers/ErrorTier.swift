import BackendAPI

/// T3: calls that must fail, how they fail, and that the device works afterwards. What the header
/// leaves open (other breaches of an operator's definition, see [BP-5.1]) is not tried.
enum ErrorTier {
  static let checks: [Check] =
    unknown + undefined + contradictory + indices + convolutions + attention + pooling + normalizations + classes
    + fusion + [
      .tier("T3.process.unchanged") { subject throws(PluginError) in
        let before = ProcessState()
        let findings = try MemoryTier.roundTrip(subject, "between two looks at the process")
        return findings + before.changes.map { "after a call, \($0)" }
      }
    ]

  // MARK: - Unknown operators, versions, types [BP-5.3]

  private static let unknown: [Check] = [
    ("operator-9999", 9999, 1, DType.float32.rawValue), ("operator-0", 0, 1, DType.float32.rawValue),
    ("operator-negative", -5, 1, DType.float32.rawValue),
    ("operator-greatest", .max, 1, DType.float32.rawValue),
    ("version-2", BP_OP_ADD, 2, DType.float32.rawValue), ("version-0", BP_OP_ADD, 0, DType.float32.rawValue),
    ("dtype-0", BP_OP_ADD, 1, 0), ("dtype-99", BP_OP_ADD, 1, 99), ("dtype-negative", BP_OP_ADD, 1, -1),
  ].map { (label: String, op: Int32, version: Int32, dtype: Int32) in
    .tier("T3.unknown.\(label)") { subject throws(PluginError) in
      let device = subject.device
      let layout = Layout(contiguous: [3])
      let tensors = [
        try GuardedTensor(.float32, layout, ElementArray(.float32, zeros: 3), on: device),
        try GuardedTensor(.float32, layout, ElementArray(.float32, zeros: 3), on: device),
        try GuardedTensor(.float32, layout, ElementArray(.float32, zeros: 3), on: device),
      ]
      var views = tensors.map(\.view)
      for i in views.indices { views[i].dtype = dtype }
      let call = OperatorCall(op: op, version: version, inputs: Array(views[0...1]), outputs: [views[2]])
      var findings = try unclaimed(call, subject)
      findings += expect(BP_ERROR_UNSUPPORTED, call, subject)
      for tensor in tensors {
        if let change = try tensor.changeOfInput() { findings.append(change) }
      }
      return findings + (try MemoryTier.roundTrip(subject, "after the refusal"))
    }
  }

  // MARK: - Types that no definition admits, and types that contradict one another [BP-5.3]

  private static let undefined: [Check] = [
    ("exp-of-int64", BP_OP_EXP, [.int64], [.int64]), ("neg-of-bool", BP_OP_NEG, [.bool], [.bool]),
    ("bitwise-and-of-float32", BP_OP_BITWISE_AND, [.float32, .float32], [.float32]),
    ("div-of-int64", BP_OP_DIV, [.int64, .int64], [.int64]),
    ("sub-of-bool", BP_OP_SUB, [.bool, .bool], [.bool]),
    ("mean-of-int64", BP_OP_MEAN, [.int64], [.int64]),
  ].map { (label: String, op: Int32, inputs: [DType], outputs: [DType]) in
    .tier("T3.undefined.\(label)") { subject throws(PluginError) in
      try refusal(BP_ERROR_UNSUPPORTED, op, inputs, outputs, subject)
    }
  }

  private static let contradictory: [Check] = [
    ("add-of-float32-and-int64", BP_OP_ADD, [.float32, .int64], [.float32]),
    ("add-of-float32-to-int64", BP_OP_ADD, [.float32, .float32], [.int64]),
    ("lt-of-float32-and-int64", BP_OP_LT, [.float32, .int64], [.bool]),
    ("relu-of-float32-to-int64", BP_OP_RELU, [.float32], [.int64]),
  ].map { (label: String, op: Int32, inputs: [DType], outputs: [DType]) in
    .tier("T3.contradictory.\(label)") { subject throws(PluginError) in
      try refusal(BP_ERROR_INVALID_ARGUMENT, op, inputs, outputs, subject)
    }
  }

  private static func refusal(
    _ code: Int32, _ op: Int32, _ inputs: [DType], _ outputs: [DType], _ subject: Subject
  ) throws(PluginError) -> [String] {
    var tensors: [GuardedTensor] = []
    for dtype in inputs + outputs { tensors.append(try tensor(dtype, [3], subject)) }
    let views = tensors.map(\.view)
    let call = OperatorCall(
      op: op, inputs: Array(views[..<inputs.count]), outputs: Array(views[inputs.count...]))
    var findings = try unclaimed(call, subject, mayFail: code == BP_ERROR_INVALID_ARGUMENT)
    findings += expect(code, call, subject)
    for tensor in tensors[..<inputs.count] {
      if let change = try tensor.changeOfInput() { findings.append("an input: \(change)") }
    }
    return findings
  }

  /// Findings unless query_op says "not supported". Of operands that contradict one another the
  /// query may itself be turned down.
  private static func unclaimed(
    _ call: OperatorCall, _ subject: Subject, mayFail: Bool = false
  ) throws(PluginError) -> [String] {
    do throws(PluginError) {
      return try subject.device.query(call).isSupported ? ["query_op claims it [BP-5.3]"] : []
    } catch {
      if mayFail && error.code == BP_ERROR_INVALID_ARGUMENT { return [] }
      return ["query_op failed instead of answering \"not supported\" [BP-5.3]: \(error)"]
    }
  }

  // MARK: - Indices out of range

  private static let indices: [Check] = [Int64(-1), 5, 1000, .max, .min].flatMap { index in
    [
      .tier("T3.gather.index.\(index)") { subject throws(PluginError) in
        let data = try tensor(.float32, [5, 3], subject)
        let positions = try tensor(.int64, [4, 3], subject, lastIndex: index)
        let out = try tensor(.float32, [4, 3], subject)
        let call = OperatorCall(
          op: BP_OP_GATHER, inputs: [data.view, positions.view], outputs: [out.view], params: .axis(0))
        return try outOfRange(index, call, subject, inputs: [data, positions], output: out)
      },
      .tier("T3.scatter.index.\(index)") { subject throws(PluginError) in
        let positions = try tensor(.int64, [4, 3], subject, lastIndex: index)
        let source = try tensor(.float32, [4, 3], subject)
        let out = try tensor(.float32, [5, 3], subject)
        let call = OperatorCall(
          op: BP_OP_SCATTER, inputs: [positions.view, source.view], outputs: [out.view],
          params: .scatter(axis: 0, mode: BP_SCATTER_ADD))
        return try outOfRange(index, call, subject, inputs: [positions, source], output: out)
      },
    ]
  }

  static func outOfRange(
    _ index: Int64, _ call: OperatorCall, _ subject: Subject, inputs: [GuardedTensor], output: GuardedTensor,
    extent: Int = 5
  ) throws(PluginError) -> [String] {
    var findings = expect(BP_ERROR_INVALID_ARGUMENT, call, subject, mentioning: ["\(index)", "\(extent)"])
    for input in inputs {
      if let change = try input.changeOfInput() { findings.append("an input: \(change)") }
    }
    if let change = try output.output().change { findings.append("the output: \(change)") }
    return findings + (try MemoryTier.roundTrip(subject, "after an index out of range"))
  }

  // MARK: - Calls

  /// Findings unless execute fails with the code, a message, and the same code without a bp_error.
  static func expect(
    _ code: Int32, _ call: OperatorCall, _ subject: Subject, mentioning words: [String] = []
  ) -> [String] {
    var findings: [String] = []
    do throws(PluginError) {
      try subject.device.execute(call)
      findings.append("execute: expected \(statusName(code)), got OK")
    } catch {
      if error.code != code { findings.append("execute: expected \(statusName(code)), got \(error)") }
      if error.flags & BP_ERROR_FLAG_STICKY != 0 { findings.append("execute: the error is sticky [BP-2.3]") }
      for word in words where !error.message.contains(word) {
        findings.append("execute: the message \"\(error.message)\" does not give \(word) [BP-2.1]")
      }
    }
    let bare = subject.device.executeWithoutError(call)
    if bare != code {
      findings.append("execute with err NULL: expected \(statusName(code)), got \(statusName(bare))")
    }
    return findings
  }

  /// A tensor of valid indices, or of small floats; the last element is `lastIndex`.
  static func tensor(
    _ dtype: DType, _ shape: [Int], _ subject: Subject, lastIndex: Int64? = nil
  ) throws(PluginError) -> GuardedTensor {
    let layout = Layout(contiguous: shape)
    var values = (0..<layout.count).map { Int64($0 % 5) }
    if let lastIndex { values[values.count - 1] = lastIndex }
    return try GuardedTensor(dtype, layout, ElementArray(dtype, integers: values), on: subject.device)
  }
}
