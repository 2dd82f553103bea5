/// Householder's reflections, with LAPACK's signs: A (m, n) = Q (m, k) R (k, n).
func qr<Element: FieldElement>(
  _ a: Matrix<Element>, k: Int
) -> (q: Matrix<Element>, r: Matrix<Element>) {
  let m = a.rows, n = a.columns
  var work = a
  var reflections: [(v: [Element], tau: Element)] = []
  for j in 0..<min(m, n) {
    var v = (0..<m).map { $0 < j ? Element.zero : work[$0, j] }
    let tau = reflection(&v, j)
    // Hᴴ = I - conj(τ) v vᴴ
    apply(v, tau.conjugate, to: &work, from: j)
    for i in (j + 1)..<max(j + 1, m) { work[i, j] = .zero }
    reflections.append((v, tau))
  }
  var q = Matrix<Element>.identity(m, k)
  for (j, (v, tau)) in reflections.enumerated().reversed() { apply(v, tau, to: &q, from: 0, rowsFrom: j) }
  var r = Matrix<Element>(k, n)
  for i in 0..<min(k, n) {
    for j in i..<n { r[i, j] = work[i, j] }
  }
  return (q, r)
}

/// Makes of the column v, from `j` on, the vector of a reflection I - τ v vᴴ whose adjoint maps the column to a real
/// multiple of the unit vector j; v[j] = 1.
func reflection<Element: FieldElement>(_ v: inout [Element], _ j: Int) -> Element {
  let rest = norm(v[(j + 1)...])
  let alpha = v[j]
  for i in 0..<j { v[i] = .zero }
  v[j] = .one
  if rest == 0 && alpha.imaginary == 0 {
    for i in (j + 1)..<max(j + 1, v.count) { v[i] = .zero }
    return .zero
  }
  let length = norm([alpha, Element(rest)])
  let beta = alpha.real >= 0 ? -length : length
  for i in (j + 1)..<max(j + 1, v.count) { v[i] = v[i] / (alpha - Element(beta)) }
  return (Element(beta) - alpha) / Element(beta)
}

/// A ← (I - τ v vᴴ) A, for the columns from `from` on; v is zero before `rowsFrom`.
func apply<Element: FieldElement>(
  _ v: [Element], _ tau: Element, to a: inout Matrix<Element>, from: Int, rowsFrom: Int = 0
) {
  for j in from..<max(from, a.columns) {
    var product = Element.zero
    for i in rowsFrom..<a.rows { product += v[i].conjugate * a[i, j] }
    for i in rowsFrom..<a.rows { a[i, j] -= tau * v[i] * product }
  }
}

/// The Euclidean length, without overflow in between.
func norm<Element: FieldElement>(_ x: some Sequence<Element>) -> Double {
  let scale = x.reduce(0) { max($0, $1.modulus) }
  if scale == 0 || !scale.isFinite { return scale }
  let sum = x.reduce(0) { sum, element in
    let (re, im) = (element.real / scale, element.imaginary / scale)
    return sum + re * re + im * im
  }
  return scale * sum.squareRoot()
}
