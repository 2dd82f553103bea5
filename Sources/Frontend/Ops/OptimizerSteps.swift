import BackendAPI

extension Operator {
  static let adamStep = Operator(BP_OP_ADAM_STEP, "adam_step", readsOutputs: true)
  static let sgdStep = Operator(BP_OP_SGD_STEP, "sgd_step", readsOutputs: true)

  static let optimization: [Operator] = [adamStep, sgdStep]
}
