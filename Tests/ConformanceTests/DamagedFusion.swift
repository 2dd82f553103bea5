import BackendAPI
import Synchronization

/// The original's `backplane.fusion/1` with some of its functions replaced.
struct DamagedFusion {
  typealias Operands = UnsafePointer<UnsafePointer<bp_tensor>?>
  typealias Prepare = (
    DamagedPlugin, UnsafePointer<bp_fusion_program>, UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<bp_error>?
  ) -> Int32
  typealias Execute = (DamagedPlugin, UInt64, Operands, Operands, UnsafeMutablePointer<bp_error>?) -> Int32

  var prepare: Prepare = { $0.originalPrepare($1, $2, $3) }
  var execute: Execute = { $0.originalExecute($1, $2, $3, $4) }
  /// Inputs and outputs of the programs behind the handles.
  var counts: [UInt64: (inputs: Int, outputs: Int)] = [:]

  /// Programs are prepared on several threads, and what is planted need not know it.
  private static let preparing = Mutex(())

  // Constant, and alive as long as the process, as a plugin's tables are [BP-1.4].
  nonisolated(unsafe) fileprivate static let table: UnsafePointer<bp_fusion> = {
    let table = UnsafeMutablePointer<bp_fusion>.allocate(capacity: 1)
    table.initialize(to: bp_fusion())
    table.pointee.struct_size = UInt32(MemoryLayout<bp_fusion>.size)
    table.pointee.prepare = { context, _, program, handle, error in
      let plugin = DamagedPlugin.at(context)
      return preparing.withLock { _ in plugin.fusion!.prepare(plugin, program!, handle!, error) }
    }
    table.pointee.release = { context, _, handle in
      let original = DamagedPlugin.at(context).original
      DamagedPlugin.at(context).originalFusion.release(original.context, 0, handle)
    }
    table.pointee.execute = { context, _, _, handle, inputs, outputs, error in
      let plugin = DamagedPlugin.at(context)
      return plugin.fusion!.execute(plugin, handle, inputs!, outputs!, error)
    }
    return UnsafePointer(table)
  }()
}

extension DamagedPlugin {
  /// Offers the extension, which is hidden otherwise: its steps do not go through `execute`, and know nothing of what is
  /// planted there.
  func offerFusion(_ change: (inout DamagedFusion) -> Void = { _ in }) {
    var fusion = DamagedFusion()
    change(&fusion)
    self.fusion = fusion
    table.get_extension = { _, name in
      String(cString: name!) == BP_EXTENSION_FUSION ? UnsafeRawPointer(DamagedFusion.table) : nil
    }
  }

  var originalFusion: bp_fusion {
    original.get_extension(original.context, BP_EXTENSION_FUSION)!.assumingMemoryBound(to: bp_fusion.self).pointee
  }

  func originalPrepare(
    _ program: UnsafePointer<bp_fusion_program>, _ handle: UnsafeMutablePointer<UInt64>,
    _ error: UnsafeMutablePointer<bp_error>?
  ) -> Int32 {
    let code = originalFusion.prepare(original.context, 0, program, handle, error)
    if code == BP_OK {
      let given = program.pointee
      fusion!.counts[handle.pointee] = (
        Int(given.input_count), Int(given.output_count) + (given.reduction == 0 ? 0 : 1)
      )
    }
    return code
  }

  func originalExecute(
    _ handle: UInt64, _ inputs: DamagedFusion.Operands, _ outputs: DamagedFusion.Operands,
    _ error: UnsafeMutablePointer<bp_error>?
  ) -> Int32 {
    originalFusion.execute(original.context, 0, 0, handle, inputs, outputs, error)
  }

  /// Prepares another program than the one that was asked for.
  func preparing(
    _ program: FusedSteps, _ handle: UnsafeMutablePointer<UInt64>, _ error: UnsafeMutablePointer<bp_error>?
  ) -> Int32 {
    var types = program.types
    var steps = program.steps
    var outputs = program.outputs
    return types.withUnsafeMutableBufferPointer { types in
      steps.withUnsafeMutableBufferPointer { steps in
        outputs.withUnsafeMutableBufferPointer { outputs in
          var program = bp_fusion_program(
            struct_size: UInt32(MemoryLayout<bp_fusion_program>.size), input_count: Int32(types.count),
            step_count: Int32(steps.count), output_count: Int32(outputs.count), input_types: types.baseAddress,
            steps: steps.baseAddress, outputs: outputs.baseAddress, reduction: program.reduction,
            reduced: program.reduced)
          return originalPrepare(&program, handle, error)
        }
      }
    }
  }
}

/// A program to be changed.
struct FusedSteps {
  let types: [Int32]
  var steps: [bp_fusion_step]
  var outputs: [Int32]
  var reduction: Int32
  var reduced: Int32

  /// Nil where the header does not allow it.
  init?(_ pointer: UnsafePointer<bp_fusion_program>) {
    guard bp_check_fusion(pointer, nil) == BP_OK else { return nil }
    let program = pointer.pointee
    types = (0..<Int(program.input_count)).map { program.input_types[$0] }
    steps = (0..<program.step_count).map { bp_fusion_step_of(pointer, $0)!.pointee }
    outputs = (0..<Int(program.output_count)).map { program.outputs[$0] }
    (reduction, reduced) = (program.reduction, program.reduced)
  }

  /// A product and the sum that takes it in float64, rounded once, as where a compiler contracts the two: the first such
  /// pair of float32.
  mutating func contract() {
    let inputs = Int32(types.count)
    func isOf(_ step: bp_fusion_step, _ op: Int32) -> Bool { step.op == op && step.dtype == BP_FLOAT32 }
    for (j, sum) in steps.enumerated() where isOf(sum, BP_OP_ADD) && steps.count + 5 <= Int(BP_FUSION_STEPS) {
      let isFirst = sum.inputs.0 >= inputs && isOf(steps[Int(sum.inputs.0 - inputs)], BP_OP_MUL)
      let product = (isFirst ? sum.inputs.0 : sum.inputs.1) - inputs
      let other = isFirst ? sum.inputs.1 : sum.inputs.0
      guard product >= 0, isOf(steps[Int(product)], BP_OP_MUL) else { continue }
      let first = inputs + Int32(j)
      func step(_ op: Int32, _ dtype: Int32, _ a: Int32, _ b: Int32 = -1) -> bp_fusion_step {
        bp_fusion_step(
          struct_size: UInt32(MemoryLayout<bp_fusion_step>.stride), op: op, dtype: dtype, inputs: (a, b, -1))
      }
      let factors = steps[Int(product)].inputs
      let wide = [
        step(BP_OP_COPY, BP_FLOAT64, factors.0), step(BP_OP_COPY, BP_FLOAT64, factors.1),
        step(BP_OP_MUL, BP_FLOAT64, first, first + 1), step(BP_OP_COPY, BP_FLOAT64, other),
        step(BP_OP_ADD, BP_FLOAT64, first + 2, first + 3), step(BP_OP_COPY, BP_FLOAT32, first + 4),
      ]
      func moved(_ value: Int32) -> Int32 { value < first ? value : value + 5 }
      let later = steps[(j + 1)...].map { step in
        var step = step
        step.inputs = (moved(step.inputs.0), moved(step.inputs.1), moved(step.inputs.2))
        return step
      }
      steps = steps[..<j] + wide + later
      outputs = outputs.map(moved)
      reduced = moved(reduced)
      return
    }
  }
}
