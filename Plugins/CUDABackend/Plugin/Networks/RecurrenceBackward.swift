import BackendAPI
import CUDATypes

/// The operands of the gradients by their names; those that a cell does not have are nil.
private struct GradientOperands {
  var gy, gh, x, h, wi, wh, y: View
  var gc, c, gates, cells: View?
  var ofX, ofH, ofWi, ofWh, ofBias: View
  var ofC, ofStateBias: View?

  init(_ cell: Cell, _ op: UnsafePointer<bp_op>) {
    let i = (0..<Int(op.pointee.input_count)).map { op.pointee.inputs[$0]! }
    let o = (0..<Int(op.pointee.output_count)).map { op.pointee.outputs[$0]! }
    switch cell {
    case .rnn:
      (gy, gh, x, h, wi, wh, y) = (i[0], i[1], i[2], i[3], i[4], i[5], i[6])
      (ofX, ofH, ofWi, ofWh, ofBias) = (o[0], o[1], o[2], o[3], o[4])
    case .lstm:
      (gy, gh, gc, x, h, c, wi, wh, y) = (i[0], i[1], i[2], i[3], i[4], i[5], i[6], i[7], i[8])
      (gates, cells) = (i[9], i[10])
      (ofX, ofH, ofC, ofWi, ofWh, ofBias) = (o[0], o[1], o[2], o[3], o[4], o[5])
    case .gru:
      (gy, gh, x, h, wi, wh, y, gates) = (i[0], i[1], i[2], i[3], i[4], i[5], i[6], i[7])
      (ofX, ofH, ofWi, ofWh, ofBias, ofStateBias) = (o[0], o[1], o[2], o[3], o[4], o[5])
    }
  }

  /// With their shapes, in the letters of `RecurrentCall`.
  var shapes: [(View, String)] {
    let always = [
      (gy, "TNH"), (gh, "NH"), (wi, "GI"), (wh, "GH"), (y, "TNH"), (ofX, "TNI"), (ofH, "NH"), (ofWi, "GI"),
      (ofWh, "GH"),
      (ofBias, "G"),
    ]
    let some: [(View?, String)] = [
      (gc, "NH"), (c, "NH"), (gates, "TN4"), (cells, "TNH"), (ofC, "NH"), (ofStateBias, "G"),
    ]
    return always + some.compactMap { view, shape in view.map { ($0, shape) } }
  }
}

/// All products are in the type of statistics, for the gradients that go from step to step are.
func recurrentBackward(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let o = GradientOperands(Cell(queue.op), op)
  let call = try RecurrentCall(queue, op, x: o.x, h: o.h, o.shapes)
  let (n, hidden, width, wide) = (call.rows, call.hidden, call.width, call.wideType)
  let (size, wideSize) = (call.size, call.wideSize)
  try queue.withArena { (arena) throws(Failure) in
    let wh = try arena.matrix(o.wh, as: wide), wi = try arena.matrix(o.wi, as: wide)
    let y = try arena.contiguous(o.y), h = try arena.contiguous(o.h)
    let gates = try o.gates.map { (view) throws(Failure) in try arena.contiguous(view) } ?? 0
    let cells = try o.cells.map { (view) throws(Failure) in try arena.contiguous(view) } ?? 0
    let c = try o.c.map { (view) throws(Failure) in try arena.contiguous(view) } ?? 0
    // Of what is made of x and h at each step.
    let ofInput = try arena.take(call.steps * n * width * wideSize)
    let ofState = call.cell == .gru ? try arena.take(call.steps * n * width * wideSize) : ofInput
    var p = ck_recurrent_gradient()
    p.rows = Int64(n)
    p.hidden = Int64(hidden)
    p.row_stride = Int64(o.gy.stride(1))
    p.column_stride = Int64(o.gy.stride(2))
    p.is_relu = call.isRelu ? 1 : 0
    p.h_gradient = try arena.copied(o.gh, as: wide)
    if let gc = o.gc { p.c_gradient = try arena.copied(gc, as: wide) }
    let order = call.order
    for (i, t) in order.enumerated().reversed() {
      let before = i == 0 ? nil : order[i - 1]
      p.incoming = advanced(o.gy.address, t * o.gy.stride(0), size)
      p.h = advanced(y, t * n * hidden, size)
      p.c = advanced(cells, t * n * hidden, size)
      p.gates = advanced(gates, t * n * 4 * hidden, size)
      p.before =
        call.cell == .lstm
        ? before.map { advanced(cells, $0 * n * hidden, size) } ?? c
        : before.map { advanced(y, $0 * n * hidden, size) } ?? h
      p.input = advanced(ofInput, t * n * width, wideSize)
      p.state = advanced(ofState, t * n * width, wideSize)
      try call.launch("\(call.cell.name)_gradient", 1, &p)
      try queue.multiply(
        DenseMatrix(p.state, rows: n, columns: width), wh, of: wide,
        to: DenseMatrix(p.h_gradient, rows: n, columns: hidden), of: wide, beta: call.cell == .gru ? 1 : 0)
    }
    try arena.copy(from: p.h_gradient, wide, to: o.ofH)
    if let ofC = o.ofC { try arena.copy(from: p.c_gradient, wide, to: ofC) }

    // Over all steps at once.
    let all = call.steps * n
    let inputs = DenseMatrix(ofInput, rows: all, columns: width)
    let x = DenseMatrix(try arena.contiguous(o.x, as: wide), rows: all, columns: call.inputs)
    let ofX = DenseMatrix(try arena.result(o.ofX, as: wide), rows: all, columns: call.inputs)
    try queue.multiply(inputs, wi, of: wide, to: ofX, of: wide)
    let ofWi = DenseMatrix(try arena.result(o.ofWi, as: wide), rows: width, columns: call.inputs)
    try queue.multiply(inputs.transposed, x, of: wide, to: ofWi, of: wide)
    try call.gradientOfStateWeight(arena, o.ofWh, states: ofState, y: o.y, h: o.h)
    try sumOfRows(queue, arena, ofInput, rows: all, columns: width, wide, to: o.ofBias)
    if let bias = o.ofStateBias { try sumOfRows(queue, arena, ofState, rows: all, columns: width, wide, to: bias) }
  }
}

extension RecurrentCall {
  /// The states before the steps are the first one and all results but the last.
  fileprivate func gradientOfStateWeight(
    _ arena: Arena, _ result: View, states: UInt64, y: View, h: View
  ) throws(Failure) {
    let target = DenseMatrix(try arena.result(result, as: wideType), rows: width, columns: hidden)
    let first = order[0], begin = isReversed ? 0 : 1
    let gradient = DenseMatrix(advanced(states, first * rows * width, wideSize), rows: rows, columns: width)
    let before = DenseMatrix(try arena.contiguous(h, as: wideType), rows: rows, columns: hidden)
    try queue.multiply(gradient.transposed, before, of: wideType, to: target, of: wideType)
    if steps == 1 { return }
    // Step t goes with the result of t - 1, or in reverse of t + 1.
    let others = (steps - 1) * rows
    let gradients = DenseMatrix(advanced(states, begin * rows * width, wideSize), rows: others, columns: width)
    let results = DenseMatrix(
      advanced(try arena.contiguous(y, as: wideType), (1 - begin) * rows * hidden, wideSize), rows: others,
      columns: hidden)
    try queue.multiply(gradients.transposed, results, of: wideType, to: target, of: wideType, beta: 1)
  }
}

/// The sums of a matrix without gaps over its rows.
private func sumOfRows(
  _ queue: Queue, _ arena: Arena, _ address: UInt64, rows: Int, columns: Int, _ dtype: Int32, to result: View
) throws(Failure) {
  let target = try arena.result(result, as: dtype), summing = Queue(stream: queue.stream, op: BP_OP_SUM)
  try withContiguousTensor([rows, columns], at: address, dtype) { (source) throws(Failure) in
    try withContiguousTensor([1, columns], at: target, dtype) { (sums) throws(Failure) in
      try reduce(summing, source, to: sums)
    }
  }
}

extension Arena {
  /// A copy that may be written to.
  func copied(_ view: View, as dtype: Int32) throws(Failure) -> UInt64 {
    let address = try take(view.count * Int(bp_dtype_size(dtype)))
    try copy(view, to: address, dtype)
    return address
  }
}
