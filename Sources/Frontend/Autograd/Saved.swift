/// A tensor that an operation keeps for its gradient, and checks for change in between.
struct Saved {
  private enum Content {
    case kept(Tensor)
    case packed(PackedTensor)
  }

  private let content: Content
  private let version: Int
  private let name: String
  /// For a result of the operation itself: its place among the results. Its own node must not be kept alive by what it
  /// saved.
  private let resultIndex: Int?

  /// Keeps an operand.
  init(_ operand: Tensor) throws(BackplaneError) {
    guard !operand.isInference else {
      throw BackplaneError(
        .autograd,
        "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
          + "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use "
          + "it in autograd, or use `noGrad` instead of `inferenceMode`.")
    }
    let tensor: Tensor
    if operand.storage.isBeingChanged {
      // The value is about to be written over.
      tensor = try Ops.copy(operand)
      tensor.autograd = operand.autograd
    } else {
      // A view leads to its base, whose later history may lead here: a ring, were it kept as it is.
      tensor = operand.base == nil ? operand : operand.alias(with: operand.autograd)
    }
    version = tensor.storage.version
    name = operand.gradFn?.name ?? ""
    resultIndex = nil
    if SavedTensorHooks.areAnywhere, let packed = try SavedTensorHooks.pack(tensor) {
      content = .packed(packed)
    } else {
      content = .kept(tensor)
    }
  }

  /// Keeps a result, without the node that will keep this.
  init(result: Tensor, index: Int = 0) {
    let tensor = result.alias()
    version = result.storage.version
    name = ""
    resultIndex = index
    if SavedTensorHooks.areAnywhere, let packed = SavedTensorHooks.pack(result: tensor) {
      content = .packed(packed)
    } else {
      content = .kept(tensor)
    }
  }

  /// The tensor, if it still is what it was.
  func unpack(_ node: Node? = nil) throws(BackplaneError) -> Tensor {
    let tensor: Tensor
    switch content {
    case .packed(let packed): tensor = try packed.tensor()
    case .kept(let kept):
      guard kept.storage.version == version else { throw changed(kept, node) }
      tensor = kept
    }
    guard let resultIndex, let node else { return tensor }
    let result = tensor.alias()
    Autograd.attach(node, to: result, index: resultIndex)
    return result
  }

  private func changed(_ tensor: Tensor, _ node: Node?) -> BackplaneError {
    let source = resultIndex == nil ? name : node?.name ?? ""
    let origin = source.isEmpty ? "" : ", which is output \(resultIndex ?? 0) of \(source),"
    let hint =
      Anomaly.mode == nil
      ? "enable anomaly detection to find the operation that failed to compute its gradient, with "
        + "setDetectAnomaly(true, checkNan: false)."
      : "the traceback below shows the operation that failed to compute its gradient. The variable in question was "
        + "changed in there or anywhere later."
    return BackplaneError(
      .autograd,
      "one of the variables needed for gradient computation has been modified by an inplace operation: "
        + "[\(tensor.dtype.scalarName)Tensor \(tensor.shape)]\(origin) is at version "
        + "\(tensor.storage.version); expected version \(version) instead. Hint: \(hint)")
  }
}
