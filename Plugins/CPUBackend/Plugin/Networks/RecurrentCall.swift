import BackendAPI
import CPUKernelTypes

/// The rows of a tensor (T, N, numbers) or (N, numbers), whose numbers lie side by side. Strides count elements.
struct RecurrentRows {
  var data: UnsafeMutableRawPointer
  var step: Int
  var row: Int

  /// Row n of step t.
  @inline(__always) func at(_ t: Int, _ n: Int, _ size: Int) -> UnsafeMutableRawPointer {
    data + (t &* step &+ n &* row) &* size
  }
}

/// What the operators of recurrent layers have in common: extents, the type computed in, how work is cut, and where
/// operands are that the kernels cannot take as they lie.
struct RecurrentCall {
  enum Cell {
    case rnn, lstm, gru

    var gates: Int { self == .rnn ? 1 : self == .lstm ? 4 : 3 }
    var states: Int { self == .lstm ? 2 : 1 }
    /// Numbers kept of a step for each hidden unit.
    var kept: Int { self == .rnn ? 0 : 4 }
  }

  let context: Context
  let cell: Cell
  let name: String
  let steps: Int
  let batch: Int
  let width: Int
  let hidden: Int
  let isReversed: Bool
  let isReLU: Bool
  /// The operands' type, and the one computed in.
  let dtype: Int32
  let type: Int32
  let size: Int

  var isHalf: Bool { dtype != type }
  var rows: Int { cell.gates * hidden }
  var kernels: RecurrenceKernels { context.pointee.networks.recurrence }
  var staging: Staging { Staging(context: context) }
  var product: Product { Product(context: context, type: type, size: size) }
  /// Elements of a vector.
  var lanes: Int { 64 / size }

  /// The steps in their order.
  func step(_ i: Int) -> Int { isReversed ? steps - 1 - i : i }

  /// Checks the shapes of x, of the states and of the weights.
  init(
    _ context: Context, _ op: UnsafePointer<bp_op>, _ cell: Cell, x: View, states: [View], wi: View, wh: View,
    biases: [View]
  ) throws(Failure) {
    let flags = try parameters(op, bp_recurrent_params()).flags
    let known = BP_RECURRENT_REVERSE | (cell == .rnn ? BP_RECURRENT_RELU : 0)
    try check { bp_check_flags(op, flags, known, $0) }
    (self.context, self.cell, name) = (context, cell, operatorName(op.pointee.op))
    isReversed = flags & BP_RECURRENT_REVERSE != 0
    isReLU = flags & BP_RECURRENT_RELU != 0
    dtype = x.dtype
    type = x.size == 2 ? BP_FLOAT32 : dtype
    size = Int(bp_dtype_size(type))
    guard x.rank == 3 && states[0].rank == 2 else {
      throw .invalid("\(name): x \(x.shapeText) and h \(states[0].shapeText) have to be of rank 3 and 2")
    }
    (steps, batch, width, hidden) = (x.extent(0), x.extent(1), x.extent(2), states[0].extent(1))
    for state in states { try require(state, [batch, hidden], "a state") }
    try require(wi, [rows, width], "the input's weight")
    try require(wh, [rows, hidden], "the state's weight")
    for bias in biases { try require(bias, [rows], "a bias") }
    guard steps >= 1 else { throw .invalid("\(name): x \(x.shapeText) is a sequence of no steps") }
  }

  func require(_ view: View, _ shape: [Int], _ what: String) throws(Failure) {
    guard view.rank == shape.count && shape.indices.allSatisfy({ view.extent($0) == shape[$0] }) else {
      throw .invalid("\(name): \(what) is \(view.shapeText), not \(shape)")
    }
  }

  /// Fails unless a tensor holds so many numbers for each sequence and step.
  func requireRows(_ view: View, _ numbers: Int, _ what: String) throws(Failure) {
    try require(view, [steps, batch, numbers], what)
  }

  // MARK: - Operands

  /// Whether the kernels can take a tensor's rows as they lie.
  private func isDirect(_ view: View) -> Bool {
    let axis = view.rank - 1
    return !isHalf && (view.extent(axis) <= 1 || view.stride(axis) == 1)
  }

  /// The rows of a tensor, in place or in work space; then `isStaged`.
  func place(_ view: View, _ scratch: inout WorkBlock) -> (rows: RecurrentRows, isStaged: Bool) {
    let numbers = view.extent(view.rank - 1)
    if isDirect(view) && view.count > 0 {
      let step = view.rank == 3 ? view.stride(0) : 0, row = view.stride(view.rank - 2)
      return (RecurrentRows(data: view.data, step: step, row: row), false)
    }
    let data = scratch.take(view.count, size)
    return (RecurrentRows(data: data, step: batch * numbers, row: numbers), true)
  }

  /// A tensor (T, N, numbers) as one matrix of T N rows, in place or in work space.
  func matrix(ofSequence view: View, _ scratch: inout WorkBlock) -> (matrix: Matrix, isStaged: Bool) {
    let numbers = view.extent(2), (s0, s1) = (view.stride(0), view.stride(1))
    if !isHalf && view.count > 0 && (steps == 1 || batch == 1 || s0 == batch * s1) {
      let matrix = Matrix(
        data: view.data, rows: steps * batch, columns: numbers, rowStride: batch == 1 ? s0 : s1,
        columnStride: view.stride(2))
      return (matrix, false)
    }
    let data = scratch.take(view.count, size)
    return (Matrix(data: data, rows: steps * batch, columns: numbers, rowStride: numbers, columnStride: 1), true)
  }

  /// A tensor of rank 2 as a matrix, in place or in work space.
  func matrix(_ view: View, _ scratch: inout WorkBlock) -> (matrix: Matrix, isStaged: Bool) {
    let (rows, columns) = (view.extent(0), view.extent(1))
    if !isHalf && view.count > 0 {
      return (
        Matrix(
          data: view.data, rows: rows, columns: columns, rowStride: view.stride(0), columnStride: view.stride(1)),
        false
      )
    }
    let data = scratch.take(view.count, size)
    return (Matrix(data: data, rows: rows, columns: columns, rowStride: columns, columnStride: 1), true)
  }

  /// The weights of the state, row-major.
  func weightRows(_ view: View, _ scratch: inout WorkBlock) -> (rows: RecurrentRows, isStaged: Bool) {
    if isDirect(view) && view.count > 0 {
      return (RecurrentRows(data: view.data, step: 0, row: view.stride(0)), false)
    }
    return (RecurrentRows(data: scratch.take(view.count, size), step: 0, row: hidden), true)
  }

  // MARK: - Work

  /// Hidden units of a block: a panel has a part for each gate.
  var forwardUnits: Int { cell == .rnn ? 2 * lanes : lanes }
  /// Vectors of a row of a panel.
  var forwardVectors: Int { cell == .rnn ? 2 : cell.gates }
  var backwardUnits: Int { 2 * lanes }

  func blocks(_ units: Int) -> Int { (hidden + units - 1) / units }

  /// Runs `body` for each block of hidden units on the pool, if there is enough to do in a step.
  func forEachBlock(_ units: Int, _ body: (_ low: Int, _ count: Int, _ block: Int) -> Void) {
    let blocks = blocks(units)
    let work = amount(batch, rows, hidden)
    let pieces = work < 1 << 17 ? 1 : min(blocks, context.pointee.threads)
    parallel(context, pieces) { piece in
      for block in (blocks * piece / pieces)..<(blocks * (piece + 1) / pieces) {
        body(block * units, min(units, hidden - block * units), block)
      }
    }
  }

  /// The batch in parts of as many rows as a panel takes, all of about one size.
  func forEachRows(_ vectors: Int, _ body: (_ low: Int, _ count: Int) -> Void) {
    let most = kernels.rows(vectors), parts = (batch + most - 1) / most
    for part in 0..<parts {
      let low = batch * part / parts
      body(low, batch * (part + 1) / parts - low)
    }
  }

  /// Bytes of the sums of as many rows as a panel takes; an odd row is taken twice.
  static let sumBytes = 24 * 4 * 64

  /// Elements from row to row and from vector to vector of a panel of so many rows of so many vectors.
  func panelPitches(_ vectors: Int, _ rows: Int) -> (row: Int, vector: Int) {
    kernels.hasColumns ? (lanes, rows * lanes) : (vectors * lanes, lanes)
  }
}
