// A bound may be written with its label too.

/// Scales the gradients of parameters, together, so that the norm of all of them is at most `maxNorm`.
@discardableResult
public func clipGradNorm_(
  _ parameters: [Tensor], maxNorm: Double, normType: Double = 2, errorIfNonfinite: Bool = false
) -> Tensor {
  clipGradNorm_(parameters, maxNorm, normType: normType, errorIfNonfinite: errorIfNonfinite)
}

/// Holds each element of the gradients of parameters within −`clipValue` and `clipValue`.
public func clipGradValue_(_ parameters: [Tensor], clipValue: Double) { clipGradValue_(parameters, clipValue) }
