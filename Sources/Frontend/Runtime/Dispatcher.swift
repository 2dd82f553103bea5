import BackendAPI

/// One operand of an operator on its way to the plugin.
struct Operand {
  let descriptor: bp_tensor
  /// What the descriptor points into.
  private let layout: Layout

  /// A tensor, seen through `layout` (its own, or that broadcast to the result's shape).
  @inline(__always)
  init(_ tensor: Tensor, as layout: Layout) {
    descriptor = layout.descriptor(
      tensor.dtype, buffer: tensor.descriptor.buffer, byteOffset: Int(tensor.descriptor.byte_offset))
    self.layout = layout
  }

  @inline(__always)
  init(_ tensor: Tensor) {
    descriptor = tensor.descriptor
    layout = tensor.layout
  }

  /// A scalar that stands for a tensor of the layout's shape; its strides must be zero.
  @inline(__always)
  init(_ scalar: Scalar, _ dtype: DType, as layout: Layout) {
    descriptor = layout.descriptor(
      dtype, buffer: 0, byteOffset: 0, flags: BP_TENSOR_IMMEDIATE, immediate: scalar.words(as: dtype))
    self.layout = layout
  }
}

/// The one door between the frontend and the plugins: every operator goes through `execute`.
enum Dispatcher {
  // The three common arities build their views on the stack; `execute(_:…)` is the same for any number.

  @inline(__always)
  static func unary(
    _ op: Operator, on context: DeviceContext, _ a: Operand, to out: Operand, params: UnsafeRawPointer? = nil
  ) throws(BackplaneError) {
    var views = (a.descriptor, out.descriptor)
    try withUnsafePointer(to: &views) { (tuple: UnsafePointer<(bp_tensor, bp_tensor)>) throws(BackplaneError) in
      let v = UnsafeRawPointer(tuple).assumingMemoryBound(to: bp_tensor.self)
      typealias Pointers = (UnsafePointer<bp_tensor>?, UnsafePointer<bp_tensor>?)
      var pointers: Pointers = (v, v + 1)
      try withUnsafePointer(to: &pointers) { (tuple: UnsafePointer<Pointers>) throws(BackplaneError) in
        let p = UnsafeRawPointer(tuple).assumingMemoryBound(to: UnsafePointer<bp_tensor>?.self)
        let tags = a.descriptor.buffer | out.descriptor.buffer
        try execute(op, on: context, inputs: p, 1, outputs: p + 1, 1, params: params, tags)
      }
    }
    withExtendedLifetime((a, out)) {}
  }

  @inline(__always)
  static func binary(
    _ op: Operator, on context: DeviceContext, _ a: Operand, _ b: Operand, to out: Operand,
    params: UnsafeRawPointer? = nil
  ) throws(BackplaneError) {
    try binary(op, on: context, a.descriptor, b.descriptor, to: out.descriptor, params: params)
    withExtendedLifetime((a, b, out)) {}
  }

  /// The same on bare descriptors, whose tensors the caller keeps alive.
  @inline(__always)
  static func binary(
    _ op: Operator, on context: DeviceContext, _ a: bp_tensor, _ b: bp_tensor, to out: bp_tensor,
    params: UnsafeRawPointer? = nil
  ) throws(BackplaneError) {
    var views = (a, b, out)
    try withUnsafePointer(to: &views) {
      (tuple: UnsafePointer<(bp_tensor, bp_tensor, bp_tensor)>) throws(BackplaneError) in
      let v = UnsafeRawPointer(tuple).assumingMemoryBound(to: bp_tensor.self)
      typealias Pointers = (UnsafePointer<bp_tensor>?, UnsafePointer<bp_tensor>?, UnsafePointer<bp_tensor>?)
      var pointers: Pointers = (v, v + 1, v + 2)
      try withUnsafePointer(to: &pointers) { (tuple: UnsafePointer<Pointers>) throws(BackplaneError) in
        let p = UnsafeRawPointer(tuple).assumingMemoryBound(to: UnsafePointer<bp_tensor>?.self)
        try execute(
          op, on: context, inputs: p, 2, outputs: p + 2, 1, params: params, a.buffer | b.buffer | out.buffer)
      }
    }
  }

  /// Any number of operands.
  static func call(
    _ op: Operator, on context: DeviceContext, _ inputs: [Operand], to outputs: [Operand],
    params: UnsafeRawPointer? = nil
  ) throws(BackplaneError) {
    let operands = inputs + outputs
    var failure: BackplaneError?
    withUnsafeTemporaryAllocation(of: bp_tensor.self, capacity: max(operands.count, 1)) { views in
      withUnsafeTemporaryAllocation(of: UnsafePointer<bp_tensor>?.self, capacity: max(operands.count, 1)) {
        pointers in
        for i in operands.indices {
          (views.baseAddress! + i).initialize(to: operands[i].descriptor)
          (pointers.baseAddress! + i).initialize(to: UnsafePointer(views.baseAddress! + i))
        }
        let p = UnsafePointer(pointers.baseAddress!)
        do throws(BackplaneError) {
          try execute(
            op, on: context, inputs: p, inputs.count, outputs: p + inputs.count, outputs.count, params: params,
            operands.reduce(0) { $0 | $1.descriptor.buffer })
        } catch {
          failure = error
        }
      }
    }
    withExtendedLifetime(operands) {}
    if let failure { throw failure }
  }

  /// Asks whether the device has an operator for operands of one type.
  @inline(__always)
  static func supports(
    _ op: Operator, on context: DeviceContext, _ dtype: DType, inputs: Int, outputs: Int
  ) -> Bool {
    let key = CapabilityCache.key(op.id, dtype.rawValue, inputs, outputs)
    if let answer = context.capabilities.answer(key) { return answer.isSupported }
    return isSupported(op, on: context, dtype, inputs, outputs)
  }

  /// Asks whether the device has an operator for inputs of one type whose result is of another, or that has a second
  /// result.
  static func supports(
    _ op: Operator, on context: DeviceContext, _ dtype: DType, inputs: Int, result: DType? = nil,
    second: DType? = nil
  ) -> Bool {
    supports(
      op, on: context, inputs: Array(repeating: dtype, count: inputs),
      outputs: [result ?? dtype] + (second.map { [$0] } ?? []))
  }

  /// Asks whether the device has an operator for operands of these types.
  static func supports(
    _ op: Operator, on context: DeviceContext, inputs: [DType], outputs: [DType]
  ) -> Bool {
    let key = CapabilityCache.key(op.id, inputs: inputs, outputs: outputs)
    if let answer = context.capabilities.answer(key) { return answer.isSupported }
    let views = (inputs + outputs).map { Layout.scalar.descriptor($0, buffer: 0, byteOffset: 0) }
    let answer = try? withCall(op, Array(views[..<inputs.count]), Array(views[inputs.count...]), nil) {
      (call) throws(BackplaneError) in try capability(op, call, on: context)
    }
    return answer?.isSupported ?? false
  }

  @inline(never)
  private static func isSupported(
    _ op: Operator, on context: DeviceContext, _ dtype: DType, _ inputs: Int, _ outputs: Int
  ) -> Bool {
    var view = Layout.scalar.descriptor(dtype, buffer: 0, byteOffset: 0)
    return withUnsafePointer(to: &view) { view in
      let pointers = [UnsafePointer<bp_tensor>?](repeating: view, count: max(inputs, outputs))
      return pointers.withUnsafeBufferPointer { p in
        let call = makeCall(op, p.baseAddress!, inputs, p.baseAddress!, outputs, nil)
        return (try? capability(op, call, on: context).isSupported) ?? false
      }
    }
  }

  @inline(__always)
  private static func makeCall(
    _ op: Operator, _ inputs: UnsafePointer<UnsafePointer<bp_tensor>?>, _ inputCount: Int,
    _ outputs: UnsafePointer<UnsafePointer<bp_tensor>?>, _ outputCount: Int, _ params: UnsafeRawPointer?
  ) -> bp_op {
    bp_op(
      struct_size: UInt32(MemoryLayout<bp_op>.size), op: op.id, version: 1,
      input_count: Int32(truncatingIfNeeded: inputCount), output_count: Int32(truncatingIfNeeded: outputCount),
      reserved: 0, inputs: inputs, outputs: outputs,
      params: params, workspace: 0, workspace_offset: 0, workspace_bytes: 0)
  }

  // Not inlined: a few nanoseconds here would cost kilobytes at each of the hundred places that call.
  @inline(never)
  private static func execute(
    _ op: Operator, on context: DeviceContext,
    inputs: UnsafePointer<UnsafePointer<bp_tensor>?>, _ inputCount: Int,
    outputs: UnsafePointer<UnsafePointer<bp_tensor>?>, _ outputCount: Int,
    params: UnsafeRawPointer?, _ buffers: UInt64
  ) throws(BackplaneError) {
    let call = makeCall(op, inputs, inputCount, outputs, outputCount, params)
    if buffers & context.tagMask != 0 { return try context.fusion!.execute(op, call) }
    if let recorder = context.recorder {
      return try recorder.record(op, call, on: context) { () throws(BackplaneError) in
        try execute(op, call, on: context)
      }
    }
    try execute(op, call, on: context)
  }

  /// A call whose operands are in memory.
  @inline(__always)
  static func execute(_ op: Operator, _ call: bp_op, on context: DeviceContext) throws(BackplaneError) {
    var call = call
    let answer = try capability(op, call, on: context)
    // What is asked of the host beyond the plain call is rare enough to be out of line.
    let needsCare: UInt64 = UInt64(BP_OP_INFO_CONTIGUOUS | BP_OP_INFO_WORKSPACE)
    let plain = 0x100 | UInt64(BP_OP_INFO_IN_PLACE)
    let usual = plain | UInt64(BP_OP_INFO_DETERMINISTIC)
    if answer.bits & (needsCare | usual) != usual {
      if answer.bits & (0x100 | UInt64(BP_OP_INFO_DETERMINISTIC)) == 0x100, Determinism.isOn {
        try Determinism.check(op, on: context)
      }
      if answer.bits & (needsCare | plain) == plain { return try context.execute(op, &call) }
      return try CarefulCall.execute(op, &call, on: context, answer)
    }
    try context.execute(op, &call)
  }

  /// A call that is part of another one: a contiguous copy, or the same on another device. The plugin is asked as for any
  /// other; the recorder does not see it.
  ///
  /// - Parameters: Bare descriptors of memory that is there, which the caller keeps alive.
  @inline(never)
  static func part(
    _ op: Operator, on context: DeviceContext, _ inputs: [bp_tensor], _ outputs: [bp_tensor],
    params: UnsafeRawPointer? = nil
  ) throws(BackplaneError) {
    try withCall(op, inputs, outputs, params) { (call) throws(BackplaneError) in
      try execute(op, call, on: context)
    }
  }

  /// Makes a call of bare descriptors, which is valid inside `body`.
  static func withCall<Result>(
    _ op: Operator, _ inputs: [bp_tensor], _ outputs: [bp_tensor], _ params: UnsafeRawPointer?,
    _ body: (bp_op) throws(BackplaneError) -> Result
  ) throws(BackplaneError) -> Result {
    try (inputs + outputs).withUnsafeBufferPointer { (views) throws(BackplaneError) in
      let pointers = views.indices.map { UnsafePointer<bp_tensor>?(views.baseAddress! + $0) }
      return try pointers.withUnsafeBufferPointer { (p) throws(BackplaneError) in
        try body(
          makeCall(op, p.baseAddress!, inputs.count, p.baseAddress! + inputs.count, outputs.count, params))
      }
    }
  }

  @inline(__always)
  static func capability(
    _ op: Operator, _ call: bp_op, on context: DeviceContext
  ) throws(BackplaneError) -> CapabilityCache.Answer {
    let key = CapabilityCache.key(call)
    if let answer = context.capabilities.answer(key) { return answer }
    return try query(op, call, key, on: context)
  }

  @inline(never)
  private static func query(
    _ op: Operator, _ call: bp_op, _ key: UInt64, on context: DeviceContext
  ) throws(BackplaneError) -> CapabilityCache.Answer {
    try context.checkUsable("\(op.name)")
    let info = try context.query(op, call)
    // A workspace that is always as large is asked for like one that is not.
    let asks: UInt32 = info.workspace_bytes > 0 ? UInt32(BP_OP_INFO_WORKSPACE) : 0
    let answer = context.capabilities.remember(key, supported: info.supported == 1, flags: info.flags | asks)
    // The device may have failed meanwhile, on another thread, which emptied the cache.
    if !context.isUsable { context.capabilities.forget() }
    return answer
  }
}
