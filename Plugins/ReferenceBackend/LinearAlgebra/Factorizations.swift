import BackendAPI

/// Section 6.15 of the header. `info` is what a factorization says of each matrix.
let factorizationOperators: [Operator] = [
  factorization(BP_OP_CHOLESKY, "CHOLESKY", outputs: [.common, .exactly(.int64)], Cholesky.self),
  factorization(BP_OP_LU, "LU", outputs: [.common, .exactly(.int64), .exactly(.int64)], LU.self),
  factorization(
    BP_OP_SOLVE_TRIANGULAR, "SOLVE_TRIANGULAR", inputs: [.common, .common], outputs: [.common],
    SolveTriangular.self),
  factorization(BP_OP_QR, "QR", outputs: [.common, .common], QR.self),
  factorization(BP_OP_EIGH, "EIGH", outputs: [.real, .common, .exactly(.int64)], EIGH.self),
  factorization(BP_OP_EIG, "EIG", outputs: [.complex, .complex, .exactly(.int64)], EIG.self),
  factorization(BP_OP_SVD, "SVD", outputs: [.common, .real, .common, .exactly(.int64)], SVD.self),
]

/// An operator's loop, over real and over complex matrices.
private protocol Factorization: SendableMetatype {
  static func run<Element: FieldElement>(_ call: Call, _: Element.Type) throws(Failure)
}

private func factorization(
  _ id: Int32, _ name: String, inputs: [Operator.OperandType] = [.common], outputs: [Operator.OperandType],
  _ body: (some Factorization).Type
) -> Operator {
  Operator(id, name, [.wideFloat, .complex], inputs: inputs, outputs: outputs) { call throws(Failure) in
    try call.requireShapes(
      (call.inputs + call.outputs.prefix(1)).allSatisfy { $0.rank >= 1 } && call.inputs[0].rank >= 2)
    if call.inputs[0].dtype.kind == .complex {
      try body.run(call, Complex.self)
    } else {
      try body.run(call, Double.self)
    }
  }
}

extension Call {
  /// Checks an output's shape against the batch and the extents that follow.
  fileprivate func require(_ view: View, _ extents: Int...) throws(Failure) {
    try requireShapes(view.shape == inputs[0].batchShape + extents)
  }

  fileprivate func requireSquare() throws(Failure) { try requireShapes(inputs[0].rows == inputs[0].columns) }
}

private enum Cholesky: Factorization {
  static func run<Element: FieldElement>(_ call: Call, _: Element.Type) throws(Failure) {
    let (a, l, info) = (call.inputs[0], call.outputs[0], call.outputs[1])
    try call.requireSquare()
    try call.require(l, a.rows, a.rows)
    try call.require(info)
    let results = a.matrices(Element.self).map { cholesky($0) }
    l.store(elements: results.flatMap(\.l.elements))
    info.store(results.map(\.info))
  }
}

private enum LU: Factorization {
  static func run<Element: FieldElement>(_ call: Call, _: Element.Type) throws(Failure) {
    let (a, factors, exchanges, info) = (call.inputs[0], call.outputs[0], call.outputs[1], call.outputs[2])
    try call.require(factors, a.rows, a.columns)
    try call.require(exchanges, min(a.rows, a.columns))
    try call.require(info)
    let results = a.matrices(Element.self).map { lu($0) }
    factors.store(elements: results.flatMap(\.lu.elements))
    exchanges.store(results.flatMap(\.exchanges))
    info.store(results.map(\.info))
  }
}

private enum SolveTriangular: Factorization {
  static func run<Element: FieldElement>(_ call: Call, _: Element.Type) throws(Failure) {
    let (a, b, x) = (call.inputs[0], call.inputs[1], call.outputs[0])
    try call.requireSquare()
    try call.requireShapes(b.rank == a.rank && b.shape == a.batchShape + [a.rows, b.columns] && x.shape == b.shape)
    let params = try call.parameters(bp_triangular_params())
    let results = zip(a.matrices(Element.self), b.matrices(Element.self)).map {
      solveTriangular($0, $1, upper: params.upper != 0, unitDiagonal: params.unit_diagonal != 0)
    }
    x.store(elements: results.flatMap(\.elements))
  }
}

private enum QR: Factorization {
  static func run<Element: FieldElement>(_ call: Call, _: Element.Type) throws(Failure) {
    let (a, q, r) = (call.inputs[0], call.outputs[0], call.outputs[1])
    try call.requireShapes(q.rank == a.rank)
    let k = q.columns
    try call.requireShapes(k == min(a.rows, a.columns) || k == a.rows)
    try call.require(q, a.rows, k)
    try call.require(r, k, a.columns)
    let results = a.matrices(Element.self).map { qr($0, k: k) }
    q.store(elements: results.flatMap(\.q.elements))
    r.store(elements: results.flatMap(\.r.elements))
  }
}

private enum EIGH: Factorization {
  static func run<Element: FieldElement>(_ call: Call, _: Element.Type) throws(Failure) {
    let (a, w, v, info) = (call.inputs[0], call.outputs[0], call.outputs[1], call.outputs[2])
    try call.requireSquare()
    try call.require(w, a.rows)
    try call.require(v, a.rows, a.rows)
    try call.require(info)
    let results = a.matrices(Element.self).map { eigh($0) }
    w.store(results.flatMap(\.w))
    v.store(elements: results.flatMap(\.v.elements))
    info.store(results.map(\.info))
  }
}

private enum EIG: Factorization {
  static func run<Element: FieldElement>(_ call: Call, _: Element.Type) throws(Failure) {
    let (a, w, v, info) = (call.inputs[0], call.outputs[0], call.outputs[1], call.outputs[2])
    try call.requireSquare()
    try call.require(w, a.rows)
    try call.require(v, a.rows, a.rows)
    try call.require(info)
    let results = a.matrices(Element.self).map { matrix in
      if let matrix = matrix as? Matrix<Double> { return eig(matrix) }
      return eig(matrix as! Matrix<Complex>)
    }
    w.store(elements: results.flatMap(\.w))
    v.store(elements: results.flatMap(\.v.elements))
    info.store(results.map(\.info))
  }
}

private enum SVD: Factorization {
  static func run<Element: FieldElement>(_ call: Call, _: Element.Type) throws(Failure) {
    let (a, u, s, vh, info) = (call.inputs[0], call.outputs[0], call.outputs[1], call.outputs[2], call.outputs[3])
    let k = min(a.rows, a.columns)
    try call.requireShapes(u.rank == a.rank && vh.rank == a.rank)
    let isFull = u.columns == a.rows && vh.rows == a.columns
    try call.require(u, a.rows, isFull ? a.rows : k)
    try call.require(s, k)
    try call.require(vh, isFull ? a.columns : k, a.columns)
    try call.require(info)
    let results = a.matrices(Element.self).map { svd($0, full: isFull) }
    u.store(elements: results.flatMap(\.u.elements))
    s.store(results.flatMap(\.s))
    vh.store(elements: results.flatMap(\.vh.elements))
    info.store(results.map(\.info))
  }
}
