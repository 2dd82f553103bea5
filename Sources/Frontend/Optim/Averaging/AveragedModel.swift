/// A model whose weights are the mean of another's over training: their plain mean, or one in which the past fades.
///
/// ```swift
/// let averaged = AveragedModel(model, into: Net(), averaging: .ema(decay: 0.999))
/// for (x, y) in loader {
///   optimizer.zeroGrad()
///   F.crossEntropy(model(x), y).backward()
///   optimizer.step()
///   averaged.updateParameters(model)
/// }
/// let prediction = averaged(x)
/// ```
///
/// Its own weights are those of a second model, for Swift cannot copy an object of a class that it does not know. Layers
/// with running statistics of batches need `updateBn` afterwards. Names in `stateDict()` are
/// PyTorch's: `module.…` and `n_averaged`.
///
/// Izmailov et al., "Averaging weights leads to wider optima and better generalization", arXiv:1803.05407; Polyak and
/// Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control Optim. 30, 1992.
public final class AveragedModel<Model: Module>: Module {
  /// The model of the mean weights.
  public let module: Model
  /// How many times weights have been taken in.
  @Buffer public var nAveraged: Tensor
  private let averaging: WeightAveraging
  private let useBuffers: Bool

  /// Makes a model that begins with the weights of another.
  ///
  /// - Parameters:
  ///   - module: A model of the same parameters, which takes the weights of `model` and is changed from then on.
  ///   - averaging: How weights are taken in.
  ///   - useBuffers: Whether buffers are averaged too; otherwise they are copied.
  public init(
    _ model: Model, into module: Model, averaging: WeightAveraging = .swa, useBuffers: Bool = false
  ) {
    (self.module, self.averaging, self.useBuffers) = (module, averaging, useBuffers)
    nAveraged = Tensor.zeros([], dtype: .int64, device: model.parameters().first?.device)
    super.init()
    funnel(or: ()) { () throws(BackplaneError) in
      if case .ema(let decay) = averaging, !(decay >= 0 && decay <= 1) {
        throw BackplaneError(
          .value, "Invalid decay value \(decay) provided. Please provide a value in [0,1] range.")
      }
      guard module !== model else {
        throw BackplaneError(.value, "AveragedModel: the averaged model must be another object than the model")
      }
      try module.load(model.stateDict())
    }
  }

  public override func forward(_ x: Tensor) -> Tensor { module(x) }

  /// Takes in the weights that a model has now. One of other parameters is an error, and nothing is changed.
  public func updateParameters(_ model: Model) {
    funnel(or: ()) { () throws(BackplaneError) in
      try withoutGradients { () throws(BackplaneError) in
        let averaged = try AveragedModel.pairs("parameters", module.parameters(), model.parameters())
        let buffers = try AveragedModel.pairs("buffers", module.buffers(), model.buffers())
        let count = try Ops.item(nAveraged).double
        for (mean, current) in useBuffers ? averaged + buffers : averaged {
          if count == 0 {
            try Ops.copy(current, into: mean)
          } else {
            try averaging.take(current, into: mean, after: count)
          }
        }
        if !useBuffers {
          for (own, current) in buffers { try Ops.copy(current, into: own) }
        }
        try Ops.binaryInPlace(.add, nAveraged, .int(1))
      }
    }
  }

  private static func pairs(
    _ kind: String, _ own: [Tensor], _ others: [Tensor]
  ) throws(BackplaneError) -> [(Tensor, Tensor)] {
    guard own.map(\.layout.shape) == others.map(\.layout.shape) else {
      throw BackplaneError(
        .state,
        "AveragedModel: the \(kind) of the model are of shapes \(others.map(\.layout.shape)), and those of the averaged "
          + "model of \(own.map(\.layout.shape))")
    }
    return Array(zip(own.map { $0.detach() }, others.map { $0.detach() }))
  }
}

/// How ``AveragedModel`` takes weights into its own.
public enum WeightAveraging {
  /// All weights count the same.
  case swa
  /// The weights of before count `decay` times, and the new ones for the rest.
  case ema(decay: Double)
  /// What a function gives of the mean so far, new weights and the number of those before them.
  case function((Tensor, Tensor, Int) -> Tensor)

  func take(_ current: Tensor, into mean: Tensor, after count: Double) throws(BackplaneError) {
    let near = try Ops.move(current, to: mean.context)
    if case .function(let function) = self { return try Ops.copy(function(mean, near, Int(count)), into: mean) }
    // Counts, such as those of batches, are averaged as numbers and cut off.
    guard mean.dtype.isFloatingPoint || mean.dtype.isComplex else {
      let (x, y) = (try Ops.floating(mean), try Ops.floating(near))
      switch self {
      case .ema(let decay):
        try Ops.copy(Ops.add(Ops.mul(x, .double(decay)), Ops.mul(y, .double(1 - decay))), into: mean)
      default: try Ops.copy(Ops.add(x, Ops.div(Ops.sub(y, x), count + 1)), into: mean)
      }
      return
    }
    try Ops.changing([mean], by: near) { state, current throws(BackplaneError) in
      switch self {
      case .ema(let decay): try AdamVariants.approach(state[0], current, 1 - decay)
      default: try Ops.binaryInPlace(.add, state[0], Ops.div(Ops.sub(current, state[0]), count + 1))
      }
    }
  }
}
