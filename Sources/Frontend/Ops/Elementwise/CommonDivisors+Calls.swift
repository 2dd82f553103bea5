// Common divisors and multiples by name.

extension OperatorRegistry {
  mutating func addCommonDivisors() {
    addTwo(["gcd"], .init(Ops.gcd))
    addTwo(["lcm"], .init(Ops.lcm))
  }
}
