import BackendAPI

/// The params of an operator call [BP-5.6].
enum Parameters: Sendable {
  case none
  case arange(bp_arange_params)
  case random(bp_random_params)
  case axis(Int)
  case sort(axis: Int, descending: Bool)
  case scatter(axis: Int, mode: Int32)
  case adam(bp_adam_params)
  case sgd(bp_sgd_params)
  case triangular(upper: Bool, unit: Bool)
  case fft(axis: Int, inverse: Bool, scale: Double)
  case dropout(bp_dropout_params)
  case rmsprop(bp_rmsprop_params)
  case adagrad(bp_adagrad_params)
  case linear(bp_linear_params)
  case convolution(bp_convolution_params)
  case pool(bp_pool_params)
  case normalize(bp_normalize_params)
  case attention(bp_attention_params)
  case crossEntropy(bp_cross_entropy_params)
  case recurrent(bp_recurrent_params)
  /// A struct as a host of another minor version would pass it.
  case raw([UInt64])

  func withPointer<Result>(_ body: (UnsafeRawPointer?) -> Result) -> Result {
    func pass<Params: BitwiseCopyable>(_ params: Params, size: WritableKeyPath<Params, UInt32>) -> Result {
      var params = params
      params[keyPath: size] = UInt32(MemoryLayout<Params>.size)
      return withUnsafeBytes(of: params) { body($0.baseAddress) }
    }
    switch self {
    case .none: return body(nil)
    case .arange(let params): return pass(params, size: \.struct_size)
    case .random(let params): return pass(params, size: \.struct_size)
    case .axis(let axis): return pass(bp_axis_params(struct_size: 0, axis: Int32(axis)), size: \.struct_size)
    case .sort(let axis, let isDescending):
      let params = bp_sort_params(struct_size: 0, axis: Int32(axis), descending: isDescending ? 1 : 0, reserved: 0)
      return pass(params, size: \.struct_size)
    case .scatter(let axis, let mode):
      let params = bp_scatter_params(struct_size: 0, axis: Int32(axis), mode: mode, reserved: 0)
      return pass(params, size: \.struct_size)
    case .adam(let params): return pass(params, size: \.struct_size)
    case .sgd(let params): return pass(params, size: \.struct_size)
    case .triangular(let upper, let unit):
      let params = bp_triangular_params(
        struct_size: 0, upper: upper ? 1 : 0, unit_diagonal: unit ? 1 : 0, reserved: 0)
      return pass(params, size: \.struct_size)
    case .fft(let axis, let inverse, let scale):
      let params = bp_fft_params(
        struct_size: 0, axis: Int32(axis), inverse: inverse ? 1 : 0, reserved: 0, scale: scale)
      return pass(params, size: \.struct_size)
    case .dropout(let params): return pass(params, size: \.struct_size)
    case .rmsprop(let params): return pass(params, size: \.struct_size)
    case .adagrad(let params): return pass(params, size: \.struct_size)
    case .linear(let params): return pass(params, size: \.struct_size)
    case .convolution(let params): return pass(params, size: \.struct_size)
    case .pool(let params): return pass(params, size: \.struct_size)
    case .normalize(let params): return pass(params, size: \.struct_size)
    case .attention(let params): return pass(params, size: \.struct_size)
    case .crossEntropy(let params): return pass(params, size: \.struct_size)
    case .recurrent(let params): return pass(params, size: \.struct_size)
    case .raw(let words): return words.withUnsafeBytes { body($0.baseAddress) }
    }
  }

  /// What a failure line says of them; empty without parameters.
  var description: String {
    switch self {
    case .none, .raw: ""
    case .arange(let p): "start \(p.start) step \(p.step) / \(p.integer_start) \(p.integer_step)"
    case .random(let p): "seed \(p.seed) offset \(p.offset) low \(p.low) range \(p.range)"
    case .axis(let axis): "axis \(axis)"
    case .sort(let axis, let isDescending): "axis \(axis)\(isDescending ? " descending" : "")"
    case .scatter(let axis, let mode): "axis \(axis) mode \(mode)"
    case .triangular(let upper, let unit): (upper ? "upper" : "lower") + (unit ? " unit diagonal" : "")
    case .fft(let axis, let inverse, let scale): "axis \(axis)\(inverse ? " inverse" : "") scale \(scale)"
    case .adam(let p):
      "lr \(p.lr) beta \(p.beta1) \(p.beta2) eps \(p.eps) decay \(p.weight_decay)"
        + " decoupled \(p.decoupled) step \(p.step)"
    case .sgd(let p):
      "lr \(p.lr) momentum \(p.momentum) dampening \(p.dampening) decay \(p.weight_decay)"
        + " nesterov \(p.nesterov) first \(p.first_step)"
    case .dropout(let p): "p \(p.p) seed \(p.seed) offset \(p.offset)"
    case .rmsprop(let p):
      "lr \(p.lr) alpha \(p.alpha) eps \(p.eps) decay \(p.weight_decay) momentum \(p.momentum)"
        + " centered \(p.centered)"
    case .adagrad(let p): "lr \(p.lr) decays \(p.lr_decay) \(p.weight_decay) eps \(p.eps) step \(p.step)"
    case .linear(let p): "activation \(p.activation)"
    case .convolution(let p):
      "groups \(p.groups) stride \(p.stride) padding \(p.padding_low) \(p.padding_high) dilation \(p.dilation)"
    case .pool(let p):
      "flags \(p.flags) divisor \(p.divisor) kernel \(p.kernel) stride \(p.stride) padding \(p.padding_low) "
        + "\(p.padding_high) dilation \(p.dilation)"
    case .normalize(let p): "flags \(p.flags) eps \(p.eps)"
    case .attention(let p): "flags \(p.flags) scale \(p.scale) p \(p.p) seed \(p.seed) offset \(p.offset)"
    case .crossEntropy(let p): "ignore_index \(p.ignore_index) label_smoothing \(p.label_smoothing)"
    case .recurrent(let p): "flags \(p.flags)"
    }
  }
}
