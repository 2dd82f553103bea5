import Testing

/// Operators and arguments that nobody means well by; `fuzz operators` makes as many more as one likes.
@Suite struct OperatorFuzzTests {
  @Test(arguments: ["cpu", "reference"])
  func hostileArgumentsGiveAResultOrAnError(device: String) throws {
    let run = try Program("fuzz", ["operators", "--count", "3000", "--seed", "11", "--device", device])
    #expect(run.status == 0, "\(run.output)\(run.errors)")
  }
}
