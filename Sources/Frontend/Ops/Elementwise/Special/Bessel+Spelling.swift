extension Special {
  private static func apply(
    _ x: Tensor, _ f: (Tensor) throws(BackplaneError) -> Tensor
  ) -> Tensor { funnel { () throws(BackplaneError) in try f(x) } }

  /// The Bessel function of the first kind of order 0. PyTorch's is off by up to 10⁻⁵ of its value around 5, as are those
  /// of order 1 and of the second kind; these are not.
  public static func besselJ0(_ x: Tensor) -> Tensor { apply(x, Ops.besselJ0) }
  /// The Bessel function of the first kind of order 1.
  public static func besselJ1(_ x: Tensor) -> Tensor { apply(x, Ops.besselJ1) }
  /// The Bessel function of the second kind of order 0: −∞ at 0, and NaN below.
  public static func besselY0(_ x: Tensor) -> Tensor { apply(x, Ops.besselY0) }
  /// The Bessel function of the second kind of order 1: −∞ at 0, and NaN below.
  public static func besselY1(_ x: Tensor) -> Tensor { apply(x, Ops.besselY1) }
  /// The modified Bessel function of the first kind of order 0: ``i0(_:)``.
  public static func modifiedBesselI0(_ x: Tensor) -> Tensor { apply(x, Ops.i0) }
  /// The modified Bessel function of the first kind of order 1: ``i1(_:)``.
  public static func modifiedBesselI1(_ x: Tensor) -> Tensor { apply(x, Ops.i1) }
  /// The modified Bessel function of the second kind of order 0: ∞ at 0, and NaN below.
  public static func modifiedBesselK0(_ x: Tensor) -> Tensor { apply(x, Ops.besselK0) }
  /// The modified Bessel function of the second kind of order 1: ∞ at 0, and NaN below.
  public static func modifiedBesselK1(_ x: Tensor) -> Tensor { apply(x, Ops.besselK1) }
  /// The modified Bessel function of the second kind of order 0, scaled by exp(x).
  public static func scaledModifiedBesselK0(_ x: Tensor) -> Tensor { apply(x, Ops.scaledBesselK0) }
  /// The modified Bessel function of the second kind of order 1, scaled by exp(x).
  public static func scaledModifiedBesselK1(_ x: Tensor) -> Tensor { apply(x, Ops.scaledBesselK1) }
  /// The spherical Bessel function of the first kind of order 0: sin(x)/x, and 1 at 0.
  public static func sphericalBesselJ0(_ x: Tensor) -> Tensor { apply(x, Ops.sphericalBesselJ0) }
}
