/// The loss of sequences whose alignment with their targets is not known.
///
/// ```swift
/// let criterion = CTCLoss(zeroInfinity: true)
/// let loss = criterion(logits.logSoftmax(2), targets, [50, 50], [30, 25])  // (50, 2, C) and (2, 30)
/// ```
///
/// Graves et al., "Connectionist temporal classification", ICML 2006.
public final class CTCLoss: Module {
  /// The class that stands for no label.
  public let blank: Int
  /// What becomes of the losses of the single sequences.
  public let reduction: Functional.Reduction
  /// Whether infinite losses, of targets longer than their sequences, count for nothing.
  public let zeroInfinity: Bool

  /// Makes a loss with PyTorch's options.
  public init(blank: Int = 0, reduction: Functional.Reduction = .mean, zeroInfinity: Bool = false) {
    self.blank = blank
    self.reduction = reduction
    self.zeroInfinity = zeroInfinity
  }

  /// The loss of logarithms of probabilities (T, N, C) or (T, C).
  ///
  /// - Parameters:
  ///   - targets: Labels (N, S), or those of all sequences one after another.
  ///   - inputLengths: How long each sequence is, at most T.
  ///   - targetLengths: How many labels each sequence has.
  public func callAsFunction(
    _ logProbs: Tensor, _ targets: Tensor, _ inputLengths: [Int], _ targetLengths: [Int]
  ) -> Tensor {
    callWithHooks(logProbs, targets) {
      Functional.ctcLoss(
        $0, $1, inputLengths: inputLengths, targetLengths: targetLengths, blank: blank, reduction: reduction,
        zeroInfinity: zeroInfinity)
    }
  }

  /// The loss of logarithms of probabilities (T, N, C) or (T, C), with lengths in tensors.
  public func callAsFunction(
    _ logProbs: Tensor, _ targets: Tensor, _ inputLengths: Tensor, _ targetLengths: Tensor
  ) -> Tensor {
    self(logProbs, targets, inputLengths.toArray(Int.self), targetLengths.toArray(Int.self))
  }
}
