import BackendAPI

/// Factorizations are judged by what their product leaves of the matrix: the residuals, and the number that they may
/// reach, are those of LAPACK's own tests (LAPACK Working Note 41, section 6 and 7): ‖A − product‖ / (n ‖A‖ ulp) and
/// ‖I − QᴴQ‖ / (n ulp) below 30. Values that are unique are held against the reference's besides.
enum FactorizationJudges {
  static let threshold = 30.0

  /// One matrix of the batch, and the units its residuals are counted in.
  private struct Item {
    let problem: Judgement.Problem
    let index: Int
    let rows: Int
    let columns: Int
    /// The distance from 1 to the next number of the type; in float64 the reference errs as much as the plugin.
    let ulp: Double

    var order: Double { Double(max(rows, columns, 1)) }
    var a: ComplexMatrix { ComplexMatrix(problem.inputs[0], item: index, rows, columns) }
    var label: String { "matrix \(index)" }

    func got(_ output: Int, _ rows: Int, _ columns: Int) -> ComplexMatrix {
      ComplexMatrix(problem.got[output], item: index, rows, columns)
    }

    func expected(_ output: Int, _ rows: Int, _ columns: Int) -> ComplexMatrix {
      ComplexMatrix(problem.expected[output], item: index, rows, columns)
    }

    /// A residual in units of the matrix's size and order; of a zero matrix nothing may remain.
    func ratio(_ residual: Double, of norm: Double) -> Double {
      residual == 0 ? 0 : residual / (order * norm * ulp)
    }
  }

  private static func items(
    _ problem: Judgement.Problem, _ body: (Item, inout Judgement) -> Void
  ) -> Judgement {
    var judgement = Judgement()
    let shape = problem.inputShapes[0], ulp = 2 * problem.inputs[0].dtype.format!.roundingUnit
    for index in 0..<shape.dropLast(2).reduce(1, *) {
      body(
        Item(problem: problem, index: index, rows: shape[shape.count - 2], columns: shape[shape.count - 1], ulp: ulp),
        &judgement)
    }
    return judgement
  }

  /// Whether the matrix was factorized; that it was, or was not, has to be right.
  private static func isDone(_ item: Item, info output: Int, exactly: Bool, _ judgement: inout Judgement) -> Bool {
    let (got, expected) = (problem(item, output, item.problem.got), problem(item, output, item.problem.expected))
    judgement.expect(
      exactly ? got == expected : (got == 0) == (expected == 0),
      "\(item.label): info is \(got), expected \(expected)")
    return got == 0 && expected == 0
  }

  private static func problem(_ item: Item, _ output: Int, _ arrays: [ElementArray]) -> Int64 {
    arrays[output].integer(item.index)
  }

  @Sendable static func cholesky(_ problem: Judgement.Problem) -> Judgement {
    items(problem) { item, judgement in
      guard isDone(item, info: 1, exactly: true, &judgement) else { return }
      let n = item.rows, l = item.got(0, n, n)
      let above = l.kept { $0 < $1 }.norm
      judgement.expect(above == 0, "\(item.label): L is not zero above the diagonal")
      var a = item.a.kept { $0 >= $1 }
      for i in 0..<n { a.imaginary[i * n + i] = 0 }
      let mirrored = a.adjoint.kept { $0 < $1 }
      for k in a.real.indices {
        a.real[k] += mirrored.real[k]
        a.imaginary[k] += mirrored.imaginary[k]
      }
      judgement.expect(
        (0..<n).allSatisfy { l.real[$0 * n + $0] > 0 && l.imaginary[$0 * n + $0] == 0 },
        "\(item.label): L's diagonal is not positive")
      judgement.expect(
        item.ratio((a - l * l.adjoint).norm, of: a.norm), within: threshold, "\(item.label): A - L L^H")
    }
  }

  @Sendable static func lu(_ problem: Judgement.Problem) -> Judgement {
    items(problem) { item, judgement in
      _ = isDone(item, info: 2, exactly: true, &judgement)
      let (m, n) = (item.rows, item.columns), k = min(m, n)
      let packed = item.got(0, m, n)
      var l = ComplexMatrix(m, k), u = ComplexMatrix(k, n)
      for i in 0..<m {
        for j in 0..<n {
          let (re, im) = (packed.real[i * n + j], packed.imaginary[i * n + j])
          if i > j {
            (l.real[i * k + j], l.imaginary[i * k + j]) = (re, im)
          } else {
            (u.real[i * n + j], u.imaginary[i * n + j]) = (re, im)
          }
        }
        if i < k { l.real[i * k + i] = 1 }
      }
      // A pivot is the greatest of its column, be it of |x| or of |re| + |im|.
      judgement.expect(
        zip(l.real, l.imaginary).allSatisfy { $0 * $0 + $1 * $1 <= 2 + 1e-3 },
        "\(item.label): L has a number greater than 1")
      var product = l * u
      for i in (0..<k).reversed() {
        let pivot = Int(problem.got[1].integer(item.index * k + i))
        guard pivot >= i && pivot < m else {
          judgement.expect(false, "\(item.label): row \(i) is exchanged with row \(pivot)")
          return
        }
        product.exchangeRows(i, pivot)
      }
      judgement.expect(
        item.ratio((item.a - product).norm, of: item.a.norm), within: threshold, "\(item.label): A - P L U")
    }
  }

  @Sendable static func solveTriangular(_ problem: Judgement.Problem) -> Judgement {
    guard case .triangular(let upper, let unit) = problem.params else { return Judgement() }
    return items(problem) { item, judgement in
      let n = item.rows, columns = problem.inputShapes[1].last!
      var a = item.a.kept { upper ? $0 <= $1 : $0 >= $1 }
      if unit { for i in 0..<n { (a.real[i * n + i], a.imaginary[i * n + i]) = (1, 0) } }
      let isSingular = (0..<n).contains { a.real[$0 * n + $0] == 0 && a.imaginary[$0 * n + $0] == 0 }
      let x = item.got(0, n, columns), b = ComplexMatrix(problem.inputs[1], item: item.index, n, columns)
      if isSingular {
        let isInfinite = x.real.contains { !$0.isFinite } || x.imaginary.contains { !$0.isFinite }
        judgement.expect(isInfinite || b.norm == 0, "\(item.label): singular, and all of the solution is finite")
        return
      }
      judgement.expect(
        item.ratio((a * x - b).norm, of: a.norm * x.norm), within: threshold, "\(item.label): A X - B")
    }
  }

  @Sendable static func qr(_ problem: Judgement.Problem) -> Judgement {
    items(problem) { item, judgement in
      let (m, n) = (item.rows, item.columns), k = problem.outputShapes[0].last!
      let q = item.got(0, m, k), r = item.got(1, k, n), expected = item.expected(1, k, n)
      judgement.expect(r.kept { $0 > $1 }.norm == 0, "\(item.label): R is not zero below the diagonal")
      judgement.expect(
        item.ratio((item.a - q * r).norm, of: item.a.norm), within: threshold, "\(item.label): A - Q R")
      judgement.expect(item.ratio(q.orthonormalityError, of: 1), within: threshold, "\(item.label): I - Q^H Q")
      for i in 0..<min(k, n) {
        let (got, want) = (r.real[i * n + i], expected.real[i * n + i])
        // Where a number is no more than rounding, so is its sign.
        if abs(want) < threshold * item.order * item.ulp * item.a.norm { continue }
        judgement.expect((got < 0) == (want < 0), "\(item.label): R[\(i), \(i)] is \(got), with LAPACK's sign \(want)")
      }
    }
  }

  @Sendable static func eigh(_ problem: Judgement.Problem) -> Judgement {
    items(problem) { item, judgement in
      guard isDone(item, info: 2, exactly: false, &judgement) else { return }
      let n = item.rows, w = item.got(0, 1, n), v = item.got(1, n, n)
      var a = item.a.kept { $0 >= $1 }
      for i in 0..<n { a.imaginary[i * n + i] = 0 }
      let mirrored = a.adjoint.kept { $0 < $1 }
      for k in a.real.indices {
        a.real[k] += mirrored.real[k]
        a.imaginary[k] += mirrored.imaginary[k]
      }
      judgement.expect(zip(w.real, w.real.dropFirst()).allSatisfy { $0 <= $1 }, "\(item.label): not ascending")
      judgement.expect(
        item.ratio((a * v - v.scaled(columns: w)).norm, of: a.norm), within: threshold, "\(item.label): A V - V W")
      judgement.expect(item.ratio(v.orthonormalityError, of: 1), within: threshold, "\(item.label): I - V^H V")
      judgement.expect(
        item.ratio((w - item.expected(0, 1, n)).norm, of: a.norm), within: threshold,
        "\(item.label): the eigenvalues' error")
    }
  }

  @Sendable static func eig(_ problem: Judgement.Problem) -> Judgement {
    items(problem) { item, judgement in
      guard isDone(item, info: 2, exactly: false, &judgement) else { return }
      let n = item.rows, w = item.got(0, 1, n), v = item.got(1, n, n), a = item.a
      judgement.expect(
        item.ratio((a * v - v.scaled(columns: w)).norm, of: a.norm), within: threshold, "\(item.label): A V - V W")
      for j in 0..<n {
        let length = v.kept { $1 == j }.norm
        judgement.expect(
          item.ratio(abs(length - 1), of: 1), within: threshold, "\(item.label): vector \(j): 1 - length")
      }
      // That they are all eigenvalues, and not one of them n times.
      let sums = (w.real.reduce(0, +), w.imaginary.reduce(0, +)), trace = a.trace
      judgement.expect(
        item.ratio(abs(sums.0 - trace.real) + abs(sums.1 - trace.imaginary), of: a.norm), within: threshold,
        "\(item.label): the eigenvalues' sum - the trace")
      guard !problem.inputs[0].dtype.isComplex else { return }
      var j = 0
      while j < n {
        if w.imaginary[j] == 0 {
          j += 1
          continue
        }
        judgement.expect(
          j + 1 < n && w.real[j] == w.real[j + 1] && w.imaginary[j] == -w.imaginary[j + 1],
          "\(item.label): eigenvalue \(j) stands beside no conjugate")
        j += 2
      }
    }
  }

  @Sendable static func svd(_ problem: Judgement.Problem) -> Judgement {
    items(problem) { item, judgement in
      guard isDone(item, info: 3, exactly: false, &judgement) else { return }
      let (m, n) = (item.rows, item.columns), k = min(m, n)
      let left = problem.outputShapes[0].last!, right = problem.outputShapes[2].dropLast().last!
      let u = item.got(0, m, left), s = item.got(1, 1, k), vh = item.got(2, right, n)
      var diagonal = ComplexMatrix(left, right)
      for i in 0..<k { diagonal.real[i * right + i] = s.real[i] }
      judgement.expect(
        zip(s.real, s.real.dropFirst()).allSatisfy { $0 >= $1 } && s.real.allSatisfy { $0 >= 0 },
        "\(item.label): singular values are not descending, or negative")
      judgement.expect(
        item.ratio((item.a - u * diagonal * vh).norm, of: item.a.norm), within: threshold,
        "\(item.label): A - U S V^H")
      judgement.expect(item.ratio(u.orthonormalityError, of: 1), within: threshold, "\(item.label): I - U^H U")
      judgement.expect(
        item.ratio(vh.adjoint.orthonormalityError, of: 1), within: threshold, "\(item.label): I - V^H V")
      judgement.expect(
        item.ratio((s - item.expected(1, 1, k)).norm, of: item.a.norm), within: threshold,
        "\(item.label): the singular values' error")
    }
  }
}
