import BackendAPI

/// Section 6.1 of the header, creation and movement, and WHERE, which moves too.
let creationOperators: [Operator] = [
  Operator(
    BP_OP_COPY, "COPY", .any, .elementwise, inputs: [.independent], outputs: [.independent], run: copy),

  Operator(BP_OP_FILL, "FILL", .any, .fill, inputs: [.common]) { call throws(Failure) in
    guard call.inputs[0].isImmediate else { throw .invalid("FILL: input 0 is not an immediate") }
    let targets = call.outputs[0].offsets
    move(call.inputs[0], targets.map { _ in 0 }, to: call.outputs[0], targets)
  },

  Operator(BP_OP_ARANGE, "ARANGE", .realNumbers, inputs: []) { call throws(Failure) in
    let p = try call.parameters(bp_arange_params())
    let out = call.outputs[0]
    if out.dtype.kind == .float {
      out.store((0..<out.count).map { p.start + Double($0) * p.step })
    } else {
      out.store((0..<Int64(out.count)).map { p.integer_start &+ $0 &* p.integer_step })
    }
  },

  Operator(
    BP_OP_WHERE, "WHERE", .any, .elementwise, inputs: [.exactly(.bool), .common, .common]
  ) { call throws(Failure) in
    let (condition, a, b, out) = (call.inputs[0].integers(), call.inputs[1], call.inputs[2], call.outputs[0])
    let (aOffsets, bOffsets, outOffsets) = (a.offsets, b.offsets, out.offsets)
    for i in condition.indices {
      if condition[i] != 0 {
        move(a, [aOffsets[i]], to: out, [outOffsets[i]])
      } else {
        move(b, [bOffsets[i]], to: out, [outOffsets[i]])
      }
    }
  },
]

/// COPY: the conversions of [BP-3.3].
private func copy(_ call: Call) {
  let (x, out) = (call.inputs[0], call.outputs[0])
  if x.dtype == out.dtype {
    move(x, x.offsets, to: out, out.offsets)
  } else if x.dtype.kind == .complex && out.dtype == .bool {
    out.store(zip(x.part(0).floats(), x.part(1).floats()).map { $0 != 0 || $1 != 0 })
  } else {
    convert(x.part(0), to: out.part(0))
    if out.dtype.kind == .complex {
      out.part(1).store(x.dtype.kind == .complex ? x.part(1).floats() : out.offsets.map { _ in 0.0 })
    }
  }
}

/// Converts between real types.
private func convert(_ x: View, to out: View) {
  switch (x.dtype.kind, out.dtype.kind) {
  case (.float, .float): out.store(x.floats())
  case (.float, .bool): out.store(x.floats().map { $0 != 0 })
  case (.float, _): out.store(x.floats().map { truncated($0) })
  case (_, .float) where out.dtype == .float64: out.store(x.integers().map { Double($0) })
  case (_, .float): out.store(x.integers().map { doubleToRoundFurther($0) })
  default: out.store(x.integers())
  }
}
