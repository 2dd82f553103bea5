/// A dense matrix in row-major order.
struct Matrix<Element: FieldElement> {
  let rows: Int
  let columns: Int
  var elements: [Element]

  init(_ rows: Int, _ columns: Int, _ elements: [Element]) {
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// Zero everywhere.
  init(_ rows: Int, _ columns: Int) {
    self.init(rows, columns, Array(repeating: .zero, count: rows * columns))
  }

  /// Ones on the diagonal.
  static func identity(_ rows: Int, _ columns: Int) -> Matrix {
    var result = Matrix(rows, columns)
    for i in 0..<min(rows, columns) { result[i, i] = .one }
    return result
  }

  subscript(i: Int, j: Int) -> Element {
    get { elements[i * columns + j] }
    set { elements[i * columns + j] = newValue }
  }

  var conjugateTranspose: Matrix {
    var result = Matrix(columns, rows)
    for i in 0..<rows {
      for j in 0..<columns { result[j, i] = self[i, j].conjugate }
    }
    return result
  }

  /// The largest modulus; NaN if there is one.
  var greatestModulus: Double {
    elements.reduce(0) { $1.modulus > $0 || $1.modulus.isNaN ? $1.modulus : $0 }
  }

  mutating func exchangeRows(_ a: Int, _ b: Int) {
    for j in 0..<columns { (self[a, j], self[b, j]) = (self[b, j], self[a, j]) }
  }

  /// The columns in another order.
  func columns(_ order: [Int]) -> Matrix {
    var result = Matrix(rows, order.count)
    for (to, from) in order.enumerated() {
      for i in 0..<rows { result[i, to] = self[i, from] }
    }
    return result
  }
}

extension View {
  /// The extents before the last two.
  var batchShape: [Int] { Array(shape.dropLast(2)) }
  var rows: Int { shape[rank - 2] }
  var columns: Int { shape[rank - 1] }

  /// The elements as numbers of the one kind or the other.
  func elements<Element: FieldElement>(_: Element.Type) -> [Element] {
    if dtype.kind != .complex { return floats().map { Element($0) } }
    return complexes().map { $0 as! Element }
  }

  /// Writes numbers of either kind, each part rounded once.
  func store<Element: FieldElement>(elements: [Element]) {
    if dtype.kind == .complex { part(1).store(elements.map(\.imaginary)) }
    part(0).store(elements.map(\.real))
  }

  /// The matrices of a batch, in row-major order.
  func matrices<Element: FieldElement>(_: Element.Type) -> [Matrix<Element>] {
    let elements = elements(Element.self), size = rows * columns
    return (0..<elementCount(batchShape)).map { i in
      Matrix(rows, columns, Array(elements[(i * size)..<((i + 1) * size)]))
    }
  }
}
