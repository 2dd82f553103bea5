import BackendAPI
import Glibc

// MARK: - Results computed by another rule

extension Defect {
  /// One operator over one pair of types computes its first output anew from its inputs and the right result.
  private static func computing<Input: BitwiseCopyable, Output: BitwiseCopyable>(
    _ name: String, finding operator: String, _ evidence: String, id: Int32, _ inputType: Int32,
    _ outputType: Int32,
    _ compute: @escaping @Sendable (_ op: bp_op, _ inputs: [[Input]], _ output: inout [Output]) -> Void
  ) -> Defect {
    Defect(name, finding: [`operator`], evidence) { plugin in
      plugin.execute = { plugin, op, error in
        let inputs = (0..<Int(op.pointee.input_count)).map { op.pointee.inputs[$0]!.pointee }
        let isMeant = op.pointee.op == id && op.pointee.outputs[0]!.pointee.dtype == outputType
        guard isMeant, inputs.allSatisfy({ $0.dtype == inputType }) else {
          return plugin.originalExecute(op, error)
        }
        // Read before the call: it may run in place.
        let values = inputs.map { plugin.values($0, Input.self) }
        return plugin.changingOutput(op, error) { elements in
          var output = elements.map { $0.loadUnaligned(as: Output.self) }
          compute(op.pointee, values, &output)
          for (element, value) in zip(elements, output) { element.storeBytes(of: value, as: Output.self) }
        }
      }
    }
  }

  static let arithmetic: [Defect] = [
    computing("softmax without the maximum", finding: "SOFTMAX", "SOFTMAX", id: BP_OP_SOFTMAX, BP_FLOAT32, BP_FLOAT32) {
      (op, inputs: [[Float]], output: inout [Float]) in
      // Over the last axis of a contiguous result.
      let out = op.outputs[0]!.pointee
      let n = out.rank == 2 && op.params.loadUnaligned(fromByteOffset: 4, as: Int32.self) == 1 ? Int(out.shape[1]) : 0
      guard n > 0 else { return }
      for row in stride(from: 0, to: output.count, by: n) {
        let powers = inputs[0][row..<row + n].map { exp($0) }
        let sum = powers.reduce(0, +)
        for i in 0..<n { output[row + i] = powers[i] / sum }
      }
    },
    computing("the mean of nothing is 0", finding: "MEAN", "empty", id: BP_OP_MEAN, BP_FLOAT32, BP_FLOAT32) {
      (_, inputs: [[Float]], output: inout [Float]) in
      if inputs[0].isEmpty { output = output.map { _ in 0 } }
    },
    computing("int64 sums computed in float64", finding: "SUM", "int64", id: BP_OP_SUM, BP_INT64, BP_INT64) {
      (_, _: [[Int64]], output: inout [Int64]) in
      output = output.map { Int64(exactly: Double($0)) ?? .max }
    },
    computing("int64 products computed in float64", finding: "MUL", "int64", id: BP_OP_MUL, BP_INT64, BP_INT64) {
      (_, inputs: [[Int64]], output: inout [Int64]) in
      for i in output.indices {
        let product = Double(inputs[0][i]) * Double(inputs[1][i])
        if abs(product) < 0x1p62 { output[i] = Int64(product) }
      }
    },
    computing(
      "bfloat16 truncated instead of rounded", finding: "COPY", "float32-bfloat16", id: BP_OP_COPY, BP_FLOAT32,
      BP_BFLOAT16
    ) { (_, inputs: [[Float]], output: inout [UInt16]) in
      for (i, x) in inputs[0].enumerated() where x.isFinite { output[i] = UInt16(x.bitPattern >> 16) }
    },
    computing("less than NaN", finding: "LT", "nan", id: BP_OP_LT, BP_FLOAT32, BP_BOOL) {
      (_, inputs: [[Float]], output: inout [UInt8]) in
      for i in output.indices where inputs[0][i].isNaN || inputs[1][i].isNaN { output[i] = 1 }
    },
    computing("NaN equals NaN", finding: "NE", "nan", id: BP_OP_NE, BP_FLOAT32, BP_BOOL) {
      (_, inputs: [[Float]], output: inout [UInt8]) in
      for i in output.indices where inputs[0][i].isNaN && inputs[1][i].isNaN { output[i] = 0 }
    },
    computing("-0 not equal to 0", finding: "EQ", "-0.0", id: BP_OP_EQ, BP_FLOAT32, BP_BOOL) {
      (_, inputs: [[Float]], output: inout [UInt8]) in
      for i in output.indices { output[i] &= inputs[0][i].bitPattern == inputs[1][i].bitPattern ? 1 : 0 }
    },
    computing(
      "casts to uint8 saturate", finding: "COPY", "float32-uint8", id: BP_OP_COPY, BP_FLOAT32, BP_UINT8
    ) { (_, inputs: [[Float]], output: inout [UInt8]) in
      for (i, x) in inputs[0].enumerated() where !x.isNaN { output[i] = UInt8(min(max(x, 0), 255)) }
    },
    computing(
      "casts to int64 round", finding: "COPY", "float32-int64", id: BP_OP_COPY, BP_FLOAT32, BP_INT64
    ) { (_, inputs: [[Float]], output: inout [Int64]) in
      for (i, x) in inputs[0].enumerated() where abs(x) < 0x1p60 { output[i] = Int64(x.rounded()) }
    },
    computing("0.5 is false", finding: "COPY", "float32-bool", id: BP_OP_COPY, BP_FLOAT32, BP_BOOL) {
      (_, inputs: [[Float]], output: inout [UInt8]) in
      for (i, x) in inputs[0].enumerated() where abs(x) < 1 { output[i] = 0 }
    },
    computing("a reversed view copied forwards", finding: "COPY", "negative", id: BP_OP_COPY, BP_FLOAT32, BP_FLOAT32) {
      (op, _: [[Float]], output: inout [Float]) in
      let input = op.inputs[0]!.pointee
      if input.rank == 1 && input.shape[0] > 1 && input.strides[0] < 0 { output.reverse() }
    },
    computing(
      "remainder with the dividend's sign", finding: "REMAINDER", "int64", id: BP_OP_REMAINDER, BP_INT64, BP_INT64
    ) {
      (_, inputs: [[Int64]], output: inout [Int64]) in
      for i in output.indices where inputs[1][i] != 0 {
        output[i] = inputs[0][i].remainderReportingOverflow(dividingBy: inputs[1][i]).partialValue
      }
    },
  ]

  // MARK: - Places

  static let places: [Defect] = [
    // What a kernel does that steps along an axis of stride 0 in the middle only.
    Defect("broadcasting wrong in one dimension", finding: ["ADD"], "broadcast-middle") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_ADD, let tensor = op.pointee.inputs[0]?.pointee, tensor.flags == 0,
          tensor.rank == 3, tensor.strides[1] == 0, tensor.shape[1] > 1
        else { return plugin.originalExecute(op, error) }
        var strides = (0..<3).map { tensor.strides[$0] }
        strides[1] = 1
        return strides.withUnsafeBufferPointer { strides in
          plugin.changingInput(0, op, error) { $0.strides = strides.baseAddress! }
        }
      }
    },
    computing(
      "a complex product without the imaginary parts' own", finding: "MUL", "complex64", id: BP_OP_MUL, BP_COMPLEX64,
      BP_COMPLEX64
    ) { (_, inputs: [[SIMD2<Float>]], output: inout [SIMD2<Float>]) in
      for i in output.indices { output[i].x = inputs[0][i].x * inputs[1][i].x }
    },
    computing(
      "the other side of a branch cut", finding: "SQRT", "complex128.axes", id: BP_OP_SQRT, BP_COMPLEX128, BP_COMPLEX128
    ) { (_, inputs: [[SIMD2<Double>]], output: inout [SIMD2<Double>]) in
      for (i, z) in inputs[0].enumerated() where z.x < 0 && z.y == 0 { output[i].y = abs(output[i].y) }
    },
    computing(
      "the logarithm of a rounded magnitude", finding: "LOG", "landmarks", id: BP_OP_LOG, BP_COMPLEX64, BP_COMPLEX64
    ) { (_, inputs: [[SIMD2<Float>]], output: inout [SIMD2<Float>]) in
      for (i, z) in inputs[0].enumerated() { output[i].x = log(hypot(z.x, z.y)) }
    },
    computing(
      "log gamma without digits at its root", finding: "LGAMMA", "float32", id: BP_OP_LGAMMA, BP_FLOAT32, BP_FLOAT32
    ) { (_, inputs: [[Float]], output: inout [Float]) in
      for (i, x) in inputs[0].enumerated() where x > 1.9 && x < 2.1 { output[i] = (output[i] + 1) - 1 }
    },
    Defect("gather ignores the last index", finding: ["GATHER"], "GATHER") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_GATHER, op.pointee.outputs[0]!.pointee.dtype == BP_FLOAT32 else {
          return plugin.originalExecute(op, error)
        }
        return plugin.changingOutput(op, error) { elements in
          if elements.count > 1 { elements.last!.storeBytes(of: 0.171875, as: Float.self) }
        }
      }
    },
    Defect("scatter-add drops what meets on one target", finding: ["SCATTER"], "add-one-target") { plugin in
      plugin.execute = { plugin, op, error in
        let (out, axis) = (op.pointee.outputs[0]!.pointee, op.pointee.params)
        guard op.pointee.op == BP_OP_SCATTER, out.dtype == BP_FLOAT32, out.rank == 1,
          axis!.loadUnaligned(fromByteOffset: 8, as: Int32.self) == BP_SCATTER_ADD
        else { return plugin.originalExecute(op, error) }
        let initial = plugin.values(out, Float.self)
        let indices = plugin.values(op.pointee.inputs[0]!.pointee, Int64.self)
        let source = plugin.values(op.pointee.inputs[1]!.pointee, Float.self)
        return plugin.changingOutput(op, error) { elements in
          for (index, value) in zip(indices, source) {
            elements[Int(index)].storeBytes(of: initial[Int(index)] + value, as: Float.self)
          }
        }
      }
    },
  ]
}

extension DamagedPlugin {
  /// The elements of a tensor, row-major; those of an immediate too.
  func values<Element: BitwiseCopyable>(_ tensor: bp_tensor, _ type: Element.Type) -> [Element] {
    guard tensor.flags & BP_TENSOR_IMMEDIATE != 0 else {
      return elements(tensor).map { $0.loadUnaligned(as: Element.self) }
    }
    let count = (0..<Int(tensor.rank)).reduce(1) { $0 * Int(tensor.shape[$1]) }
    let value = withUnsafeBytes(of: tensor.immediate) { $0.loadUnaligned(as: Element.self) }
    return Array(repeating: value, count: count)
  }
}
