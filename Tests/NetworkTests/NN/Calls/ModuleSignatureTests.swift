import Backplane
import Testing

@Suite struct ModuleSignatureTests {
  @Test func defaultsAreWhatParametersTake() throws {
    #expect(moduleNames.count > 40)
    for name in moduleNames {
      let (constructor, forward) = try #require(moduleSignature(name))
      #expect(try constructor.checksDefaults() && forward.checksDefaults(), "\(name)")
    }
  }
}
