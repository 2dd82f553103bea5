import BackendAPI

/// What a kernel of attention may get wrong: who sees whom, numbers of dropout, heads that share keys, and the last block.
extension Defect {
  static let attention: [Defect] = [
    altering("every query sees all keys", BP_OP_ATTENTION, "causal") { $0.params.flags = 0 },
    altering("the scale of the width, whatever is asked for", BP_OP_ATTENTION, "scale-1") { call in
      call.params.scale = 1 / Double(call[.q].shape[3]).squareRoot()
    },
    altering("an odd last key left out", BP_OP_ATTENTION, "keys17", withoutLastKey),
    altering("one head of keys for all", BP_OP_ATTENTION, "heads8-2") { $0[.k].strides[1] = 0 },
    altering("a mask of the first batch for all", BP_OP_ATTENTION, "float32-bool.mask-batchKeys") { call in
      if call.hasMask { call[.mask].strides[0] = 0 }
    },
    altering("the random numbers of the next counter", BP_OP_ATTENTION, "dropout-half") { $0.params.offset &+= 1 },
    outputs("who sees nothing gets 0 / 0", BP_OP_ATTENTION, "blind-rows") { out, logSums in
      let width = logSums.isEmpty ? 0 : out.count / logSums.count
      for (row, logSum) in logSums.enumerated() where logSum.loadUnaligned(as: Float.self) == -.infinity {
        for i in row * width..<(row + 1) * width { out[i].storeBytes(of: .nan, as: Float.self) }
      }
    },
    outputs("logarithms to base 2", BP_OP_ATTENTION, "expected") { _, logSums in
      for x in logSums { x.storeBytes(of: x.loadUnaligned(as: Float.self) * 1.442695, as: Float.self) }
    },

    altering("every query sees all keys", BP_OP_ATTENTION_BACKWARD, "causal") { $0.params.flags = 0 },
    altering("shares that were dropped have gradients", BP_OP_ATTENTION_BACKWARD, "dropout") { $0.params.p = 0 },
    altering("an odd last key left out", BP_OP_ATTENTION_BACKWARD, "keys17", withoutLastKey),
    altering("the result of another query", BP_OP_ATTENTION_BACKWARD, "expected") { call in
      if call[.out].shape[2] > 1 { call[.out].strides[2] = 0 }
    },
    altering("what is added to scores forgotten", BP_OP_ATTENTION_BACKWARD, "float32-added") { call in
      if call.hasMask { call.dropMask() }
    },
    outputs("gradients of keys that are not scaled", BP_OP_ATTENTION_BACKWARD, "scale-negative") { _, dk in
      for x in dk { x.storeBytes(of: abs(x.loadUnaligned(as: Float.self)), as: Float.self) }
    },

    Defect("DROPOUT: the random numbers of the next counter", finding: ["DROPOUT"], "dense") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_DROPOUT else { return plugin.originalExecute(op, error) }
        return plugin.changingParams(bp_dropout_params.self, op, error) { $0.offset &+= 1 }
      }
    },
    Defect("DROPOUT: p in float64", finding: ["DROPOUT"], "golden-rounded") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_DROPOUT else { return plugin.originalExecute(op, error) }
        return plugin.changingParams(bp_dropout_params.self, op, error) { params in
          // Rounded, it is less: what is equal to that is below p.
          if Double(Float(params.p)) < params.p { params.p = Double(Float(params.p).nextUp) }
        }
      }
    },
    Defect("DROPOUT: what is dropped is 0, also of infinity", finding: ["DROPOUT"], "mixed") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_DROPOUT, op.pointee.outputs[0]!.pointee.dtype == BP_FLOAT32 else {
          return plugin.originalExecute(op, error)
        }
        return plugin.changingOutput(op, error) { elements in
          for x in elements where x.loadUnaligned(as: Float.self).isNaN { x.storeBytes(of: 0, as: Float.self) }
        }
      }
    },
  ]

  @Sendable private static func withoutLastKey(_ call: inout AttentionCall) {
    guard call[.k].shape[2] % 16 == 1, call[.k].shape[2] > 1 else { return }
    call[.k].shape[2] -= 1
    call[.v].shape[2] -= 1
    if call.hasMask { call[.mask].shape[3] -= 1 }
    // The gradients of that key are left as they are.
    for i in call.operands.indices.suffix(2) where call.isBackward { call.operands[i].shape[2] -= 1 }
  }

  /// Changes the elements of the first two outputs, of float32.
  private static func outputs(
    _ name: String, _ id: Int32, _ evidence: String,
    _ change: @escaping @Sendable (_ first: [UnsafeMutableRawPointer], _ second: [UnsafeMutableRawPointer]) -> Void
  ) -> Defect {
    let operation = String(cString: bp_op_name(id))
    return Defect("\(operation): \(name)", finding: [operation], evidence) { plugin in
      plugin.execute = { plugin, op, error in
        let code = plugin.originalExecute(op, error)
        let out = op.pointee.outputs[0]!.pointee
        if code == BP_OK, op.pointee.op == id, out.dtype == BP_FLOAT32 {
          change(plugin.elements(out), plugin.elements(op.pointee.outputs[1]!.pointee))
        }
        return code
      }
    }
  }

  /// Does another call of float32 than that which was asked for.
  private static func altering(
    _ name: String, _ id: Int32, _ evidence: String, _ change: @escaping @Sendable (inout AttentionCall) -> Void
  ) -> Defect {
    let operation = String(cString: bp_op_name(id))
    return Defect("\(operation): \(name)", finding: [operation], evidence) { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == id, op.pointee.outputs[0]!.pointee.dtype == BP_FLOAT32, let params = op.pointee.params,
          params.loadUnaligned(as: UInt32.self) == MemoryLayout<bp_attention_params>.size
        else { return plugin.originalExecute(op, error) }
        var call = AttentionCall(op.pointee, params.loadUnaligned(as: bp_attention_params.self))
        change(&call)
        return call.execute(op.pointee, plugin, error)
      }
    }
  }
}

/// A call's operands, inputs before outputs, and its params, to be changed.
private struct AttentionCall {
  struct Operand {
    let tensor: bp_tensor
    var shape: [Int64]
    var strides: [Int64]
  }

  enum Name: Int {
    case q, k, v, out, logSums, mask
  }

  var operands: [Operand]
  var params: bp_attention_params
  let isBackward: Bool
  private var inputCount: Int

  init(_ op: bp_op, _ params: bp_attention_params) {
    self.params = params
    isBackward = op.op == BP_OP_ATTENTION_BACKWARD
    inputCount = Int(op.input_count)
    operands = withUnsafePointer(to: op) { DamagedPlugin.operands($0) }.map { tensor in
      Operand(
        tensor: tensor, shape: (0..<Int(tensor.rank)).map { tensor.shape[$0] },
        strides: (0..<Int(tensor.rank)).map { tensor.strides[$0] })
    }
  }

  var hasMask: Bool { inputCount == (isBackward ? 7 : 4) }

  private func index(_ name: Name) -> Int {
    isBackward ? name.rawValue + 1 : name == .mask ? 3 : name == .out ? inputCount : name.rawValue
  }

  subscript(_ name: Name) -> Operand {
    get { operands[index(name)] }
    set { operands[index(name)] = newValue }
  }

  mutating func dropMask() {
    operands.remove(at: index(.mask))
    inputCount -= 1
  }

  func execute(_ op: bp_op, _ plugin: DamagedPlugin, _ error: UnsafeMutablePointer<bp_error>?) -> Int32 {
    let numbers = operands.flatMap { $0.shape + $0.strides }
    return numbers.withUnsafeBufferPointer { numbers in
      var start = numbers.baseAddress!
      let tensors = operands.map { operand in
        var tensor = operand.tensor
        (tensor.shape, tensor.strides) = (start, start + operand.shape.count)
        start += 2 * operand.shape.count
        return tensor
      }
      return tensors.withUnsafeBufferPointer { tensors in
        let pointers = tensors.indices.map { UnsafePointer<bp_tensor>?(tensors.baseAddress! + $0) }
        return pointers.withUnsafeBufferPointer { pointers in
          withUnsafePointer(to: params) { params in
            var changed = op
            changed.inputs = pointers.baseAddress!
            changed.outputs = pointers.baseAddress! + inputCount
            changed.input_count = Int32(inputCount)
            changed.params = UnsafeRawPointer(params)
            return plugin.originalExecute(&changed, error)
          }
        }
      }
    }
  }
}
