import BackendAPI

/// Section 6.7 of the header.
let matmul = Operator(
  BP_OP_MATMUL, "MATMUL", [.integer, .float, .complex], inputs: [.common, .common]
) { call throws(Failure) in
  let (a, b, out) = (call.inputs[0], call.inputs[1], call.outputs[0])
  try call.requireShapes(a.rank >= 2 && b.rank == a.rank && out.rank == a.rank)
  let batch = a.shape.dropLast(2)
  let (m, k, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1], b.shape[b.rank - 1])
  try call.requireShapes(b.shape == batch + [k, n] && out.shape == batch + [m, n])
  if out.count == 0 { return }
  let count = elementCount(Array(batch))
  switch out.dtype.kind {
  case .float: out.store(multiply(a.floats(), b.floats(), count, m, k, n, zero: 0) { $0 + $1 * $2 })
  case .complex: out.store(multiply(a.complexes(), b.complexes(), count, m, k, n, zero: .zero) { $0 + $1 * $2 })
  default: out.store(multiply(a.integers(), b.integers(), count, m, k, n, zero: 0) { $0 &+ $1 &* $2 })
  }
}

/// `count` row-major products of m × k by k × n.
private func multiply<T>(
  _ a: [T], _ b: [T], _ count: Int, _ m: Int, _ k: Int, _ n: Int, zero: T, _ multiplyAdd: (T, T, T) -> T
) -> [T] {
  var out = Array(repeating: zero, count: count * m * n)
  for batch in 0..<count {
    for i in 0..<m {
      for j in 0..<n {
        var sum = zero
        for l in 0..<k {
          sum = multiplyAdd(sum, a[(batch * m + i) * k + l], b[(batch * k + l) * n + j])
        }
        out[(batch * m + i) * n + j] = sum
      }
    }
  }
  return out
}
