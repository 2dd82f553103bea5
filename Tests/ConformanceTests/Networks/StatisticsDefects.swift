import BackendAPI
import Glibc

/// What a kernel of normalizations or of cross entropy may get wrong: flags, divisors, operands that were left out, and
/// what counts for nothing.
extension Defect {
  static let statistics: [Defect] = [
    params("eps left out", BP_OP_NORMALIZE, "large-eps") { (p: inout bp_normalize_params) in p.eps = 0 },
    params("always centered", BP_OP_NORMALIZE, "uncentered") { (p: inout bp_normalize_params) in p.flags = 0 },
    operands("a bias that is not added", BP_OP_NORMALIZE, "float32.layer") { inputs, _ in
      if inputs.count == 3 { inputs.removeLast() }
    },
    elements("the scale of a sample's variance", BP_OP_NORMALIZE, "out2", of: 2) { op, scales in
      let n = count(op.inputs[0]!.pointee) / max(1, scales.count)
      for x in scales where n > 1 {
        let scale = Float(Double(n - 1) / Double(n)).squareRoot()
        x.storeBytes(of: x.loadUnaligned(as: Float.self) * scale, as: Float.self)
      }
    },
    elements("the mean of nothing is 0", BP_OP_NORMALIZE, "empty", of: 1) { op, means in
      if count(op.inputs[0]!.pointee) == 0 { for x in means { x.storeBytes(of: 0, as: Float.self) } }
    },
    elements("a last element left as it was", BP_OP_NORMALIZE, "layer-n17", of: 0) { op, result in
      if result.count % 16 == 3 { result.last!.storeBytes(of: 0.125, as: Float.self) }
    },

    params("always centered", BP_OP_NORMALIZE_BACKWARD, "uncentered") { (p: inout bp_normalize_params) in
      p.flags = 0
    },
    params("never centered", BP_OP_NORMALIZE_BACKWARD, ".layer:") { (p: inout bp_normalize_params) in
      p.flags = BP_NORMALIZE_UNCENTERED
    },
    operands("the gradients of weight and bias exchanged", BP_OP_NORMALIZE_BACKWARD, "out1") { _, outputs in
      if outputs.count == 3 { outputs.swapAt(1, 2) }
    },
    elements("the gradient of a weight as a mean", BP_OP_NORMALIZE_BACKWARD, "out1", of: 1) { op, sums in
      let n = Float(count(op.inputs[0]!.pointee)) / Float(max(1, sums.count))
      for x in sums { x.storeBytes(of: x.loadUnaligned(as: Float.self) / n, as: Float.self) }
    },

    params("eps left out", BP_OP_NORMALIZE_FROZEN, "large-eps") { (p: inout bp_normalize_params) in p.eps = 0 },
    operands("a bias that is not added", BP_OP_NORMALIZE_FROZEN, "float32.layer") { inputs, _ in
      if inputs.count == 5 { inputs.removeLast() }
    },
    operands("mean and variance exchanged", BP_OP_NORMALIZE_FROZEN, "golden") { inputs, _ in inputs.swapAt(1, 2) },

    params("the smoothing left out", BP_OP_CROSS_ENTROPY, "smoothed") { (p: inout bp_cross_entropy_params) in
      p.label_smoothing = 0
    },
    params("-100 is what is ignored", BP_OP_CROSS_ENTROPY, "ignored-class") { (p: inout bp_cross_entropy_params) in
      if p.ignore_index == 3 { p.ignore_index = -100 }
    },
    operands("weights left out", BP_OP_CROSS_ENTROPY, "float32.rows") { inputs, _ in
      if inputs.count == 3 { inputs.removeLast() }
    },
    elements("what is ignored counts in the mean", BP_OP_CROSS_ENTROPY, "out2", of: 2) { _, factors in
      for x in factors where x.loadUnaligned(as: Float.self) == 0 { x.storeBytes(of: 1, as: Float.self) }
    },
    elements("logarithms to base 2", BP_OP_CROSS_ENTROPY, "out1", of: 1) { _, logarithms in
      for x in logarithms { x.storeBytes(of: x.loadUnaligned(as: Float.self) * 1.442695, as: Float.self) }
    },

    params("the smoothing left out", BP_OP_CROSS_ENTROPY_BACKWARD, "smoothed") {
      (p: inout bp_cross_entropy_params) in p.label_smoothing = 0
    },
    params("-100 is what is ignored", BP_OP_CROSS_ENTROPY_BACKWARD, "ignored-class") {
      (p: inout bp_cross_entropy_params) in if p.ignore_index == 3 { p.ignore_index = -100 }
    },
    operands("weights left out", BP_OP_CROSS_ENTROPY_BACKWARD, "float32.rows") { inputs, _ in
      if inputs.count == 5 { inputs.removeLast() }
    },
    elements("the target's own share left in", BP_OP_CROSS_ENTROPY_BACKWARD, "expected", of: 0) { _, result in
      // Probabilities are not negative.
      for x in result { x.storeBytes(of: abs(x.loadUnaligned(as: Float.self)), as: Float.self) }
    },
  ]

  private static func count(_ tensor: bp_tensor) -> Int {
    (0..<Int(tensor.rank)).reduce(1) { $0 * Int(tensor.shape[$1]) }
  }

  private static func planted(
    _ name: String, _ id: Int32, _ evidence: String,
    _ execute: @escaping @Sendable (DamagedPlugin, UnsafePointer<bp_op>, UnsafeMutablePointer<bp_error>?) -> Int32
  ) -> Defect {
    let operation = String(cString: bp_op_name(id))
    return Defect("\(operation): \(name)", finding: [operation], evidence) { plugin in
      plugin.execute = { plugin, op, error in
        op.pointee.op == id ? execute(plugin, op, error) : plugin.originalExecute(op, error)
      }
    }
  }

  /// Other params than were given.
  private static func params<Params: BitwiseCopyable>(
    _ name: String, _ id: Int32, _ evidence: String, _ change: @escaping @Sendable (inout Params) -> Void
  ) -> Defect {
    planted(name, id, evidence) { $0.changingParams(Params.self, $1, $2, change) }
  }

  /// Other operands, or fewer.
  private static func operands(
    _ name: String, _ id: Int32, _ evidence: String,
    _ change:
      @escaping @Sendable (
        _ inputs: inout [UnsafePointer<bp_tensor>?], _ outputs: inout [UnsafePointer<bp_tensor>?]
      ) -> Void
  ) -> Defect {
    planted(name, id, evidence) { plugin, op, error in
      var inputs = (0..<Int(op.pointee.input_count)).map { op.pointee.inputs[$0] }
      var outputs = (0..<Int(op.pointee.output_count)).map { op.pointee.outputs[$0] }
      change(&inputs, &outputs)
      return inputs.withUnsafeBufferPointer { inputs in
        outputs.withUnsafeBufferPointer { outputs in
          var changed = op.pointee
          (changed.inputs, changed.input_count) = (inputs.baseAddress, Int32(inputs.count))
          (changed.outputs, changed.output_count) = (outputs.baseAddress, Int32(outputs.count))
          return plugin.originalExecute(&changed, error)
        }
      }
    }
  }

  /// Other elements of one output, where that is of float32 and x too.
  private static func elements(
    _ name: String, _ id: Int32, _ evidence: String, of output: Int,
    _ change: @escaping @Sendable (_ op: bp_op, _ elements: [UnsafeMutableRawPointer]) -> Void
  ) -> Defect {
    planted(name, id, evidence) { plugin, op, error in
      let code = plugin.originalExecute(op, error)
      guard code == BP_OK, Int(op.pointee.output_count) > output,
        op.pointee.inputs[0]!.pointee.dtype == BP_FLOAT32, case let out = op.pointee.outputs[output]!.pointee,
        out.dtype == BP_FLOAT32
      else { return code }
      change(op.pointee, plugin.elements(out))
      return code
    }
  }
}
