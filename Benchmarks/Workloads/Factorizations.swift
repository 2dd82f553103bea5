import Backplane
import Glibc

/// Matrices of 512 × 512. Each result is multiplied by a vector, beside what it should be equal to (Freivalds): that sees
/// every element in n² steps.
extension Workload {
  private static let n = 512

  static var factorizations: [Workload] {
    [
      matrix("solve_512") { spd, a in
        Linalg.solve(spd, a)
      } check: { spd, a, x in
        try compare("A X", spd.times(Matrix(x).times(probe)), Matrix(a).times(probe), scale: 64)
      },
      matrix("cholesky_512") { spd, _ in
        Linalg.cholesky(spd)
      } check: { spd, _, factor in
        let l = Matrix(factor)
        for row in 0..<n {
          for column in (row + 1)..<n where l[row, column] != 0 {
            throw Complaint("wrong result: \(l[row, column]) above the diagonal, in row \(row)")
          }
        }
        try compare("L Lᵀ", l.times(l.transposed.times(probe)), spd.times(probe), scale: 2048)
      },
      matrix("svd_512") { _, a in
        Linalg.svd(a)
      } check: { _, a, result in
        let (u, s, vh) = (Matrix(result.u), result.s.floats.map(Double.init), Matrix(result.vh))
        guard s.count == n, s.indices.dropFirst().allSatisfy({ s[$0] <= s[$0 - 1] }), s[n - 1] >= 0 else {
          throw Complaint("wrong result: singular values that do not descend to 0")
        }
        try compare("U S Vᴴ", u.times(zip(s, vh.times(probe)).map { $0 * $1 }), Matrix(a).times(probe), scale: 64)
        try compare("Uᵀ U", u.transposed.times(u.times(probe)), probe, scale: 1)
        try compare("V Vᴴ", vh.transposed.times(vh.times(probe)), probe, scale: 1)
      },
      matrix("eigh_512") { spd, _ in
        Linalg.eigh(spd)
      } check: { spd, _, result in
        let (values, vectors) = (result.eigenvalues.floats.map(Double.init), Matrix(result.eigenvectors))
        let turned = zip(values, vectors.transposed.times(probe)).map { $0 * $1 }
        try compare("Q Λ Qᵀ", vectors.times(turned), spd.times(probe), scale: 2048)
        try compare("Qᵀ Q", vectors.transposed.times(vectors.times(probe)), probe, scale: 1)
      },
    ]
  }

  private static let probe: [Double] = {
    var source = SplitMix64(state: 51)
    return (0..<n).map { _ in Double.random(in: -1...1, using: &source) }
  }()

  private struct Matrix {
    let elements: [Float]

    init(_ tensor: Tensor) { elements = tensor.contiguous().floats }
    private init(elements: [Float]) { self.elements = elements }

    subscript(row: Int, column: Int) -> Float { elements[row * n + column] }

    var transposed: Matrix { Matrix(elements: (0..<n * n).map { elements[$0 % n * n + $0 / n] }) }

    func times(_ vector: [Double]) -> [Double] {
      (0..<n).map { row in (0..<n).reduce(0.0) { $0 + Double(elements[row * n + $1]) * vector[$1] } }
    }
  }

  /// - Parameter scale: How large the elements of the matrix are, about: an error is measured in it.
  private static func compare(_ name: String, _ found: [Double], _ wanted: [Double], scale: Double) throws {
    let tolerance = 2e-6 * scale * Double(n).squareRoot()
    for row in 0..<n where !((found[row] - wanted[row]).magnitude <= tolerance) {
      throw Complaint("wrong result: row \(row) of \(name) times a vector is \(found[row]), should be \(wanted[row])")
    }
  }

  /// Work on a positive definite matrix, A Aᵀ + n, and one of normal numbers, A.
  private static func matrix<Result>(
    _ name: String, _ work: @escaping (Tensor, Tensor) -> Result,
    check: @escaping (Matrix, Tensor, Result) throws -> Void
  ) -> Workload {
    Workload(name: name) { device in
      let a = Tensor(Values.normal(n * n, seed: 6), shape: [n, n], device: device)
      let spd = a.matmul(a.t()) + Tensor.eye(n, device: device) * Double(n)
      var result: Result?
      return Job {
        result = work(spd, a)
      } check: {
        if let result { try check(Matrix(spd), a, result) }
      }
    }
  }
}
