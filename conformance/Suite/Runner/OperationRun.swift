import BackendAPI

/// One execution of an operation on a device, done as a host does it.
struct OperationRun {
  /// The elements of the outputs, row-major.
  let outputs: [ElementArray]
  /// What was touched that had to be left alone.
  let trespasses: [String]

  /// Runs the operation with guards around every operand. For a plugin that wants contiguous
  /// operands, others are copied and immediates expanded by the plugin's own COPY and FILL.
  init(_ operation: Operation, _ entry: OperatorEntry, on device: Device, _ capability: Capability)
    throws(PluginError)
  {
    var inputs: [GuardedTensor?] = []
    for operand in operation.inputs {
      inputs.append(
        operand.isImmediate
          ? nil : try GuardedTensor(operand.dtype, operand.layout, operand.stored, on: device))
    }
    var outputs: [GuardedTensor] = []
    for (i, operand) in operation.outputs.enumerated() {
      if i == 0, let shared = operation.sharedInput, let input = inputs[shared] {
        outputs.append(input)
      } else {
        outputs.append(try GuardedTensor(operand.dtype, operand.layout, operand.stored, on: device))
      }
    }
    var call = OperatorCall(op: entry.id, inputs: [], outputs: outputs.map(\.view), params: operation.params)
    for (tensor, operand) in zip(inputs, operation.inputs) {
      call.inputs.append(tensor?.view ?? operand.immediateView)
    }

    try OperationRun.execute(call, operation, entry, on: device, capability)

    var trespasses: [String] = []
    for (i, input) in inputs.enumerated() where i != operation.sharedInput {
      if let change = try input?.changeOfInput() { trespasses.append("input \(i): \(change)") }
    }
    var results: [ElementArray] = []
    for (i, tensor) in outputs.enumerated() {
      let (elements, change) = try tensor.output()
      results.append(elements)
      if let change { trespasses.append("output \(i): \(change)") }
    }
    self.outputs = results
    self.trespasses = trespasses
  }

  /// Executes a call with views of device buffers, whose operation it is.
  static func execute(
    _ call: OperatorCall, _ operation: Operation, _ entry: OperatorEntry, on device: Device,
    _ capability: Capability
  ) throws(PluginError) {
    if capability.has(BP_OP_INFO_CONTIGUOUS) && entry.name != "COPY" && entry.name != "FILL" {
      try executeContiguously(call, operation, entry, on: device, capability)
    } else {
      try device.execute(call, capability)
    }
  }

  private static func executeContiguously(
    _ call: OperatorCall, _ operation: Operation, _ entry: OperatorEntry, on device: Device,
    _ capability: Capability
  ) throws(PluginError) {
    let original = call
    var call = call
    var temporaries: [GuardedTensor] = []
    func temporary(_ operand: Operand) throws(PluginError) -> View {
      let dense = Layout(contiguous: operand.layout.shape)
      temporaries.append(try GuardedTensor(operand.dtype, dense, nil, on: device))
      return temporaries.last!.view
    }
    func run(_ id: Int32, _ input: View, _ output: View) throws(PluginError) {
      try device.execute(OperatorCall(op: id, inputs: [input], outputs: [output]))
    }
    for (i, operand) in operation.inputs.enumerated()
    where operand.isImmediate || !operand.layout.isContiguous {
      call.inputs[i] = try temporary(operand)
      try run(operand.isImmediate ? BP_OP_FILL : BP_OP_COPY, original.inputs[i], call.inputs[i])
    }
    var strided: [Int] = []
    for (i, operand) in operation.outputs.enumerated() where !operand.layout.isContiguous {
      strided.append(i)
      if i == 0, let shared = operation.sharedInput {
        call.outputs[0] = call.inputs[shared]
      } else {
        call.outputs[i] = try temporary(operand)
        if entry.readsOutputs { try run(BP_OP_COPY, original.outputs[i], call.outputs[i]) }
      }
    }
    try device.execute(call, capability)
    for i in strided { try run(BP_OP_COPY, call.outputs[i], original.outputs[i]) }
    withExtendedLifetime(temporaries) {}
  }
}

extension Operand {
  /// An immediate as the ABI passes it; without a buffer, any other operand as a query shows it.
  var immediateView: View {
    var view = View(dtype: dtype.rawValue, layout: layout)
    if isImmediate, let stored {
      var words: [UInt64] = [0, 0]
      words.withUnsafeMutableBytes { $0.copyBytes(from: stored.bytes.prefix(16)) }
      view.immediate = (words[0], words[1])
    }
    return view
  }
}

extension Operation {
  /// The call without buffers, for `query_op`.
  func query(_ entry: OperatorEntry) -> OperatorCall {
    OperatorCall(
      op: entry.id, inputs: inputs.map(\.immediateView), outputs: outputs.map(\.immediateView), params: params
    )
  }

  /// The same operation with every operand contiguous, for the reference: its results do not
  /// depend on how it handles strides.
  var dense: Operation {
    var dense = self
    dense.sharedInput = nil
    // FILL is the one operator whose input must be an immediate.
    dense.inputs = inputs.map { operand in
      operand.isImmediate && inputs.count == 1 && outputs.count == 1
        ? operand : Operand(Layout(contiguous: operand.layout.shape), operand.elements)
    }
    dense.outputs = outputs.map { operand in
      let layout = Layout(contiguous: operand.layout.shape)
      return operand.stored.map { Operand(layout, $0) } ?? Operand(operand.dtype, layout)
    }
    return dense
  }
}
