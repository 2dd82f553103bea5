/// What is held against an operator's definition itself, because the definition leaves the result more than one
/// value: factors that are unique up to a sign, or transforms whose error is that of a whole slice.
struct Judgement {
  /// An operation, what the reference gave, and what the plugin gave; all dense.
  struct Problem {
    let inputs: [ElementArray]
    let inputShapes: [[Int]]
    let outputShapes: [[Int]]
    let params: Parameters
    let expected: [ElementArray]
    let got: [ElementArray]
  }

  private(set) var findings: [String] = []
  /// The greatest residual, in the units that its bound counts.
  private(set) var worst = 0.0

  /// A residual may be as large as `bound`; NaN never is.
  mutating func expect(_ residual: Double, within bound: Double, _ what: @autoclosure () -> String) {
    worst = max(worst, residual)
    if !(residual <= bound) { findings.append("\(what()) is \(residual), allowed \(bound)") }
  }

  mutating func expect(_ condition: Bool, _ what: @autoclosure () -> String) {
    if !condition { findings.append(what()) }
  }
}

/// A matrix of complex numbers in float64, row-major: what residuals are computed with.
struct ComplexMatrix {
  let rows: Int
  let columns: Int
  var real: [Double]
  var imaginary: [Double]

  init(_ rows: Int, _ columns: Int) {
    self.rows = rows
    self.columns = columns
    real = Array(repeating: 0, count: rows * columns)
    imaginary = real
  }

  init(identity n: Int) {
    self.init(n, n)
    for i in 0..<n { real[i * n + i] = 1 }
  }

  /// Item `i` of a batch of matrices.
  init(_ array: ElementArray, item: Int, _ rows: Int, _ columns: Int) {
    self.init(rows, columns)
    let parts = array.parts, stride = array.dtype.isComplex ? 2 : 1
    for k in 0..<rows * columns {
      let at = (item * rows * columns + k) * stride
      real[k] = parts.double(at)
      if stride == 2 { imaginary[k] = parts.double(at + 1) }
    }
  }

  var adjoint: ComplexMatrix {
    var result = ComplexMatrix(columns, rows)
    for i in 0..<rows {
      for j in 0..<columns {
        result.real[j * rows + i] = real[i * columns + j]
        result.imaginary[j * rows + i] = -imaginary[i * columns + j]
      }
    }
    return result
  }

  static func * (a: ComplexMatrix, b: ComplexMatrix) -> ComplexMatrix {
    var result = ComplexMatrix(a.rows, b.columns)
    for i in 0..<a.rows {
      for k in 0..<a.columns {
        let (x, y) = (a.real[i * a.columns + k], a.imaginary[i * a.columns + k])
        for j in 0..<b.columns {
          let (u, v) = (b.real[k * b.columns + j], b.imaginary[k * b.columns + j])
          result.real[i * b.columns + j] += x * u - y * v
          result.imaginary[i * b.columns + j] += x * v + y * u
        }
      }
    }
    return result
  }

  static func - (a: ComplexMatrix, b: ComplexMatrix) -> ComplexMatrix {
    var result = a
    for i in a.real.indices {
      result.real[i] -= b.real[i]
      result.imaginary[i] -= b.imaginary[i]
    }
    return result
  }

  /// The elements for which `isKept` holds, zero elsewhere: what an operator does not read may be NaN.
  func kept(_ isKept: (_ row: Int, _ column: Int) -> Bool) -> ComplexMatrix {
    var result = self
    for i in 0..<rows {
      for j in 0..<columns where !isKept(i, j) {
        result.real[i * columns + j] = 0
        result.imaginary[i * columns + j] = 0
      }
    }
    return result
  }

  /// With each column multiplied by a number.
  func scaled(columns factors: ComplexMatrix) -> ComplexMatrix {
    var diagonal = ComplexMatrix(columns, columns)
    for j in 0..<columns {
      diagonal.real[j * columns + j] = factors.real[j]
      diagonal.imaginary[j * columns + j] = factors.imaginary[j]
    }
    return self * diagonal
  }

  mutating func exchangeRows(_ a: Int, _ b: Int) {
    for j in 0..<columns {
      real.swapAt(a * columns + j, b * columns + j)
      imaginary.swapAt(a * columns + j, b * columns + j)
    }
  }

  /// The Frobenius norm.
  var norm: Double {
    (real.reduce(0) { $0 + $1 * $1 } + imaginary.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }

  /// How far the columns are from being orthonormal.
  var orthonormalityError: Double { (adjoint * self - ComplexMatrix(identity: columns)).norm }

  var trace: (real: Double, imaginary: Double) {
    (0..<min(rows, columns)).reduce((0, 0)) { ($0.0 + real[$1 * columns + $1], $0.1 + imaginary[$1 * columns + $1]) }
  }
}
