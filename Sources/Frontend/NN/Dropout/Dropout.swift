/// Sets elements to zero with probability p in training, and scales the others by 1/(1 − p); otherwise gives its input.
///
/// Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014.
public final class Dropout: Module {
  /// The probability that an element becomes zero.
  public let p: Double

  /// Makes a layer that drops elements with probability `p`. One outside 0 … 1 is an error.
  public init(p: Double = 0.5) {
    self.p = p
    super.init()
    funnel(or: ()) { () throws(BackplaneError) in try Ops.requireProbability(p) }
  }

  public override func forward(_ x: Tensor) -> Tensor { Functional.dropout(x, p: p, training: training) }
  public override var extraDescription: String { "p=\(p)" }
}
