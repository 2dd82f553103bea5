import BackendAPI
import Glibc
import Testing

/// A mistake that a plugin might make, and where the suite must see it.
struct Defect: Sendable, CustomTestStringConvertible {
  let name: String
  /// The operators to run, or none to run the tiers T0, T1 and T3.
  let operators: [String]
  /// Words that some finding must contain.
  let evidence: String
  let plant: @Sendable (DamagedPlugin) -> Void

  init(
    _ name: String, finding operators: [String], _ evidence: String = "",
    plant: @escaping @Sendable (DamagedPlugin) -> Void
  ) {
    self.name = name
    self.operators = operators
    self.evidence = evidence
    self.plant = plant
  }

  var testDescription: String { name }

  static let all =
    values + arithmetic + factors + places + memory + contract + errors + convolutions
    + attention + poolings + statistics
    + affine + furtherSteps + recurrence + recurrenceGradients
}

// MARK: - Wrong results

extension Defect {
  /// Changes the elements of out0 of one operator over one type.
  private static func output(
    _ name: String, _ operators: [String], dtype: Int32 = BP_FLOAT32, ids: [Int32],
    _ evidence: String = "expected",
    _ change: @escaping @Sendable ([UnsafeMutableRawPointer]) -> Void
  ) -> Defect {
    Defect(name, finding: operators, evidence) { plugin in
      plugin.execute = { plugin, op, error in
        guard ids.contains(op.pointee.op), op.pointee.outputs[0]!.pointee.dtype == dtype else {
          return plugin.originalExecute(op, error)
        }
        return plugin.changingOutput(op, error, change)
      }
    }
  }

  /// Changes each float32 of out0.
  private static func floats(
    _ name: String, _ operators: [String], ids: [Int32], _ change: @escaping @Sendable (Float) -> Float
  ) -> Defect {
    output(name, operators, ids: ids) { elements in
      for element in elements { element.storeBytes(of: change(element.loadUnaligned(as: Float.self)), as: Float.self) }
    }
  }

  private static let values: [Defect] = [
    output("a tail element left out", ["MUL"], ids: [BP_OP_MUL]) { elements in
      if elements.count % 16 == 1 && elements.count > 16 {
        elements.last!.storeBytes(of: 0.125, as: Float.self)
      }
    },
    output("one element of a large tensor wrong", ["ADD"], ids: [BP_OP_ADD]) { elements in
      if elements.count > 100_000 { elements[77_777].storeBytes(of: 0.125, as: Float.self) }
    },
    floats("the sign of zero lost", ["NEG"], ids: [BP_OP_NEG]) { $0 == 0 ? 0 : $0 },
    floats("subnormals flushed", ["MUL"], ids: [BP_OP_MUL]) { $0.isSubnormal ? 0 : $0 },
    floats("NaN lost in maximum", ["MAXIMUM"], ids: [BP_OP_MAXIMUM]) { $0.isNaN ? 1 : $0 },
    floats("NaN lost in max", ["MAX"], ids: [BP_OP_MAX]) { $0.isNaN ? 1 : $0 },
    floats("exp off by four ulp", ["EXP"], ids: [BP_OP_EXP]) {
      $0.isFinite && $0 > 1 ? Float(bitPattern: $0.bitPattern + 4) : $0
    },
    floats("division off by one ulp", ["DIV"], ids: [BP_OP_DIV]) { $0.isNormal && $0 > 1 ? $0.nextUp : $0 },
    floats("exp overflows early", ["EXP"], ids: [BP_OP_EXP]) { $0 > 3e38 ? .infinity : $0 },
    output("true as 255", ["LT"], dtype: BP_BOOL, ids: [BP_OP_LT]) { elements in
      for element in elements where element.loadUnaligned(as: UInt8.self) == 1 {
        element.storeBytes(of: 255, as: UInt8.self)
      }
    },
    Defect("uint8 saturates", finding: ["ADD"], "uint8") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_ADD, op.pointee.outputs[0]!.pointee.dtype == BP_UINT8,
          op.pointee.inputs[0]!.pointee.flags == 0
        else { return plugin.originalExecute(op, error) }
        let x = plugin.elements(op.pointee.inputs[0]!.pointee).map { $0.loadUnaligned(as: UInt8.self) }
        return plugin.changingOutput(op, error) { elements in
          // The sum wrapped if it is less than a term.
          for (element, x) in zip(elements, x) where element.loadUnaligned(as: UInt8.self) < x {
            element.storeBytes(of: 255, as: UInt8.self)
          }
        }
      }
    },
    Defect("integer division truncates", finding: ["FLOOR_DIVIDE"], "int64") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_FLOOR_DIVIDE, op.pointee.outputs[0]!.pointee.dtype == BP_INT64 else {
          return plugin.originalExecute(op, error)
        }
        return plugin.changingOutput(op, error) { elements in
          for element in elements where element.loadUnaligned(as: Int64.self) == -1 {
            element.storeBytes(of: 0, as: Int64.self)
          }
        }
      }
    },
    Defect("argmax gives the last of equals", finding: ["ARGMAX"], "ARGMAX") { plugin in
      plugin.execute = { plugin, op, error in
        let input = op.pointee.input_count > 0 ? op.pointee.inputs[0]!.pointee : bp_tensor()
        guard op.pointee.op == BP_OP_ARGMAX, input.dtype == BP_FLOAT32, input.rank == 1, input.shape[0] > 0
        else {
          return plugin.originalExecute(op, error)
        }
        let x = plugin.elements(input).map { $0.loadUnaligned(as: Float.self) }
        return plugin.changingOutput(op, error) { elements in
          let greatest = x[Int(elements[0].loadUnaligned(as: Int64.self))]
          if let last = x.lastIndex(of: greatest) { elements[0].storeBytes(of: Int64(last), as: Int64.self) }
        }
      }
    },
    Defect("sums in plain float32", finding: ["SUM"], "SUM float32") { plugin in
      plugin.execute = { plugin, op, error in
        let input = op.pointee.input_count > 0 ? op.pointee.inputs[0]!.pointee : bp_tensor()
        guard op.pointee.op == BP_OP_SUM, input.dtype == BP_FLOAT32, input.rank == 1 else {
          return plugin.originalExecute(op, error)
        }
        let sum = plugin.elements(input).reduce(Float(0)) { $0 + $1.loadUnaligned(as: Float.self) }
        return plugin.changingOutput(op, error) { $0.first?.storeBytes(of: sum, as: Float.self) }
      }
    },
    Defect("strides ignored", finding: ["SUB"], "transposed-0") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_SUB, op.pointee.inputs[0]!.pointee.rank == 2,
          op.pointee.inputs[0]!.pointee.flags == 0
        else { return plugin.originalExecute(op, error) }
        let contiguous = [op.pointee.inputs[0]!.pointee.shape[1], 1]
        return contiguous.withUnsafeBufferPointer { strides in
          plugin.changingInput(0, op, error) { if $0.strides[0] == 1 { $0.strides = strides.baseAddress } }
        }
      }
    },
    Defect("the byte offset of a slice ignored", finding: ["COPY"], "sliced") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_COPY, op.pointee.inputs[0]!.pointee.flags == 0 else {
          return plugin.originalExecute(op, error)
        }
        return plugin.changingInput(0, op, error) { $0.byte_offset -= $0.byte_offset % 64 }
      }
    },
    Defect("immediates taken for zero", finding: ["ADD"], "immediate") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_ADD, op.pointee.inputs[1]!.pointee.flags == BP_TENSOR_IMMEDIATE else {
          return plugin.originalExecute(op, error)
        }
        return plugin.changingInput(1, op, error) { $0.immediate = (0, 0) }
      }
    },
    Defect("Philox one block ahead", finding: ["RANDOM_UNIFORM"], "RANDOM_UNIFORM") { plugin in
      plugin.execute = { plugin, op, error in
        plugin.changingParams(bp_random_params.self, op, error) { $0.offset &+= 1 }
      }
    },
    Defect("nine Philox rounds instead of ten", finding: ["RANDOM_UNIFORM"], "expected") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_RANDOM_UNIFORM, op.pointee.outputs[0]!.pointee.dtype == BP_FLOAT32 else {
          return plugin.originalExecute(op, error)
        }
        let params = op.pointee.params.loadUnaligned(as: bp_random_params.self)
        return plugin.changingOutput(op, error) { elements in
          for (i, element) in elements.enumerated() {
            let word = philox(params.seed, params.offset &+ UInt64(i / 4), rounds: 9)[i % 4]
            element.storeBytes(of: Float(word >> 8) * 0x1p-24, as: Float.self)
          }
        }
      }
    },
    Defect("the key's high half ignored", finding: ["RANDOM_NORMAL"], "high-key") { plugin in
      plugin.execute = { plugin, op, error in
        plugin.changingParams(bp_random_params.self, op, error) { $0.seed &= 0xffff_ffff }
      }
    },
    Defect("decoupled weight decay coupled", finding: ["ADAM_STEP"], "decoupled") { plugin in
      plugin.execute = { plugin, op, error in
        plugin.changingParams(bp_adam_params.self, op, error) { $0.decoupled = 0 }
      }
    },
    Defect("scatter that overwrites instead of adding", finding: ["SCATTER"], "add-") { plugin in
      plugin.execute = { plugin, op, error in
        plugin.changingParams(bp_scatter_params.self, op, error) {
          if $0.mode == BP_SCATTER_ADD { $0.mode = BP_SCATTER_SET }
        }
      }
    },
    Defect("claimed deterministic, changes from call to call", finding: ["TANH"], "deterministic") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_TANH, op.pointee.outputs[0]!.pointee.dtype == BP_FLOAT32 else {
          return plugin.originalExecute(op, error)
        }
        let isOdd = plugin.calls % 2 == 1
        return plugin.changingOutput(op, error) { elements in
          for element in elements {
            let value = element.loadUnaligned(as: Float.self)
            if isOdd && value.isNormal { element.storeBytes(of: value.nextDown, as: Float.self) }
          }
        }
      }
    },
    Defect("in place claimed, the output cleared first", finding: ["ABS"], "in place of input 0") { plugin in
      plugin.execute = { plugin, op, error in
        if op.pointee.op == BP_OP_ABS, op.pointee.outputs[0]!.pointee.dtype == BP_FLOAT32 {
          for element in plugin.elements(op.pointee.outputs[0]!.pointee) {
            element.storeBytes(of: 0, as: Float.self)
          }
        }
        return plugin.originalExecute(op, error)
      }
    },
  ]
}

// MARK: - Bytes that are not the plugin's to write

extension Defect {
  private static let memory: [Defect] = [
    output("writes past the end", ["ADD"], ids: [BP_OP_ADD], "was written [BP-4.5]") {
      elements in
      if let last = elements.last { (last + 4).storeBytes(of: 7, as: Float.self) }
    },
    output("writes before the start", ["FLOOR"], ids: [BP_OP_FLOOR], "before the tensor was written") {
      elements in
      if let first = elements.first { (first - 1).storeBytes(of: 7, as: UInt8.self) }
    },
    output(
      "fills the gaps of a strided output", ["CEIL"], ids: [BP_OP_CEIL], "of the tensor's span was written"
    ) {
      elements in
      if elements.count == 35 && elements[1] - elements[0] == 8 {
        (elements[0] + 4).storeBytes(of: 7, as: Float.self)
      }
    },
    Defect("changes an input", finding: ["MAX"], "input 0: ") { plugin in
      plugin.execute = { plugin, op, error in
        let code = plugin.originalExecute(op, error)
        if op.pointee.op == BP_OP_MAX, let first = plugin.elements(op.pointee.inputs[0]!.pointee).first {
          first.storeBytes(of: 0x31, as: UInt8.self)
        }
        return code
      }
    },
    Defect("alloc forgets the alignment", finding: [], "T1.alloc.alignment") { plugin in
      plugin.alloc = { plugin, bytes, _, out, error in plugin.originalAlloc(bytes, 0, out, error) }
    },
    Defect("alloc takes a negative size", finding: [], "T1.alloc.negative") { plugin in
      plugin.alloc = { plugin, bytes, alignment, out, error in
        plugin.originalAlloc(max(bytes, 0), alignment, out, error)
      }
    },
    Defect("alloc calls running out a wrong argument", finding: [], "expected OUT_OF_MEMORY") { plugin in
      plugin.alloc = { plugin, bytes, alignment, out, error in
        if bytes > 1 << 40 { return bp_fail(error, BP_ERROR_INVALID_ARGUMENT, "too much") }
        return plugin.originalAlloc(bytes, alignment, out, error)
      }
    },
    Defect("alloc gives one buffer twice", finding: [], "T1.alloc") { plugin in
      nonisolated(unsafe) var last: bp_buffer = 0
      plugin.alloc = { plugin, bytes, alignment, out, error in
        if bytes == 38 && last != 0 {
          out.pointee = last
          return BP_OK
        }
        let code = plugin.originalAlloc(max(bytes, 64), alignment, out, error)
        if bytes == 1 { last = out.pointee }
        return code
      }
    },
  ]
}

// MARK: - Claims

extension Defect {
  /// Answers query_op for one operator and type.
  private static func claim(
    _ name: String, _ operators: [String], _ evidence: String, id: Int32, dtype: Int32 = BP_FLOAT32,
    _ change: @escaping @Sendable (UnsafePointer<bp_op>, inout bp_op_info) -> Void
  ) -> Defect {
    Defect(name, finding: operators, evidence) { plugin in
      plugin.query = { plugin, op, out, error in
        let code = plugin.originalQuery(op, out, error)
        if op.pointee.op == id && op.pointee.outputs[0]!.pointee.dtype == dtype { change(op, &out.pointee) }
        return code
      }
    }
  }

  /// A type that a plugin need not have.
  private static func isComplexAddition(_ op: UnsafePointer<bp_op>) -> Bool {
    op.pointee.op == BP_OP_ADD && op.pointee.outputs[0]!.pointee.dtype == BP_COMPLEX64
  }

  private static func unsupported(_ error: UnsafeMutablePointer<bp_error>?) -> Int32 {
    bp_fail(error, BP_ERROR_UNSUPPORTED, "no complex numbers")
  }

  private static func refuse(_ info: inout bp_op_info) {
    info.supported = 0
    withUnsafeMutableBytes(of: &info.reason) { $0.copyBytes(from: Array("none\0".utf8)) }
  }

  private static let contract: [Defect] = [
    claim("a core operator is not claimed", ["MATMUL"], "is not claimed", id: BP_OP_MATMUL) { _, info in
      refuse(&info)
    },
    claim("not claimed, but executed", ["SOFTMAX"], "execute says OK", id: BP_OP_SOFTMAX) { _, info in
      refuse(&info)
    },
    Defect("claimed, but refused", finding: ["ADD"], "refused by execute") { plugin in
      plugin.execute = { plugin, op, error in
        isComplexAddition(op) ? unsupported(error) : plugin.originalExecute(op, error)
      }
    },
    claim("the claim depends on the shape", ["ADD"], "[BP-5.4]", id: BP_OP_ADD) { op, info in
      if op.pointee.outputs[0]!.pointee.rank == 3 { refuse(&info) }
    },
    Defect("no reason given", finding: ["ADD"], "gives no reason") { plugin in
      plugin.query = { plugin, op, out, error in
        let code = plugin.originalQuery(op, out, error)
        if isComplexAddition(op) { (out.pointee.supported, out.pointee.reason.0) = (0, 0) }
        return code
      }
      plugin.execute = { plugin, op, error in
        isComplexAddition(op) ? unsupported(error) : plugin.originalExecute(op, error)
      }
    },
    Defect("the answer longer than asked for", finding: [], "wrote past struct_size") { plugin in
      plugin.query = { plugin, op, out, error in
        let code = plugin.originalQuery(op, out, error)
        withUnsafeMutableBytes(of: &out.pointee.reason) { $0[0] = 0 }
        return code
      }
    },
  ]
}

// MARK: - Errors

extension Defect {
  /// Changes the error of every failing execute.
  private static func failure(
    _ name: String, _ evidence: String, _ change: @escaping @Sendable (inout bp_error) -> Int32
  ) -> Defect {
    Defect(name, finding: [], evidence) { plugin in
      plugin.execute = { plugin, op, error in
        let code = plugin.originalExecute(op, error)
        guard code != BP_OK, let error else { return code }
        return change(&error.pointee)
      }
    }
  }

  private static let errors: [Defect] = [
    failure("an error without a message", "no message [BP-2.2]") { error in
      error.message.0 = 0
      return error.code
    },
    failure("a message without an end", "no NUL ends") { error in
      _ = withUnsafeMutableBytes(of: &error.message) { $0.initializeMemory(as: UInt8.self, repeating: 0x41) }
      return error.code
    },
    failure("one code returned, another written", "wrote code") { error in
      error.code = BP_ERROR_INTERNAL
      return BP_ERROR_UNSUPPORTED
    },
    failure("a sticky error", "sticky") { error in
      error.flags = BP_ERROR_FLAG_STICKY
      return error.code
    },
    Defect("bp_error written on success", finding: ["ADD"], "[BP-2.4]") { plugin in
      plugin.execute = { plugin, op, error in
        let code = plugin.originalExecute(op, error)
        if code == BP_OK { error?.pointee.code = 0 }
        return code
      }
    },
    Defect("an index out of range is clamped", finding: [], "expected INVALID_ARGUMENT, got OK") { plugin in
      plugin.execute = { plugin, op, error in
        let code = plugin.originalExecute(op, error)
        return op.pointee.op == BP_OP_GATHER ? BP_OK : code
      }
    },
    Defect("an unknown operator does nothing", finding: [], "expected UNSUPPORTED, got OK") { plugin in
      plugin.execute = { plugin, op, error in
        op.pointee.op == 9999 ? BP_OK : plugin.originalExecute(op, error)
      }
    },
    Defect("err NULL changes the code", finding: [], "with err NULL") { plugin in
      plugin.execute = { plugin, op, error in
        let code = plugin.originalExecute(op, error)
        return code != BP_OK && error == nil ? BP_ERROR_INTERNAL : code
      }
    },
    Defect("the rounding mode left changed", finding: [], "rounding mode") { plugin in
      plugin.execute = { plugin, op, error in
        let code = plugin.originalExecute(op, error)
        fesetround(fegetround() == FE_TONEAREST ? FE_UPWARD : FE_TONEAREST)
        return code
      }
    },
  ]
}

/// The four words of a counter by Philox-4x32 (Salmon et al., SC 2011); the specification has ten rounds.
private func philox(_ seed: UInt64, _ counter: UInt64, rounds: Int) -> [UInt32] {
  var (a, b): (UInt32, UInt32) = (UInt32(truncatingIfNeeded: counter), UInt32(counter >> 32))
  var (c, d): (UInt32, UInt32) = (0, 0)
  var key: (UInt32, UInt32) = (UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32))
  for _ in 0..<rounds {
    let x = UInt64(a) * 0xd251_1f53, y = UInt64(c) * 0xcd9e_8d57
    (a, b, c, d) = (
      UInt32(y >> 32) ^ b ^ key.0, UInt32(truncatingIfNeeded: y), UInt32(x >> 32) ^ d ^ key.1,
      UInt32(truncatingIfNeeded: x)
    )
    key = (key.0 &+ 0x9e37_79b9, key.1 &+ 0xbb67_ae85)
  }
  return [a, b, c, d]
}
