import BackendAPI

/// Cholesky–Banachiewicz: L with A = L Lᴴ, of A's lower triangle.
///
/// - Returns: L, and the order of the first leading minor that is not positive definite, or 0.
func cholesky<Element: FieldElement>(_ a: Matrix<Element>) -> (l: Matrix<Element>, info: Int64) {
  let n = a.rows
  var l = Matrix<Element>(n, n)
  for i in 0..<n {
    for j in 0...i {
      var sum = a[i, j]
      for k in 0..<j { sum -= l[i, k] * l[j, k].conjugate }
      if i == j {
        guard sum.real > 0 else { return (l, Int64(i + 1)) }
        l[i, i] = Element(sum.real.squareRoot())
      } else {
        l[i, j] = sum / l[j, j]
      }
    }
  }
  return (l, 0)
}

/// Doolittle with partial pivoting: A = P L U, L and U in one matrix.
///
/// As in LAPACK, the pivot is the largest of |re| + |im|.
///
/// - Returns: The factors, the exchanges of rows, and the order of the first zero pivot, or 0.
func lu<Element: FieldElement>(
  _ a: Matrix<Element>
) -> (lu: Matrix<Element>, exchanges: [Int64], info: Int64) {
  var lu = a
  var exchanges: [Int64] = []
  var info: Int64 = 0
  for j in 0..<min(a.rows, a.columns) {
    var pivot = j
    for i in j..<a.rows where size(lu[i, j]) > size(lu[pivot, j]) { pivot = i }
    exchanges.append(Int64(pivot))
    if size(lu[pivot, j]) == 0 {
      if info == 0 { info = Int64(j + 1) }
      continue
    }
    if pivot != j { lu.exchangeRows(pivot, j) }
    for i in (j + 1)..<max(j + 1, a.rows) {
      lu[i, j] = lu[i, j] / lu[j, j]
      for k in (j + 1)..<max(j + 1, a.columns) { lu[i, k] -= lu[i, j] * lu[j, k] }
    }
  }
  return (lu, exchanges, info)
}

private func size<Element: FieldElement>(_ x: Element) -> Double { abs(x.real) + abs(x.imaginary) }

/// Substitution: X with A X = B, A triangular.
func solveTriangular<Element: FieldElement>(
  _ a: Matrix<Element>, _ b: Matrix<Element>, upper: Bool, unitDiagonal: Bool
) -> Matrix<Element> {
  let n = a.rows
  var x = b
  for i in upper ? Array((0..<n).reversed()) : Array(0..<n) {
    for column in 0..<b.columns {
      var sum = x[i, column]
      for j in upper ? (i + 1)..<max(i + 1, n) : 0..<i { sum -= a[i, j] * x[j, column] }
      x[i, column] = unitDiagonal ? sum : sum / a[i, i]
    }
  }
  return x
}
