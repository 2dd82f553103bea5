/// Matrices with a property that a factorization asks for, or fails without.
enum MatrixValues: Sendable, CustomStringConvertible {
  case random
  /// B Bᴴ + n I in the lower triangle, and NaN above it, where nobody may look.
  case positiveDefinite
  /// The same with one diagonal element turned negative, another in each matrix.
  case indefinite
  /// Any lower triangle with a real diagonal, NaN above it.
  case hermitian
  case zero
  case identity
  /// One column is zero, another in each matrix: exactly singular.
  case zeroColumn
  /// The last row is the first one but for the last digit or so.
  case nearlySingular
  /// The cyclic exchange of rows: eigenvalues all around the unit circle.
  case rotation
  /// Of modest condition; NaN where nobody may look.
  case triangle(upper: Bool, unit: Bool)
  /// A diagonal with a zero, and ones beside it.
  case singularTriangle

  var description: String {
    switch self {
    case .random: "random"
    case .positiveDefinite: "positive-definite"
    case .indefinite: "indefinite"
    case .hermitian: "hermitian"
    case .zero: "zero"
    case .identity: "identity"
    case .zeroColumn: "zero-column"
    case .nearlySingular: "nearly-singular"
    case .rotation: "rotation"
    case .triangle: "triangle"
    case .singularTriangle: "singular"
    }
  }

  /// The matrices of a batch of the shape.
  func make(_ dtype: DType, _ shape: [Int], _ source: inout RandomSource) -> ElementArray {
    let rows = shape[shape.count - 2], columns = shape[shape.count - 1]
    var numbers: [Double] = []
    for item in 0..<shape.dropLast(2).reduce(1, *) {
      let matrix = matrix(item, rows, columns, isComplex: dtype.isComplex, &source)
      for k in matrix.real.indices {
        numbers.append(matrix.real[k])
        if dtype.isComplex { numbers.append(matrix.imaginary[k]) }
      }
    }
    return ElementArray(dtype, doubles: numbers)
  }

  private func uniform(_ rows: Int, _ columns: Int, _ isComplex: Bool, _ source: inout RandomSource) -> ComplexMatrix {
    var result = ComplexMatrix(rows, columns)
    for k in result.real.indices {
      result.real[k] = source.double(-4...4)
      if isComplex { result.imaginary[k] = source.double(-4...4) }
    }
    return result
  }

  private func matrix(
    _ item: Int, _ rows: Int, _ columns: Int, isComplex: Bool, _ source: inout RandomSource
  ) -> ComplexMatrix {
    func fill(_ matrix: inout ComplexMatrix, _ value: Double, where condition: (Int, Int) -> Bool) {
      for i in 0..<rows {
        for j in 0..<columns where condition(i, j) {
          matrix.real[i * columns + j] = value
          matrix.imaginary[i * columns + j] = isComplex && value.isNaN ? value : 0
        }
      }
    }
    var result = uniform(rows, columns, isComplex, &source)
    switch self {
    case .random: break
    case .positiveDefinite, .indefinite:
      result = result * result.adjoint
      for i in 0..<rows { result.real[i * columns + i] += Double(rows) }
      if case .indefinite = self, rows > 0 {
        let i = item % rows
        result.real[i * columns + i] = -1
      }
      fill(&result, .nan) { $0 < $1 }
    case .hermitian:
      for i in 0..<rows { result.imaginary[i * columns + i] = 0 }
      fill(&result, .nan) { $0 < $1 }
    case .zero: fill(&result, 0) { _, _ in true }
    case .identity:
      fill(&result, 0) { $0 != $1 }
      fill(&result, 1) { $0 == $1 }
    case .zeroColumn: fill(&result, 0) { $1 == item % max(1, columns) }
    case .nearlySingular:
      for j in 0..<columns where rows > 1 {
        result.real[(rows - 1) * columns + j] = result.real[j] * (j == 0 ? 1 + 1e-6 : 1)
        result.imaginary[(rows - 1) * columns + j] = result.imaginary[j]
      }
    case .rotation:
      fill(&result, 0) { _, _ in true }
      fill(&result, 1) { ($0 + 1) % rows == $1 }
    case .triangle(let upper, let unit):
      // A diagonal larger than what stands beside it.
      for k in result.real.indices {
        result.real[k] /= 4 * Double(max(1, rows))
        result.imaginary[k] /= 4 * Double(max(1, rows))
      }
      for i in 0..<rows { result.real[i * columns + i] = source.oneIn(2) ? 2 : -1.5 }
      fill(&result, .nan) { upper ? $0 > $1 : $0 < $1 }
      if unit { fill(&result, .nan) { $0 == $1 } }
    case .singularTriangle:
      fill(&result, 1) { _, _ in true }
      fill(&result, 0) { $0 == $1 && $0 == 1 }
    }
    return result
  }
}
