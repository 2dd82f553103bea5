import Backplane
import TestSupport
import Testing

@Suite struct DistanceLayerTests {
  @Test(arguments: testDevices) func agreeWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.CosineSimilarity", [], [:], [.real([3, 4]), .real([3, 4])], [1.6670791223, -0.438815950275, 0.620595224456],
      on: device)
    try expectAgreement(
      "nn.CosineSimilarity", [], ["dim": 0, "eps": 0.1], [.real([3, 4]), .real([3, 1])],
      [0.357800771563, 0.541463843301, 0.161890030964], on: device)
    try expectAgreement(
      "nn.PairwiseDistance", [], [:], [.real([3, 4]), .real([3, 4])], [3.60301385413, 1.08764869672, -1.08764869672],
      on: device)
    try expectAgreement(
      "nn.PairwiseDistance", [], ["p": 1.0, "keepdim": true], [.real([3, 4]), .real([4])],
      [9.35970193693, 1.13404411151, 5.54066599137], on: device)
  }

  @Test func print() {
    #expect("\(CosineSimilarity())" == "CosineSimilarity()" && "\(PairwiseDistance())" == "PairwiseDistance()")
    let a = Tensor([1.0, 2, 3], device: "reference"), b = Tensor([4.0, 5, 6], device: "reference")
    #expect(areClose([CosineSimilarity(dim: 0)(a, b).item()], [0.9746318]))
    #expect(PairwiseDistance(p: 1, keepDim: true)(a, b).shape == [1])
  }
}
