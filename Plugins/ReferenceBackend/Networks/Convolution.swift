import BackendAPI

/// Section 6.21 of the header: each operator makes one part of the trilinear form of the other two.
let convolutionOperators: [Operator] = [
  convolution(BP_OP_CONVOLUTION, "CONVOLUTION", takesBias: true) { call throws(Failure) in
    let (x, w, y) = (call.inputs[0], call.inputs[1], call.outputs[0])
    let form = try TrilinearForm(call, x: x.shape, w: w.shape, y: y.shape)
    let (xs, ws) = (x.floats(), w.floats())
    var out = try start(call, channels: form.outputs)
    form.forEachTerm { y, x, w in out[y] += xs[x] * ws[w] }
    y.store(out)
  },

  convolution(BP_OP_CONVOLUTION_INPUT, "CONVOLUTION_INPUT", takesBias: true) { call throws(Failure) in
    let (y, w, x) = (call.inputs[0], call.inputs[1], call.outputs[0])
    let form = try TrilinearForm(call, x: x.shape, w: w.shape, y: y.shape)
    let (ys, ws) = (y.floats(), w.floats())
    var out = try start(call, channels: form.channels)
    form.forEachTerm { y, x, w in out[x] += ys[y] * ws[w] }
    x.store(out)
  },

  convolution(BP_OP_CONVOLUTION_WEIGHT, "CONVOLUTION_WEIGHT", takesBias: false) { call throws(Failure) in
    let (x, y, w) = (call.inputs[0], call.inputs[1], call.outputs[0])
    let form = try TrilinearForm(call, x: x.shape, w: w.shape, y: y.shape)
    let (xs, ys) = (x.floats(), y.floats())
    var out = Array(repeating: 0.0, count: w.count)
    form.forEachTerm { y, x, w in out[w] += ys[y] * xs[x] }
    w.store(out)
  },
]

private func convolution(
  _ id: Int32, _ name: String, takesBias: Bool, run: @escaping @Sendable (Call) throws(Failure) -> Void
) -> Operator {
  Operator(id, name, .float, run: run) { inputCount, _ in
    Operator.Signature(
      inputs: Array(repeating: .common, count: takesBias && inputCount == 3 ? 3 : 2), outputs: [.common])
  }
}

/// What is added to: each channel's bias, or 0.
private func start(_ call: Call, channels: Int) throws(Failure) -> [Double] {
  let shape = call.outputs[0].shape
  guard call.inputs.count == 3 else { return Array(repeating: 0, count: elementCount(shape)) }
  try call.requireShapes(call.inputs[2].shape == [channels])
  let bias = call.inputs[2].floats()
  let inner = shape.contains(0) ? 1 : elementCount(Array(shape.dropFirst(2)))
  return (0..<elementCount(shape)).map { bias[$0 / inner % channels] }
}

/// The sum over n, o, e, c, t of y[n, o, e] * x[n, c, pos(e, t)] * w[o, c, t].
private struct TrilinearForm {
  let batch: Int
  let groups: Int
  let outputs: Int
  let channels: Int
  /// The extents of input, result and weight along three spatial axes; those that a lower rank lacks are 1.
  private var d = [1, 1, 1]
  private var e = [1, 1, 1]
  private var k = [1, 1, 1]
  private var stride = [1, 1, 1]
  private var padding = [0, 0, 0]
  private var dilation = [1, 1, 1]

  init(_ call: Call, x: [Int], w: [Int], y: [Int]) throws(Failure) {
    let params = try call.parameters(bp_convolution_params())
    try call.requireFlags(params.flags, among: 0)
    try call.requireShapes((3...5).contains(x.count) && w.count == x.count && y.count == x.count)
    guard let groups = Int(exactly: params.groups), groups >= 1 else {
      throw .invalid("\(call.name): groups is \(params.groups), less than 1")
    }
    (self.groups, batch, channels, outputs) = (groups, x[0], x[1], y[1])
    try call.requireShapes(
      y[0] == batch && w[0] == outputs && channels % groups == 0 && outputs % groups == 0 && w[1] == channels / groups)
    for axis in 0..<x.count - 2 {
      // The axes that are there are the last of the three.
      let place = 3 - (x.count - 2) + axis
      (d[place], k[place], e[place]) = (x[2 + axis], w[2 + axis], y[2 + axis])
      try check(call, params, axis, place)
    }
  }

  /// Takes over the numbers of one axis.
  private mutating func check(
    _ call: Call, _ params: bp_convolution_params, _ axis: Int, _ place: Int
  ) throws(Failure) {
    let (stride, dilation) = (at(axis, params.stride), at(axis, params.dilation))
    let (low, high) = (at(axis, params.padding_low), at(axis, params.padding_high))
    guard stride >= 1 && dilation >= 1 && low >= 0 && high >= 0 else {
      throw .invalid(
        "\(call.name): along spatial axis \(axis) stride \(stride), padding \(low) and \(high), dilation \(dilation)")
    }
    try call.requireShapes(k[place] >= 1)
    let room = Int128(d[place]) + Int128(low) + Int128(high) - Int128(dilation) * Int128(k[place] - 1) - 1
    let whole = room >= 0 ? room / Int128(stride) : -((Int128(stride) - 1 - room) / Int128(stride))
    guard whole + 1 == Int128(e[place]) else {
      throw .invalid(
        "\(call.name): along spatial axis \(axis) there are \(whole + 1) windows, not \(e[place]): extent \(d[place]), "
          + "weight \(k[place]), stride \(stride), padding \(low) and \(high), dilation \(dilation)")
    }
    (self.stride[place], padding[place], self.dilation[place]) = (stride, low, dilation)
  }

  private func at(_ axis: Int, _ values: (Int64, Int64, Int64)) -> Int {
    Int([values.0, values.1, values.2][axis])
  }

  /// The position of tap t for element e along an axis; nil outside the input.
  private func position(_ axis: Int, _ e: Int, _ t: Int) -> Int? {
    let position = Int128(e) * Int128(stride[axis]) - Int128(padding[axis]) + Int128(t) * Int128(dilation[axis])
    return position >= 0 && position < d[axis] ? Int(position) : nil
  }

  /// The row-major indices of the elements of y, x and w that meet.
  @inline(__always)
  func forEachTerm(_ body: (_ y: Int, _ x: Int, _ w: Int) -> Void) {
    // Where each tap of each element lies along the last axis, which is gone along most often.
    let last = (0..<e[2]).flatMap { e in (0..<k[2]).map { position(2, e, $0) ?? -1 } }
    let (cs, os, taps) = (channels / groups, outputs / groups, k[2])
    for n in 0..<batch {
      for o in 0..<outputs {
        for c in 0..<cs {
          let (xPlane, wPlane) = (n * channels + o / os * cs + c, o * cs + c)
          for e0 in 0..<e[0] {
            for t0 in 0..<k[0] {
              guard let x0 = position(0, e0, t0) else { continue }
              for e1 in 0..<e[1] {
                for t1 in 0..<k[1] {
                  guard let x1 = position(1, e1, t1) else { continue }
                  let y = (((n * outputs + o) * e[0] + e0) * e[1] + e1) * e[2]
                  let x = ((xPlane * d[0] + x0) * d[1] + x1) * d[2]
                  let w = ((wPlane * k[0] + t0) * k[1] + t1) * k[2]
                  for e2 in 0..<e[2] {
                    for t2 in 0..<taps {
                      let x2 = last[e2 * taps + t2]
                      if x2 >= 0 { body(y + e2, x + x2, w + t2) }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}
