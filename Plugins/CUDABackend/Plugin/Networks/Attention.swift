import BackendAPI
import CUDATypes

let attentionClaims: [NetworkClaim] = [
  NetworkClaim(BP_OP_ATTENTION, run: attend),
  NetworkClaim(BP_OP_ATTENTION_BACKWARD, run: attendBackward),
]

/// ATTENTION.
@Sendable private func attend(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  var call = try Attention(queue, op, first: 0, mask: 3)
  let out = op.pointee.outputs[0]!, sums = op.pointee.outputs[1]!
  guard call.isResult(out) && call.isOfQueries(sums) else {
    throw call.refusal("results \(out.shapeText) and \(sums.shapeText)")
  }
  call.p.out = out.address
  setStrides(&call.p.out_stride, out)
  call.setSums(sums)
  if call.p.batch * call.p.heads * call.p.queries == 0 { return }
  guard let head = call.headOnMatrixUnits else {
    return try call.launch(.out, columns: call.p.value_width, rows: call.p.queries, heads: call.p.heads)
  }
  try call.withRows(\.q, \.q_stride, call.q) { (call: Attention) throws(Failure) in
    try call.withRows(\.k, \.k_stride, call.k) { (call: Attention) throws(Failure) in
      try call.withRows(\.v, \.v_stride, call.v) { (call: Attention) throws(Failure) in
        try call.launchOnMatrixUnits(.out, head: head)
      }
    }
  }
}

/// ATTENTION_BACKWARD: a pass for the gradient of q, one or two for those of k and v, none of which adds to another's.
@Sendable private func attendBackward(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  var call = try Attention(queue, op, first: 1, mask: 6)
  let g = op.pointee.inputs[0]!, out = op.pointee.inputs[4]!, sums = op.pointee.inputs[5]!
  let dq = op.pointee.outputs[0]!, dk = op.pointee.outputs[1]!, dv = op.pointee.outputs[2]!
  guard call.isResult(g) && call.isResult(out) && call.isOfQueries(sums) else {
    throw call.refusal("gradient \(g.shapeText), results \(out.shapeText) and \(sums.shapeText)")
  }
  guard dq.hasShape(of: call.q) && dk.hasShape(of: call.k) && dv.hasShape(of: call.v) else {
    throw call.refusal("gradients \(dq.shapeText), \(dk.shapeText) and \(dv.shapeText)")
  }
  (call.p.g, call.p.out) = (g.address, out.address)
  (call.p.dq, call.p.dk, call.p.dv) = (dq.address, dk.address, dv.address)
  setStrides(&call.p.g_stride, g)
  setStrides(&call.p.out_stride, out)
  setStrides(&call.p.dq_stride, dq)
  setStrides(&call.p.dk_stride, dk)
  setStrides(&call.p.dv_stride, dv)
  call.setSums(sums)
  let rows = Int(call.p.batch * call.p.heads * call.p.queries)
  let keyHeads = call.p.heads / call.p.share
  try queue.withScratch(rows * (g.dtype == BP_FLOAT64 ? 8 : 4)) { scratch throws(Failure) in
    call.p.means = scratch
    if rows > 0 {
      try queue.launch(
        "means_of", of: "attention.cu", ["DTYPE=\(g.dtype)", "COLUMNS=64", "TARGET=0", "MASK=0", "DROPS=0"],
        blocks: queue.blocks(for: rows * 32), call.p)
    }
    guard let head = call.headOnMatrixUnits else {
      try call.launch(.dq, columns: call.p.width, rows: call.p.queries, heads: call.p.heads)
      try call.launch(.dk, columns: call.p.width, rows: call.p.keys, heads: keyHeads)
      return try call.launch(.dv, columns: call.p.value_width, rows: call.p.keys, heads: keyHeads)
    }
    try call.withRows(\.q, \.q_stride, call.q) { (call: Attention) throws(Failure) in
      try call.withRows(\.k, \.k_stride, call.k) { (call: Attention) throws(Failure) in
        try call.withRows(\.v, \.v_stride, call.v) { (call: Attention) throws(Failure) in
          try call.withRows(\.g, \.g_stride, g) { (call: Attention) throws(Failure) in
            try call.launchOnMatrixUnits(.dq, head: head)
            try call.launchOnMatrixUnits(.dk, head: head)
          }
        }
      }
    }
  }
}

private func setStrides<Tuple>(_ tuple: inout Tuple, _ view: View) {
  for axis in 0..<4 { set(&tuple, axis, Int64(view.stride(axis))) }
}

/// The operands of a call, checked.
private struct Attention {
  /// What a kernel computes. On matrix units `dk` brings the gradient of v, too.
  enum Target: Int {
    case out, dq, dk, dv
  }

  var p = ck_attention()
  let q: View
  let k: View
  let v: View
  private let queue: Queue

  /// q, k and v are the inputs from `first` on.
  init(_ queue: Queue, _ op: UnsafePointer<bp_op>, first: Int, mask: Int) throws(Failure) {
    self.queue = queue
    let name = operatorName(queue.op)
    (q, k, v) = (op.pointee.inputs[first]!, op.pointee.inputs[first + 1]!, op.pointee.inputs[first + 2]!)
    let params = try parameters(op, bp_attention_params())
    try check { bp_check_flags(op, params.flags, BP_ATTENTION_CAUSAL, $0) }
    guard params.p >= 0 && params.p < 1 else { throw .invalid("\(name): p is \(params.p), not within 0 ..< 1") }
    let shapes = Failure.invalid("\(name): q \(q.shapeText), k \(k.shapeText), v \(v.shapeText) do not go together")
    guard q.rank == 4 && k.rank == 4 && v.rank == 4 else { throw shapes }
    let (heads, keyHeads) = (q.extent(1), k.extent(1))
    guard
      k.extent(0) == q.extent(0) && k.extent(3) == q.extent(3) && v.extent(0) == q.extent(0)
        && v.extent(1) == keyHeads && v.extent(2) == k.extent(2) && (keyHeads == 0 ? heads == 0 : heads % keyHeads == 0)
    else { throw shapes }
    (p.batch, p.heads, p.share) = (Int64(q.extent(0)), Int64(heads), Int64(keyHeads == 0 ? 1 : heads / keyHeads))
    // Without queries, too, there are gradients of keys.
    if p.share == 0 { p.share = 1 }
    (p.queries, p.keys) = (Int64(q.extent(2)), Int64(k.extent(2)))
    (p.width, p.value_width) = (Int64(q.extent(3)), Int64(v.extent(3)))
    (p.q, p.k, p.v) = (q.address, k.address, v.address)
    setStrides(&p.q_stride, q)
    setStrides(&p.k_stride, k)
    setStrides(&p.v_stride, v)
    p.scale = params.scale
    p.is_causal = params.flags & BP_ATTENTION_CAUSAL != 0 ? 1 : 0
    p.drop = Float(params.p)
    p.keep = q.dtype == BP_FLOAT64 ? 1 / (1 - params.p) : Double(Float(1 / (1 - params.p)))
    (p.seed, p.offset) = (params.seed, params.offset)
    p.pieces = 1
    guard Int(op.pointee.input_count) > mask, let given = op.pointee.inputs[mask] else { return }
    guard
      given.rank == 4 && given.extent(0) == q.extent(0) && given.extent(1) == heads
        && given.extent(2) == q.extent(2) && given.extent(3) == k.extent(2)
    else { throw refusal("a mask \(given.shapeText)") }
    p.mask = given.address
    p.mask_kind = given.dtype == BP_BOOL ? CK_MASK_SEEN : CK_MASK_ADDED
    setStrides(&p.mask_stride, given)
  }

  func refusal(_ what: String) -> Failure {
    .invalid(
      "\(operatorName(queue.op)): \(what) do not go with q \(q.shapeText), k \(k.shapeText), v \(v.shapeText)")
  }

  /// Whether a tensor has the result's shape.
  func isResult(_ view: View) -> Bool {
    view.rank == 4 && (0..<3).allSatisfy { view.extent($0) == q.extent($0) } && view.extent(3) == v.extent(3)
  }

  /// Whether a tensor has one element for each query.
  func isOfQueries(_ view: View) -> Bool {
    view.rank == 3 && (0..<3).allSatisfy { view.extent($0) == q.extent($0) }
  }

  mutating func setSums(_ view: View) {
    p.sums = view.address
    for axis in 0..<3 { set(&p.sum_stride, axis, Int64(view.stride(axis))) }
  }

  private func blocks(_ rows: Int64, each: Int, heads: Int64, pieces: Int64) throws(Failure) -> Int {
    let count = (Int(rows) + each - 1) / each * Int(p.batch * heads * pieces)
    guard count <= Int(Int32.max) else { throw refusal("more blocks than a grid has") }
    return count
  }

  /// What of a call decides which code a kernel has.
  private var extras: [String] { ["MASK=\(p.mask_kind)", "DROPS=\(p.drop == 0 ? 0 : 1)"] }

  /// One of the kernels without matrix units.
  func launch(_ target: Target, columns: Int64, rows: Int64, heads: Int64) throws(Failure) {
    var p = p
    let each = columns > 64 ? 128 : 64, side = q.dtype == BP_FLOAT64 ? 32 : 64
    p.pieces = max(1, (columns + Int64(each) - 1) / Int64(each))
    let blocks = try blocks(rows, each: side, heads: heads, pieces: p.pieces)
    if blocks == 0 || columns == 0 && target != .out { return }
    try queue.launch(
      "attend", of: "attention.cu",
      ["DTYPE=\(q.dtype)", "COLUMNS=\(each)", "TARGET=\(target.rawValue)"] + extras,
      blocks: blocks, p)
  }

  // MARK: On matrix units

  /// The head size, made whole, for which there are kernels on matrix units; nil where there are none.
  var headOnMatrixUnits: Int? {
    guard q.size == 2, queue.device.capability >= 80 else { return nil }
    return [32, 64, 128, 256].first { $0 >= Int(max(p.width, p.value_width)) }
  }

  func launchOnMatrixUnits(_ target: Target, head: Int) throws(Failure) {
    var p = p
    let pitch = head + 8
    let definitions = ["DTYPE=\(q.dtype)", "HEAD=\(head)", "TARGET=\(target.rawValue)"] + extras
    let each: Int, elements: Int
    if target == .out {
      each = head <= 64 ? 128 : 64
      elements = head <= 128 ? 2 * 64 * pitch : (2 * 32 + each) * pitch
    } else {
      each = 64
      elements = (2 * each + (head <= 128 ? 2 : 1) * 2 * (head <= 64 ? 64 : 32)) * pitch
      p.pieces = head > 128 ? 2 : 1
    }
    let isOfKeys = target == .dk
    let blocks = try blocks(
      isOfKeys ? p.keys : p.queries, each: each, heads: isOfKeys ? p.heads / p.share : p.heads, pieces: p.pieces)
    if blocks == 0 { return }
    try queue.launch(
      "attend", of: "attention_mma.cu", definitions, blocks: blocks, threads: 128, sharedBytes: 2 * elements, p)
  }

  /// A tensor whose rows lie without gaps and at multiples of 16 bytes: as it is, or laid out anew.
  func withRows(
    _ address: WritableKeyPath<ck_attention, UInt64>,
    _ strides: WritableKeyPath<ck_attention, (Int64, Int64, Int64, Int64)>, _ view: View,
    _ body: (Attention) throws(Failure) -> Void
  ) throws(Failure) {
    let width = view.extent(3)
    func isAligned(_ axis: Int) -> Bool { view.extent(axis) <= 1 || view.stride(axis) % 8 == 0 }
    if view.count == 0
      || width % 8 == 0 && view.stride(3) == 1 && view.address % 16 == 0 && isAligned(0)
        && isAligned(1) && isAligned(2)
    {
      return try body(self)
    }
    let padded = (width + 7) / 8 * 8, rows = view.extent(2)
    var p = ck_packing()
    p.source = view.address
    (p.channels, p.padded, p.step) = (Int64(width), Int64(padded), Int64(padded))
    p.channel_stride = Int64(view.stride(3))
    var outer = Axes(), inner = Axes()
    outer.append(view.extent(0), SIMD4(view.extent(1) * rows * padded, view.stride(0), 0, 0))
    outer.append(view.extent(1), SIMD4(rows * padded, view.stride(1), 0, 0))
    inner.append(rows, SIMD4(view.stride(2), 0, 0, 0))
    p.outer = outer.parameters
    p.pixels = inner.parameters
    try queue.withScratch(outer.count * rows * padded * 2) { scratch throws(Failure) in
      p.target = scratch
      let squares = outer.count * ((rows + 31) / 32) * ((padded + 31) / 32)
      try queue.launch(
        "channels_last", of: "packing.cu", ["SIZE=2"], blocks: queue.everyBlock(for: squares, threads: 1), p)
      var packed = self
      packed.p[keyPath: address] = scratch
      packed.p[keyPath: strides] = (
        Int64(view.extent(1) * rows * padded), Int64(rows * padded), Int64(padded), 1
      )
      try body(packed)
    }
  }
}
