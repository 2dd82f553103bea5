/// The functions of `torch.special`.
///
/// ```swift
/// let p = Special.ndtr(x)
/// ```
public enum Special {
  private static func apply(
    _ x: Tensor, _ f: (Tensor) throws(BackplaneError) -> Tensor
  ) -> Tensor { funnel { () throws(BackplaneError) in try f(x) } }

  /// −x log x, and 0 of 0; −∞ of negative numbers.
  public static func entr(_ x: Tensor) -> Tensor { apply(x, Ops.entr) }
  public static func erf(_ x: Tensor) -> Tensor { x.erf() }
  public static func erfc(_ x: Tensor) -> Tensor { x.erfc() }
  public static func erfinv(_ x: Tensor) -> Tensor { x.erfinv() }
  /// exp(x²) erfc(x), without the overflow of one factor and the underflow of the other.
  public static func erfcx(_ x: Tensor) -> Tensor { apply(x, Ops.erfcx) }
  public static func exp2(_ x: Tensor) -> Tensor { x.exp2() }
  public static func expm1(_ x: Tensor) -> Tensor { x.expm1() }
  public static func log1p(_ x: Tensor) -> Tensor { x.log1p() }
  /// 1/(1 + exp(−x)).
  public static func expit(_ x: Tensor) -> Tensor { x.sigmoid() }
  /// log(x / (1 − x)); with `eps`, of x held within eps … 1 − eps.
  public static func logit(_ x: Tensor, eps: Double? = nil) -> Tensor { x.logit(eps: eps) }
  public static func sinc(_ x: Tensor) -> Tensor { x.sinc() }
  /// log |Γ(x)|.
  public static func gammaln(_ x: Tensor) -> Tensor { x.lgamma() }
  /// The derivative of log Γ(x).
  public static func digamma(_ x: Tensor) -> Tensor { x.digamma() }
  public static func psi(_ x: Tensor) -> Tensor { x.digamma() }
  /// The nth derivative of the digamma function.
  public static func polygamma(_ n: Int, _ x: Tensor) -> Tensor { x.polygamma(n) }
  /// The logarithm of the multivariate gamma function of dimension p.
  public static func multigammaln(_ x: Tensor, _ p: Int) -> Tensor { mvlgamma(x, p) }
  /// The modified Bessel function of the first kind of order 0.
  public static func i0(_ x: Tensor) -> Tensor { x.i0() }
  /// exp(−|x|) I₀(x).
  public static func i0e(_ x: Tensor) -> Tensor { apply(x, Ops.i0e) }
  /// The modified Bessel function of the first kind of order 1.
  public static func i1(_ x: Tensor) -> Tensor { apply(x, Ops.i1) }
  /// exp(−|x|) I₁(x).
  public static func i1e(_ x: Tensor) -> Tensor { apply(x, Ops.i1e) }
  /// The distribution function of the standard normal distribution.
  public static func ndtr(_ x: Tensor) -> Tensor { apply(x, Ops.ndtr) }
  /// Its inverse.
  public static func ndtri(_ x: Tensor) -> Tensor { apply(x, Ops.ndtri) }
  /// Its logarithm, accurate far below.
  public static func logNdtr(_ x: Tensor) -> Tensor { apply(x, Ops.logNdtr) }
  /// x log y, and 0 where x is 0 and y is not NaN.
  public static func xlogy(_ x: Tensor, _ y: Tensor) -> Tensor { x.xlogy(y) }
  /// x log(1 + y), and 0 where x is 0 and y is not NaN.
  public static func xlog1py(_ x: Tensor, _ y: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.xlog1py(x, y) }
  }
}
