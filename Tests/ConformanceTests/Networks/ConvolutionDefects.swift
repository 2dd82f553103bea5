import BackendAPI

/// What a kernel of convolutions may get wrong: padding, taps, tiles, and what lies between the windows.
extension Defect {
  static let convolutions: [Defect] =
    turned + [
      altering("a bias that is not added", "CONVOLUTION", BP_OP_CONVOLUTION, "float32-bias") {
        if $0.operands.count == 4 { $0.operands.remove(at: 2) }
      },
      altering("zeros before and behind exchanged", "CONVOLUTION", BP_OP_CONVOLUTION, "padding-low") { call in
        (call.params.padding_low, call.params.padding_high) = (call.params.padding_high, call.params.padding_low)
      },
      altering("dilation left out", "CONVOLUTION", BP_OP_CONVOLUTION, "dilation2", withoutDilation),
      output("the end of a row that fills no vector", "CONVOLUTION", BP_OP_CONVOLUTION, "width17") { shape, elements in
        let width = shape.last!
        guard width > 8 && width % 8 == 1 else { return }
        for i in stride(from: width - 1, to: elements.count, by: width) {
          elements[i].storeBytes(of: 0, as: Float.self)
        }
      },
      altering("one channel for all", "CONVOLUTION", BP_OP_CONVOLUTION, "float32.depthwise") { call in
        if call.params.groups == call.operands[0].shape[1] { call.operands[0].strides[1] = 0 }
      },
      output("not a number where a weight is 0 lost", "CONVOLUTION", BP_OP_CONVOLUTION, "special") { _, elements in
        for element in elements where element.loadUnaligned(as: Float.self).isNaN {
          element.storeBytes(of: 0, as: Float.self)
        }
      },

      altering("a bias that is not added", "CONVOLUTION_INPUT", BP_OP_CONVOLUTION_INPUT, "float32-bias") {
        if $0.operands.count == 4 { $0.operands.remove(at: 2) }
      },
      altering("zeros before and behind exchanged", "CONVOLUTION_INPUT", BP_OP_CONVOLUTION_INPUT, "padding-low") {
        ($0.params.padding_low, $0.params.padding_high) = ($0.params.padding_high, $0.params.padding_low)
      },
      altering("dilation left out", "CONVOLUTION_INPUT", BP_OP_CONVOLUTION_INPUT, "dilation3", withoutDilation),
      output(
        "what no window reaches is not written", "CONVOLUTION_INPUT", BP_OP_CONVOLUTION_INPUT, "stride-beyond"
      ) { _, elements in
        for element in elements where element.loadUnaligned(as: Float.self) == 0 {
          element.storeBytes(of: 0.125, as: Float.self)
        }
      },

      altering("the last image left out", "CONVOLUTION_WEIGHT", BP_OP_CONVOLUTION_WEIGHT, "batch") { call in
        guard call.operands[0].shape[0] > 2 else { return }
        for i in 0..<2 { call.operands[i].shape[0] -= 1 }
      },
      altering("zeros before and behind exchanged", "CONVOLUTION_WEIGHT", BP_OP_CONVOLUTION_WEIGHT, "same-even") {
        ($0.params.padding_low, $0.params.padding_high) = ($0.params.padding_high, $0.params.padding_low)
      },
      altering("dilation left out", "CONVOLUTION_WEIGHT", BP_OP_CONVOLUTION_WEIGHT, "dilation-1d", withoutDilation),
      Defect("the sum over no image is not written", finding: ["CONVOLUTION_WEIGHT"], "empty-batch") { plugin in
        plugin.execute = { plugin, op, error in
          guard op.pointee.op == BP_OP_CONVOLUTION_WEIGHT, op.pointee.inputs[0]!.pointee.shape[0] == 0 else {
            return plugin.originalExecute(op, error)
          }
          return BP_OK
        }
      },
    ]

  /// What mathematics calls a convolution: the weight the other way round.
  private static let turned: [Defect] = [
    ("CONVOLUTION", BP_OP_CONVOLUTION), ("CONVOLUTION_INPUT", BP_OP_CONVOLUTION_INPUT),
  ]
  .map { name, id in
    altering("the weight turned round", name, id, "golden") { call in
      for axis in 2..<call.operands[1].shape.count {
        call.operands[1].offset += (call.operands[1].shape[axis] - 1) * call.operands[1].strides[axis]
        call.operands[1].strides[axis] *= -1
      }
    }
  }

  /// The windows shrink, and the zeros behind make up for them, so that there are as many.
  private static func withoutDilation(_ call: inout ConvolutionCall) {
    let shape = call.operands[call.weight].shape
    withUnsafeMutablePointer(to: &call.params.dilation.0) { dilation in
      for axis in 0..<shape.count - 2 where shape[2 + axis] > 1 {
        let lost = (dilation[axis] - 1) * (shape[2 + axis] - 1)
        dilation[axis] = 1
        withUnsafeMutablePointer(to: &call.params.padding_high.0) { $0[axis] += lost }
      }
    }
  }

  /// Changes the elements of a float32 result.
  private static func output(
    _ name: String, _ operation: String, _ id: Int32, _ evidence: String,
    _ change: @escaping @Sendable (_ shape: [Int], _ elements: [UnsafeMutableRawPointer]) -> Void
  ) -> Defect {
    Defect("\(operation): \(name)", finding: [operation], evidence) { plugin in
      plugin.execute = { plugin, op, error in
        let out = op.pointee.outputs[0]!.pointee
        guard op.pointee.op == id, out.dtype == BP_FLOAT32 else { return plugin.originalExecute(op, error) }
        return plugin.changingOutput(op, error) { change((0..<Int(out.rank)).map { Int(out.shape[$0]) }, $0) }
      }
    }
  }

  /// Does another call than that which was asked for.
  private static func altering(
    _ name: String, _ operation: String, _ id: Int32, _ evidence: String,
    _ change: @escaping @Sendable (inout ConvolutionCall) -> Void
  ) -> Defect {
    Defect("\(operation): \(name)", finding: [operation], evidence) { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == id, op.pointee.outputs[0]!.pointee.dtype == BP_FLOAT32, let params = op.pointee.params,
          params.loadUnaligned(as: UInt32.self) == MemoryLayout<bp_convolution_params>.size
        else { return plugin.originalExecute(op, error) }
        var call = ConvolutionCall(op.pointee, params.loadUnaligned(as: bp_convolution_params.self))
        change(&call)
        return call.execute(op.pointee, plugin, error)
      }
    }
  }
}

/// A call's operands, inputs before the output, and its params, to be changed.
private struct ConvolutionCall {
  struct Operand {
    let tensor: bp_tensor
    var shape: [Int64]
    var strides: [Int64]
    /// In elements.
    var offset: Int64 = 0
  }

  var operands: [Operand]
  var params: bp_convolution_params
  /// Which of them the weight is.
  let weight: Int

  init(_ op: bp_op, _ params: bp_convolution_params) {
    self.params = params
    operands = withUnsafePointer(to: op) { DamagedPlugin.operands($0) }.map { tensor in
      Operand(
        tensor: tensor, shape: (0..<Int(tensor.rank)).map { tensor.shape[$0] },
        strides: (0..<Int(tensor.rank)).map { tensor.strides[$0] })
    }
    weight = op.op == BP_OP_CONVOLUTION_WEIGHT ? 2 : 1
  }

  func execute(_ op: bp_op, _ plugin: DamagedPlugin, _ error: UnsafeMutablePointer<bp_error>?) -> Int32 {
    let numbers = operands.flatMap { $0.shape + $0.strides }
    return numbers.withUnsafeBufferPointer { numbers in
      var start = numbers.baseAddress!
      let tensors = operands.map { operand in
        var tensor = operand.tensor
        (tensor.shape, tensor.strides) = (start, start + operand.shape.count)
        tensor.byte_offset += operand.offset * Int64(bp_dtype_size(tensor.dtype))
        start += 2 * operand.shape.count
        return tensor
      }
      return tensors.withUnsafeBufferPointer { tensors in
        let pointers = tensors.indices.map { UnsafePointer<bp_tensor>?(tensors.baseAddress! + $0) }
        return pointers.withUnsafeBufferPointer { pointers in
          withUnsafePointer(to: params) { params in
            var changed = op
            changed.inputs = pointers.baseAddress!
            changed.outputs = pointers.baseAddress! + operands.count - 1
            changed.input_count = Int32(operands.count - 1)
            changed.params = UnsafeRawPointer(params)
            return plugin.originalExecute(&changed, error)
          }
        }
      }
    }
  }
}
