import BackendAPI

/// DROPOUT of section 6.17 of the header.
let dropoutOperators: [Operator] = [
  Operator(BP_OP_DROPOUT, "DROPOUT", .float, .inPlace, inputs: [.common]) { call throws(Failure) in
    try call.requireEqualShapes()
    let p = try call.parameters(bp_dropout_params())
    guard p.p >= 0 && p.p < 1 else { throw .invalid("DROPOUT: p is \(p.p), not within 0 ..< 1") }
    let x = call.inputs[0]
    let factors = dropoutFactors(x.count, p: p.p, seed: p.seed, offset: p.offset, x.dtype)
    call.outputs[0].store(zip(x.floats(), factors).map { $0 * $1 })
  }
]

/// What the elements of a tensor are multiplied with, in row-major order.
func dropoutFactors(_ count: Int, p: Double, seed: UInt64, offset: UInt64, _ dtype: DType) -> [Double] {
  var params = bp_random_params()
  (params.seed, params.offset) = (seed, offset)
  let threshold = Double(Float(p))
  let scale = dtype == .float64 ? 1 / (1 - p) : Double(Float(1 / (1 - p)))
  return words32(count, params).prefix(count).map { Double($0 >> 8) * 0x1p-24 < threshold ? 0 : scale }
}
