import BackendAPI
import Backplane
import ConformanceSuite
import Testing

/// One call of an extended operator, done by the frontend under its public name.
struct DecomposedCall {
  let op: bp_op
  let plugin: DamagedPlugin
  let device: Backplane.Device

  init(_ op: bp_op, of plugin: DamagedPlugin, on device: Backplane.Device) {
    self.op = op
    self.plugin = plugin
    self.device = device
  }

  func run() throws {
    let x = try tensor(op.inputs[0]!.pointee)
    switch op.op {
    case BP_OP_CONVOLUTION, BP_OP_CONVOLUTION_INPUT, BP_OP_CONVOLUTION_WEIGHT: try convolution()
    case BP_OP_ATTENTION: try attention()
    case BP_OP_NORMALIZE: try normalize()
    case BP_OP_NORMALIZE_FROZEN: try normalizeFrozen()
    case BP_OP_CROSS_ENTROPY: try crossEntropy()
    case BP_OP_DROPOUT:
      let params = params(bp_dropout_params.self)
      try write(F.dropout(x, p: params.p, generator: Generator(seed: params.seed, offset: params.offset)), 0)
    case BP_OP_ADAM_STEP: try adam()
    case BP_OP_SGD_STEP: try sgd()
    case BP_OP_RMSPROP_STEP: try rmsprop()
    case BP_OP_ADAGRAD_STEP: try adagrad()
    case BP_OP_SORT:
      let params = params(bp_sort_params.self)
      try write(x.sort(Int(params.axis), descending: params.descending == 1))
    case BP_OP_GELU: try write(F.gelu(x), 0)
    case BP_OP_GELU_TANH: try write(F.gelu(x, approximate: .tanh), 0)
    case BP_OP_GELU_BACKWARD: try activationGradient { F.gelu($0) }
    case BP_OP_GELU_TANH_BACKWARD: try activationGradient { F.gelu($0, approximate: .tanh) }
    case BP_OP_SILU_BACKWARD: try activationGradient { F.silu($0) }
    case BP_OP_TOPK: try firsts()
    case BP_OP_MAX_POOL, BP_OP_AVERAGE_POOL: try pooling()
    case BP_OP_CUMMAX: try write(x.cummax(axis))
    case BP_OP_CUMMIN: try write(x.cummin(axis))
    case BP_OP_FFT:
      // The scales of the suite's cases are those of a pair that undo one another.
      let params = params(bp_fft_params.self)
      let dim = Int(params.axis)
      try write(params.inverse == 1 ? FFT.ifft(x, dim: dim) : FFT.fft(x, dim: dim), 0)
    default:
      let function = UnaryFunction.all.first { $0.op.id == op.op }
      let name = try #require(
        function?.names.first ?? OperatorCatalogue.all.first { $0.id == op.op }?.name.lowercased())
      let arguments: [Argument] = function == nil ? [.int(Int64(axis))] : []
      try write(#require(call(name, [.tensor(x)] + arguments).tensor), 0)
    }
  }

  // MARK: Optimizers

  private func adam() throws {
    let params = params(bp_adam_params.self)
    let betas = (params.beta1, params.beta2), eps = params.eps, decay = params.weight_decay
    try step(moments: ["exp_avg", "exp_avg_sq"], stepsBefore: Int(params.step) - 1) { parameters in
      params.decoupled == 1
        ? AdamW(parameters, lr: params.lr, betas: betas, eps: eps, weightDecay: decay)
        : Adam(parameters, lr: params.lr, betas: betas, eps: eps, weightDecay: decay)
    }
  }

  private func sgd() throws {
    let params = params(bp_sgd_params.self)
    let isFirst = params.momentum != 0 && params.first_step == 1
    try step(moments: params.momentum == 0 ? [] : ["momentum_buffer"], stepsBefore: isFirst ? 0 : 1) { parameters in
      SGD(
        parameters, lr: params.lr, momentum: params.momentum, dampening: params.dampening,
        weightDecay: params.weight_decay, nesterov: params.nesterov == 1)
    }
  }

  private func rmsprop() throws {
    let params = params(bp_rmsprop_params.self)
    let momentum = params.momentum == 0 ? [] : ["momentum_buffer"], mean = params.centered == 1 ? ["grad_avg"] : []
    try step(moments: ["square_avg"] + momentum + mean, stepsBefore: 1) { parameters in
      RMSprop(
        parameters, lr: params.lr, alpha: params.alpha, eps: params.eps, weightDecay: params.weight_decay,
        momentum: params.momentum, centered: params.centered == 1)
    }
  }

  private func adagrad() throws {
    let params = params(bp_adagrad_params.self)
    try step(moments: ["sum"], stepsBefore: Int(params.step) - 1) { parameters in
      Adagrad(
        parameters, lr: params.lr, lrDecay: params.lr_decay, weightDecay: params.weight_decay, eps: params.eps)
    }
  }

  /// A step from the parameters and the moments that the outputs hold; without steps before there are no moments.
  private func step(
    moments: [String], stepsBefore: Int, _ make: ([Tensor]) -> Optimizer
  ) throws {
    let count = Int(op.input_count)
    let parameters = try (0..<count).map { try tensor(op.outputs[$0]!.pointee).requiresGrad_() }
    let optimizer = make(parameters)
    for (i, parameter) in parameters.enumerated() {
      parameter.grad = try tensor(op.inputs[i]!.pointee)
      optimizer[state: parameter].step = stepsBefore
      for (row, name) in moments.enumerated() where name != "momentum_buffer" || stepsBefore > 0 {
        optimizer[state: parameter].tensors[name] = try tensor(op.outputs[(row + 1) * count + i]!.pointee)
      }
    }
    optimizer.step()
    for (i, parameter) in parameters.enumerated() {
      try write(parameter, i)
      for (row, name) in moments.enumerated() {
        try write(#require(optimizer[state: parameter].tensors[name]), (row + 1) * count + i)
      }
    }
  }

  // MARK: Operands

  func params<Params: BitwiseCopyable>(_ type: Params.Type) -> Params { op.params!.loadUnaligned(as: type) }

  private var axis: Int { Int(params(bp_axis_params.self).axis) }

  /// The elements of a contiguous operand, on the device that decomposes.
  func tensor(_ view: bp_tensor) throws -> Tensor {
    let shape = (0..<Int(view.rank)).map { Int(view.shape[$0]) }
    let bytes = UnsafeRawBufferPointer(start: memory(view), count: byteCount(view))
    return try Tensor(hostBytes: Array(bytes), shape: shape, dtype: dtype(view), device: device)
  }

  func write(_ results: (values: Tensor, indices: Tensor)) throws {
    try write(results.values, 0)
    try write(results.indices, 1)
  }

  func write(_ result: Tensor, _ index: Int) throws {
    let view = op.outputs[index]!.pointee
    #expect(try result.dtype == dtype(view), "operator \(op.op), output \(index)")
    let bytes = try result.hostBytes()
    try #require(bytes.count == byteCount(view), "operator \(op.op), output \(index)")
    bytes.withUnsafeBytes { memory(view).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
  }

  private func memory(_ view: bp_tensor) -> UnsafeMutableRawPointer {
    var base: UnsafeMutableRawPointer?
    _ = plugin.original.host_pointer(plugin.original.context, 0, view.buffer, &base, nil)
    return base! + Int(view.byte_offset)
  }

  private func byteCount(_ view: bp_tensor) -> Int {
    (0..<Int(view.rank)).reduce(Int(bp_dtype_size(view.dtype))) { $0 * Int(view.shape[$1]) }
  }

  private func dtype(_ view: bp_tensor) throws -> Backplane.DType {
    try #require(Backplane.DType.allCases.first { $0.rawValue == view.dtype })
  }
}
