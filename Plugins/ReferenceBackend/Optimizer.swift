import BackendAPI
import Glibc

/// Sections 6.10 and 6.19 of the header. The outputs come in rows: all p, then all m, then all v.
let optimizerOperators: [Operator] = [
  Operator(BP_OP_ADAM_STEP, "ADAM_STEP", .float, run: adam) { n, _ in
    perParameter(n, outputs: 3)
  },
  Operator(BP_OP_SGD_STEP, "SGD_STEP", .float, run: sgd) { n, outputCount in
    perParameter(n, outputs: outputCount == n ? 1 : 2)
  },
  Operator(BP_OP_RMSPROP_STEP, "RMSPROP_STEP", .float, run: rmsprop) { n, outputCount in
    perParameter(n, outputs: min(max(outputCount / max(n, 1), 2), 4))
  },
  Operator(BP_OP_ADAGRAD_STEP, "ADAGRAD_STEP", .float, run: adagrad) { n, _ in
    perParameter(n, outputs: 2)
  },
  Operator(BP_OP_SUM_OF_SQUARES, "SUM_OF_SQUARES", .float, run: sumOfSquares) { n, _ in
    Operator.Signature(
      inputs: Array(repeating: .common, count: max(n, 1)), outputs: Array(repeating: .statistics, count: max(n, 1)))
  },
]

private func perParameter(_ n: Int, outputs rows: Int) -> Operator.Signature {
  Operator.Signature(
    inputs: Array(repeating: .common, count: max(n, 1)),
    outputs: Array(repeating: .common, count: rows * max(n, 1)))
}

private func adam(_ call: Call) throws(Failure) {
  let h = try call.parameters(bp_adam_params())
  guard h.step >= 1 else { throw .invalid("ADAM_STEP: step \(h.step) is less than 1") }
  let n = call.inputs.count
  for i in 0..<n { try requireOneShape(call, i, rows: 3) }
  let correction1 = 1 - pow(h.beta1, Double(h.step))
  let correction2 = 1 - pow(h.beta2, Double(h.step))
  for i in 0..<n {
    var (g, p) = (call.inputs[i].floats(), call.outputs[i].floats())
    var (m, v) = (call.outputs[n + i].floats(), call.outputs[2 * n + i].floats())
    for j in g.indices {
      if h.decoupled != 0 {
        p[j] -= h.lr * h.weight_decay * p[j]
      } else {
        g[j] += h.weight_decay * p[j]
      }
      m[j] += (1 - h.beta1) * (g[j] - m[j])
      v[j] = h.beta2 * v[j] + (1 - h.beta2) * g[j] * g[j]
      p[j] -= h.lr / correction1 * m[j] / (v[j].squareRoot() / correction2.squareRoot() + h.eps)
    }
    call.outputs[i].store(p)
    call.outputs[n + i].store(m)
    call.outputs[2 * n + i].store(v)
  }
}

private func sgd(_ call: Call) throws(Failure) {
  let h = try call.parameters(bp_sgd_params())
  let n = call.inputs.count
  let rows = h.momentum != 0 ? 2 : 1
  guard call.outputs.count == rows * n else {
    throw .invalid("SGD_STEP: \(call.outputs.count) outputs, not \(rows * n), with momentum \(h.momentum)")
  }
  for i in 0..<n { try requireOneShape(call, i, rows: rows) }
  for i in 0..<n {
    var (g, p) = (call.inputs[i].floats(), call.outputs[i].floats())
    for j in g.indices { g[j] += h.weight_decay * p[j] }
    if h.momentum != 0 {
      var b = call.outputs[n + i].floats()
      for j in g.indices {
        b[j] = h.first_step != 0 ? g[j] : h.momentum * b[j] + (1 - h.dampening) * g[j]
        g[j] = h.nesterov != 0 ? g[j] + h.momentum * b[j] : b[j]
      }
      call.outputs[n + i].store(b)
    }
    for j in g.indices { p[j] -= h.lr * g[j] }
    call.outputs[i].store(p)
  }
}

private func rmsprop(_ call: Call) throws(Failure) {
  let h = try call.parameters(bp_rmsprop_params())
  let n = call.inputs.count
  let (hasMomentum, isCentered) = (h.momentum != 0, h.centered != 0)
  let rows = 2 + (hasMomentum ? 1 : 0) + (isCentered ? 1 : 0)
  guard call.outputs.count == rows * n else {
    throw .invalid(
      "RMSPROP_STEP: \(call.outputs.count) outputs, not \(rows * n), with momentum \(h.momentum) and centered "
        + "\(h.centered)")
  }
  for i in 0..<n { try requireOneShape(call, i, rows: rows) }
  for i in 0..<n {
    var (g, p, v) = (call.inputs[i].floats(), call.outputs[i].floats(), call.outputs[n + i].floats())
    var b = hasMomentum ? call.outputs[2 * n + i].floats() : []
    var a = isCentered ? call.outputs[(rows - 1) * n + i].floats() : []
    for j in g.indices {
      g[j] += h.weight_decay * p[j]
      v[j] = h.alpha * v[j] + (1 - h.alpha) * g[j] * g[j]
      var d = v[j].squareRoot() + h.eps
      if isCentered {
        a[j] += (1 - h.alpha) * (g[j] - a[j])
        d = (v[j] - a[j] * a[j]).squareRoot() + h.eps
      }
      if hasMomentum {
        b[j] = h.momentum * b[j] + g[j] / d
        p[j] -= h.lr * b[j]
      } else {
        p[j] -= h.lr * g[j] / d
      }
    }
    call.outputs[i].store(p)
    call.outputs[n + i].store(v)
    if hasMomentum { call.outputs[2 * n + i].store(b) }
    if isCentered { call.outputs[(rows - 1) * n + i].store(a) }
  }
}

private func adagrad(_ call: Call) throws(Failure) {
  let h = try call.parameters(bp_adagrad_params())
  guard h.step >= 1 else { throw .invalid("ADAGRAD_STEP: step \(h.step) is less than 1") }
  let n = call.inputs.count
  for i in 0..<n { try requireOneShape(call, i, rows: 2) }
  let rate = h.lr / (1 + Double(h.step - 1) * h.lr_decay)
  for i in 0..<n {
    var (g, p, s) = (call.inputs[i].floats(), call.outputs[i].floats(), call.outputs[n + i].floats())
    for j in g.indices {
      g[j] += h.weight_decay * p[j]
      s[j] += g[j] * g[j]
      p[j] -= rate * g[j] / (s[j].squareRoot() + h.eps)
    }
    call.outputs[i].store(p)
    call.outputs[n + i].store(s)
  }
}

private func sumOfSquares(_ call: Call) throws(Failure) {
  for (x, out) in zip(call.inputs, call.outputs) {
    try call.requireShapes(out.rank == 0)
    out.store([x.floats().reduce(0) { $0 + $1 * $1 }])
  }
}

/// Parameter i's gradient and its outputs have one shape.
private func requireOneShape(_ call: Call, _ i: Int, rows: Int) throws(Failure) {
  let n = call.inputs.count
  try call.requireShapes((0..<rows).allSatisfy { call.outputs[$0 * n + i].shape == call.inputs[i].shape })
}
