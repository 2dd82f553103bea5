/// The functions of `torch.special`.
///
/// ```swift
/// let p = Special.ndtr(x)
/// ```
public enum Special {
  private static func apply(
    _ x: Tensor, _ f: (Tensor) throws(BackplaneError) -> Tensor
  ) -> Tensor { funnel { () throws(BackplaneError) in try f(x) } }

  /// The entropy −x log x of each element, and 0 of 0; −∞ of negative numbers.
  public static func entr(_ x: Tensor) -> Tensor { apply(x, Ops.entr) }
  /// The error function 2/√π ∫₀ˣ exp(−t²) dt of each element.
  public static func erf(_ x: Tensor) -> Tensor { x.erf() }
  /// The complementary error function 1 − erf(x), without cancellation.
  public static func erfc(_ x: Tensor) -> Tensor { x.erfc() }
  /// The inverse of the error function: the y with erf(y) = x; ±∞ at ±1 and NaN beyond.
  public static func erfinv(_ x: Tensor) -> Tensor { x.erfinv() }
  /// The scaled complementary error function exp(x²) erfc(x), without the overflow of one factor and the underflow of
  /// the other.
  public static func erfcx(_ x: Tensor) -> Tensor { apply(x, Ops.erfcx) }
  /// The power of two, 2ˣ, of each element.
  public static func exp2(_ x: Tensor) -> Tensor { x.exp2() }
  /// The exponential minus 1, eˣ − 1, accurate near 0.
  public static func expm1(_ x: Tensor) -> Tensor { x.expm1() }
  /// The logarithm log(1 + x), accurate near 0.
  public static func log1p(_ x: Tensor) -> Tensor { x.log1p() }
  /// The sigmoid 1/(1 + e⁻ˣ) of each element.
  public static func expit(_ x: Tensor) -> Tensor { x.sigmoid() }
  /// The log-odds log(x / (1 − x)); with `eps`, of x held within eps … 1 − eps.
  public static func logit(_ x: Tensor, eps: Double? = nil) -> Tensor { x.logit(eps: eps) }
  /// The function sin(πx) / (πx) of each element, and 1 at 0.
  public static func sinc(_ x: Tensor) -> Tensor { x.sinc() }
  /// The logarithm of the gamma function's magnitude, log |Γ(x)|.
  public static func gammaln(_ x: Tensor) -> Tensor { x.lgamma() }
  /// The digamma function, the derivative of log Γ(x).
  public static func digamma(_ x: Tensor) -> Tensor { x.digamma() }
  /// The derivative of log Γ(x): ``digamma(_:)`` by its other name.
  public static func psi(_ x: Tensor) -> Tensor { x.digamma() }
  /// The nth derivative of the digamma function.
  public static func polygamma(_ n: Int, _ x: Tensor) -> Tensor { x.polygamma(n) }
  /// The logarithm of the multivariate gamma function of dimension p.
  public static func multigammaln(_ x: Tensor, _ p: Int) -> Tensor { mvlgamma(x, p) }
  /// The modified Bessel function of the first kind of order 0.
  public static func i0(_ x: Tensor) -> Tensor { x.i0() }
  /// The modified Bessel function of the first kind of order 0, scaled by exp(−|x|).
  public static func i0e(_ x: Tensor) -> Tensor { apply(x, Ops.i0e) }
  /// The modified Bessel function of the first kind of order 1.
  public static func i1(_ x: Tensor) -> Tensor { apply(x, Ops.i1) }
  /// The modified Bessel function of the first kind of order 1, scaled by exp(−|x|).
  public static func i1e(_ x: Tensor) -> Tensor { apply(x, Ops.i1e) }
  /// The distribution function of the standard normal distribution.
  public static func ndtr(_ x: Tensor) -> Tensor { apply(x, Ops.ndtr) }
  /// The inverse of the standard normal distribution's function: the y with ndtr(y) = x.
  public static func ndtri(_ x: Tensor) -> Tensor { apply(x, Ops.ndtri) }
  /// The logarithm of the standard normal distribution's function, accurate far below.
  public static func logNdtr(_ x: Tensor) -> Tensor { apply(x, Ops.logNdtr) }
  /// The products x log y, and 0 where x is 0 and y is not NaN.
  public static func xlogy(_ x: Tensor, _ y: Tensor) -> Tensor { x.xlogy(y) }
  /// The products x log(1 + y), and 0 where x is 0 and y is not NaN.
  public static func xlog1py(_ x: Tensor, _ y: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.xlog1py(x, y) }
  }
}
