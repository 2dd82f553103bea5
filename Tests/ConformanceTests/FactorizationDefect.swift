import BackendAPI

/// Mistakes in factors, which no comparison with another result finds: the residuals have to.
extension Defect {
  private static func factor(
    _ name: String, _ operation: String, id: Int32, dtype: Int32 = BP_FLOAT32, _ evidence: String,
    output: Int = 0, _ change: @escaping @Sendable ([UnsafeMutableRawPointer]) -> Void
  ) -> Defect {
    Defect(name, finding: [operation], evidence) { plugin in
      plugin.execute = { plugin, op, error in
        let code = plugin.originalExecute(op, error)
        if code == BP_OK, op.pointee.op == id, op.pointee.inputs[0]!.pointee.dtype == dtype {
          change(plugin.elements(op.pointee.outputs[output]!.pointee))
        }
        return code
      }
    }
  }

  private static func scale(_ element: UnsafeMutableRawPointer, by factor: Float) {
    element.storeBytes(of: element.loadUnaligned(as: Float.self) * factor, as: Float.self)
  }

  static let factors: [Defect] = [
    factor("a factor off by a part in a thousand", "CHOLESKY", id: BP_OP_CHOLESKY, "A - L L^H") {
      if let last = $0.last { scale(last, by: 1.001) }
    },
    factor("the order of the bad minor forgotten", "CHOLESKY", id: BP_OP_CHOLESKY, "info is 0", output: 1) {
      for element in $0 { element.storeBytes(of: 0, as: Int64.self) }
    },
    factor("pivots counted from 1", "LU", id: BP_OP_LU, "LU float32", output: 1) {
      for element in $0 { element.storeBytes(of: element.loadUnaligned(as: Int64.self) + 1, as: Int64.self) }
    },
    factor("a solution off by a part in a thousand", "SOLVE_TRIANGULAR", id: BP_OP_SOLVE_TRIANGULAR, "A X - B") {
      if let first = $0.first { scale(first, by: 1.001) }
    },
    factor("columns that are not of length 1", "QR", id: BP_OP_QR, "I - Q^H Q") {
      for element in $0 { scale(element, by: 1.001) }
    },
    factor("eigenvalues in descending order", "EIGH", id: BP_OP_EIGH, "not ascending") {
      let values = $0.map { $0.loadUnaligned(as: Float.self) }.sorted(by: >)
      for (element, value) in zip($0, values) { element.storeBytes(of: value, as: Float.self) }
    },
    factor("vectors of any length", "EIG", id: BP_OP_EIG, "1 - length", output: 1) {
      for element in $0 {
        let z = element.loadUnaligned(as: SIMD2<Float>.self)
        element.storeBytes(of: z * 2, as: SIMD2<Float>.self)
      }
    },
    factor("a singular value negative", "SVD", id: BP_OP_SVD, "negative", output: 1) {
      if let last = $0.last { last.storeBytes(of: -1, as: Float.self) }
    },
    factor("a transform of half the digits", "FFT", id: BP_OP_FFT, dtype: BP_COMPLEX128, "the error") {
      for element in $0 {
        let z = SIMD2<Float>(element.loadUnaligned(as: SIMD2<Double>.self))
        element.storeBytes(of: SIMD2<Double>(z), as: SIMD2<Double>.self)
      }
    },
  ]
}
