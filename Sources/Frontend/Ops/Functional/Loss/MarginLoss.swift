/// Losses that ask for a distance between what belongs together and what does not.
extension Ops {
  static func hingeEmbeddingLoss(
    _ input: Tensor, _ target: Tensor, margin: Double, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    try loss(Promotion(input, target).result, reduction) { () throws(BackplaneError) in
      let shape = try broadcast(input.layout.shape, target.layout.shape)
      let far = try expand(clampedBelow(sub(.double(margin), input), 0), shape)
      let near = try expand(input, shape)
      return try add(
        gated(far, expand(compare(.ne, target, .int(1)), shape)),
        gated(near, expand(compare(.ne, target, .int(-1)), shape)))
    }
  }

  static func marginRankingLoss(
    _ first: Tensor, _ second: Tensor, _ target: Tensor, margin: Double, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    guard first.layout.rank == second.layout.rank, first.layout.rank == target.layout.rank else {
      throw BackplaneError(
        .shape,
        "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: \(first.shape), "
          + "input2: \(second.shape), target: \(target.shape) ")
    }
    return try loss(Promotion(first, second).result, reduction) { () throws(BackplaneError) in
      let difference = try sub(first, second)
      return try clampedBelow(add(mul(neg(target), difference), .double(margin)), 0)
    }
  }

  static func cosineEmbeddingLoss(
    _ first: Tensor, _ second: Tensor, _ target: Tensor, margin: Double, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    let rank = target.layout.rank
    guard rank <= 1 else {
      throw BackplaneError(.shape, "0D or 1D target tensor expected, multi-target not supported")
    }
    guard first.layout.rank == rank + 1, second.layout.rank == rank + 1 else {
      throw BackplaneError(
        .shape,
        "\(rank)D target tensor expects \(rank + 1)D input tensors, but found inputs with sizes \(first.shape) and "
          + "\(second.shape).")
    }
    let dtype = Promotion(first, second).result
    return try loss(dtype, reduction) { () throws(BackplaneError) in
      let (a, b) = (try widened(floating(first)), try widened(floating(second)))
      /// x over the root of its squares and 1e-12.
      func direction(_ x: Tensor) throws(BackplaneError) -> Tensor {
        let length = try vectorNorm(x, 2, [rank], keepDim: true)
        return try div(x, hypot(length, full(length.layout, .double(1e-6), length.dtype, on: length.context)))
      }
      let cosine = try sum(mul(direction(a), direction(b)), [rank], keepDim: false)
      let shape = try broadcast(cosine.layout.shape, target.layout.shape)
      let near = try expand(sub(.double(1), cosine), shape)
      let far = try expand(clampedBelow(sub(cosine, .double(margin)), 0), shape)
      return try add(
        gated(near, expand(compare(.eq, target, .int(1)), shape)),
        gated(far, expand(compare(.eq, target, .int(-1)), shape)))
    }
  }

  static func tripletMarginLoss(
    _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double, swap: Bool,
    _ reduction: Functional.Reduction,
    distance: (Tensor, Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    guard margin > 0 else { throw BackplaneError(.value, "margin must be greater than 0, got \(margin)") }
    let ranks = [anchor, positive, negative].map(\.layout.rank)
    guard ranks[0] == ranks[1], ranks[1] == ranks[2] else {
      throw BackplaneError(
        .shape,
        "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor "
          + "\(ranks[0])D, positive \(ranks[1])D, and negative \(ranks[2])D inputs")
    }
    let near = try distance(anchor, positive)
    var far = try distance(anchor, negative)
    if swap { far = try binary(.minimum, far, distance(positive, negative)) }
    return try reduced(clampedBelow(sub(add(near, .double(margin)), far), 0), reduction)
  }

  /// log(1 + exp(−t x)).
  static func softMarginLoss(
    _ input: Tensor, _ target: Tensor, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    try loss(Promotion(input, target).result, reduction) { () throws(BackplaneError) in
      try neg(logsigmoid(mul(widened(input), widened(target))))
    }
  }

  static func multilabelSoftMarginLoss(
    _ input: Tensor, _ target: Tensor, _ weight: Tensor?, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    try loss(input.dtype, reduction) { () throws(BackplaneError) in
      let (x, t) = (try widened(input), try widened(target))
      var losses = try neg(add(mul(t, logsigmoid(x)), mul(sub(.int(1), t), logsigmoid(neg(x)))))
      if let weight { losses = try mul(losses, widened(weight)) }
      return try mean(losses, [-1], keepDim: false)
    }
  }

  /// Σ max(0, margin − x[y] + x[i])ᵖ / C over the classes i that are not the target y.
  static func multiMarginLoss(
    _ input: Tensor, _ target: Tensor, p: Int, margin: Double, _ weight: Tensor?, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    guard p == 1 || p == 2 else { throw BackplaneError(.value, "only p == 1 and p == 2 supported") }
    let x = try matrix(input, "multi_margin_loss")
    let (count, classes) = (x.layout.elements[0], x.layout.elements[1])
    guard target.numel == count, target.layout.rank <= 1 else {
      throw BackplaneError(.shape, "inconsistent target size, expected \(count) but got \(target.shape)")
    }
    let index = try reshape(cast(target, .int64), [count, 1])
    if target.context.hasHostMemory, target.numel > 0 {
      let isOutside = try apply(
        .bitwiseOr, compare(.lt, index, .int(0)), compare(.ge, index, .int(Int64(classes))), .bool)
      guard try !item(truth(.max, isOutside, nil, keepDim: false)).isTrue else {
        throw BackplaneError(.index, "target out of range")
      }
    }
    return try loss(input.dtype, reduction) { () throws(BackplaneError) in
      let own = try gather(x, 1, index)
      var terms = try clampedBelow(add(sub(x, own), .double(margin)), 0)
      if p == 2 { terms = try mul(terms, terms) }
      if let weight {
        terms = try mul(terms, reshape(indexSelect(widened(weight), 0, reshape(index, [count])), [count, 1]))
      }
      let numbers = try arithmeticSequence(.int(0), .int(1), classes, .int64, on: x.context)
      let others = try gated(terms, compare(.ne, numbers, index))
      let losses = try binary(.div, sum(others, [1], keepDim: false), .double(Double(classes)))
      return input.layout.rank < 2 ? try reshape(losses, []) : losses
    }
  }

  /// Σ max(0, 1 − x[y] + x[i]) / C over the targets y, which end at the first −1, and the classes i that are none.
  static func multilabelMarginLoss(
    _ input: Tensor, _ target: Tensor, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    guard input.shape == target.shape else {
      throw BackplaneError(.shape, "inconsistent target size: \(target.shape) for input of size: \(input.shape)")
    }
    let x = try matrix(input, "multilabel_margin_loss")
    let (count, classes) = (x.layout.elements[0], x.layout.elements[1])
    let labels = try reshape(cast(target, .int64), [count, classes])
    if labels.context.hasHostMemory, labels.numel > 0,
      try item(
        truth(
          .max,
          apply(
            .bitwiseOr, compare(.lt, labels, .int(-1)), compare(.ge, labels, .int(Int64(classes))), .bool), nil,
          keepDim: false)
      ).isTrue
    {
      throw BackplaneError(.index, "argument #2 'target' is out of range")
    }
    // How many −1 stand at a place or before it.
    let order = try arithmeticSequence(.int(0), .int(1), classes, .int64, on: x.context)
    let isBefore = try cast(compare(.le, unsqueeze(order, 1), order), .float32)
    let ends = try matmul(cast(compare(.lt, labels, .int(0)), .float32), isBefore)
    let isTarget = try compare(.eq, ends, .int(0))
    let index = try binary(.maximum, labels, .int(0))
    let marks = try scatterAdd(
      full(.contiguous([count, classes]), .int(0), .int64, on: x.context), 1, index, cast(isTarget, .int64))
    let isOther = try compare(.eq, marks, .int(0))
    return try loss(input.dtype, reduction) { () throws(BackplaneError) in
      let own = try unsqueeze(gather(x, 1, index), 2)
      let terms = try clampedBelow(add(sub(unsqueeze(x, 1), own), .double(1)), 0)
      let pairs = try apply(.bitwiseAnd, unsqueeze(isTarget, 2), unsqueeze(isOther, 1), .bool)
      let losses = try binary(.div, sum(gated(terms, pairs), [1, 2], keepDim: false), .double(Double(classes)))
      return input.layout.rank < 2 ? try reshape(losses, []) : losses
    }
  }

  /// (C) or (N, C) as a matrix, of float32 in a 16-bit type's stead.
  private static func matrix(_ x: Tensor, _ operation: String) throws(BackplaneError) -> Tensor {
    guard x.layout.rank <= 2, x.layout.rank == 0 || x.layout.shape.last != 0 else {
      throw BackplaneError(
        .shape, "Expected non-empty vector or matrix with optional 0-dim batch size, but got: \(x.shape)")
    }
    try requireFloating(x, operation)
    return try widened(x.layout.rank == 2 ? x : reshape(x, [1, x.numel]))
  }

  /// The loss of triplets with the p-norm of the differences as distance.
  static func tripletMarginLoss(
    _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double, p: Double, eps: Double, swap: Bool,
    _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    try tripletMarginLoss(
      anchor, positive, negative, margin: margin, swap: swap, reduction
    ) { a, b throws(BackplaneError) in
      try pairwiseDistance(a, b, p: p, eps: eps, keepDim: false)
    }
  }
}
