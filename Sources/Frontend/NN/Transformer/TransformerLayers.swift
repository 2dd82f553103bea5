/// What a layer was made with.
struct TransformerLayerOptions {
  let dModel: Int, nhead: Int, dimFeedforward: Int
  let dropout: Double
  let activation: TransformerActivation
  let layerNormEps: Double
  let batchFirst: Bool, normFirst: Bool, bias: Bool
}

extension Module {
  /// Takes over the parameters, buffers and mode of a module of the same structure; what cannot be is an error.
  func takeState(of other: Module) {
    funnel(or: ()) { () throws(BackplaneError) in
      let own = stateEntries(), given = other.stateEntries()
      guard own.map(\.key) == given.map(\.key) else {
        throw BackplaneError(
          .state, "a copy of \(type(of: other)) has other parameters: override copy() where a layer has its own")
      }
      try withoutGradients { () throws(BackplaneError) in
        for ((_, target), (_, source)) in zip(own, given) {
          target.setData(try Ops.clone(source))
          _ = try Autograd.require(source.requiresGrad, of: target)
        }
      }
      for (module, given) in zip(modules(), other.modules()) { module.train(given.training) }
    }
  }
}

/// What is added to the scores of attention.
enum TransformerMask {
  /// A mask to add, of one of bools or numbers.
  ///
  /// - Parameter name: PyTorch's name of the argument.
  static func additive(_ mask: Tensor?, _ name: String, like x: Tensor) -> Tensor? {
    guard let mask else { return nil }
    return funnel { () throws(BackplaneError) in
      try MultiHeadAttention.additive(mask, name, like: x) ?? mask
    }
  }

  /// −∞ above the diagonal, else 0; of bools true and false.
  static func square(_ size: Int, _ dtype: DType, on context: DeviceContext) throws(BackplaneError) -> Tensor {
    guard size >= 0 else {
      throw BackplaneError(.shape, "Trying to create tensor with negative dimension \(size): [\(size), \(size)]")
    }
    let hidden: Scalar = dtype == .bool ? .bool(true) : .double(-.infinity)
    return try Ops.triu(Ops.full(.contiguous([size, size]), hidden, dtype, on: context), 1)
  }

  /// Whether a mask hides from each step of a sequence what comes after it, and nothing else, where it is not told.
  static func isCausal(_ mask: Tensor?, told: Bool?, steps x: Tensor, batchFirst: Bool) -> Bool {
    if let told { return told }
    guard let mask, mask.layout.rank == 2, x.layout.rank >= 2, mask.dtype == .bool || mask.dtype.isFloatingPoint else {
      return false
    }
    let size = x.layout.elements[x.layout.rank == 3 && batchFirst ? 1 : 0]
    guard mask.layout.shape == [size, size] else { return false }
    return funnel(or: false) { () throws(BackplaneError) in
      let causal = try square(size, mask.dtype, on: mask.context)
      return try Ops.equal(mask.detach(), causal)
    }
  }
}
