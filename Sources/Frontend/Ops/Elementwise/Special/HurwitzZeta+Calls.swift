// The zeta function by name.

extension OperatorRegistry {
  mutating func addZeta() {
    addTwo(["special.zeta"], inPlace: false, .init(wrapping: Ops.zeta))
  }
}
