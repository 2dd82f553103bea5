import BackendAPI
import Glibc
import Synchronization

/// The extension `backplane.fusion/1`. A program's steps run one after the other, each with its operator's own loop, into
/// memory of its own: what is fused equals what is not because it is the same [BP-12.2].
enum Fusion {
  /// A program, kept beyond the call that brought it.
  struct Program: Sendable {
    struct Step: Sendable {
      let definition: Operator
      let inputs: [Int]
      let dtype: DType
    }

    let inputTypes: [DType]
    let steps: [Step]
    /// Values, numbered as the header has it.
    let outputs: [Int]
    /// The operator at the end, the value that it reduces, and the type of what comes of it [BP-12.6].
    let reduction: (definition: Operator, value: Int, dtype: DType)?
  }

  private struct Table {
    var programs: [UInt64: Program] = [:]
    var lastHandle: UInt64 = 0
  }

  // A handle is never used twice, as those of buffers.
  private static let table = Mutex(Table())

  static func keep(_ program: Program) -> UInt64 {
    table.withLock { table in
      table.lastHandle += 1
      table.programs[table.lastHandle] = program
      return table.lastHandle
    }
  }

  static func program(_ handle: UInt64) throws(Failure) -> Program {
    guard let program = table.withLock({ $0.programs[handle] }) else {
      throw .invalid("fusion: \(handle) is not a live handle")
    }
    return program
  }

  static func release(_ handle: UInt64) { table.withLock { _ = $0.programs.removeValue(forKey: handle) } }
}

// MARK: - Preparing

extension Fusion.Program {
  init(_ given: UnsafePointer<bp_fusion_program>) throws(Failure) {
    try Fusion.Program.checkLists(given.pointee)
    var error = bp_error()
    error.struct_size = UInt32(MemoryLayout<bp_error>.size)
    let code = bp_check_fusion(given, &error)
    guard code == BP_OK else {
      let message = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      throw Failure(code: code, message: message)
    }
    let program = given.pointee
    let inputCount = Int(program.input_count)
    var types: [DType] = []
    for i in 0..<inputCount { types.append(try Fusion.Program.dtype(program.input_types[i], "input \(i)")) }
    var steps: [Step] = []
    for i in 0..<program.step_count {
      let step = bp_fusion_step_of(given, i)!.pointee
      guard let definition = operators[step.op], case .elementwise = definition.style else {
        throw .unsupported("fusion: step \(i): this plugin has no elementwise operator \(step.op)")
      }
      let inputs = [step.inputs.0, step.inputs.1, step.inputs.2].filter { $0 >= 0 }.map(Int.init)
      let dtype = try Fusion.Program.dtype(step.dtype, "step \(i)")
      try definition.check(inputs: inputs.map { types[$0] }, outputs: [dtype])
      steps.append(Step(definition: definition, inputs: inputs, dtype: dtype))
      types.append(dtype)
    }
    inputTypes = Array(types.prefix(inputCount))
    self.steps = steps
    outputs = (0..<Int(program.output_count)).map { Int(program.outputs[$0]) }
    if program.reduction == 0 {
      reduction = nil
    } else {
      guard let definition = operators[program.reduction] else {
        throw .unsupported("fusion: this plugin has no operator \(program.reduction)")
      }
      let value = Int(program.reduced), dtype = try Fusion.Program.dtype(bp_fusion_reduced_type(given), "reduction")
      try definition.check(inputs: [types[value]], outputs: [dtype])
      reduction = (definition, value, dtype)
    }
  }

  /// That there is what the counts say, before anyone reads it.
  private static func checkLists(_ program: bp_fusion_program) throws(Failure) {
    guard Int(program.struct_size) >= MemoryLayout<bp_fusion_program>.size else {
      throw .invalid("fusion: a bp_fusion_program of \(program.struct_size) bytes")
    }
    guard program.input_count <= 0 || program.input_types != nil, program.step_count <= 0 || program.steps != nil,
      program.output_count <= 0 || program.outputs != nil
    else { throw .invalid("fusion: the program's types, steps or outputs are NULL") }
    if program.step_count > 0, Int(program.steps.pointee.struct_size) < MemoryLayout<bp_fusion_step>.size {
      throw .invalid("fusion: a bp_fusion_step of \(program.steps.pointee.struct_size) bytes")
    }
  }

  private static func dtype(_ number: Int32, _ name: String) throws(Failure) -> DType {
    guard let dtype = DType(rawValue: number) else {
      throw .unsupported("fusion: \(name): type \(number) is not known")
    }
    return dtype
  }
}

// MARK: - Executing

/// Row-major memory for the result of a step.
private final class StepMemory {
  let view: View

  init(_ dtype: DType, _ shape: [Int]) throws(Failure) {
    var address: UnsafeMutableRawPointer?
    let bytes = max(elementCount(shape) * dtype.size, 1)
    guard posix_memalign(&address, Memory.alignment, bytes) == 0, let address else {
      throw .outOfMemory("fusion: no room for \(bytes) bytes, the result of a step of shape \(shape)")
    }
    view = View(dtype: dtype, shape: shape, strides: rowMajorStrides(shape), base: address, isImmediate: false)
  }

  deinit { free(view.base) }
}

extension Fusion.Program {
  func run(
    _ inputs: UnsafePointer<UnsafePointer<bp_tensor>?>?, _ outputs: UnsafePointer<UnsafePointer<bp_tensor>?>?
  ) throws(Failure) {
    let types = inputTypes + steps.map(\.dtype)
    var values = try views(inputs, inputTypes, "input")
    let results = try views(outputs, self.outputs.map { types[$0] } + (reduction.map { [$0.dtype] } ?? []), "output")
    let targets = results.prefix(self.outputs.count)
    let shape = (targets.first ?? values[0]).shape
    guard (values + targets).allSatisfy({ $0.shape == shape }) else {
      throw .invalid("fusion: the operands are not all of the shape \(shape)")
    }
    for (i, target) in results.enumerated() {
      let isBroadcast = zip(target.shape, target.strides).contains { $0 > 1 && $1 == 0 } && !target.shape.contains(0)
      if target.isImmediate || isBroadcast {
        throw .invalid("fusion: output \(i) is \(target.isImmediate ? "an immediate" : "broadcast")")
      }
    }
    var memory: [StepMemory] = []
    for step in steps {
      let result = try StepMemory(step.dtype, shape)
      memory.append(result)
      let call = Call(
        name: step.definition.name, inputs: step.inputs.map { values[$0] }, outputs: [result.view], params: nil)
      try step.definition.run(call)
      values.append(result.view)
    }
    if let reduction {
      let call = Call(
        name: reduction.definition.name, inputs: [values[reduction.value]], outputs: [results[targets.count]],
        params: nil)
      try reduction.definition.run(call)
    }
    // Last of all: an output may be an input that a later step reads.
    for (target, value) in zip(targets, self.outputs) {
      let source = values[value]
      move(source, source.offsets, to: target, target.offsets)
    }
    withExtendedLifetime(memory) {}
  }

  private func views(
    _ list: UnsafePointer<UnsafePointer<bp_tensor>?>?, _ types: [DType], _ name: String
  ) throws(Failure) -> [View] {
    guard let list else {
      if types.isEmpty { return [] }
      throw .invalid("fusion: the \(name)s are NULL")
    }
    var views: [View] = []
    for (i, dtype) in types.enumerated() {
      guard let tensor = list[i], Int(tensor.pointee.struct_size) >= MemoryLayout<bp_tensor>.size else {
        throw .invalid("fusion: \(name) \(i) is \(list[i] == nil ? "NULL" : "shorter than a bp_tensor")")
      }
      guard tensor.pointee.dtype == dtype.rawValue else {
        throw .invalid("fusion: \(name) \(i) is of type \(tensor.pointee.dtype), not \(dtype)")
      }
      views.append(try View(tensor, dtype: dtype, name: "fusion: \(name) \(i)"))
    }
    return views
  }
}

// MARK: - Table functions

func getExtension(_ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<CChar>?) -> UnsafeRawPointer? {
  guard let name, strcmp(name, BP_EXTENSION_FUSION) == 0 else { return nil }
  return UnsafeRawPointer(fusionTable)
}

// Constant, and alive as long as the process [BP-1.4].
nonisolated(unsafe) private let fusionTable: UnsafePointer<bp_fusion> = {
  let table = UnsafeMutablePointer<bp_fusion>.allocate(capacity: 1)
  table.initialize(
    to: bp_fusion(
      struct_size: UInt32(MemoryLayout<bp_fusion>.size), reserved: 0, prepare: prepareFusion, release: releaseFusion,
      execute: executeFusion))
  return UnsafePointer(table)
}()

private func prepareFusion(
  _ context: UnsafeMutableRawPointer?, _ device: Int32, _ program: UnsafePointer<bp_fusion_program>?,
  _ handle: UnsafeMutablePointer<UInt64>?, _ err: UnsafeMutablePointer<bp_error>?
) -> Int32 {
  status(err) { () throws(Failure) in
    try check(device: device)
    guard let program, let handle else {
      throw .invalid("fusion: \(program == nil ? "program" : "handle") is NULL")
    }
    handle.pointee = Fusion.keep(try Fusion.Program(program))
  }
}

private func releaseFusion(_ context: UnsafeMutableRawPointer?, _ device: Int32, _ handle: UInt64) {
  Fusion.release(handle)
}

private func executeFusion(
  _ context: UnsafeMutableRawPointer?, _ device: Int32, _ stream: bp_stream, _ handle: UInt64,
  _ inputs: UnsafePointer<UnsafePointer<bp_tensor>?>?, _ outputs: UnsafePointer<UnsafePointer<bp_tensor>?>?,
  _ err: UnsafeMutablePointer<bp_error>?
) -> Int32 {
  status(err) { () throws(Failure) in
    try check(device: device, stream: stream)
    try Fusion.program(handle).run(inputs, outputs)
  }
}
