/// An affine map to logits and their cross entropy, as the last layer and the loss of a classifier in one.
///
/// ```swift
/// let criterion = LinearCrossEntropyLoss(64, 10)
/// let loss = criterion(Tensor.randn([32, 64]), labels)  // inputs (N, in), class indices (N)
/// ```
///
/// The map has the parameters of a ``Linear``, `linear.weight` of shape (C · d₁ · …, in) and `linear.bias`.
public final class LinearCrossEntropyLoss: Module {
  /// The number C of classes.
  public let numClasses: Int
  /// The extents d₁, … of what each sample has a class for; empty for one class a sample.
  public let outFeatures: [Int]
  /// The weight of each class, of shape (C), or nil.
  @Buffer public var weight: Tensor?
  /// The class index whose targets do not count, or nil for −100.
  public let ignoreIndex: Int?
  /// What becomes of the losses of the single targets.
  public let reduction: Functional.Reduction
  /// The part of the probability, from 0 to 1, that is spread over all classes alike.
  public let labelSmoothing: Double
  /// The map to logits.
  public let linear: Linear

  /// Makes a loss with PyTorch's options, and a map from `inFeatures` to the logits of `numClasses` classes.
  public init(
    _ inFeatures: Int, _ numClasses: Int, outFeatures: [Int] = [], bias: Bool = false,
    reduction: Functional.Reduction = .mean, weight: Tensor? = nil, ignoreIndex: Int? = nil,
    labelSmoothing: Double = 0, dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    self.numClasses = numClasses
    self.outFeatures = outFeatures
    self.weight = weight
    self.ignoreIndex = ignoreIndex
    self.reduction = reduction
    self.labelSmoothing = labelSmoothing
    let logits = funnel(or: 0) { () throws(BackplaneError) in
      if let weight, weight.layout.shape != [numClasses] {
        throw BackplaneError(
          .shape,
          "expected weight shape to be \(Ops.pythonTuple([numClasses])), got \(Ops.pythonTuple(weight.layout.shape))")
      }
      guard labelSmoothing >= 0, labelSmoothing <= 1 else {
        throw BackplaneError(.value, "expected label_smoothing to be in range [0, 1], got \(labelSmoothing)")
      }
      return try Sizes.product([numClasses] + outFeatures, in: "LinearCrossEntropyLoss")
    }
    linear = Linear(inFeatures, logits, bias: bias, dtype: dtype, device: device, generator: generator)
  }

  /// The loss of inputs (N, in) or (in), for class indices (N, d…) or probabilities (N, C, d…).
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) { input, target in
      funnel { () throws(BackplaneError) in
        let shape = try logitsShape(input)
        if ignoreIndex != nil, target.layout.shape == shape {
          throw BackplaneError(.value, "ignore_index cannot be specified when target contains probabilities")
        }
        let logits = Functional.linear(input, linear.weight, linear.bias)
        return Functional.crossEntropy(
          try Ops.reshape(logits, shape), target, weight: weight, ignoreIndex: ignoreIndex ?? -100,
          reduction: reduction, labelSmoothing: labelSmoothing)
      }
    }
  }

  private func logitsShape(_ input: Tensor) throws(BackplaneError) -> [Int] {
    let shape = input.layout.shape, inFeatures = linear.inFeatures
    guard shape.count == 1 || shape.count == 2 else {
      throw BackplaneError(.shape, "expected input with dimensionality 1 or 2, got \(shape.count)")
    }
    guard shape.last == inFeatures else {
      throw BackplaneError(
        .shape,
        "expected equal input and linear_weight last dimensions (in_features), got \(shape.last!) and \(inFeatures), "
          + "respectively")
    }
    guard outFeatures.isEmpty || shape.count == 2 else {
      throw BackplaneError(
        .shape,
        "K-dimensional loss defined by linear_weight shape "
          + "\(Ops.pythonTuple([numClasses] + outFeatures + [inFeatures])) requires batched input, (N, \(inFeatures)), "
          + "got unbatched input with shape \(Ops.pythonTuple(shape))")
    }
    return shape.dropLast() + [numClasses] + outFeatures
  }

  public override var extraDescription: String {
    "in_features=\(linear.inFeatures), num_classes=\(numClasses), out_features=\(Ops.pythonTuple(outFeatures)), "
      + "bias=\(linear.bias == nil ? "False" : "True"), reduction=\(reduction.rawValue), "
      + "ignore_index=\(ignoreIndex.map(String.init) ?? "None"), label_smoothing=\(labelSmoothing), options=None"
  }
}
