import TestSupport
import Testing

/// Operators and arguments that nobody means well by; `fuzz operators` makes as many more as one likes.
///
/// On the device that is made to be fast: the reference takes some of it literally, such as transforms of 100,000
/// elements by their definition.
@Suite struct OperatorFuzzTests {
  @Test func hostileArgumentsGiveAResultOrAnError() throws {
    let run = try Program("fuzz", ["operators", "--count", "5000", "--seed", "11"])
    #expect(run.status == 0, "\(run.output)\(run.errors)")
  }
}
