/// Selection among boxes that overlap, as torchvision has it.
extension Ops {
  /// The positions of the boxes to keep, by falling score: a box goes if it overlaps a better one by more than the
  /// threshold.
  static func nonMaximumSuppression(
    _ boxes: Tensor, _ scores: Tensor, _ threshold: Double
  ) throws(BackplaneError) -> Tensor {
    try requireSameDevice([boxes, scores])
    guard boxes.layout.rank == 2 else {
      throw BackplaneError(.shape, "boxes should be a 2d tensor, got \(boxes.layout.rank)D")
    }
    guard boxes.layout.elements[1] == 4 else {
      throw BackplaneError(
        .shape, "boxes should have 4 elements in dimension 1, got \(boxes.layout.elements[1])")
    }
    guard scores.layout.rank == 1 else {
      throw BackplaneError(.shape, "scores should be a 1d tensor, got \(scores.layout.rank)D")
    }
    guard boxes.layout.elements[0] == scores.layout.elements[0] else {
      throw BackplaneError(
        .shape,
        "boxes and scores should have same number of elements in dimension 0, got \(boxes.layout.elements[0]) and "
          + "\(scores.layout.elements[0])")
    }
    guard boxes.dtype == scores.dtype else {
      throw BackplaneError(
        .dtype, "boxes and scores should be of the same type, got \(boxes.dtype) and \(scores.dtype)")
    }
    try requireFloating(boxes, "nms")
    let order = try toHost(sort(scores.detach(), 0, descending: true).indices, Int.self)
    // What the elements are, for a box may lie at the very threshold.
    let kept =
      boxes.dtype == .float64
      ? keptBoxes(try toHost(boxes, Double.self), order, threshold)
      : keptBoxes(try toHost(boxes, Float.self), order, threshold)
    return try fromHost(kept, [kept.count], on: boxes.context)
  }

  private static func keptBoxes<Number: BinaryFloatingPoint>(
    _ corners: [Number], _ order: [Int], _ threshold: Double
  ) -> [Int64] {
    func area(_ i: Int) -> Number { (corners[4 * i + 2] - corners[4 * i]) * (corners[4 * i + 3] - corners[4 * i + 1]) }
    let areas = order.indices.map(area)
    var isGone = [Bool](repeating: false, count: order.count)
    var kept: [Int64] = []
    for (rank, i) in order.enumerated() where !isGone[i] {
      kept.append(Int64(i))
      for j in order[(rank + 1)...] where !isGone[j] {
        let width = min(corners[4 * i + 2], corners[4 * j + 2]) - max(corners[4 * i], corners[4 * j])
        let height = min(corners[4 * i + 3], corners[4 * j + 3]) - max(corners[4 * i + 1], corners[4 * j + 1])
        let common = max(0, width) * max(0, height)
        if Double(common / (areas[i] + areas[j] - common)) > threshold { isGone[j] = true }
      }
    }
    return kept
  }
}

extension Functional {
  /// The positions of the boxes that stay when those go which overlap a better one, by falling score: torchvision's
  /// `ops.nms`.
  ///
  /// ```swift
  /// let kept = F.nms(boxes, scores, iouThreshold: 0.5)
  /// boxes[kept]
  /// ```
  ///
  /// - Parameters:
  ///   - boxes: (N, 4): left, top, right, bottom.
  ///   - scores: (N).
  ///   - iouThreshold: The greatest intersection over union that two boxes may have.
  /// - Complexity: N² in the worst case, on the host.
  public static func nms(_ boxes: Tensor, _ scores: Tensor, iouThreshold: Double) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.nonMaximumSuppression(boxes, scores, iouThreshold) }
  }
}
