import Backplane
import TestSupport
import Testing

@Suite struct BilinearTests {
  @Test(arguments: testDevices) func agreesWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.Bilinear", [2, 3, 4], [:], [.real([5, 2]), .real([5, 3])],
      [-0.788433010838, -1.45453386044, 0.0317201454601, 1.41333118867, -0.75777947181], on: device)
    try expectAgreement(
      "nn.Bilinear", [2, 3, 4], ["bias": false], [.real([2]), .real([3])],
      [0.0386980569344, -1.33349035185, 0.0443258877558, 0.138818124742], on: device)
  }

  @Test func startsUniform() {
    let layer = Bilinear(16, 5, 20, device: "reference", generator: Generator(seed: 6))
    #expect(layer.weight.shape == [20, 16, 5] && layer.bias!.shape == [20])
    let values = layer.weight.toArray(Double.self) + layer.bias!.toArray(Double.self)
    #expect(values.allSatisfy { abs($0) <= 0.25 } && values.max()! > 0.24)
    #expect(
      "\(Bilinear(2, 3, 4, bias: false))" == "Bilinear(in1_features=2, in2_features=3, out_features=4, bias=False)")
    #expect(
      errorMessage { _ = Bilinear(0, 3, 4) } == "in1_features must be > 0, but got (in1_features=0)")
  }
}
