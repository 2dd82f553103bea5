import BackendAPI

/// Executes programs on a device, and keeps what its plugin has prepared. Used under the lock of the device's region.
final class FusedPrograms {
  private unowned(unsafe) let context: DeviceContext
  private let table: bp_fusion
  /// The plugin's handles; 0 for what it does not take.
  private var handles: [[Int32]: UInt64] = [:]

  /// A program's chains are few. One that makes new ones without end must not keep them all.
  private static let greatestCount = 4096

  init(_ context: DeviceContext, _ table: bp_fusion) {
    self.context = context
    self.table = table
  }

  /// Computes the targets, which are ready afterwards; throws what names the operator that failed.
  func run(_ program: FusedProgram) throws(BackplaneError) {
    var blocks: [Block] = []
    do throws(BackplaneError) {
      for i in program.targets.indices where !program.targets[i].hasMemory {
        do throws(BackplaneError) {
          blocks.append(try context.allocator.allocate(program.targets[i].byteCount))
        } catch {
          throw BackplaneError(error.kind, "\(program.producer(of: i).name): \(error.message)")
        }
      }
      var fresh = blocks.makeIterator()
      try execute(program, program.targets.map { $0.hasMemory ? $0.memory : fresh.next()! })
    } catch {
      for block in blocks { context.allocator.release(block) }
      throw error
    }
    var fresh = blocks.makeIterator()
    for target in program.targets {
      if !target.hasMemory { target.receive(fresh.next()!) }
      target.state.store(.ready, ordering: .releasing)
    }
  }

  private func execute(_ program: FusedProgram, _ blocks: [Block]) throws(BackplaneError) {
    let (inputs, layouts) = try program.inputViews()
    let dense = try Layout.contiguous(program.shape.extents)
    let results = try Layout.contiguous(program.reduction?.extents ?? [])
    var outputs = program.outputs.indices.map { i in
      dense.descriptor(program.dtype(program.outputs[i]), buffer: blocks[i].buffer, byteOffset: 0)
    }
    if let reduction = program.reduction {
      outputs.append(results.descriptor(reduction.dtype, buffer: blocks[outputs.count].buffer, byteOffset: 0))
    }
    defer { withExtendedLifetime((layouts, dense, results)) {} }
    try execute(program, inputs, outputs, dense)
  }

  private func execute(
    _ program: FusedProgram, _ inputs: [bp_tensor], _ outputs: [bp_tensor], _ dense: Layout
  ) throws(BackplaneError) {
    // One operator is executed as ever.
    if program.operators.count > 1, let handle = try handle(program) {
      return try context.executeFused(table, handle, inputs, outputs, program.operators)
    }
    guard let reduction = program.reduction else { return try executeSteps(program, inputs, outputs, dense) }
    // The plugin has no programs that end in one.
    let (elementwise, place) = program.storingReduced()
    var stored = Array(outputs.dropLast()), temporary: Storage?
    if place == stored.count {
      let dtype = program.dtype(reduction.value), storage = try Storage(dense.count * dtype.byteCount, on: context)
      stored.append(dense.descriptor(dtype, buffer: storage.memory.buffer, byteOffset: 0))
      temporary = storage
    }
    try execute(elementwise, inputs, stored, dense)
    try Dispatcher.part(reduction.op, on: context, [stored[place]], [outputs[outputs.count - 1]])
    withExtendedLifetime(temporary) {}
  }

  private func handle(_ program: FusedProgram) throws(BackplaneError) -> UInt64? {
    let key = program.key
    if let handle = handles[key] { return handle == 0 ? nil : handle }
    if handles.count >= FusedPrograms.greatestCount {
      // [BP-12.3]: a handle outlives the work that uses it.
      try context.synchronize()
      for handle in handles.values where handle != 0 { context.release(table, handle) }
      handles = [:]
    }
    let handle = try program.withProgram { program in
      Result { () throws(BackplaneError) in try context.prepare(table, program) }
    }.get()
    handles[key] = handle ?? 0
    return handle
  }

  /// One operator after the other, in memory: for programs that the plugin does not take.
  private func executeSteps(
    _ program: FusedProgram, _ inputs: [bp_tensor], _ outputs: [bp_tensor], _ dense: Layout
  ) throws(BackplaneError) {
    var views = inputs, temporaries: [Storage] = [], delayed: [(bp_tensor, bp_tensor)] = []
    func temporary(_ dtype: DType) throws(BackplaneError) -> bp_tensor {
      let storage = try Storage(dense.count * dtype.byteCount, on: context)
      temporaries.append(storage)
      return dense.descriptor(dtype, buffer: storage.memory.buffer, byteOffset: 0)
    }
    for (i, step) in program.steps.enumerated() {
      let dtype = DType(rawValue: step.dtype) ?? .float32
      var target: bp_tensor
      if let output = program.outputs.firstIndex(of: Int32(inputs.count + i)) {
        target = outputs[output]
        // A later step may read what stands there until the end.
        if inputs.contains(where: { $0.buffer == target.buffer && $0.flags & BP_TENSOR_IMMEDIATE == 0 }) {
          let result = target
          target = try temporary(dtype)
          delayed.append((target, result))
        }
      } else {
        target = try temporary(dtype)
      }
      let operands = [step.inputs.0, step.inputs.1, step.inputs.2].filter { $0 >= 0 }.map { views[Int($0)] }
      try Dispatcher.part(program.operators[i], on: context, operands, [target])
      views.append(target)
    }
    for (value, result) in delayed { try Dispatcher.part(.copy, on: context, [value], [result]) }
    withExtendedLifetime(temporaries) {}
  }
}
