extension Ops {
  /// The squares of the differences.
  static func mseLoss(_ input: Tensor, _ target: Tensor, _ reduction: Functional.Reduction) throws(BackplaneError)
    -> Tensor
  {
    warnOfBroadcast(input, target)
    return try reduced(pow(sub(input, target), .int(2)), reduction)
  }

  /// The magnitudes of the differences.
  static func l1Loss(_ input: Tensor, _ target: Tensor, _ reduction: Functional.Reduction) throws(BackplaneError)
    -> Tensor
  {
    warnOfBroadcast(input, target)
    return try reduced(abs(sub(input, target)), reduction)
  }

  private static func warnOfBroadcast(_ input: Tensor, _ target: Tensor) {
    guard !input.layout.hasSameShape(as: target.layout) else { return }
    Log.write(
      .warning,
      "Using a target size (\(target.shape)) that is different to the input size (\(input.shape)). This will likely "
        + "lead to incorrect results due to broadcasting. Please ensure they have the same size.")
  }
}

extension Functional {
  /// The squared difference (input − target)², reduced. The shapes broadcast, with a warning, since that is seldom
  /// meant.
  ///
  /// ```swift
  /// F.mseLoss(prediction, target).backward()
  /// ```
  public static func mseLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.mseLoss(Autocast.cast("mse_loss", input), Autocast.cast("mse_loss", target), reduction)
    }
  }

  /// The absolute difference |input − target|, reduced. The shapes broadcast, with a warning, since that is seldom
  /// meant.
  public static func l1Loss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.l1Loss(Autocast.cast("l1_loss", input), Autocast.cast("l1_loss", target), reduction)
    }
  }

}
