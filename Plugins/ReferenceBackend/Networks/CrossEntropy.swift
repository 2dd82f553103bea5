import BackendAPI
import Glibc

/// Section 6.25 of the header.
let crossEntropyOperators: [Operator] = [
  Operator(BP_OP_CROSS_ENTROPY, "CROSS_ENTROPY", .float, run: crossEntropy) { inputs, _ in
    Operator.Signature(
      inputs: [.common, .exactly(.int64)] + (inputs == 3 ? [.statistics] : []),
      outputs: [.statistics, .statistics, .statistics])
  },
  Operator(BP_OP_CROSS_ENTROPY_BACKWARD, "CROSS_ENTROPY_BACKWARD", .float, run: crossEntropyBackward) { inputs, _ in
    Operator.Signature(
      inputs: [.common, .statistics, .exactly(.int64), .statistics] + (inputs == 5 ? [.statistics] : []),
      outputs: [.common])
  },
]

/// What both operators are given: logits (N, C, S) as a function of place and class, targets, weights.
private struct Classes {
  let name: String
  let params: bp_cross_entropy_params
  let classCount: Int
  let pixels: Int
  let logits: [Double]
  let targets: [Int64]
  let weights: [Double]

  init(_ call: Call, targets: View, weights: View?, places: [View]) throws(Failure) {
    name = call.name
    params = try call.parameters(bp_cross_entropy_params())
    guard params.label_smoothing >= 0, params.label_smoothing <= 1 else {
      throw .invalid("\(call.name): label_smoothing is \(params.label_smoothing), not within 0 … 1")
    }
    let shape = call.inputs[0].shape
    try call.requireShapes(shape.count == 3 && targets.shape == [shape[0], shape[2]])
    try call.requireShapes(places.allSatisfy { $0.shape == targets.shape })
    if let weights { try call.requireShapes(weights.shape == [shape[1]]) }
    classCount = shape[1]
    pixels = shape[2]
    logits = call.inputs[0].floats()
    self.targets = targets.integers()
    self.weights = weights?.floats() ?? Array(repeating: 1, count: classCount)
  }

  /// Where the logits of a place lie, a class after the other.
  func indices(_ place: Int) -> [Int] {
    let (n, s) = (place / pixels, place % pixels)
    return (0..<classCount).map { (n * classCount + $0) * pixels + s }
  }

  /// The class that is the target at a place; nil where it is to be ignored.
  func target(_ place: Int) throws(Failure) -> Int? {
    let target = targets[place]
    if target == params.ignore_index { return nil }
    guard target >= 0 && target < Int64(classCount) else {
      throw .invalid("\(name): target \(target) is out of range for \(classCount) classes")
    }
    return Int(target)
  }
}

private func crossEntropy(_ call: Call) throws(Failure) {
  let classes = try Classes(
    call, targets: call.inputs[1], weights: call.inputs.count > 2 ? call.inputs[2] : nil, places: call.outputs)
  let e = classes.params.label_smoothing
  var losses: [Double] = [], logarithms: [Double] = [], factors: [Double] = []
  for place in classes.targets.indices {
    let x = classes.indices(place).map { classes.logits[$0] }
    let greatest = x.reduce(-.infinity, maximum)
    let logarithm = greatest + log(x.reduce(0) { $0 + exp($1 - greatest) })
    logarithms.append(logarithm)
    guard let target = try classes.target(place) else {
      losses.append(0)
      factors.append(0)
      continue
    }
    var loss = (1 - e) * classes.weights[target] * (logarithm - x[target])
    if e > 0 {
      loss += e / Double(x.count) * zip(classes.weights, x).reduce(0) { $0 + $1.0 * (logarithm - $1.1) }
    }
    losses.append(loss)
    factors.append(classes.weights[target])
  }
  call.outputs[0].store(losses)
  call.outputs[1].store(logarithms)
  call.outputs[2].store(factors)
}

private func crossEntropyBackward(_ call: Call) throws(Failure) {
  let (g, targets, logarithms) = (call.inputs[1], call.inputs[2], call.inputs[3])
  let classes = try Classes(
    call, targets: targets, weights: call.inputs.count > 4 ? call.inputs[4] : nil, places: [g, logarithms])
  try call.requireShapes(call.outputs[0].shape == call.inputs[0].shape)
  let e = classes.params.label_smoothing
  let (gradients, logs, w) = (g.floats(), logarithms.floats(), classes.weights)
  let total = w.reduce(0, +)
  var result = Array(repeating: 0.0, count: classes.logits.count)
  for place in classes.targets.indices {
    guard let target = try classes.target(place) else { continue }
    for (c, i) in classes.indices(place).enumerated() {
      let p = exp(classes.logits[i] - logs[place])
      var factor = (1 - e) * w[target] * (p - (c == target ? 1 : 0))
      if e > 0 { factor += e / Double(classes.classCount) * (total * p - w[c]) }
      result[i] = gradients[place] * factor
    }
  }
  call.outputs[0].store(result)
}
