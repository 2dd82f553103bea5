import BackendAPI
import CUDATypes

/// CROSS_ENTROPY and its gradient.
let crossEntropyClaims = [
  NetworkClaim(BP_OP_CROSS_ENTROPY, run: crossEntropy),
  NetworkClaim(BP_OP_CROSS_ENTROPY_BACKWARD, run: crossEntropyBackward),
]

private func crossEntropy(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let inputs = op.pointee.inputs!, outputs = op.pointee.outputs!
  let x = inputs[0]!, weights = op.pointee.input_count > 2 ? inputs[2] : nil
  var places = [(CK_TARGETS, inputs[1]!, "targets")]
  for (i, place) in [CK_LOSS, CK_LOGARITHM, CK_FACTOR].enumerated() {
    places.append((place, outputs[i]!, ["loss", "logarithm", "factor"][i]))
  }
  var call = try CrossEntropy(queue, op, x, places, weights, gradient: nil)
  try call.run()
}

private func crossEntropyBackward(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let inputs = op.pointee.inputs!
  let x = inputs[0]!, weights = op.pointee.input_count > 4 ? inputs[4] : nil
  let places = [
    (CK_LOSS, inputs[1]!, "gradient"), (CK_TARGETS, inputs[2]!, "targets"), (CK_LOGARITHM, inputs[3]!, "logarithm"),
  ]
  var call = try CrossEntropy(queue, op, x, places, weights, gradient: op.pointee.outputs[0]!)
  try call.run()
}

private struct CrossEntropy {
  let queue: Queue
  let x: View
  let gradient: View?
  var p = ck_cross_entropy()
  var rows = WideAxes()

  init(
    _ queue: Queue, _ op: UnsafePointer<bp_op>, _ x: View, _ places: [(place: Int32, view: View, name: String)],
    _ weights: View?, gradient: View?
  ) throws(Failure) {
    let name = operatorName(queue.op), h = try parameters(op, bp_cross_entropy_params())
    guard h.label_smoothing >= 0 && h.label_smoothing <= 1 else {
      throw .invalid("\(name): label_smoothing \(h.label_smoothing) has to be in 0 … 1")
    }
    guard x.rank == 3 else { throw .invalid("\(name): logits \(x.shapeText) have to be of rank 3: (N, C, S)") }
    let classes = x.extent(1)
    for (_, view, what) in places {
      guard view.rank == 2, view.extent(0) == x.extent(0), view.extent(1) == x.extent(2) else {
        throw .invalid("\(name): \(what) \(view.shapeText) of logits \(x.shapeText) has to be (N, S)")
      }
    }
    if let weights {
      guard weights.rank == 1, weights.extent(0) == classes else {
        throw .invalid("\(name): weights \(weights.shapeText) of logits \(x.shapeText) have to be (C)")
      }
      p.weights = weights.address
      p.weight_stride = Int64(classes == 1 ? 0 : weights.stride(0))
    }
    if let gradient {
      guard gradient.hasShape(of: x) else {
        throw .invalid("\(name): the output is \(gradient.shapeText), and has to be \(x.shapeText)")
      }
    }
    self.queue = queue
    self.x = x
    self.gradient = gradient
    p.fault = queue.stream.faultAddress
    p.classes = Int64(classes)
    p.stride = Int64(x.stride(1))
    p.gradient_stride = Int64(gradient?.stride(1) ?? 0)
    p.ignore_index = h.ignore_index
    p.smoothing = h.label_smoothing
    p.op = queue.op
    set(&p.data, Int(CK_LOGITS), x.address)
    if let gradient { set(&p.data, Int(CK_LOGITS_GRADIENT), gradient.address) }
    for (place, view, _) in places { set(&p.data, Int(place), view.address) }
    for axis in 0..<2 {
      var stride = SIMD8(repeating: 0)
      stride[Int(CK_LOGITS)] = x.stride(axis * 2)
      stride[Int(CK_LOGITS_GRADIENT)] = gradient?.stride(axis * 2) ?? 0
      for (place, view, _) in places { stride[Int(place)] = view.stride(axis) }
      rows.append(x.extent(axis * 2), stride)
    }
  }

  mutating func run() throws(Failure) {
    if rows.count == 0 { return }
    rows.arrange(by: Int(CK_LOGITS))
    p.rows = rows.wideParameters()
    guard p.weights != 0 && p.smoothing != 0 else { return try launch() }
    try queue.withScratch(8) { scratch throws(Failure) in
      p.weight_sum = scratch
      p.group = ck_group(width: 1, height: Int32(Queue.threads), is_columns: 0, reserved: 0)
      try start("sum_of_weights", 4, blocks: 1, threads: Queue.threads)
      try launch()
    }
  }

  private mutating func launch() throws(Failure) {
    let n = Int(p.classes), length = 16 / x.size
    // By packs where the classes lie without gaps, and input and output lie alike: what comes before the first multiple
    // of 16 bytes of a row, and after the last, is taken by itself.
    var isPacked = n >= 4 * length && x.stride(1) == 1
    if let gradient {
      let places = (Int(CK_LOGITS), Int(CK_LOGITS_GRADIENT))
      isPacked =
        isPacked && gradient.stride(1) == 1 && (x.address &- gradient.address) % 16 == 0
        && (0..<rows.rank).allSatisfy { (rows.stride($0)[places.0] - rows.stride($0)[places.1]) % length == 0 }
    }
    let isColumns =
      rows.rank > 0 && rows.inner.extent >= 8
      && rows.inner.stride[Int(CK_LOGITS)].magnitude < x.stride(1).magnitude
    let items = n / (isPacked ? length : 1)
    let threads = !isColumns && items > 8 * Queue.threads ? Int(CK_LONG_BLOCK) : Queue.threads
    p.group = ck_group(length: items, threads: threads, isColumns: isColumns, share: isPacked ? 4 : 8)
    let tiles = (rows.count + Int(p.group.width) - 1) / Int(p.group.width)
    let name = gradient == nil ? "entropy" : "gradient"
    try start(
      isPacked ? "\(name)_of_packs" : "\(name)_of_elements", (gradient == nil ? 0 : 2) + (isPacked ? 0 : 1),
      blocks: queue.everyBlock(for: tiles, threads: 1), threads: threads)
  }

  private mutating func start(_ kernel: String, _ number: Int, blocks: Int, threads: Int) throws(Failure) {
    let type = x.dtype
    try queue.launch(Int(queue.op) << 9 | Int(type) << 5 | number, blocks: blocks, threads: threads, &p) {
      (kernel, "cross_entropy.cu", ["DTYPE=\(type)"])
    }
  }
}
