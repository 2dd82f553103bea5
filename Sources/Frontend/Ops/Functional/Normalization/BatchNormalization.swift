/// Normalizations with statistics of channels.
extension Ops {
  /// The shape in which a vector of channels meets x.
  private static func channelShape(_ x: Tensor) -> [Int] {
    var shape = [Int](repeating: 1, count: x.layout.rank)
    shape[1] = x.layout.elements[1]
    return shape
  }

  private static func requireChannels(_ x: Tensor, _ vectors: [(Tensor?, String)]) throws(BackplaneError) {
    let channels = x.layout.elements[1]
    for case (let vector?, let name) in vectors where vector.numel != channels {
      throw BackplaneError(.shape, "\(name) should contain \(channels) elements not \(vector.numel)")
    }
  }

  /// running = (1 − momentum) · running + momentum · observed, in place.
  private static func update(_ running: Tensor?, _ observed: Tensor, _ momentum: Double) throws(BackplaneError) {
    guard let running else { return }
    let old = try mul(widened(running.detach()), .double(1 - momentum))
    let new = try add(old, mul(reshape(observed.detach(), running.layout.shape), .double(momentum)))
    try copy(cast(new, running.dtype), into: running)
  }

  static func batchNorm(
    _ x: Tensor, _ runningMean: Tensor?, _ runningVar: Tensor?, _ weight: Tensor?, _ bias: Tensor?, training: Bool,
    momentum: Double, eps: Double
  ) throws(BackplaneError) -> Tensor {
    let rank = x.layout.rank
    try requireFloating(x, "batch_norm")
    if rank == 1 {
      // As in PyTorch, a vector has no channels, and is right if it has no elements either.
      guard x.numel == 0 else {
        throw BackplaneError(
          .shape, "batch_norm: Expected at least 2 dimensions for input tensor but received 1, of \(x.numel) elements")
      }
      let result = try batchNorm(
        narrow(unsqueeze(x, 1), 1, 0, 0), runningMean, runningVar, weight, bias, training: training, momentum: momentum,
        eps: eps)
      return try reshape(result, [0])
    }
    guard rank >= 2 else {
      throw BackplaneError(.shape, "batch_norm: Expected at least 2 dimensions for input tensor but received \(rank)")
    }
    try requireChannels(
      x, [(runningMean, "running_mean"), (runningVar, "running_var"), (weight, "weight"), (bias, "bias")])
    guard training ? eps > 0 : eps >= 0 else {
      throw BackplaneError(
        .value,
        "batch_norm eps must be \(training ? "positive during training" : "non-negative"), but got \(eps)")
    }
    let shape = channelShape(x)
    guard training else {
      guard let runningMean, let runningVar else {
        throw BackplaneError(.value, "Expected running_mean and running_var to be defined when training is False")
      }
      if let result = try onePassNormalizeFrozen(x, runningMean, runningVar, weight, bias, shape, eps: eps) {
        return result
      }
      let wide = try widened(x)
      let centred = try sub(wide, reshape(widened(runningMean), shape))
      let scale = try unary(.rsqrt, add(reshape(widened(runningVar), shape), .double(eps)))
      return try cast(affine(mul(centred, scale), weight, bias, shape), x.dtype)
    }
    let count = x.layout.elements[0] * x.layout.shape.dropFirst(2).reduce(1, *)
    guard count != 1 else {
      throw BackplaneError(
        .shape, "Expected more than 1 value per channel when training, got input size \(x.shape)")
    }
    // Of nothing there are no statistics to move toward.
    let (runningMean, runningVar) = count == 0 ? (nil, nil) : (runningMean, runningVar)
    let correction = Double(count) / Double(count - 1)
    let fused = try onePassNormalize(
      x, [0] + Array(2..<rank), weight, bias, shape, eps: eps, name: "NativeBatchNormBackward0")
    if let (result, mean, scale) = fused {
      if runningMean != nil || runningVar != nil {
        try update(runningMean, mean, momentum)
        try update(runningVar, variance(scale, eps, times: correction), momentum)
      }
      return result
    }
    let (result, mean, variance) = try standardize(
      widened(x), [0] + Array(2..<rank), eps: eps, isFinal: weight == nil && bias == nil)
    try update(runningMean, mean, momentum)
    try update(runningVar, mul(variance, .double(correction)), momentum)
    return try cast(affine(result, weight, bias, shape), x.dtype)
  }

  static func instanceNorm(
    _ x: Tensor, _ runningMean: Tensor?, _ runningVar: Tensor?, _ weight: Tensor?, _ bias: Tensor?,
    useInputStats: Bool, momentum: Double, eps: Double
  ) throws(BackplaneError) -> Tensor {
    let rank = x.layout.rank
    guard rank >= 2 else {
      throw BackplaneError(
        .shape, "instance_norm: Expected at least 2 dimensions for input tensor but received \(rank)")
    }
    guard useInputStats else {
      guard runningMean != nil, runningVar != nil else {
        throw BackplaneError(
          .value, "Expected running_mean and running_var to be defined when use_input_stats is false")
      }
      return try batchNorm(
        x, runningMean, runningVar, weight, bias, training: false, momentum: momentum, eps: eps)
    }
    try requireFloating(x, "instance_norm")
    try requireChannels(
      x, [(runningMean, "running_mean"), (runningVar, "running_var"), (weight, "weight"), (bias, "bias")])
    let count = x.layout.shape.dropFirst(2).reduce(1, *)
    guard count != 1, rank > 2 else {
      throw BackplaneError(
        .shape, "Expected more than 1 spatial element when training, got input size \(x.shape)")
    }
    let correction = Double(count) / Double(count - 1)
    /// The running statistics are those of the samples' means.
    func updateRunning(_ mean: Tensor, _ variance: () throws(BackplaneError) -> Tensor) throws(BackplaneError) {
      guard runningMean != nil || runningVar != nil else { return }
      try update(runningMean, Ops.mean(mean.detach(), [0], keepDim: false), momentum)
      try update(runningVar, Ops.mean(variance(), [0], keepDim: false), momentum)
    }
    let fused = try onePassNormalize(
      x, Array(2..<rank), weight, bias, channelShape(x), eps: eps, name: "NativeBatchNormBackward0")
    if let (result, mean, scale) = fused {
      try updateRunning(mean) { () throws(BackplaneError) in try Ops.variance(scale, eps, times: correction) }
      return result
    }
    let (result, mean, variance) = try standardize(
      widened(x), Array(2..<rank), eps: eps, isFinal: weight == nil && bias == nil)
    try updateRunning(mean) { () throws(BackplaneError) in try mul(variance.detach(), .double(correction)) }
    return try cast(affine(result, weight, bias, channelShape(x)), x.dtype)
  }

  static func groupNorm(
    _ x: Tensor, _ groups: Int, _ weight: Tensor?, _ bias: Tensor?, eps: Double
  ) throws(BackplaneError) -> Tensor {
    let rank = x.layout.rank
    guard rank >= 2 else {
      throw BackplaneError(.shape, "Expected at least 2 dimensions for input tensor but received \(rank)")
    }
    try requireFloating(x, "GroupNormKernelImpl")
    let (batch, channels) = (x.layout.elements[0], x.layout.elements[1])
    let pixels = x.layout.shape.dropFirst(2).reduce(1, *)
    guard groups > 0 else {
      throw BackplaneError(.value, "Expected num groups to be greater than 0, got \(groups)")
    }
    guard channels % groups == 0 else {
      throw BackplaneError(
        .shape,
        "Expected number of channels in input to be divisible by num_groups, but got input of shape \(x.shape) and "
          + "num_groups=\(groups)")
    }
    guard channels > 0 else {
      throw BackplaneError(.shape, "Expected number of channels to be greater than 0, got \(channels)")
    }
    guard pixels > 0 else { throw BackplaneError(.shape, "Expected HxW to be greater than 0, got \(pixels)") }
    guard batch * channels / groups * pixels != 1 else {
      throw BackplaneError(
        .shape,
        "Expected more than 1 value per channel when training, got input size "
          + "\([batch * channels / groups, groups] + x.layout.shape.dropFirst(2))")
    }
    for case (let vector?, let name) in [(weight, "weight"), (bias, "bias")] where vector.shape != [channels] {
      throw BackplaneError(
        .shape,
        "Expected \(name) to be a vector of size equal to the number of channels in input, but got \(name) of shape "
          + "\(vector.shape) and input of shape \(x.shape)")
    }
    if rank < Layout.maximumRank {
      let spatial = Array(x.layout.shape.dropFirst(2)), parted = [batch, groups, channels / groups] + spatial
      let affineShape = [1, groups, channels / groups] + spatial.map { _ in 1 }
      let fused = try onePassNormalize(
        reshape(x, parted), Array(2..<parted.count), weight, bias, affineShape, eps: eps,
        name: "NativeGroupNormBackward0")
      if let fused { return try reshape(fused.result, x.layout.shape) }
    }
    let parted = try reshape(widened(x), [batch, groups, channels / groups * pixels])
    let standard = try standardize(parted, [2], eps: eps, isFinal: weight == nil && bias == nil).result
    let result = try reshape(standard, x.layout.shape)
    return try cast(affine(result, weight, bias, channelShape(x)), x.dtype)
  }
}
