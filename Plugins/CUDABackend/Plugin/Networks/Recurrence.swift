import BackendAPI
import CUDATypes

/// RNN, LSTM, GRU and their gradients.
let recurrenceClaims = [
  NetworkClaim(BP_OP_RNN, BP_OP_LSTM, BP_OP_GRU, run: recurrent),
  NetworkClaim(BP_OP_RNN_BACKWARD, BP_OP_LSTM_BACKWARD, BP_OP_GRU_BACKWARD, run: recurrentBackward),
]

enum Cell {
  case rnn, lstm, gru

  init(_ op: Int32) {
    switch op {
    case BP_OP_RNN, BP_OP_RNN_BACKWARD: self = .rnn
    case BP_OP_LSTM, BP_OP_LSTM_BACKWARD: self = .lstm
    default: self = .gru
    }
  }

  /// Parts of what is made of x and h.
  var parts: Int {
    switch self {
    case .rnn: 1
    case .lstm: 4
    case .gru: 3
    }
  }

  var name: String {
    switch self {
    case .rnn: "rnn"
    case .lstm: "lstm"
    case .gru: "gru"
    }
  }
}

/// The extents and the order of the steps.
struct RecurrentCall {
  let queue: Queue
  let cell: Cell
  let steps: Int
  let rows: Int
  let inputs: Int
  let hidden: Int
  let isReversed: Bool
  let isRelu: Bool
  let type: Int32

  init(_ queue: Queue, _ op: UnsafePointer<bp_op>, x: View, h: View, _ operands: [(View, String)]) throws(Failure) {
    let name = operatorName(queue.op), p = try parameters(op, bp_recurrent_params())
    cell = Cell(queue.op)
    let known = cell == .rnn ? BP_RECURRENT_REVERSE | BP_RECURRENT_RELU : BP_RECURRENT_REVERSE
    try check { bp_check_flags(op, p.flags, known, $0) }
    guard x.rank == 3, h.rank == 2, x.extent(0) >= 1, x.extent(1) == h.extent(0) else {
      throw .invalid("\(name): x \(x.shapeText) and h \(h.shapeText) have to be (T, N, I), T >= 1, and (N, H)")
    }
    self.queue = queue
    steps = x.extent(0)
    rows = x.extent(1)
    inputs = x.extent(2)
    hidden = h.extent(1)
    isReversed = p.flags & BP_RECURRENT_REVERSE != 0
    isRelu = p.flags & BP_RECURRENT_RELU != 0
    type = x.dtype
    // A shape is written in letters: TNI, NH, GI of (G*H, I), GH, G of (G*H), 4 of 4*H.
    let letters: [Character: Int] = [
      "T": steps, "N": rows, "I": inputs, "H": hidden, "G": cell.parts * hidden, "4": 4 * hidden,
    ]
    for (view, shape) in operands {
      let wanted = shape.map { letters[$0]! }
      guard view.rank == wanted.count, (0..<view.rank).allSatisfy({ view.extent($0) == wanted[$0] }) else {
        throw .invalid("\(name): an operand is \(view.shapeText), and has to be \(wanted)")
      }
    }
  }

  var wideType: Int32 { statisticsType(type) }
  var size: Int { Int(bp_dtype_size(type)) }
  var wideSize: Int { Int(bp_dtype_size(wideType)) }
  /// Columns of what is made of x and h.
  var width: Int { cell.parts * hidden }

  /// The steps in their order.
  var order: [Int] { isReversed ? Array((0..<steps).reversed()) : Array(0..<steps) }

  func launch<Parameters: BitwiseCopyable>(
    _ kernel: String, _ number: Int, _ parameters: inout Parameters
  ) throws(Failure) {
    if rows * hidden == 0 { return }
    let type = type
    try queue.launch(
      Int(queue.op) << 9 | Int(type) << 5 | number, blocks: queue.blocks(for: rows * hidden), &parameters
    ) { (kernel, "recurrence.cu", ["DTYPE=\(type)"]) }
  }
}

/// An address some elements further.
func advanced(_ address: UInt64, _ elements: Int, _ size: Int) -> UInt64 {
  address == 0 ? 0 : address &+ UInt64(bitPattern: Int64(elements * size))
}

private func recurrent(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let inputs = (0..<Int(op.pointee.input_count)).map { op.pointee.inputs[$0]! }
  let outputs = (0..<Int(op.pointee.output_count)).map { op.pointee.outputs[$0]! }
  let isLSTM = queue.op == BP_OP_LSTM, first = isLSTM ? 3 : 2
  let biases = Array(inputs[(first + 2)...])
  guard biases.count != 1 else { throw .invalid("\(operatorName(queue.op)): biases have to be both or neither") }
  var shapes = [(inputs[first], "GI"), (inputs[first + 1], "GH"), (outputs[0], "TNH"), (outputs[1], "NH")]
  shapes += biases.map { ($0, "G") }
  switch queue.op {
  case BP_OP_LSTM: shapes += [(inputs[2], "NH"), (outputs[2], "NH"), (outputs[3], "TN4"), (outputs[4], "TNH")]
  case BP_OP_GRU: shapes += [(outputs[2], "TN4")]
  default: break
  }
  let call = try RecurrentCall(queue, op, x: inputs[0], h: inputs[1], shapes)
  let (n, hidden, width, size) = (call.rows, call.hidden, call.width, call.size)
  try queue.withArena { (arena) throws(Failure) in
    let x = DenseMatrix(try arena.contiguous(inputs[0]), rows: call.steps * n, columns: call.inputs)
    let wi = try arena.matrix(inputs[first]).transposed, wh = try arena.matrix(inputs[first + 1]).transposed
    var h = try arena.contiguous(inputs[1])
    var c = isLSTM ? try arena.contiguous(inputs[2]) : 0
    let y = try arena.result(outputs[0])
    let gates = isLSTM ? try arena.result(outputs[3]) : queue.op == BP_OP_GRU ? try arena.result(outputs[2]) : 0
    let cells = isLSTM ? try arena.result(outputs[4]) : 0
    // For all steps at once.
    let products = DenseMatrix(
      try arena.take(call.steps * n * width * call.wideSize), rows: call.steps * n, columns: width)
    try queue.multiply(x, wi, of: call.type, to: products, of: call.wideType)
    let isSeparate = call.cell == .gru
    let state = isSeparate ? try arena.take(n * width * call.wideSize) : 0
    var p = ck_recurrent_step()
    p.rows = Int64(n)
    p.hidden = Int64(hidden)
    p.state = state
    if biases.count == 2 {
      p.bias = (biases[0].address, biases[1].address)
      p.bias_stride = (Int64(width == 1 ? 0 : biases[0].stride(0)), Int64(width == 1 ? 0 : biases[1].stride(0)))
    }
    p.is_relu = call.isRelu ? 1 : 0
    for t in call.order {
      p.input = advanced(products.address, t * n * width, call.wideSize)
      let target = DenseMatrix(isSeparate ? state : p.input, rows: n, columns: width)
      try queue.multiply(
        DenseMatrix(h, rows: n, columns: hidden), wh, of: call.type, to: target, of: call.wideType,
        beta: isSeparate ? 0 : 1)
      p.before = isLSTM ? c : h
      p.h = advanced(y, t * n * hidden, size)
      p.c = advanced(cells, t * n * hidden, size)
      p.gates = advanced(gates, t * n * 4 * hidden, size)
      try call.launch("\(call.cell.name)_step", 0, &p)
      (h, c) = (p.h, p.c)
    }
    try arena.copy(from: h, call.type, to: outputs[1])
    if isLSTM { try arena.copy(from: c, call.type, to: outputs[2]) }
  }
}
