// Bessel functions by name.

extension OperatorRegistry {
  mutating func addBessel() {
    let functions: [(String, @Sendable (Tensor) throws(BackplaneError) -> Tensor)] = [
      ("bessel_j0", Ops.besselJ0), ("bessel_j1", Ops.besselJ1), ("bessel_y0", Ops.besselY0),
      ("bessel_y1", Ops.besselY1), ("modified_bessel_i0", Ops.i0), ("modified_bessel_i1", Ops.i1),
      ("modified_bessel_k0", Ops.besselK0), ("modified_bessel_k1", Ops.besselK1),
      ("scaled_modified_bessel_k0", Ops.scaledBesselK0), ("scaled_modified_bessel_k1", Ops.scaledBesselK1),
      ("spherical_bessel_j0", Ops.sphericalBesselJ0),
    ]
    for (name, f) in functions { add("special.\(name)(Tensor input)") { try f($0.tensor("input")) } }
  }
}
