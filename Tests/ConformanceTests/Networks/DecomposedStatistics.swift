import BackendAPI
import Backplane

/// Normalizations and cross entropy by what programs can ask for; what they cannot is left to the operator itself.
extension DecomposedCall {
  private func extents(_ view: bp_tensor) -> [Int] { (0..<Int(view.rank)).map { Int(view.shape[$0]) } }

  private func type(_ x: Tensor) -> Backplane.DType { x.dtype == .float64 ? .float64 : .float32 }

  func normalize() throws {
    let params = params(bp_normalize_params.self), isCentered = params.flags & BP_NORMALIZE_UNCENTERED == 0
    let x = try tensor(op.inputs[0]!.pointee), shape = x.shape.extents
    let statistics = extents(op.outputs[1]!.pointee)
    let reduced = shape.indices.filter { statistics[$0] == 1 && shape[$0] != 1 }
    let kept = shape.indices.filter { !reduced.contains($0) }
    guard !shape.contains(0), !reduced.isEmpty else { return callOriginal() }
    let vectors = try (1..<Int(op.input_count)).map { try tensor(op.inputs[$0]!.pointee) }
    let weight = vectors.first, bias = vectors.count > 1 ? vectors[1] : nil
    let along = weight.map { weight in shape.indices.filter { weight.shape.extents[$0] != 1 } } ?? []
    // The dimensions to be normalized come last, or first where each of the others has a weight.
    let order = kept + reduced
    let back = order.indices.map { i in order.firstIndex(of: i)! }
    let extent = reduced.map { shape[$0] }
    if weight == nil || along == reduced {
      let view = x.permute(order).contiguous()
      let w = weight.map { $0.reshape(extent) }, b = bias.map { $0.reshape(extent) }
      guard isCentered || b == nil else { return callOriginal() }
      let y =
        isCentered
        ? F.layerNorm(view, extent, weight: w, bias: b, eps: params.eps)
        : F.rmsNorm(view, extent, weight: w, eps: params.eps)
      try write(y.permute(back).contiguous(), 0)
    } else if along == kept.filter({ shape[$0] != 1 }) && isCentered && params.eps > 0 {
      let channels = kept.reduce(1) { $0 * shape[$1] }
      let view = x.permute(reduced + kept).reshape([-1, channels])
      let y = F.batchNorm(
        view, nil, nil, weight: weight!.reshape([channels]), bias: bias.map { $0.reshape([channels]) },
        training: true, eps: params.eps)
      let first = reduced + kept
      let inverse = first.indices.map { i in first.firstIndex(of: i)! }
      try write(y.reshape(first.map { shape[$0] }).permute(inverse).contiguous(), 0)
    } else {
      return callOriginal()
    }
    // What no program sees: the mean and the factor.
    let wide = x.to(type(x))
    let mean = isCentered ? wide.mean(reduced, keepDim: true) : Tensor.zeros(statistics, dtype: type(x), device: device)
    let deviations = (wide - mean).abs()
    let greatest = deviations.amax(reduced, keepDim: true).clamp(min: params.eps.squareRoot())
    let unit = greatest.maskedFill(greatest .== 0, 1)
    let power = (deviations / unit).square().mean(reduced, keepDim: true) + params.eps / unit / unit
    try write(mean.reshape(statistics), 1)
    try write((power.rsqrt() / unit).reshape(statistics), 2)
  }

  func normalizeFrozen() throws {
    let params = params(bp_normalize_params.self)
    let inputs = try (0..<Int(op.input_count)).map { try tensor(op.inputs[$0]!.pointee) }
    let x = inputs[0], shape = x.shape.extents, statistics = inputs[1].shape.extents
    let channels = shape.indices.filter { statistics[$0] != 1 || shape[$0] == 1 }
    let others = shape.indices.filter { !channels.contains($0) }
    guard !shape.contains(0), inputs.dropFirst(3).allSatisfy({ $0.shape.extents == statistics }) else {
      return callOriginal()
    }
    let count = channels.reduce(1) { $0 * shape[$1] }, order = others + channels
    let vectors = inputs.dropFirst().map { $0.reshape([count]) }
    let y = F.batchNorm(
      x.permute(order).reshape([-1, count]), vectors[0], vectors[1], weight: vectors.count > 2 ? vectors[2] : nil,
      bias: vectors.count > 3 ? vectors[3] : nil, eps: params.eps)
    let back = order.indices.map { i in order.firstIndex(of: i)! }
    try write(y.reshape(order.map { shape[$0] }).permute(back).contiguous(), 0)
  }

  func crossEntropy() throws {
    let params = params(bp_cross_entropy_params.self)
    let x = try tensor(op.inputs[0]!.pointee), target = try tensor(op.inputs[1]!.pointee)
    let weight = op.input_count > 2 ? try tensor(op.inputs[2]!.pointee) : nil
    // The losses are of the statistics' type.
    let wide = x.to(type(x))
    try write(
      F.crossEntropy(
        wide, target, weight: weight, ignoreIndex: Int(params.ignore_index), reduction: .none,
        labelSmoothing: params.label_smoothing), 0)
    let isCounted = target .!= Int(params.ignore_index)
    let greatest = wide.amax([1])
    try write(wide.logsumexp(1).maskedFill(greatest.isinf(), Double.nan), 1)
    let counted = isCounted.to(type(x))
    guard let weight else { return try write(counted, 2) }
    let index = (target * isCounted.to(.int64)).flatten()
    try write(weight.indexSelect(0, index).reshape(target.shape.extents) * counted, 2)
  }
}
