import BackendAPI
import Foundation

/// The extension `backplane.fusion/1` of a table, with the calls that the tests make of it.
struct FusedTable {
  /// A step: operator, inputs, type of the result.
  typealias Step = (op: Int32, inputs: [Int32], dtype: Int32)

  /// A vector of float32, or an immediate.
  struct Operand {
    var buffer: bp_buffer = 0
    var count: Int64 = 16
    var stride: Int64 = 1
    var offset: Int64 = 0
    var dtype = BP_FLOAT32
    var immediate: Float?
  }

  let host: TestTable
  let fusion: bp_fusion

  /// Nil where the plugin does not offer it.
  init?(_ host: TestTable) {
    guard let found = host.table.get_extension(host.table.context, BP_EXTENSION_FUSION) else { return nil }
    self.host = host
    fusion = found.assumingMemoryBound(to: bp_fusion.self).pointee
  }

  func prepare(
    _ types: [Int32], _ steps: [Step], outputs: [Int32], _ reduction: (op: Int32, value: Int32)? = nil
  ) -> (code: Int32, handle: UInt64, message: String) {
    let steps = steps.map { step in
      let inputs = step.inputs + [-1, -1, -1]
      return bp_fusion_step(
        struct_size: UInt32(MemoryLayout<bp_fusion_step>.stride), op: step.op, dtype: step.dtype,
        inputs: (inputs[0], inputs[1], inputs[2]))
    }
    var error = bp_error()
    error.struct_size = UInt32(MemoryLayout<bp_error>.size)
    var handle: UInt64 = 0
    let code = types.withUnsafeBufferPointer { types in
      steps.withUnsafeBufferPointer { steps in
        outputs.withUnsafeBufferPointer { outputs in
          var program = bp_fusion_program(
            struct_size: UInt32(MemoryLayout<bp_fusion_program>.size), input_count: Int32(types.count),
            step_count: Int32(steps.count), output_count: Int32(outputs.count), input_types: types.baseAddress,
            steps: steps.baseAddress, outputs: outputs.baseAddress, reduction: reduction?.op ?? 0,
            reduced: reduction?.value ?? 0)
          return fusion.prepare(host.table.context, 0, &program, &handle, &error)
        }
      }
    }
    let message = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return (code, handle, message)
  }

  /// The handle of `(a + b) + a`, of float32.
  func sum() -> UInt64 {
    let steps: [Step] = [(BP_OP_ADD, [0, 1], BP_FLOAT32), (BP_OP_ADD, [2, 0], BP_FLOAT32)]
    return prepare([BP_FLOAT32, BP_FLOAT32], steps, outputs: [3]).handle
  }

  func execute(_ handle: UInt64, _ inputs: [Operand], _ outputs: [Operand], stream: bp_stream = 0) -> Int32 {
    let operands = inputs + outputs
    let numbers = operands.flatMap { [$0.count, $0.immediate == nil ? $0.stride : 0] }
    return numbers.withUnsafeBufferPointer { numbers in
      let views = operands.enumerated().map { i, operand in
        bp_tensor(
          struct_size: UInt32(MemoryLayout<bp_tensor>.size), dtype: operand.dtype, rank: 1,
          flags: operand.immediate == nil ? 0 : BP_TENSOR_IMMEDIATE, buffer: operand.buffer,
          byte_offset: operand.offset, shape: numbers.baseAddress! + 2 * i, strides: numbers.baseAddress! + 2 * i + 1,
          immediate: (UInt64(operand.immediate?.bitPattern ?? 0), 0))
      }
      return views.withUnsafeBufferPointer { views in
        let pointers = views.indices.map { UnsafePointer<bp_tensor>?(views.baseAddress! + $0) }
        return pointers.withUnsafeBufferPointer { pointers in
          fusion.execute(
            host.table.context, 0, stream, handle, pointers.baseAddress, pointers.baseAddress! + inputs.count, nil)
        }
      }
    }
  }

  func release(_ handle: UInt64) { fusion.release(host.table.context, 0, handle) }
}
