import BackendAPI

extension Operator {
  static let maxPool = Operator(BP_OP_MAX_POOL, "max_pool")
  static let maxPoolBackward = Operator(BP_OP_MAX_POOL_BACKWARD, "max_pool_backward")
  static let averagePool = Operator(BP_OP_AVERAGE_POOL, "average_pool")
  static let averagePoolBackward = Operator(BP_OP_AVERAGE_POOL_BACKWARD, "average_pool_backward")

  static let pooling: [Operator] = [maxPool, maxPoolBackward, averagePool, averagePoolBackward]
}

/// A pooling as the device's operators take it: windows that slide over the last one to three dimensions of a tensor with
/// channels, and perhaps a batch, before them.
struct PoolGeometry {
  fileprivate let params: bp_pool_params
  fileprivate let dimensions: Int
  /// Of what is pooled.
  let shape: [Int]
  /// The spatial extents that come out.
  let counts: [Int]

  /// Nil where windows do not slide or would hold no element, or where the tensor is none that the operators take.
  init?(_ windows: [PoolingWindows], _ x: Tensor, countsPadding: Bool = false, divisor: Int = 0) {
    let lead = x.layout.rank - windows.count
    guard x.dtype.isFloatingPoint, lead == 1 || lead == 2, (1...3).contains(windows.count) else { return nil }
    shape = x.layout.shape
    dimensions = windows.count
    counts = windows.map(\.count)
    var params = bp_pool_params()
    params.struct_size = UInt32(MemoryLayout<bp_pool_params>.size)
    params.flags = countsPadding ? BP_POOL_COUNT_PADDING : 0
    params.divisor = Int64(divisor)
    let extents = Array(shape.suffix(windows.count))
    let fits = withUnsafeMutableBytes(of: &params) { bytes in
      func set(_ member: PartialKeyPath<bp_pool_params>, _ axis: Int, _ value: Int) {
        let start = MemoryLayout<bp_pool_params>.offset(of: member)!
        bytes.storeBytes(of: Int64(value), toByteOffset: start + 8 * axis, as: Int64.self)
      }
      for (axis, w) in windows.enumerated() {
        guard case .sliding(let sliding, let low, let high) = w.elements,
          PoolGeometry.holdSomething(sliding, low, extents[axis])
        else { return false }
        set(\.kernel, axis, sliding.size)
        set(\.stride, axis, sliding.stride)
        set(\.padding_low, axis, low)
        set(\.padding_high, axis, high)
        set(\.dilation, axis, sliding.dilation)
      }
      return true
    }
    guard fits else { return nil }
    self.params = params
  }

  /// Whether each window holds an element of the input: with gaps between its elements it may lie around all of them.
  private static func holdSomething(_ windows: Windows, _ low: Int, _ extent: Int) -> Bool {
    var start = -low
    for _ in 0..<windows.count {
      if start >= 0 { return start + (windows.count - 1 - (start + low) / windows.stride) * windows.stride < extent }
      let first = (windows.dilation - 1 - start) / windows.dilation
      guard first < windows.size, start + first * windows.dilation < extent else { return false }
      start += windows.stride
    }
    return true
  }

  fileprivate var pooledShape: [Int] { shape.dropLast(dimensions) + counts }

  /// The name of a gradient, of the kind that PyTorch gives.
  fileprivate func name(_ kind: String, _ rest: String = "Backward0") -> String { "\(kind)\(dimensions)D\(rest)" }

  /// With a batch of one where there is none.
  fileprivate func operand(_ x: Tensor) throws(BackplaneError) -> Operand {
    guard x.layout.rank == dimensions + 1 else { return Operand(x) }
    return Operand(x, as: try .strided([1] + x.layout.shape, [0] + x.layout.strides))
  }

  /// An empty tensor; channels lie last where those of another do.
  fileprivate func empty(_ shape: [Int], _ dtype: DType, like x: Tensor) throws(BackplaneError) -> Tensor {
    let channels = shape.count - dimensions - 1
    guard !x.isContiguous, x.layout.elements[channels] > 1, x.layout.strides[channels] == 1, x.layout.strides.last != 1
    else { return try Ops.empty(shape, dtype, on: x.context) }
    let order = Array(0..<channels) + Array(channels + 1..<shape.count) + [channels]
    let inMemory = try Ops.empty(order.map { shape[$0] }, dtype, on: x.context)
    return try Ops.permute(inMemory, Array(0..<channels) + [shape.count - 1] + Array(channels..<shape.count - 1))
  }

  fileprivate func call(
    _ op: Operator, _ inputs: [Tensor], to outputs: [Tensor]
  ) throws(BackplaneError) {
    var params = params
    var operands: [Operand] = []
    for tensor in inputs + outputs { operands.append(try operand(tensor)) }
    let (ins, outs) = (Array(operands[..<inputs.count]), Array(operands[inputs.count...]))
    try Ops.withParams(&params) { (p) throws(BackplaneError) in
      try Dispatcher.call(op, on: inputs[0].context, ins, to: outs, params: p)
    }
  }
}

extension Ops {
  /// The maxima of windows and their positions in the flattened spatial dimensions; nil where the device has no operator
  /// for it. Positions that nobody wants, not the gradient either, are not written.
  static func maximaInOnePass(
    _ x: Tensor, _ geometry: PoolGeometry, wantsIndices: Bool
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor?)? {
    let isRecorded = Autograd.records(x)
    let outputs = wantsIndices || isRecorded ? [x.dtype, .int64] : [x.dtype]
    guard Dispatcher.supports(.maxPool, on: x.context, inputs: [x.dtype], outputs: outputs) else { return nil }
    var results: [Tensor] = []
    for dtype in outputs { results.append(try geometry.empty(geometry.pooledShape, dtype, like: x)) }
    try geometry.call(.maxPool, [x], to: results)
    guard isRecorded else { return (results[0], wantsIndices ? results[1] : nil) }
    let saved = try Saved(results[1])
    Autograd.record(geometry.name("MaxPool", "WithIndicesBackward0"), [x], results[0]) { g throws(BackplaneError) in
      [try maximaGradient(g, saved.unpack(), geometry)]
    }
    return (results[0], results[1])
  }

  /// Each element of the gradient, added where its maximum was.
  private static func maximaGradient(
    _ g: Tensor, _ indices: Tensor, _ geometry: PoolGeometry
  ) throws(BackplaneError) -> Tensor {
    let lead = geometry.shape.count - geometry.counts.count
    let plane = Array(geometry.shape.prefix(lead))
    let flat = plane + [geometry.shape.dropFirst(lead).reduce(1, *)], pooled = plane + [geometry.counts.reduce(1, *)]
    guard Dispatcher.supports(.maxPoolBackward, on: g.context, inputs: [g.dtype, .int64], outputs: [g.dtype]) else {
      let zeros = try full(.contiguous(flat), .int(0), g.dtype, on: g.context)
      return try reshape(scatterAdd(zeros, lead, reshape(indices, pooled), reshape(g, pooled)), geometry.shape)
    }
    let result = try geometry.empty(geometry.shape, g.dtype, like: g)
    try geometry.call(.maxPoolBackward, [g, indices], to: [result])
    if Autograd.records(g) {
      let saved = try Saved(indices)
      Autograd.record(geometry.name("MaxPool", "WithIndicesBackwardBackward0"), [g], result) {
        outer throws(BackplaneError) in
        let picked = try gather(reshape(outer, flat), lead, reshape(saved.unpack(), pooled))
        return [try reshape(picked, geometry.pooledShape)]
      }
    }
    return result
  }

  /// The means of windows; nil where the device has no operator for them or, where it is wanted, for their gradient.
  static func averageInOnePass(_ x: Tensor, _ geometry: PoolGeometry) throws(BackplaneError) -> Tensor? {
    guard Dispatcher.supports(.averagePool, on: x.context, x.dtype, inputs: 1, outputs: 1) else { return nil }
    let isRecorded = Autograd.records(x)
    if isRecorded, !Dispatcher.supports(.averagePoolBackward, on: x.context, x.dtype, inputs: 1, outputs: 1) {
      return nil
    }
    return try average(x, geometry)
  }

  private static func average(_ x: Tensor, _ geometry: PoolGeometry) throws(BackplaneError) -> Tensor {
    let result = try geometry.empty(geometry.pooledShape, x.dtype, like: x)
    try geometry.call(.averagePool, [x], to: [result])
    if Autograd.records(x) {
      Autograd.record(geometry.name("AvgPool"), [x], result, saves: false) { g throws(BackplaneError) in
        [try averageGradient(g, geometry)]
      }
    }
    return result
  }

  /// The sums, for each element, of the shares of the windows that hold it: the transpose of `average`.
  private static func averageGradient(_ g: Tensor, _ geometry: PoolGeometry) throws(BackplaneError) -> Tensor {
    let result = try geometry.empty(geometry.shape, g.dtype, like: g)
    try geometry.call(.averagePoolBackward, [g], to: [result])
    if Autograd.records(g) {
      Autograd.record(geometry.name("AvgPool", "BackwardBackward0"), [g], result, saves: false) {
        outer throws(BackplaneError) in
        [try average(outer, geometry)]
      }
    }
    return result
  }
}
