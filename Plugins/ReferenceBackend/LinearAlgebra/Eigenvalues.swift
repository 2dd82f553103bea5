/// Eigenvalues and eigenvectors of length 1, as columns, of any square matrix: Hessenberg's form, the QR iteration
/// with Wilkinson's shifts, and substitution in the triangular matrix that it leaves (Golub and Van Loan, chapter 7).
///
/// - Returns: `info` is 1 if the iteration did not converge, else 0.
func eig(_ a: Matrix<Complex>) -> (w: [Complex], v: Matrix<Complex>, info: Int64) {
  let n = a.rows
  let scale = a.greatestModulus
  guard scale.isFinite else {
    return (Array(repeating: Complex(.nan, .nan), count: n), a, Int64(max(n, 1)))
  }
  if scale == 0 || n == 0 { return (Array(repeating: .zero, count: n), .identity(n, n), 0) }
  var t = a
  for i in t.elements.indices { t.elements[i] = t.elements[i] / Complex(scale) }
  var z = Matrix<Complex>.identity(n, n)
  reduceToHessenberg(&t, &z)
  guard reduceToTriangular(&t, &z) else { return (Array(repeating: .zero, count: n), z, 1) }
  var v = Matrix<Complex>(n, n)
  for k in 0..<n {
    let x = triangularEigenvector(t, k)
    let column = (0..<n).map { i in (0...k).reduce(Complex.zero) { $0 + z[i, $1] * x[$1] } }
    for (i, element) in normalized(column).enumerated() { v[i, k] = element }
  }
  return ((0..<n).map { Complex(scale) * t[$0, $0] }, v, 0)
}

/// The same of a real matrix, whose eigenvalues are made what they are in exact arithmetic: real, or pairs of
/// conjugates, the one with the positive imaginary part first.
func eig(_ a: Matrix<Double>) -> (w: [Complex], v: Matrix<Complex>, info: Int64) {
  let n = a.rows
  let (w, v, info) = eig(Matrix(n, n, a.elements.map { Complex($0) }))
  guard info == 0 else { return (w, v, info) }
  var values: [Complex] = []
  var columns: [[Complex]] = []
  var rest = Array(0..<n)
  while !rest.isEmpty {
    let i = rest.removeFirst()
    let column = (0..<n).map { v[$0, i] }
    func distance(_ j: Int) -> Double { (w[j] - w[i].conjugate).modulus }
    let others = rest.filter { w[$0].imaginary * w[i].imaginary < 0 }
    if let partner = others.min(by: { distance($0) < distance($1) }), distance(partner) < abs(w[i].imaginary) {
      rest.removeAll { $0 == partner }
      let isFirst = w[i].imaginary > 0
      values += isFirst ? [w[i], w[i].conjugate] : [w[i].conjugate, w[i]]
      let conjugates = column.map(\.conjugate)
      columns += isFirst ? [column, conjugates] : [conjugates, column]
    } else {
      values.append(Complex(w[i].real))
      columns.append(normalized(column.map { Complex($0.real) }))
    }
  }
  var vectors = Matrix<Complex>(n, n)
  for (j, column) in columns.enumerated() {
    for i in 0..<n { vectors[i, j] = column[i] }
  }
  return (values, vectors, 0)
}

/// A ← Pᴴ A P with zeros below the first subdiagonal, Z ← Z P.
private func reduceToHessenberg(_ a: inout Matrix<Complex>, _ z: inout Matrix<Complex>) {
  let n = a.rows
  for j in 0..<max(0, n - 2) {
    var v = (0..<n).map { $0 <= j ? Complex.zero : a[$0, j] }
    let tau = reflection(&v, j + 1)
    apply(v, tau.conjugate, to: &a, from: 0)
    for i in (j + 2)..<n { a[i, j] = .zero }
    multiply(&a, v, tau)
    multiply(&z, v, tau)
  }
}

/// A ← A (I - τ v vᴴ).
private func multiply(_ a: inout Matrix<Complex>, _ v: [Complex], _ tau: Complex) {
  for i in 0..<a.rows {
    var product = Complex.zero
    for j in 0..<a.columns { product += a[i, j] * v[j] }
    for j in 0..<a.columns { a[i, j] -= tau * product * v[j].conjugate }
  }
}

/// The QR iteration: H ← Gᴴ H G, upper triangular in the end, Z ← Z G.
///
/// - Returns: Whether it converged.
private func reduceToTriangular(_ h: inout Matrix<Complex>, _ z: inout Matrix<Complex>) -> Bool {
  let n = h.rows
  var high = n - 1
  var iteration = 0
  while high > 0 {
    // The block low ... high is the last that does not fall apart.
    var low = high
    while low > 0 {
      let neighbours = h[low, low].modulus + h[low - 1, low - 1].modulus
      if h[low, low - 1].modulus <= 0x1p-53 * (neighbours == 0 ? 1 : neighbours) { break }
      low -= 1
    }
    if low > 0 { h[low, low - 1] = .zero }
    if low == high {
      high -= 1
      iteration = 0
      continue
    }
    iteration += 1
    if iteration > 300 { return false }
    // Every tenth shift is another, for the few matrices on which Wilkinson's goes in circles.
    let shift =
      iteration % 10 == 0
      ? h[high, high] + Complex(h[high, high - 1].modulus)
      : wilkinsonShift(h[high - 1, high - 1], h[high - 1, high], h[high, high - 1], h[high, high])
    step(&h, &z, low, high, shift)
  }
  return true
}

/// The eigenvalue of ((a, b), (c, d)) that is nearer to d.
private func wilkinsonShift(
  _ a: Complex, _ b: Complex, _ c: Complex, _ d: Complex
) -> Complex {
  let half = Complex(0.5) * (a - d)
  let root = sqrt(half * half + b * c)
  let far = half.real * root.real + half.imaginary * root.imaginary >= 0 ? half + root : half - root
  return far.modulus == 0 ? d : d - b * c / far
}

/// One step on the block low ... high: H - σI = Q R, H ← R Q + σI.
private func step(
  _ h: inout Matrix<Complex>, _ z: inout Matrix<Complex>, _ low: Int, _ high: Int, _ shift: Complex
) {
  let n = h.rows
  for i in low...high { h[i, i] -= shift }
  var rotations: [(c: Complex, s: Complex)] = []
  for k in low..<high {
    let length = norm([h[k, k], h[k + 1, k]])
    let c = length == 0 ? .one : h[k, k] / Complex(length)
    let s = length == 0 ? .zero : h[k + 1, k] / Complex(length)
    for j in k..<n {
      let (x, y) = (h[k, j], h[k + 1, j])
      h[k, j] = c.conjugate * x + s.conjugate * y
      h[k + 1, j] = c * y - s * x
    }
    rotations.append((c, s))
  }
  for (k, (c, s)) in zip(low..<high, rotations) {
    for i in 0...high { rotateColumns(&h, i, k, c, s) }
    for i in 0..<n { rotateColumns(&z, i, k, c, s) }
  }
  for i in low...high { h[i, i] += shift }
}

private func rotateColumns(
  _ x: inout Matrix<Complex>, _ i: Int, _ k: Int, _ c: Complex, _ s: Complex
) {
  let (a, b) = (x[i, k], x[i, k + 1])
  x[i, k] = c * a + s * b
  x[i, k + 1] = c.conjugate * b - s.conjugate * a
}

/// x with T x = T[k, k] x and x[k] = 1; where an eigenvalue recurs, of a matrix that is T but for rounding.
private func triangularEigenvector(_ t: Matrix<Complex>, _ k: Int) -> [Complex] {
  var x = [Complex](repeating: .zero, count: k) + [.one]
  for i in (0..<k).reversed() {
    var sum = t[i, k]
    for j in (i + 1)..<k { sum += t[i, j] * x[j] }
    var difference = t[i, i] - t[k, k]
    if difference.modulus < 0x1p-52 { difference = Complex(0x1p-52) }
    x[i] = -sum / difference
    // What counts is the direction: a long vector is made shorter before it overflows.
    if x[i].modulus > 0x1p100 { for j in i...k { x[j] = Complex(0x1p-100) * x[j] } }
  }
  return x
}

/// Of length 1, the greatest element real.
private func normalized(_ x: [Complex]) -> [Complex] {
  let length = norm(x)
  guard length > 0, let greatest = x.max(by: { $0.modulus < $1.modulus }) else { return x }
  let factor = greatest.conjugate / Complex(greatest.modulus * length)
  return x.map { $0 * factor }
}
