// Norms and distances of norms by name.

extension OperatorRegistry {
  mutating func addNorms() {
    let options = "bool keepdim=False, *, ScalarType? dtype=None"
    add("linalg.vector_norm(Tensor x, Scalar ord=2, int[1]? dim=None, \(options))") {
      try Ops.vectorNorm(
        $0.tensor("x"), $0.double("ord"), $0.optionalInts("dim"), keepDim: $0.bool("keepdim"), dtype: $0.dtype())
    }
    add("linalg.matrix_norm(Tensor A, Any ord='fro', int[] dim=[-2, -1], \(options))") {
      try Ops.matrixNorm(
        $0.tensor("A"), Ops.NormOrder($0["ord"], "linalg.matrix_norm"), $0.ints("dim"), keepDim: $0.bool("keepdim"),
        dtype: $0.dtype())
    }
    add("linalg.norm(Tensor A, Any? ord=None, int[1]? dim=None, \(options))") { a in
      try Ops.linalgNorm(
        a.tensor("A"), OperatorRegistry.order(a["ord"], "linalg.norm"), a.optionalInts("dim"),
        keepDim: a.bool("keepdim"),
        dtype: a.dtype())
    }
    add("norm(Tensor input, Any? p='fro', int[1]? dim=None, bool keepdim=False, ScalarType? dtype=None)") { a in
      try Ops.norm(
        a.tensor("input"), OperatorRegistry.order(a["p"], "norm") ?? .number(2), a.optionalInts("dim"),
        keepDim: a.bool("keepdim"),
        dtype: a.dtype())
    }
    add("linalg.cond(Tensor A, Any? p=None)") { a in
      try Ops.cond(a.tensor("A"), OperatorRegistry.order(a["p"], "linalg.cond"))
    }
    add("dist(Tensor input, Tensor other, Scalar p=2)") {
      try Ops.dist($0.tensor("input"), $0.tensor("other"), $0.double("p"))
    }
    add("cdist(Tensor x1, Tensor x2, float p=2.0, str? compute_mode=None)") {
      try Ops.cdist($0.tensor("x1"), $0.tensor("x2"), $0.double("p"))
    }
    add("renorm(Tensor input, Scalar p, int dim, Scalar maxnorm)") {
      try Ops.renorm($0.tensor("input"), $0.double("p"), $0.int("dim"), $0.double("maxnorm"))
    }
    add("frobenius_norm(Tensor input, int[1] dim, bool keepdim=False)") {
      try Ops.norm($0.tensor("input"), .frobenius, $0.reducedDims("dim"), keepDim: $0.bool("keepdim"))
    }
    add("nuclear_norm(Tensor input, bool keepdim=False)") {
      try Ops.matrixNorm($0.tensor("input"), .nuclear, keepDim: $0.bool("keepdim"))
    }
    add("nuclear_norm(Tensor input, int[] dim, bool keepdim=False)") {
      try Ops.matrixNorm($0.tensor("input"), .nuclear, $0.ints("dim"), keepDim: $0.bool("keepdim"))
    }
  }

  private static func order(_ value: Argument, _ function: String) throws(BackplaneError) -> Ops.NormOrder? {
    if case .null = value { return nil }
    return try Ops.NormOrder(value, function)
  }
}
