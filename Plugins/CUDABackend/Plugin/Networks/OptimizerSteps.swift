import BackendAPI
import CUDATypes

/// The steps that came with ABI 1.2, and what clips gradients.
let optimizerClaims = [
  NetworkClaim(BP_OP_RMSPROP_STEP, run: rmsprop),
  NetworkClaim(BP_OP_ADAGRAD_STEP, run: adagrad),
  NetworkClaim(BP_OP_SUM_OF_SQUARES, run: sumOfSquares),
]

private func rmsprop(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let h = try parameters(op, bp_rmsprop_params())
  var p = ck_rmsprop()
  p.lr = h.lr
  p.alpha = h.alpha
  p.share = 1 - h.alpha
  p.eps = h.eps
  p.weight_decay = h.weight_decay
  p.momentum = h.momentum
  p.has_momentum = h.momentum != 0 ? 1 : 0
  p.centered = h.centered != 0 ? 1 : 0
  let states = 2 + Int(p.has_momentum) + Int(p.centered)
  try forEachLaunch(queue, op, states: states) { parameters, type, blocks throws(Failure) in
    p.parameters = parameters
    try queue.launch("rmsprop", of: "optimizer.cu", type, blocks: blocks, p)
  }
}

private func adagrad(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let h = try parameters(op, bp_adagrad_params())
  guard h.step >= 1 else { throw .invalid("ADAGRAD_STEP: step \(h.step) has to be 1 or more") }
  var p = ck_adagrad()
  p.rate = h.lr / (1 + Double(h.step - 1) * h.lr_decay)
  p.eps = h.eps
  p.weight_decay = h.weight_decay
  try forEachLaunch(queue, op, states: 2) { parameters, type, blocks throws(Failure) in
    p.parameters = parameters
    try queue.launch("adagrad", of: "optimizer.cu", type, blocks: blocks, p)
  }
}

/// In two launches for as many tensors as a table holds: the sums of chunks, and theirs.
private func sumOfSquares(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let n = Int(op.pointee.input_count)
  guard n > 0, n == op.pointee.output_count else {
    throw .invalid("SUM_OF_SQUARES: \(n) inputs take as many outputs, not \(op.pointee.output_count)")
  }
  for i in 0..<n where op.pointee.outputs[i]!.rank != 0 {
    throw .invalid("SUM_OF_SQUARES: output \(i) is \(op.pointee.outputs[i]!.shapeText), and has to be of rank 0")
  }
  var shared = ParameterTable()
  shared.chunk = Int(CK_SQUARES_CHUNK)
  for i in 0..<n {
    let x = op.pointee.inputs[i]!, out = op.pointee.outputs[i]!
    var axes = WideAxes()
    for axis in 0..<x.rank {
      var stride = SIMD8(repeating: 0)
      stride[0] = x.stride(axis)
      axes.append(x.extent(axis), stride)
    }
    axes.arrange(by: 0)
    if axes.count == 0 || axes.rank == 0 || axes.rank == 1 && axes.inner.stride[0] == 1 {
      shared.add([x, out], axes.count)
      if shared.count == Int(CK_PARAMETERS) {
        try sumOfSquares(queue, x.dtype, shared)
        shared = ParameterTable()
        shared.chunk = Int(CK_SQUARES_CHUNK)
      }
    } else {
      var table = ParameterTable()
      table.chunk = Int(CK_SQUARES_CHUNK)
      table.add([x, out], axes.count)
      table.parameters.axes = axes.wideParameters()
      try sumOfSquares(queue, x.dtype, table)
    }
  }
  if shared.count > 0 { try sumOfSquares(queue, op.pointee.inputs[0]!.dtype, shared) }
}

private func sumOfSquares(_ queue: Queue, _ dtype: Int32, _ table: ParameterTable) throws(Failure) {
  let type = ["DTYPE=\(dtype)"]
  var p = ck_squares()
  p.tensors = table.parameters
  try queue.withScratch(16 * table.chunks) { scratch throws(Failure) in
    p.partial = scratch
    if table.chunks > 0 {
      try queue.launch(
        "squares_of_chunks", of: "squares.cu", type, blocks: queue.blocks(for: table.chunks, threads: 1), p)
    }
    try queue.launch("squares_of_tensors", of: "squares.cu", type, blocks: table.count, p)
  }
}
