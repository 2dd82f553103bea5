import BackendAPI

/// How a convolution's windows lie on its input.
struct ConvolutionGeometry {
  let groups: Int
  /// For each spatial dimension.
  let windows: [Windows]
  /// Zeros before and behind each spatial dimension.
  let low: [Int]
  let high: [Int]

  /// Elements of the matrix of windows that are made at a time: a bound to the memory that a large batch takes.
  static let columnLimit = 1 << 24

  var window: [Int] { windows.map(\.size) }
  var counts: [Int] { windows.map(\.count) }

  /// How many elements the matrix of the windows over so many channels has, for one element of the batch.
  func columnCount(_ channels: Int) throws(BackplaneError) -> Int {
    try Sizes.product([channels] + window + counts, in: "convolution")
  }

  /// What an operator of the device is told of windows over these extents; nil where the device lacks it, or where the
  /// numbers cannot be told.
  func params(_ op: Operator, _ extents: [Int], _ x: Tensor, _ bias: Tensor?) -> bp_convolution_params? {
    guard Dispatcher.supports(op, on: x.context, x.dtype, inputs: bias == nil ? 2 : 3, outputs: 1) else { return nil }
    var numbers: [(stride: Int, high: Int)] = []
    for axis in windows.indices {
      guard let steps = steps(axis, extents[axis]) else { return nil }
      numbers.append(steps)
    }
    func each(_ number: (Int) -> Int) -> (Int64, Int64, Int64) {
      func of(_ axis: Int) -> Int64 { axis < windows.count ? Int64(number(axis)) : 0 }
      return (of(0), of(1), of(2))
    }
    return bp_convolution_params(
      struct_size: UInt32(MemoryLayout<bp_convolution_params>.size), flags: 0, groups: Int64(groups),
      stride: each { numbers[$0].stride }, padding_low: each { low[$0] }, padding_high: each { numbers[$0].high },
      dilation: each { windows[$0].dilation })
  }

  /// Stride and padding behind with which an extent has just these windows: the stride of a single window has become 1,
  /// and the output padding of a transposed convolution may be as long as further windows.
  private func steps(_ axis: Int, _ extent: Int) -> (stride: Int, high: Int)? {
    let windows = windows[axis]
    // What is left behind the first window.
    let room = extent + low[axis] + high[axis] - (windows.size - 1) * windows.dilation - 1
    let stride =
      switch windows.count {
      case 0: Swift.max(-room, 1)
      case 1: Swift.max(room, 0) + 1
      default: windows.stride
      }
    let fitting = Swift.min(Swift.max(room, (windows.count - 1) * stride), windows.count * stride - 1)
    let behind = high[axis] + fitting - room
    return behind < 0 ? nil : (stride, behind)
  }
}

/// A convolution, its transpose, and its gradient with respect to the kernel: three products of windows, each of which
/// has the other two as its gradients.
///
/// All three are operators of their own where the device has them, and else a matrix product over the elements of a
/// window. The matrix of the windows is not kept for the gradient but made anew, and for part of a batch at a time.
extension Ops {
  /// (N, C, d…) and a kernel (O, C / groups, k…) to (N, O, o…), to which a bias (O) is added.
  static func convolution(
    _ x: Tensor, _ kernel: Tensor, _ geometry: ConvolutionGeometry, bias: Tensor? = nil
  ) throws(BackplaneError) -> Tensor {
    let extents = Array(x.layout.shape.dropFirst(2))
    let result: Tensor
    if let params = geometry.params(.forwardConvolution, extents, x, bias) {
      result = try empty([x.layout.elements[0], kernel.layout.elements[0]] + geometry.counts, x.dtype, on: x.context)
      try call(.forwardConvolution, x, kernel, bias, to: result, params)
    } else if let bias {
      return try biased(convolution(widened(x), widened(kernel), geometry), bias, x.dtype)
    } else {
      result = try decomposed(x, kernel, geometry)
    }
    let operands = [x, kernel] + (bias.map { [$0] } ?? [])
    guard Autograd.records(operands) else { return result }
    let saved = try Partners(x, kernel)
    let wantsBias = bias?.requiresGrad ?? false
    Autograd.record("ConvolutionBackward0", operands, result) { g throws(BackplaneError) in
      [
        try saved.second { kernel throws(BackplaneError) in
          try transposedConvolution(g, conj(kernel), geometry, extents)
        },
        try saved.first { x throws(BackplaneError) in try kernelGradient(conj(x), g, geometry) },
      ] + (bias == nil ? [] : [wantsBias ? try biasGradient(g) : nil])
    }
    return result
  }

  /// (N, O, o…) and a kernel (O, C / groups, k…) to (N, C, d…), with the spatial extents d; a bias (C) is added.
  static func transposedConvolution(
    _ y: Tensor, _ kernel: Tensor, _ geometry: ConvolutionGeometry, _ extents: [Int], bias: Tensor? = nil
  ) throws(BackplaneError) -> Tensor {
    let result: Tensor
    if let params = geometry.params(.convolutionInput, extents, y, bias) {
      let channels = kernel.layout.elements[1] * geometry.groups
      result = try empty([y.layout.elements[0], channels] + extents, y.dtype, on: y.context)
      try call(.convolutionInput, y, kernel, bias, to: result, params)
    } else if let bias {
      return try biased(transposedConvolution(widened(y), widened(kernel), geometry, extents), bias, y.dtype)
    } else {
      result = try decomposed(y, kernel, geometry, extents)
    }
    let operands = [y, kernel] + (bias.map { [$0] } ?? [])
    guard Autograd.records(operands) else { return result }
    let saved = try Partners(y, kernel)
    let wantsBias = bias?.requiresGrad ?? false
    Autograd.record("ConvolutionBackward0", operands, result) { g throws(BackplaneError) in
      [
        try saved.second { kernel throws(BackplaneError) in try convolution(g, conj(kernel), geometry) },
        try saved.first { y throws(BackplaneError) in try kernelGradient(g, conj(y), geometry) },
      ] + (bias == nil ? [] : [wantsBias ? try biasGradient(g) : nil])
    }
    return result
  }

  /// From the input (N, C, d…) and what comes from the result (N, O, o…), what the kernel (O, C / groups, k…) gets.
  static func kernelGradient(
    _ x: Tensor, _ y: Tensor, _ geometry: ConvolutionGeometry
  ) throws(BackplaneError) -> Tensor {
    let extents = Array(x.layout.shape.dropFirst(2))
    let result: Tensor
    if let params = geometry.params(.convolutionWeight, extents, x, nil) {
      let channels = x.layout.elements[1] / geometry.groups
      result = try empty([y.layout.elements[1], channels] + geometry.window, x.dtype, on: x.context)
      try call(.convolutionWeight, x, y, nil, to: result, params)
    } else {
      result = try decomposedGradient(x, y, geometry)
    }
    guard Autograd.records(x, y) else { return result }
    let saved = try Partners(x, y)
    Autograd.record("ConvolutionBackwardBackward0", [x, y], result) { g throws(BackplaneError) in
      [
        try saved.second { y throws(BackplaneError) in try transposedConvolution(conj(y), g, geometry, extents) },
        try saved.first { x throws(BackplaneError) in try convolution(conj(x), g, geometry) },
      ]
    }
    return result
  }

  /// What the bias of each channel gets.
  private static func biasGradient(_ g: Tensor) throws(BackplaneError) -> Tensor {
    try sum(g, (0..<g.layout.rank).filter { $0 != 1 }, keepDim: false)
  }

  /// Of 16 bits, the sum with the bias is rounded and not the result before it.
  private static func biased(_ result: Tensor, _ bias: Tensor, _ dtype: DType) throws(BackplaneError) -> Tensor {
    let shape = [bias.numel] + [Int](repeating: 1, count: result.layout.rank - 2)
    return try cast(add(result, reshape(widened(bias), shape)), dtype)
  }

  private static func call(
    _ op: Operator, _ a: Tensor, _ b: Tensor, _ bias: Tensor?, to result: Tensor, _ params: bp_convolution_params
  ) throws(BackplaneError) {
    try withUnsafePointer(to: params) { (params) throws(BackplaneError) in
      guard let bias else {
        return try Dispatcher.binary(
          op, on: result.context, Operand(a), Operand(b), to: Operand(result), params: params)
      }
      try Dispatcher.call(
        op, on: result.context, [Operand(a), Operand(b), Operand(bias)], to: [Operand(result)], params: params)
    }
  }

  // MARK: - From core operators, without gradient

  private static func decomposed(
    _ x: Tensor, _ kernel: Tensor, _ geometry: ConvolutionGeometry
  ) throws(BackplaneError) -> Tensor {
    let rows = try grouped(kernel.detach(), geometry)
    let input = x.detach()
    let outputs = kernel.layout.elements[0]
    let columnCount = try geometry.columnCount(x.layout.elements[1])
    var parts: [Tensor] = []
    for (start, count) in batches(x.layout.elements[0], columnCount) {
      let product = try matmul(rows, columns(narrow(input, 0, start, count), geometry))
      parts.append(try reshape(product, [count, outputs] + geometry.counts))
    }
    return try parts.count == 1 ? parts[0] : cat(parts, 0)
  }

  private static func decomposed(
    _ y: Tensor, _ kernel: Tensor, _ geometry: ConvolutionGeometry, _ extents: [Int]
  ) throws(BackplaneError) -> Tensor {
    let rows = try transpose(grouped(widened(kernel.detach()), geometry), -2, -1)
    let input = try widened(y.detach())
    let channels = kernel.layout.elements[1] * geometry.groups
    let columnCount = try geometry.columnCount(channels)
    let spatial = extents.count
    var parts: [Tensor] = []
    for (start, count) in batches(y.layout.elements[0], columnCount) {
      let product = try matmul(rows, grouped(narrow(input, 0, start, count), batch: count, geometry))
      var sums = try reshape(product, [count, channels] + geometry.window + geometry.counts)
      sums = try permute(sums, [0, 1] + (2 + spatial..<2 + 2 * spatial) + (2..<2 + spatial))
      for i in (0..<spatial).reversed() {
        let padded = try Swift.max(
          extents[i] + geometry.low[i] + geometry.high[i], geometry.windows[i].extent(in: "convolution"))
        sums = try overlapAdd(sums, 2 + i, geometry.windows[i], extent: padded)
        sums = try slice(sums, 2 + i, geometry.low[i], geometry.low[i] + extents[i], 1)
      }
      parts.append(try cast(sums, y.dtype))
    }
    return try parts.count == 1 ? contiguous(parts[0]) : cat(parts, 0)
  }

  private static func decomposedGradient(
    _ x: Tensor, _ y: Tensor, _ geometry: ConvolutionGeometry
  ) throws(BackplaneError) -> Tensor {
    let (input, output) = (try widened(x.detach()), try widened(y.detach()))
    let channels = x.layout.elements[1] / geometry.groups
    let outputs = y.layout.elements[1]
    let columnCount = try geometry.columnCount(x.layout.elements[1])
    var total: Tensor?
    for (start, count) in batches(x.layout.elements[0], columnCount) {
      let windows = try transpose(columns(narrow(input, 0, start, count), geometry), -2, -1)
      let product = try matmul(grouped(narrow(output, 0, start, count), batch: count, geometry), windows)
      let part = try sum(product, [0], keepDim: false)
      total = try total.map { total throws(BackplaneError) in try add(total, part) } ?? part
    }
    return try cast(reshape(total!, [outputs, channels] + geometry.window), x.dtype)
  }

  /// Two operands, of which the gradient of each looks at the other alone: each is saved if the other's is wanted.
  private struct Partners {
    private let a: Saved?
    private let b: Saved?

    init(_ a: Tensor, _ b: Tensor) throws(BackplaneError) {
      self.a = b.requiresGrad ? try Saved(a) : nil
      self.b = a.requiresGrad ? try Saved(b) : nil
    }

    func first(_ body: (Tensor) throws(BackplaneError) -> Tensor) throws(BackplaneError) -> Tensor? {
      guard let a else { return nil }
      return try body(a.unpack())
    }

    func second(_ body: (Tensor) throws(BackplaneError) -> Tensor) throws(BackplaneError) -> Tensor? {
      guard let b else { return nil }
      return try body(b.unpack())
    }
  }

  /// Parts of a batch whose windows fit the limit; one part at least.
  private static func batches(_ count: Int, _ columnCount: Int) -> [(start: Int, count: Int)] {
    let most = Swift.max(1, ConvolutionGeometry.columnLimit / Swift.max(columnCount, 1))
    if count <= most { return [(0, count)] }
    return stride(from: 0, to: count, by: most).map { ($0, Swift.min(most, count - $0)) }
  }

  /// The windows of (n, C, d…) as columns: (n, groups, C / groups · k, windows).
  private static func columns(_ x: Tensor, _ geometry: ConvolutionGeometry) throws(BackplaneError) -> Tensor {
    let spatial = geometry.windows.count
    var result = x
    if geometry.low.contains(where: { $0 != 0 }) || geometry.high.contains(where: { $0 != 0 }) {
      result = try constantPad(x, low: [0, 0] + geometry.low, high: [0, 0] + geometry.high)
    }
    for (i, windows) in geometry.windows.enumerated() { result = try Ops.windows(result, 2 + i, windows) }
    result = try permute(result, [0, 1] + (2 + spatial..<2 + 2 * spatial) + (2..<2 + spatial))
    let rows = x.layout.elements[1] / geometry.groups * geometry.window.reduce(1, *)
    return try reshape(result, [x.layout.elements[0], geometry.groups, rows, geometry.counts.reduce(1, *)])
  }

  /// A kernel as matrices: (1, groups, O / groups, C / groups · k).
  private static func grouped(_ kernel: Tensor, _ geometry: ConvolutionGeometry) throws(BackplaneError) -> Tensor {
    let outputs = kernel.layout.elements[0]
    let row = kernel.layout.elements[1] * geometry.window.reduce(1, *)
    return try reshape(kernel, [1, geometry.groups, outputs / geometry.groups, row])
  }

  /// (n, O, o…) as matrices: (n, groups, O / groups, windows).
  private static func grouped(
    _ y: Tensor, batch: Int, _ geometry: ConvolutionGeometry
  ) throws(BackplaneError) -> Tensor {
    let outputs = y.layout.elements[1] / geometry.groups
    return try reshape(y, [batch, geometry.groups, outputs, geometry.counts.reduce(1, *)])
  }
}
