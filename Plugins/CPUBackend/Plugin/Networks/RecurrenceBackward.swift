import BackendAPI
import CPUKernelTypes
import Glibc

/// The operands of a backward pass where the kernels take them.
private struct Operands {
  var gy: (rows: RecurrentRows, isStaged: Bool)
  var x: (matrix: Matrix, isStaged: Bool)
  var wi: (matrix: Matrix, isStaged: Bool)
  var wh: (rows: RecurrentRows, isStaged: Bool)
  var states: [(rows: RecurrentRows, isStaged: Bool)]
  var y: (rows: RecurrentRows, isStaged: Bool)
  var kept: (rows: RecurrentRows, isStaged: Bool)?
  var cells: (rows: RecurrentRows, isStaged: Bool)?
  var ofX: (matrix: Matrix, isStaged: Bool)
  var ofWi: (matrix: Matrix, isStaged: Bool)
  var ofWh: (matrix: Matrix, isStaged: Bool)
  /// The gradients of h and c as they go from step to step.
  var carried: [UnsafeMutableRawPointer]
  /// Those of the gates, of all steps; and of GRU those of b2.
  var ofGates: UnsafeMutableRawPointer
  var ofB2: UnsafeMutableRawPointer
  /// h before each step.
  var before: UnsafeMutableRawPointer
  var ofBias: UnsafeMutableRawPointer
  var panels: UnsafeMutableRawPointer
}

/// Where the inputs stand among those of the operator.
private struct Places {
  let x: Int
  let weights: Int

  init(_ cell: RecurrentCall.Cell) {
    x = 1 + cell.states
    weights = x + 1 + cell.states
  }

  var y: Int { weights + 2 }
}

func recurrenceBackward(_ context: Context, _ op: UnsafePointer<bp_op>, _ cell: RecurrentCall.Cell) throws(Failure) {
  let ins = (0..<Int(op.pointee.input_count)).map { op.pointee.inputs[$0]! }
  let outs = (0..<Int(op.pointee.output_count)).map { op.pointee.outputs[$0]! }
  let places = Places(cell)
  let states = Array(ins[(places.x + 1)..<places.weights]), incoming = Array(ins[1..<places.x])
  let call = try RecurrentCall(
    context, op, cell, x: ins[places.x], states: states + incoming, wi: ins[places.weights],
    wh: ins[places.weights + 1], biases: [])
  try call.requireRows(ins[0], call.hidden, "the gradient of y")
  try call.requireRows(ins[places.y], call.hidden, "y")
  if cell != .rnn { try call.requireRows(ins[places.y + 1], 4 * call.hidden, "what is kept of the steps") }
  if cell == .lstm { try call.requireRows(ins[places.y + 2], call.hidden, "c after each step") }
  try call.requireRows(outs[0], call.width, "the gradient of x")
  for i in 1...cell.states { try call.require(outs[i], [call.batch, call.hidden], "the gradient of a state") }
  let gradients = 1 + cell.states
  try call.require(outs[gradients], [call.rows, call.width], "the gradient of the input's weight")
  try call.require(outs[gradients + 1], [call.rows, call.hidden], "the gradient of the state's weight")
  for i in (gradients + 2)..<outs.count { try call.require(outs[i], [call.rows], "the gradient of a bias") }
  let staging = call.staging
  // Without sequences, or without hidden units, there is nothing to add up.
  if call.batch == 0 || call.hidden == 0 { return outs.forEach { staging.clear($0) } }

  let sequence = call.steps * call.batch
  func lay(_ scratch: inout WorkBlock) -> Operands {
    Operands(
      gy: call.place(ins[0], &scratch), x: call.matrix(ofSequence: ins[places.x], &scratch),
      wi: call.matrix(ins[places.weights], &scratch), wh: call.weightRows(ins[places.weights + 1], &scratch),
      states: states.map { call.place($0, &scratch) }, y: call.place(ins[places.y], &scratch),
      kept: cell == .rnn ? nil : call.place(ins[places.y + 1], &scratch),
      cells: cell == .lstm ? call.place(ins[places.y + 2], &scratch) : nil,
      ofX: call.matrix(ofSequence: outs[0], &scratch), ofWi: call.matrix(outs[gradients], &scratch),
      ofWh: call.matrix(outs[gradients + 1], &scratch),
      carried: incoming.map { _ in scratch.take(call.batch * call.hidden, call.size) },
      ofGates: scratch.take(sequence * call.rows, call.size),
      ofB2: scratch.take(cell == .gru ? sequence * call.hidden : 0, call.size),
      before: scratch.take(sequence * call.hidden, call.size), ofBias: scratch.take(call.rows, call.size),
      panels: scratch.take(call.blocks(call.backwardUnits) * call.backwardUnits * call.rows, call.size))
  }
  var needed = WorkBlock()
  _ = lay(&needed)
  var failure: Failure?
  try withWorkSpace(needed.bytes, call.name) { memory in
    var scratch = WorkBlock(memory)
    let operands = lay(&scratch), type = call.type
    func bring(_ view: View, _ rows: (rows: RecurrentRows, isStaged: Bool)?) {
      if let rows, rows.isStaged { staging.bring(view, to: rows.rows.data, type) }
    }
    func bring(_ view: View, _ matrix: (matrix: Matrix, isStaged: Bool)) {
      if matrix.isStaged { staging.bring(view, to: matrix.matrix.data, type) }
    }
    bring(ins[0], operands.gy)
    bring(ins[places.x], operands.x)
    bring(ins[places.weights], operands.wi)
    bring(ins[places.weights + 1], operands.wh)
    for (view, state) in zip(states, operands.states) { bring(view, state) }
    bring(ins[places.y], operands.y)
    if cell != .rnn { bring(ins[places.y + 1], operands.kept) }
    if cell == .lstm { bring(ins[places.y + 2], operands.cells) }
    for (view, carried) in zip(incoming, operands.carried) { staging.bring(view, to: carried, type) }

    makePanels(call, operands.wh.rows, operands.panels)
    runSteps(call, operands)
    do throws(Failure) { try products(call, operands) } catch {
      failure = error
      return
    }
    for (i, matrix) in [(0, operands.ofX), (gradients, operands.ofWi), (gradients + 1, operands.ofWh)]
    where matrix.isStaged {
      staging.send(matrix.matrix.data, type, to: outs[i])
    }
    for (i, carried) in operands.carried.enumerated() { staging.send(carried, type, to: outs[1 + i]) }
    biases(call, operands, Array(outs[(gradients + 2)...]))
  }
  if let failure { throw failure }
}

/// For each block of hidden units: for each row of the weights those that meet these units, zeros beyond the last.
private func makePanels(_ call: RecurrentCall, _ wh: RecurrentRows, _ panels: UnsafeMutableRawPointer) {
  let units = call.backwardUnits, size = call.size
  let moveRows = call.context.pointee.kernels.moveRows
  let pitches = call.panelPitches(2, call.rows)
  call.forEachBlock(units) { low, count, block in
    let panel = panels + block * units * call.rows * size
    if count < units { memset(panel, 0, units * call.rows * size) }
    for vector in 0..<2 {
      let first = vector * call.lanes, columns = min(call.lanes, count - first)
      if columns <= 0 { continue }
      moveRows(
        size, call.rows, columns, panel + vector * pitches.vector * size, pitches.row, 1,
        wh.data + (low + first) * size, wh.row, 1)
    }
  }
}

/// Through the steps from the last to the first, and on to the states before them: at each the gradients of the gates of
/// the step after, by the weights, are what comes to a block of hidden units, whose gates' gradients follow at once.
private func runSteps(_ call: RecurrentCall, _ operands: Operands) {
  let kernels = call.kernels, (type, size, hidden) = (call.type, call.size, call.hidden)
  let units = call.backwardUnits, panelBytes = units * call.rows * size
  let pitches = call.panelPitches(2, call.rows), column = pitches.vector
  func gates(_ t: Int, _ n: Int) -> UnsafeMutableRawPointer {
    operands.ofGates + (t * call.batch + n) * call.rows * size
  }
  func ofB2(_ t: Int, _ n: Int) -> UnsafeMutableRawPointer { operands.ofB2 + (t * call.batch + n) * hidden * size }
  for i in (-1..<call.steps).reversed() {
    call.forEachBlock(units) { low, count, block in
      withUnsafeTemporaryAllocation(byteCount: RecurrentCall.sumBytes, alignment: 64) { memory in
        let sums = memory.baseAddress.unsafelyUnwrapped, panel = operands.panels + block * panelBytes, at = low * size
        call.forEachRows(2) { n, rows in
          let isLast = i == call.steps - 1
          if !isLast {
            let after = call.step(i + 1)
            if call.cell == .gru {
              kernels.panel(type, 2, rows, 2 * hidden, sums, gates(after, n), call.rows, panel, column, 0)
              kernels.panel(
                type, 2, rows, hidden, sums, ofB2(after, n), hidden, panel + 2 * hidden * pitches.row * size, column, 1)
            } else {
              kernels.panel(type, 2, rows, call.rows, sums, gates(after, n), call.rows, panel, column, 0)
            }
          }
          let carried = operands.carried[0] + n * hidden * size + at
          if i < 0 {
            return kernels.addRows(type, rows, count, carried, hidden, sums, units, call.cell == .gru ? 1 : 0)
          }
          step(
            call, operands, i, n, rows, low, count, isLast ? nil : sums, carried, gates(call.step(i), n) + at,
            ofB2(call.step(i), n) + at)
        }
      }
    }
  }
}

/// The gates of some hidden units at the step in place i, for some rows.
private func step(
  _ call: RecurrentCall, _ operands: Operands, _ i: Int, _ n: Int, _ rows: Int, _ low: Int, _ count: Int,
  _ sums: UnsafeRawPointer?, _ carried: UnsafeMutableRawPointer, _ gates: UnsafeMutableRawPointer,
  _ ofB2: UnsafeMutableRawPointer
) {
  let kernels = call.kernels, (type, size, hidden) = (call.type, call.size, call.hidden)
  let t = call.step(i), at = low * size, pitch = call.backwardUnits
  let gy = operands.gy.rows, y = operands.y.rows
  /// A state before the step.
  func before(_ rows: RecurrentRows, _ first: RecurrentRows) -> (data: UnsafeMutableRawPointer, row: Int) {
    i == 0 ? (first.at(0, n, size) + at, first.row) : (rows.at(call.step(i - 1), n, size) + at, rows.row)
  }
  switch call.cell {
  case .rnn:
    kernels.rnnBackward(
      type, call.isReLU ? 1 : 0, rows, count, sums, pitch, carried, hidden, gy.at(t, n, size) + at, gy.row,
      y.at(t, n, size) + at, y.row, gates, call.rows)
  case .lstm:
    let kept = operands.kept.unsafelyUnwrapped.rows, cells = operands.cells.unsafelyUnwrapped.rows
    let old = before(cells, operands.states[1].rows)
    kernels.lstmBackward(
      type, rows, count, hidden, sums, pitch, carried, operands.carried[1] + n * hidden * size + at, hidden,
      gy.at(t, n, size) + at, gy.row, kept.at(t, n, size) + at, kept.row, cells.at(t, n, size) + at, cells.row,
      old.data, old.row, gates, call.rows)
  case .gru:
    let kept = operands.kept.unsafelyUnwrapped.rows, old = before(y, operands.states[0].rows)
    kernels.gruBackward(
      type, rows, count, hidden, sums, pitch, carried, hidden, gy.at(t, n, size) + at, gy.row,
      kept.at(t, n, size) + at, kept.row, old.data, old.row, gates, call.rows, ofB2, hidden)
  }
}

/// What all steps add up to: one product each for x and the weights.
private func products(_ call: RecurrentCall, _ operands: Operands) throws(Failure) {
  let (size, hidden, sequence) = (call.size, call.hidden, call.steps * call.batch)
  func matrix(_ data: UnsafeMutableRawPointer, _ columns: Int, of row: Int) -> Matrix {
    Matrix(data: data, rows: sequence, columns: columns, rowStride: row, columnStride: 1)
  }
  let gates = matrix(operands.ofGates, call.rows, of: call.rows)
  try call.product.multiply(gates, operands.wi.matrix, to: operands.ofX.matrix)
  try call.product.multiply(gates.transposed, operands.x.matrix, to: operands.ofWi.matrix)
  let move = call.context.pointee.kernels.moveRows
  for i in 0..<call.steps {
    let rows = i == 0 ? operands.states[0].rows : operands.y.rows
    let target = operands.before + call.step(i) * call.batch * hidden * size
    move(
      size, call.batch, hidden, target, hidden, 1, rows.at(i == 0 ? 0 : call.step(i - 1), 0, size), rows.row, 1)
  }
  let before = matrix(operands.before, hidden, of: hidden)
  guard call.cell == .gru else {
    return try call.product.multiply(gates.transposed, before, to: operands.ofWh.matrix)
  }
  let ofB2 = matrix(operands.ofB2, hidden, of: hidden)
  try call.product.multiply(
    gates.part(columns: 0, 2 * hidden, size).transposed, before,
    to: operands.ofWh.matrix.part(rows: 0, 2 * hidden, size))
  try call.product.multiply(
    ofB2.transposed, before, to: operands.ofWh.matrix.part(rows: 2 * hidden, 3 * hidden, size))
}

/// The sums of the gates' gradients; of GRU the second has those of b2 in its last part.
private func biases(_ call: RecurrentCall, _ operands: Operands, _ outs: [View]) {
  let sequence = call.steps * call.batch, (type, size) = (call.type, call.size)
  func sums(_ source: UnsafeRawPointer, _ columns: Int, of row: Int, to target: UnsafeMutableRawPointer) {
    let pieces = pieces(call.context, sequence * columns, atLeast: 65536)
    parallel(call.context, pieces) { piece in
      let (low, high) = share(columns, pieces, piece)
      if low < high {
        call.kernels.columnSums(type, sequence, high - low, target + low * size, source + low * size, row)
      }
    }
  }
  sums(operands.ofGates, call.rows, of: call.rows, to: operands.ofBias)
  call.staging.send(operands.ofBias, type, to: outs[0])
  if call.cell != .gru { return }
  sums(operands.ofB2, call.hidden, of: call.hidden, to: operands.ofBias + 2 * call.hidden * size)
  call.staging.send(operands.ofBias, type, to: outs[1])
}
