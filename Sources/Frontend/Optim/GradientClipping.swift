import BackendAPI

/// Scales the gradients of parameters, together, so that the norm of all of them is at most `maxNorm`.
///
/// ```swift
/// F.crossEntropy(model(x), y).backward()
/// clipGradNorm_(model.parameters(), 1)
/// optimizer.step()
/// ```
///
/// They are multiplied by `maxNorm / (norm + 1e-6)` where that is less than 1. Parameters without a gradient are left
/// alone.
///
/// - Parameters:
///   - normType: The order of the norm, which may be infinite.
///   - errorIfNonfinite: Whether a norm of NaN or infinity is an error; else the gradients become what the product is.
/// - Returns: The norm as it was, of all gradients as one vector; 0 without gradients.
@discardableResult
public func clipGradNorm_(
  _ parameters: [Tensor], _ maxNorm: Double, normType: Double = 2, errorIfNonfinite: Bool = false
) -> Tensor {
  funnel { () throws(BackplaneError) in
    try withoutGradients { () throws(BackplaneError) in
      try Ops.clipGradNorm(
        parameters.compactMap { $0.autograd?.grad }, maxNorm, normType, errorIfNonfinite: errorIfNonfinite)
    }
  }
}

/// Holds each element of the gradients of parameters within −`clipValue` and `clipValue`.
///
/// ```swift
/// clipGradValue_(model.parameters(), 0.5)
/// ```
public func clipGradValue_(_ parameters: [Tensor], _ clipValue: Double) {
  funnel(or: ()) { () throws(BackplaneError) in
    try withoutGradients { () throws(BackplaneError) in
      for grad in parameters.compactMap({ $0.autograd?.grad }) {
        try InPlace.check(grad)
        try Ops.copy(Ops.clamp(grad, .double(-clipValue), .double(clipValue)), into: grad)
        grad.storage.version += 1
      }
    }
  }
}

extension Ops {
  fileprivate static func clipGradNorm(
    _ grads: [Tensor], _ maxNorm: Double, _ p: Double, errorIfNonfinite: Bool
  ) throws(BackplaneError) -> Tensor {
    guard let first = grads.first else { return try full([], .double(0), .float32, nil) }
    for grad in grads where !grad.dtype.isFloatingPoint && !grad.dtype.isComplex {
      throw BackplaneError(.dtype, "clip_grad_norm_: not implemented for '\(grad.dtype.scalarName)'")
    }
    let total = try totalNorm(grads, p, on: first.context)
    if errorIfNonfinite {
      let value = try item(total).double
      guard value.isFinite else {
        throw BackplaneError(
          .value,
          "The total norm of order \(p) for gradients from `parameters` is non-finite, so it cannot be clipped. To "
            + "disable this error and scale the gradients by the non-finite norm anyway, set `errorIfNonfinite: false`")
      }
    }
    let factor = try clamp(binary(.div, .double(maxNorm), add(total, .double(1e-6))), nil, .double(1))
    var factors: [(context: DeviceContext, dtype: DType, factor: Tensor)] = []
    for grad in grads {
      let type = grad.dtype.realType
      var own = factors.first { $0.context === grad.context && $0.dtype == type }?.factor
      if own == nil {
        own = try cast(move(factor, to: grad.context), type)
        factors.append((grad.context, type, own!))
      }
      try binaryInPlace(.mul, grad, own!)
    }
    var type = first.dtype.realType
    for grad in grads { type = .promote(type, grad.dtype.realType) }
    return try cast(total, type)
  }

  /// The norm of all elements of all tensors, on one device, in float32 or float64.
  private static func totalNorm(
    _ grads: [Tensor], _ p: Double, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    if p == 2, let squares = try sumsOfSquares(grads, on: context) {
      return try unary(.sqrt, sum(squares, nil, keepDim: false))
    }
    var norms: [Tensor] = []
    let isWide = grads.contains { $0.dtype.realType == .float64 }
    for grad in grads {
      norms.append(try move(cast(vectorNorm(widened(grad), p), isWide ? .float64 : .float32), to: context))
    }
    return try vectorNorm(stack(norms, 0), p)
  }

  /// The sums of squares of tensors that lie on one device, by one call for each type; nil where there is no operator.
  private static func sumsOfSquares(_ grads: [Tensor], on context: DeviceContext) throws(BackplaneError) -> Tensor? {
    var parts: [DType: [Tensor]] = [:]
    for grad in grads {
      guard grad.context === context else { return nil }
      let part = try grad.dtype.isComplex ? viewAsReal(grad) : grad
      parts[part.dtype, default: []].append(part)
    }
    var results: [Tensor] = []
    let isWide = parts[.float64] != nil
    for (dtype, tensors) in parts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let type: DType = dtype.byteCount == 2 ? .float32 : dtype
      guard Dispatcher.supports(.sumOfSquares, on: context, inputs: [dtype], outputs: [type]) else { return nil }
      let sums = try empty([tensors.count], type, on: context)
      let outputs = tensors.indices.map { i in
        Operand(Tensor(storage: sums.storage, offset: i, layout: .scalar, dtype: type))
      }
      try Dispatcher.call(.sumOfSquares, on: context, tensors.map { Operand($0) }, to: outputs)
      results.append(try isWide ? cast(sums, .float64) : sums)
    }
    return try results.count == 1 ? results[0] : cat(results, 0)
  }
}
