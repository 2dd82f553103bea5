// Products of tensors by name.

extension OperatorRegistry {
  mutating func addProducts() {
    add("outer(Tensor input, Tensor vec2)") { try Ops.outer($0.tensor("input"), $0.tensor("vec2")) }
    add("ger(Tensor input, Tensor vec2)") { try Ops.outer($0.tensor("input"), $0.tensor("vec2")) }
    add("vdot(Tensor input, Tensor other)") { try Ops.vdot($0.tensor("input"), $0.tensor("other")) }
    add("inner(Tensor input, Tensor other)") { try Ops.inner($0.tensor("input"), $0.tensor("other")) }
    add("kron(Tensor input, Tensor other)") { try Ops.kron($0.tensor("input"), $0.tensor("other")) }
    add("cross(Tensor input, Tensor other, int? dim=None)") { a in
      guard let dim = a.optionalInt("dim") else { return try Ops.cross(a.tensor("input"), a.tensor("other")) }
      return try Ops.cross(a.tensor("input"), a.tensor("other"), dim, "linalg.cross")
    }
    add("linalg.cross(Tensor input, Tensor other, *, int dim=-1)") {
      try Ops.cross($0.tensor("input"), $0.tensor("other"), $0.int("dim"), "linalg.cross")
    }
    add("tensordot(Tensor a, Tensor b, Any dims=2)") { arguments in
      let a = arguments.tensor("a"), b = arguments.tensor("b")
      let (first, second) = try OperatorRegistry.tensordotDims(arguments["dims"], a, b)
      return try Ops.tensordot(a, b, first, second)
    }
    add("einsum(str equation, Tensor[] operands)") { try Ops.einsum($0.string("equation"), $0.tensors("operands")) }
    add("einsum(Tensor[] operands, str equation)") { try Ops.einsum($0.string("equation"), $0.tensors("operands")) }
    add("block_diag(Tensor[] tensors)") { try Ops.blockDiag($0.tensors("tensors")) }
    add("linalg.multi_dot(Tensor[] tensors)") { try Ops.multiDot($0.tensors("tensors")) }
    add("linalg.vecdot(Tensor x, Tensor y, *, int dim=-1)") {
      try Ops.vecdot($0.tensor("x"), $0.tensor("y"), $0.int("dim"))
    }
    add("linalg.matmul(Tensor input, Tensor other)") { try Ops.matmul($0.tensor("input"), $0.tensor("other")) }
    addSumsWithProducts()
  }

  private mutating func addSumsWithProducts() {
    typealias SumWithProduct = @Sendable (Tensor, Tensor, Tensor, Scalar, Scalar) throws -> Tensor
    func add(_ name: String, _ first: String, _ second: String, _ body: @escaping SumWithProduct) {
      self.add("\(name)(Tensor input, Tensor \(first), Tensor \(second), *, Scalar beta=1, Scalar alpha=1)") {
        try body($0.tensor("input"), $0.tensor(first), $0.tensor(second), $0.scalar("beta"), $0.scalar("alpha"))
      }
    }
    add("addmm", "mat1", "mat2") { try Ops.addmm($0, $1, $2, beta: $3, alpha: $4) }
    add("addmv", "mat", "vec") { try Ops.addmv($0, $1, $2, beta: $3, alpha: $4) }
    add("addr", "vec1", "vec2") { try Ops.addr($0, $1, $2, beta: $3, alpha: $4) }
    add("addbmm", "batch1", "batch2") { try Ops.addbmm($0, $1, $2, beta: $3, alpha: $4) }
    add("baddbmm", "batch1", "batch2") { try Ops.baddbmm($0, $1, $2, beta: $3, alpha: $4) }
  }

  /// A number of dimensions, or the two lists of them.
  private static func tensordotDims(
    _ dims: Argument, _ a: Tensor, _ b: Tensor
  ) throws(BackplaneError) -> ([Int], [Int]) {
    func ints(_ value: Argument) -> [Int]? {
      guard case .list(let values) = value else { return value.scalar.map { [Int($0.int64)] } }
      return values.compactMap { $0.scalar.map { Int($0.int64) } }
    }
    switch dims {
    case .list(let lists) where lists.count == 2:
      if let first = ints(lists[0]), let second = ints(lists[1]) { return (first, second) }
    case .int(let n):
      guard n >= 0 else {
        throw BackplaneError(.value, "tensordot expects dims >= 0, but got dims=\(n)")
      }
      guard n <= Swift.min(a.layout.rank, b.layout.rank) else {
        throw BackplaneError(
          .value, "tensordot expects dims < ndim_a or ndim_b, but got dims=\(n)")
      }
      return (Array((a.layout.rank - Int(n))..<a.layout.rank), Array(0..<Int(n)))
    default: break
    }
    throw BackplaneError(.value, "tensordot: dims is a number, or two lists of dimensions")
  }
}
