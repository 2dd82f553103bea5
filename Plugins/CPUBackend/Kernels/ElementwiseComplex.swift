import BackendAPI
import CPUKernelTypes
import CPULanes

// Arithmetic in the type itself; quotients and functions in float64, rounded once.

@inline(__always)
private func complexElementwise<C: ComplexElement>(
  _: C.Type, _ op: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer,
  _ sa: Int, _ b: UnsafeRawPointer, _ sb: Int
) {
  switch op {
  case BP_OP_NEG: elements(n, o, so, a, sa) { (x: C) -> C in -x }
  case BP_OP_ADD: elements(n, o, so, a, sa, b, sb) { (x: C, y: C) -> C in x + y }
  case BP_OP_SUB: elements(n, o, so, a, sa, b, sb) { (x: C, y: C) -> C in x - y }
  case BP_OP_MUL: elements(n, o, so, a, sa, b, sb) { (x: C, y: C) -> C in x * y }
  case BP_OP_DIV: elements(n, o, so, a, sa, b, sb) { (x: C, y: C) -> C in C(quotient(x.wide, y.wide)) }
  case BP_OP_POW: elements(n, o, so, a, sa, b, sb) { (x: C, y: C) -> C in C(power(x.wide, y.wide)) }
  case BP_OP_EQ: elements(n, o, so, a, sa, b, sb) { (x: C, y: C) -> UInt8 in x == y ? 1 : 0 }
  case BP_OP_NE: elements(n, o, so, a, sa, b, sb) { (x: C, y: C) -> UInt8 in x == y ? 0 : 1 }
  default:
    let function = complexFunction(op)
    elements(n, o, so, a, sa) { (x: C) -> C in C(function(x.wide)) }
  }
}

let elementwiseComplex64: KernelTable.Elementwise = { op, n, o, so, a, sa, b, sb in
  complexElementwise(Complex64.self, op, n, o, so, a, sa, b, sb)
}
let elementwiseComplex128: KernelTable.Elementwise = { op, n, o, so, a, sa, b, sb in
  complexElementwise(Complex128.self, op, n, o, so, a, sa, b, sb)
}
