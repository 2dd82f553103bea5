// Parts of floating point numbers by name.

extension OperatorRegistry {
  mutating func addFloatingPointParts() {
    addTwo(["nextafter"], .init(Ops.nextAfter))
    addTwo(["ldexp"], .init(Ops.ldexp))
    add("frexp(Tensor input)") { a in
      let (mantissa, exponent) = try Ops.frexp(a.tensor("input"))
      return [mantissa, exponent]
    }
  }
}
