import BackendAPI
import CPUKernelTypes
import Glibc

/// Section 6.26 of the header.
///
/// The input's part of all steps is one product. Then step after step: the weights of the state have been laid out in
/// panels of a block of hidden units with all their gates, so that the functions of the gates follow at once on the sums
/// of a few rows, and threads share the blocks.
let recurrenceClaims: [NetworkClaim] = [
  NetworkClaim(BP_OP_RNN) { context, op throws(Failure) in try forward(context, op, .rnn) },
  NetworkClaim(BP_OP_LSTM) { context, op throws(Failure) in try forward(context, op, .lstm) },
  NetworkClaim(BP_OP_GRU) { context, op throws(Failure) in try forward(context, op, .gru) },
  NetworkClaim(BP_OP_RNN_BACKWARD) { context, op throws(Failure) in try recurrenceBackward(context, op, .rnn) },
  NetworkClaim(BP_OP_LSTM_BACKWARD) { context, op throws(Failure) in try recurrenceBackward(context, op, .lstm) },
  NetworkClaim(BP_OP_GRU_BACKWARD) { context, op throws(Failure) in try recurrenceBackward(context, op, .gru) },
]

/// The operands of a forward pass where the kernels take them.
private struct Operands {
  var x: (matrix: Matrix, isStaged: Bool)
  var wi: (matrix: Matrix, isStaged: Bool)
  var wh: (rows: RecurrentRows, isStaged: Bool)
  var states: [(rows: RecurrentRows, isStaged: Bool)]
  var y: (rows: RecurrentRows, isStaged: Bool)
  var kept: (rows: RecurrentRows, isStaged: Bool)?
  var cells: (rows: RecurrentRows, isStaged: Bool)?
  /// Of the input's part (all of it, but of GRU) and of the state's.
  var biases: [UnsafeMutableRawPointer]
  var panels: UnsafeMutableRawPointer
}

private func forward(_ context: Context, _ op: UnsafePointer<bp_op>, _ cell: RecurrentCall.Cell) throws(Failure) {
  let ins = (0..<Int(op.pointee.input_count)).map { op.pointee.inputs[$0]! }
  let outs = (0..<Int(op.pointee.output_count)).map { op.pointee.outputs[$0]! }
  let weights = 1 + cell.states, views = Array(ins[1..<weights])
  guard ins.count != weights + 3 else {
    throw .invalid("\(operatorName(op.pointee.op)): of the biases there is one; they come both or not at all")
  }
  let biases = Array(ins[(weights + 2)...])
  let call = try RecurrentCall(
    context, op, cell, x: ins[0], states: views, wi: ins[weights], wh: ins[weights + 1], biases: biases)
  try call.requireRows(outs[0], call.hidden, "y")
  for i in 0..<cell.states { try call.require(outs[1 + i], [call.batch, call.hidden], "a last state") }
  if cell != .rnn { try call.requireRows(outs[1 + cell.states], 4 * call.hidden, "what is kept of the steps") }
  if cell == .lstm { try call.requireRows(outs[4], call.hidden, "c after each step") }
  if call.batch == 0 || call.hidden == 0 { return }

  func lay(_ scratch: inout WorkBlock) -> Operands {
    Operands(
      x: call.matrix(ofSequence: ins[0], &scratch), wi: call.matrix(ins[weights], &scratch),
      wh: call.weightRows(ins[weights + 1], &scratch), states: views.map { call.place($0, &scratch) },
      y: call.place(outs[0], &scratch), kept: cell == .rnn ? nil : call.place(outs[1 + cell.states], &scratch),
      cells: cell == .lstm ? call.place(outs[4], &scratch) : nil,
      biases: [scratch.take(call.rows, call.size), scratch.take(call.rows, call.size)],
      panels: scratch.take(
        call.blocks(call.forwardUnits) * call.forwardUnits * call.cell.gates * call.hidden, call.size))
  }
  var needed = WorkBlock()
  _ = lay(&needed)
  var failure: Failure?
  try withWorkSpace(needed.bytes, call.name) { memory in
    var scratch = WorkBlock(memory)
    let operands = lay(&scratch)
    let staging = call.staging
    if operands.x.isStaged { staging.bring(ins[0], to: operands.x.matrix.data, call.type) }
    if operands.wi.isStaged { staging.bring(ins[weights], to: operands.wi.matrix.data, call.type) }
    if operands.wh.isStaged { staging.bring(ins[weights + 1], to: operands.wh.rows.data, call.type) }
    for (view, state) in zip(views, operands.states) where state.isStaged {
      staging.bring(view, to: state.rows.data, call.type)
    }
    makeBiases(call, biases, operands.biases)
    makePanels(call, operands.wh.rows, operands.panels)
    do throws(Failure) { try inputPart(call, operands) } catch {
      failure = error
      return
    }
    runSteps(call, operands)
    if operands.y.isStaged { staging.send(operands.y.rows.data, call.type, to: outs[0]) }
    if let kept = operands.kept, kept.isStaged {
      staging.send(kept.rows.data, call.type, to: outs[1 + cell.states])
    }
    if let cells = operands.cells, cells.isStaged { staging.send(cells.rows.data, call.type, to: outs[4]) }
    let last = call.step(call.steps - 1)
    for (i, rows) in [operands.y.rows, operands.cells?.rows].enumerated() {
      guard let rows, i < cell.states else { continue }
      sendState(call, rows, last, to: outs[1 + i])
    }
  }
  if let failure { throw failure }
}

/// The rows of one step, to a state.
private func sendState(_ call: RecurrentCall, _ rows: RecurrentRows, _ t: Int, to view: View) {
  let kernels = call.context.pointee.kernels
  for n in 0..<call.batch {
    let to = view.data + n * view.stride(0) * view.size
    if call.isHalf {
      kernels.cast(call.type, call.dtype, call.hidden, to, view.stride(1), rows.at(t, n, call.size), 1)
    } else {
      kernels.move(call.size, call.hidden, to, view.stride(1), rows.at(t, n, call.size), 1)
    }
  }
}

/// Of GRU the biases as they are, else their sum, and zeros where there are none.
private func makeBiases(_ call: RecurrentCall, _ views: [View], _ biases: [UnsafeMutableRawPointer]) {
  for bias in biases { memset(bias, 0, call.rows * call.size) }
  if views.isEmpty { return }
  for (view, bias) in zip(views, biases) { call.staging.bring(view, to: bias, call.type) }
  if call.cell == .gru { return }
  for i in 0..<call.rows {
    if call.type == BP_FLOAT64 {
      let (a, b) = (biases[0].assumingMemoryBound(to: Double.self), biases[1].assumingMemoryBound(to: Double.self))
      a[i] += b[i]
    } else {
      let (a, b) = (biases[0].assumingMemoryBound(to: Float.self), biases[1].assumingMemoryBound(to: Float.self))
      a[i] += b[i]
    }
  }
}

/// For each block of hidden units: for each element of the state its weights in all gates of these units, zeros beyond
/// the last.
private func makePanels(_ call: RecurrentCall, _ wh: RecurrentRows, _ panels: UnsafeMutableRawPointer) {
  let units = call.forwardUnits, gates = call.cell.gates, hidden = call.hidden, size = call.size
  let transpose = call.context.pointee.kernels.transpose, parts = units / call.lanes
  let pitches = call.panelPitches(call.forwardVectors, hidden)
  call.forEachBlock(units) { low, count, block in
    let panel = panels + block * units * gates * hidden * size
    if count < units { memset(panel, 0, units * gates * hidden * size) }
    for vector in 0..<(gates * parts) {
      let first = vector % parts * call.lanes, columns = min(call.lanes, count - first)
      if columns <= 0 { continue }
      transpose(
        size, hidden, columns, panel + vector * pitches.vector * size, pitches.row,
        wh.at(0, vector / parts * hidden + low + first, size), wh.row)
    }
  }
}

/// wi x of all steps, where the gates will stand: in what is kept, or of RNN in y.
private func inputPart(_ call: RecurrentCall, _ operands: Operands) throws(Failure) {
  let rows = operands.kept?.rows ?? operands.y.rows
  func target(_ data: UnsafeMutableRawPointer, _ count: Int, _ stride: Int) -> Matrix {
    Matrix(data: data, rows: count, columns: call.rows, rowStride: stride, columnStride: 1)
  }
  let (x, w) = (operands.x.matrix, operands.wi.matrix.transposed)
  if call.steps == 1 || call.batch == 1 || rows.step == call.batch * rows.row {
    let stride = call.batch == 1 ? rows.step : rows.row
    return try call.product.multiply(x, w, to: target(rows.data, call.steps * call.batch, stride))
  }
  // Where the sequences lie one after the other, each has a product.
  let byStep = call.steps <= call.batch
  for i in 0..<(byStep ? call.steps : call.batch) {
    var part = x
    part.rows = byStep ? call.batch : call.steps
    part.data += i * (byStep ? call.batch : 1) * x.rowStride * call.size
    if !byStep { part.rowStride = call.batch * x.rowStride }
    let data = byStep ? rows.at(i, 0, call.size) : rows.at(0, i, call.size)
    try call.product.multiply(part, w, to: target(data, part.rows, byStep ? rows.row : rows.step))
  }
}

private func runSteps(_ call: RecurrentCall, _ operands: Operands) {
  let kernels = call.kernels, (type, size, hidden) = (call.type, call.size, call.hidden)
  let (vectors, units) = (call.forwardVectors, call.forwardUnits), y = operands.y.rows
  let panelBytes = units * call.cell.gates * hidden * size
  let column = call.panelPitches(vectors, hidden).vector
  for i in 0..<call.steps {
    let t = call.step(i), before = i == 0 ? 0 : call.step(i - 1)
    let h = i == 0 ? operands.states[0].rows : y
    call.forEachBlock(units) { low, count, block in
      withUnsafeTemporaryAllocation(byteCount: RecurrentCall.sumBytes, alignment: 64) { memory in
        let sums = memory.baseAddress.unsafelyUnwrapped, at = low * size
        call.forEachRows(vectors) { n, rows in
          kernels.panel(
            type, vectors, rows, hidden, sums, h.at(before, n, size), h.row, operands.panels + block * panelBytes,
            column, 0)
          let result = y.at(t, n, size) + at
          switch call.cell {
          case .rnn:
            kernels.rnnForward(
              type, call.isReLU ? 1 : 0, rows, count, sums, vectors * call.lanes, operands.biases[0] + at, result,
              y.row)
          case .lstm:
            let gates = operands.kept.unsafelyUnwrapped.rows, cells = operands.cells.unsafelyUnwrapped.rows
            let c = i == 0 ? operands.states[1].rows : cells
            kernels.lstmForward(
              type, rows, count, hidden, sums, operands.biases[0] + at, gates.at(t, n, size) + at, gates.row,
              c.at(before, n, size) + at, c.row, cells.at(t, n, size) + at, cells.row, result, y.row)
            round(call, cells, t, n, rows, low, count)
          case .gru:
            let kept = operands.kept.unsafelyUnwrapped.rows
            kernels.gruForward(
              type, rows, count, hidden, sums, operands.biases[0] + at, operands.biases[1] + at,
              kept.at(t, n, size) + at, kept.row, h.at(before, n, size) + at, h.row, result, y.row)
          }
          round(call, y, t, n, rows, low, count)
        }
      }
    }
  }
}

/// What a step hands to the next is what it writes.
private func round(
  _ call: RecurrentCall, _ target: RecurrentRows, _ t: Int, _ n: Int, _ rows: Int, _ low: Int, _ count: Int
) {
  if !call.isHalf { return }
  for row in n..<n + rows { call.kernels.round(call.dtype, count, target.at(t, row, call.size) + low * call.size) }
}
