import BackendAPI

extension Defect {
  static let affine: [Defect] = [
    otherParams("LINEAR: GELU by tanh", finding: "LINEAR", "float32.gelu", id: BP_OP_LINEAR, bp_linear_params()) {
      if $0.activation == BP_ACTIVATION_GELU { $0.activation = BP_ACTIVATION_GELU_TANH }
    },
    otherParams("LINEAR: a function left out", finding: "LINEAR", "float32.relu", id: BP_OP_LINEAR, bp_linear_params())
    {
      if $0.activation == BP_ACTIVATION_RELU { $0.activation = BP_ACTIVATION_NONE }
    },
    otherElements("LINEAR: no bias of single rows", finding: "LINEAR", "LINEAR", id: BP_OP_LINEAR, input: 2) {
      op, bias in
      if op.inputs[0]!.pointee.shape[0] == 1 { bias = bias.map { _ in 0 } }
    },
    otherElements("LINEAR: the rest of a vector left out", finding: "LINEAR", "LINEAR", id: BP_OP_LINEAR, input: 1) {
      op, weight in
      let k = Int(op.inputs[1]!.pointee.shape[1])
      guard k % 16 == 1 else { return }
      for last in stride(from: k - 1, to: weight.count, by: k) { weight[last] = 0 }
    },
    otherResults("LINEAR: no NaN out of ReLU", finding: "LINEAR", "special-relu", id: BP_OP_LINEAR) { op, outputs in
      guard op.params.loadUnaligned(as: bp_linear_params.self).activation == BP_ACTIVATION_RELU else { return }
      outputs[0] = outputs[0].map { $0.isNaN ? 0 : $0 }
    },
  ]

  static let furtherSteps: [Defect] = [
    otherParams(
      "RMSPROP_STEP: no decay", finding: "RMSPROP_STEP", "decay", id: BP_OP_RMSPROP_STEP, bp_rmsprop_params()
    ) { $0.weight_decay = 0 },
    otherParams(
      "RMSPROP_STEP: alpha the wrong way round", finding: "RMSPROP_STEP", "RMSPROP_STEP", id: BP_OP_RMSPROP_STEP,
      bp_rmsprop_params()
    ) { $0.alpha = 1 - $0.alpha },
    otherParams(
      "RMSPROP_STEP: eps within the root", finding: "RMSPROP_STEP", "large-eps", id: BP_OP_RMSPROP_STEP,
      bp_rmsprop_params()
    ) { $0.eps = $0.eps.squareRoot() },
    otherParams(
      "ADAGRAD_STEP: no decay", finding: "ADAGRAD_STEP", "decay", id: BP_OP_ADAGRAD_STEP, bp_adagrad_params()
    ) { $0.weight_decay = 0 },
    otherParams(
      "ADAGRAD_STEP: steps from 0", finding: "ADAGRAD_STEP", "later", id: BP_OP_ADAGRAD_STEP, bp_adagrad_params()
    ) { $0.step += 1 },
    otherParams(
      "ADAGRAD_STEP: no eps", finding: "ADAGRAD_STEP", "large-eps", id: BP_OP_ADAGRAD_STEP, bp_adagrad_params()
    ) { $0.eps = 0 },
    otherElements(
      "SUM_OF_SQUARES: the rest of a vector left out", finding: "SUM_OF_SQUARES", "SUM_OF_SQUARES",
      id: BP_OP_SUM_OF_SQUARES, input: 0
    ) { _, elements in
      if elements.count % 16 == 1 { elements[elements.count - 1] = 0 }
    },
    otherResults("SUM_OF_SQUARES: the root of it", finding: "SUM_OF_SQUARES", "large", id: BP_OP_SUM_OF_SQUARES) {
      _, outputs in
      outputs = outputs.map { $0.map { $0.squareRoot() } }
    },
    otherResults(
      "SUM_OF_SQUARES: the sum of all for each", finding: "SUM_OF_SQUARES", "several", id: BP_OP_SUM_OF_SQUARES
    ) { _, outputs in
      let total = outputs.joined().reduce(0, +)
      outputs = outputs.map { $0.map { _ in total } }
    },
  ]
}
