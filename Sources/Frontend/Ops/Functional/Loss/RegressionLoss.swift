extension Functional {
  /// The squared difference (input − target)², reduced. The shapes broadcast, with a warning, since that is seldom
  /// meant.
  ///
  /// ```swift
  /// F.mseLoss(prediction, target).backward()
  /// ```
  public static func mseLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
    funnel { () throws(BackplaneError) in
      warnOfBroadcast(input, target)
      return try reduce(Ops.pow(Ops.sub(input, target), .int(2)), reduction)
    }
  }

  /// The absolute difference |input − target|, reduced. The shapes broadcast, with a warning, since that is seldom
  /// meant.
  public static func l1Loss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
    funnel { () throws(BackplaneError) in
      warnOfBroadcast(input, target)
      return try reduce(Ops.abs(Ops.sub(input, target)), reduction)
    }
  }

  private static func warnOfBroadcast(_ input: Tensor, _ target: Tensor) {
    guard !input.layout.hasSameShape(as: target.layout) else { return }
    Log.write(
      .warning,
      "Using a target size (\(target.shape)) that is different to the input size (\(input.shape)). This will likely "
        + "lead to incorrect results due to broadcasting. Please ensure they have the same size.")
  }
}
