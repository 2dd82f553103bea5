import Glibc

/// How often all pairs are rotated before an iteration counts as not converging; ten times is usual.
private let greatestSweeps = 60

/// The rotation that Jacobi's methods apply to two columns p and q: the one that makes the matrix
/// ((app, apq), (conj apq, aqq)) diagonal.
private struct Rotation<Element: FieldElement> {
  let c: Double
  let s: Double
  /// conj(apq) / |apq|
  let phase: Element

  init(_ app: Double, _ apq: Element, _ aqq: Double) {
    let size = apq.modulus
    phase = apq.conjugate / Element(size)
    let theta = (aqq - app) / (2 * size)
    let t = (theta < 0 ? -1 : 1) / (abs(theta) + hypot(theta, 1))
    c = 1 / hypot(t, 1)
    s = t * c
  }

  func apply(to x: inout Matrix<Element>, columns p: Int, _ q: Int) {
    for i in 0..<x.rows {
      let (a, b) = (x[i, p], phase * x[i, q])
      x[i, p] = c * a - s * b
      x[i, q] = s * a + c * b
    }
  }

  func applyAdjoint(to x: inout Matrix<Element>, rows p: Int, _ q: Int) {
    for j in 0..<x.columns {
      let (a, b) = (x[p, j], phase.conjugate * x[q, j])
      x[p, j] = c * a - s * b
      x[q, j] = s * a + c * b
    }
  }
}

/// Jacobi's method, cyclic by rows: A = V diag(w) Vᴴ for the Hermitian matrix with A's lower triangle, w ascending.
func eigh<Element: FieldElement>(
  _ a: Matrix<Element>
) -> (w: [Double], v: Matrix<Element>, info: Int64) {
  let n = a.rows
  var b = a
  for i in 0..<n {
    b[i, i] = Element(a[i, i].real)
    for j in 0..<i { b[j, i] = a[i, j].conjugate }
  }
  let scale = b.greatestModulus
  guard scale.isFinite else { return ([Double](repeating: .nan, count: n), b, Int64(max(n, 1))) }
  if scale > 0 { for i in b.elements.indices { b.elements[i] = b.elements[i] / Element(scale) } }
  var v = Matrix<Element>.identity(n, n)
  var isDiagonal = n < 2
  for _ in 0..<greatestSweeps where !isDiagonal {
    isDiagonal = true
    for p in 0..<(n - 1) {
      for q in (p + 1)..<n {
        let least = max(0x1p-60, 0x1p-56 * (b[p, p].modulus * b[q, q].modulus).squareRoot())
        if b[p, q].modulus <= least { continue }
        isDiagonal = false
        let rotation = Rotation(b[p, p].real, b[p, q], b[q, q].real)
        rotation.apply(to: &b, columns: p, q)
        rotation.applyAdjoint(to: &b, rows: p, q)
        b[p, q] = .zero
        b[q, p] = .zero
        rotation.apply(to: &v, columns: p, q)
      }
    }
  }
  let order = (0..<n).sorted { b[$0, $0].real < b[$1, $1].real }
  return (order.map { b[$0, $0].real * scale }, v.columns(order), isDiagonal ? 0 : 1)
}

/// Hestenes' one-sided Jacobi method: A (m, n) = U diag(s) Vᴴ, s descending; U and Vᴴ with min(m, n) columns and
/// rows, or square if full.
func svd<Element: FieldElement>(
  _ a: Matrix<Element>, full: Bool
) -> (u: Matrix<Element>, s: [Double], vh: Matrix<Element>, info: Int64) {
  if a.rows < a.columns {
    let (u, s, vh, info) = svd(a.conjugateTranspose, full: full)
    return (vh.conjugateTranspose, s, u.conjugateTranspose, info)
  }
  let m = a.rows, n = a.columns
  let scale = a.greatestModulus
  guard scale.isFinite else {
    return (.identity(m, full ? m : n), [Double](repeating: .nan, count: n), .identity(n, n), Int64(max(n, 1)))
  }
  var b = a
  if scale > 0 { for i in b.elements.indices { b.elements[i] = b.elements[i] / Element(scale) } }
  var v = Matrix<Element>.identity(n, n)
  // Columns shorter than this are zero but for rounding, and any two of them parallel but for chance.
  let least = 0x1p-52 * norm(b.elements)
  func length(_ j: Int) -> Double { norm((0..<m).map { b[$0, j] }) }
  var isOrthogonal = n < 2
  for _ in 0..<greatestSweeps where !isOrthogonal {
    isOrthogonal = true
    for p in 0..<(n - 1) {
      for q in (p + 1)..<n {
        let (lengthP, lengthQ) = (length(p), length(q))
        var product = Element.zero
        for i in 0..<m { product += b[i, p].conjugate * b[i, q] }
        if product.modulus <= 0x1p-50 * lengthP * lengthQ || min(lengthP, lengthQ) <= least { continue }
        isOrthogonal = false
        let rotation = Rotation(lengthP * lengthP, product, lengthQ * lengthQ)
        rotation.apply(to: &b, columns: p, q)
        rotation.apply(to: &v, columns: p, q)
      }
    }
  }
  let lengths = (0..<n).map(length)
  let order = (0..<n).sorted { lengths[$0] > lengths[$1] }
  let s = order.map { lengths[$0] }
  let rank = s.prefix { $0 > least }.count
  let ordered = b.columns(order)
  var u = Matrix<Element>(m, rank)
  for j in 0..<rank {
    for i in 0..<m { u[i, j] = ordered[i, j] / Element(s[j]) }
  }
  return (completed(u, full ? m : n), s.map { $0 * scale }, v.columns(order).conjugateTranspose, isOrthogonal ? 0 : 1)
}

/// Orthonormal columns, and further ones up to `count`: of each unit vector in turn what is orthogonal to all before.
private func completed<Element: FieldElement>(_ u: Matrix<Element>, _ count: Int) -> Matrix<Element> {
  let m = u.rows
  var columns = (0..<u.columns).map { j in (0..<m).map { u[$0, j] } }
  var unit = 0
  while columns.count < count && unit < m {
    var candidate = (0..<m).map { $0 == unit ? Element.one : .zero }
    unit += 1
    // Twice is enough (Kahan).
    for _ in 0..<2 {
      for column in columns {
        var product = Element.zero
        for i in 0..<m { product += column[i].conjugate * candidate[i] }
        for i in 0..<m { candidate[i] -= product * column[i] }
      }
    }
    // Of m unit vectors, those that are left out are within the span to a part in 2m.
    let length = norm(candidate)
    if length * length > 1 / Double(4 * m * m) {
      columns.append(candidate.map { $0 / Element(length) })
    }
  }
  var result = Matrix<Element>(m, count)
  for (j, column) in columns.enumerated() {
    for i in 0..<m { result[i, j] = column[i] }
  }
  return result
}
