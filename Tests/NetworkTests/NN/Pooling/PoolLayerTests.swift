import Backplane
import TestSupport
import Testing

@Suite struct PoolLayerTests {
  @Test(arguments: testDevices) func poolsOfOneDimensionAgreeWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.MaxPool1d", [3], ["stride": 2, "padding": 1, "ceil_mode": true], [.real([2, 2, 7])],
      [-0.26275580022, -0.675592004406], on: device)
    try expectAgreement(
      "nn.MaxPool1d", [2, 1], ["dilation": 2, "return_indices": true], [.real([2, 7])],
      [1.11089351273, -0.0318318250029, 4.8315823938], on: device)
    try expectAgreement(
      "nn.AvgPool1d", [3, 2], ["padding": 1, "ceil_mode": true, "count_include_pad": false], [.real([2, 2, 7])],
      [0.730889362134, -0.583556162076], on: device)
    try expectAgreement(
      "nn.LPPool1d", [3, 2], ["stride": 1], [.positive([2, 2, 7])], [4.536353302, 12.1975239168], on: device)
    try expectAgreement(
      "nn.AdaptiveAvgPool1d", [3], [:], [.real([2, 2, 7])], [1.94412484644, -1.49999888461], on: device)
    try expectAgreement(
      "nn.AdaptiveMaxPool1d", [2], ["return_indices": true], [.real([2, 7])],
      [2.96659479865, 9.82845618519, -0.0117210347758], on: device)
  }

  @Test(arguments: testDevices) func poolsOfTwoDimensionsAgreeWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.MaxPool2d", [3], ["stride": 2, "padding": 1, "ceil_mode": true], [.real([2, 2, 6, 5])],
      [5.90018274581, -1.67540741557], on: device)
    try expectAgreement(
      "nn.MaxPool2d", [2, 1], ["dilation": 2, "return_indices": true], [.real([2, 6, 5])],
      [1.69960331651, 21.4006023065, 5.49638023237], on: device)
    try expectAgreement(
      "nn.AvgPool2d", [3, 2], ["padding": 1, "ceil_mode": true, "count_include_pad": false], [.real([2, 2, 6, 5])],
      [2.14982782285, -1.90518068007], on: device)
    try expectAgreement(
      "nn.AvgPool2d", [2], ["divisor_override": 3], [.real([2, 6, 5])], [-0.229065454478, 1.11128552383], on: device)
    try expectAgreement(
      "nn.LPPool2d", [3, 2], ["stride": 1], [.positive([2, 2, 6, 5])], [-6.24619815053, 4.17223416322], on: device)
    try expectAgreement(
      "nn.AdaptiveAvgPool2d", [[nil, 2]], [:], [.real([2, 2, 6, 5])], [0.556153807451, 0.486294153094], on: device)
    try expectAgreement(
      "nn.AdaptiveMaxPool2d", [2], ["return_indices": true], [.real([2, 6, 5])],
      [3.0082323985, 33.5203337294, -0.0883228236157], on: device)
  }

  @Test(arguments: testDevices) func poolsOfThreeDimensionsAgreeWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.MaxPool3d", [3], ["stride": 2, "padding": 1, "ceil_mode": true], [.real([2, 2, 4, 5, 3])],
      [3.81581082872, 7.19899894626], on: device)
    try expectAgreement(
      "nn.MaxPool3d", [2, 1], ["dilation": 2, "return_indices": true], [.real([2, 4, 5, 3])],
      [-0.53905053476, 0.132548214059, -1.57227886623], on: device)
    try expectAgreement(
      "nn.AvgPool3d", [3, 2], ["padding": 1, "ceil_mode": true, "count_include_pad": false], [.real([2, 2, 4, 5, 3])],
      [0.10985018793, 5.84106085763], on: device)
    try expectAgreement(
      "nn.AvgPool3d", [2], ["divisor_override": 3], [.real([2, 4, 5, 3])], [0.141433881507, 1.19754887885], on: device)
    try expectAgreement(
      "nn.LPPool3d", [3, 2], ["stride": 1], [.positive([2, 2, 4, 5, 3])], [-1.68023336955, -0.791155131799], on: device)
    try expectAgreement(
      "nn.AdaptiveAvgPool3d", [[nil, 2, 3]], [:], [.real([2, 2, 4, 5, 3])], [-0.0174981829863, -7.55938464911],
      on: device)
    try expectAgreement(
      "nn.AdaptiveMaxPool3d", [2], ["return_indices": true], [.real([2, 4, 5, 3])],
      [-2.48527346182, -131.018198993, -2.2062641957], on: device)
  }

  @Test(arguments: testDevices) func fractionalPoolsAgreeWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.FractionalMaxPool2d", [2],
      ["output_size": [3, 2], "return_indices": true, "_random_samples": .tensor(Tensor.zeros([2, 3, 2]))],
      [.real([2, 3, 6, 5])], [-1.06416339672, -76.7956192872, -0.0476087867435, -0.58052933497], on: device)
    try expectAgreement(
      "nn.FractionalMaxPool2d", [[2, 3]], ["output_ratio": 0.5, "_random_samples": .tensor(Tensor.zeros([2, 3, 2]))],
      [.real([2, 3, 6, 7])], [-0.173289485845, -7.4029343705, -0.58052933497], on: device)
    try expectAgreement(
      "nn.FractionalMaxPool3d", [2],
      ["output_ratio": [0.5, 0.5, 0.4], "return_indices": true, "_random_samples": .tensor(Tensor.zeros([1, 2, 3]))],
      [.real([1, 2, 6, 5, 6])], [2.73849006305, 194.355370262, -3.83575316116, 0.725167905484], on: device)
  }

  @Test(arguments: testDevices) func fractionalPoolsDrawTheirWindows(_ device: Device) {
    let x = Tensor.arange(400, device: device).to(.float32).reshape([1, 1, 20, 20])
    let pool = FractionalMaxPool2d(2, outputSize: 9, generator: Generator(seed: 1))
    let (a, indices) = pool.withIndices(x)
    // The elements are their own positions, and the last window lies at the end.
    #expect(a.shape == [1, 1, 9, 9] && a.toArray(Int.self) == indices.toArray(Int.self))
    #expect(a.max().item() == 399)
    let others = (0..<20).map { _ in pool(x).toArray(Int.self) }
    #expect(Set(others).count > 1)
    #expect(
      others.allSatisfy { values in
        let rows = stride(from: 0, to: 81, by: 9).map { values[$0] / 20 }
        return zip(rows, rows.dropFirst()).allSatisfy { (2...3).contains($1 - $0) }
      })
    #expect(
      FractionalMaxPool3d([2, 2, 1], outputRatio: [0.5, 0.5, 0.9])(x.reshape([1, 5, 4, 20])).shape == [1, 2, 2, 18])
  }

  @Test(arguments: testDevices) func unpoolingPutsMaximaBack(_ device: Device) throws {
    let x = Tensor([[[[1.0, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]]]], device: device)
    let (values, indices) = MaxPool2d(2, 2).withIndices(x)
    #expect(indices.toArray(Int.self) == [5, 7, 13, 15])
    let back = MaxUnpool2d(2, stride: 2)(values, indices)
    #expect(back.toArray(Int.self) == [0, 0, 0, 0, 0, 6, 0, 8, 0, 0, 0, 0, 0, 14, 0, 16])
    #expect(MaxUnpool2d(2)(values, indices, outputSize: [1, 1, 5, 5]).shape == [1, 1, 5, 5])
    let line = Tensor([[[1.0, 2, 3, 4, 5, 6, 7, 8, 9]]], device: device)
    let (maxima, places) = MaxPool1d(2).withIndices(line)
    let named = try module("nn.MaxUnpool1d", [2])
    #expect(
      try named.call([.tensor(maxima), .tensor(places)], ["output_size": [9]]).tensor!.toArray(Int.self)
        == [0, 2, 0, 4, 0, 6, 0, 8, 0])
    let cube = Tensor.arange(64, device: device).to(.float32).reshape([1, 4, 4, 4])
    let (corners, where3d) = MaxPool3d(2).withIndices(cube)
    #expect(MaxUnpool3d(2)(corners, where3d).sum().item() == corners.sum().item())
    #expect(
      errorMessage { _ = MaxUnpool2d(2)(values, indices, outputSize: [9, 9]) }
        == "invalid output_size \"[9, 9]\" (dim 0 must be between 2 and 6)")
  }

  @Test func indicesAreOfCallsByName() throws {
    let x = Tensor([[[1.0, 4, 2, 3]]], device: "reference")
    guard case .list(let both) = try module("nn.MaxPool1d", [2], ["return_indices": true]).call([.tensor(x)]) else {
      Issue.record("no list")
      return
    }
    #expect(both.count == 2 && both[1].tensor!.toArray(Int.self) == [1, 3])
    #expect(MaxPool1d(2, returnIndices: true)(x).toArray(Int.self) == [4, 3])
    var seen: [Int] = []
    let pool = AdaptiveMaxPool1d(1)
    pool.registerForwardHook { _, _, outputs in
      seen.append(outputs.count)
      return nil
    }
    _ = pool(x)
    _ = pool.withIndices(x)
    #expect(seen == [1, 2])
  }

  @Test func printAsPyTorchDoes() {
    #expect(
      "\(MaxPool1d(3, stride: 2))" == "MaxPool1d(kernel_size=3, stride=2, padding=0, dilation=1, ceil_mode=False)")
    #expect(
      "\(MaxPool2d([3, 2], [2, 1], ceilMode: true))"
        == "MaxPool2d(kernel_size=(3, 2), stride=(2, 1), padding=0, dilation=1, ceil_mode=True)")
    #expect("\(MaxUnpool2d(2))" == "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))")
    #expect("\(AvgPool1d(2))" == "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))")
    #expect(
      "\(AvgPool2d(kernelSize: [2, 3], padding: 1))" == "AvgPool2d(kernel_size=(2, 3), stride=(2, 3), padding=1)")
    #expect("\(LPPool2d(2, 3))" == "LPPool2d(norm_type=2, kernel_size=3, stride=None, ceil_mode=False)")
    #expect(
      "\(LPPool1d(1.5, 3, stride: 2))" == "LPPool1d(norm_type=1.5, kernel_size=3, stride=2, ceil_mode=False)")
    #expect("\(AdaptiveAvgPool2d(1))" == "AdaptiveAvgPool2d(output_size=1)")
    #expect("\(AdaptiveAvgPool3d([nil, 4, 5]))" == "AdaptiveAvgPool3d(output_size=(None, 4, 5))")
    #expect("\(AdaptiveMaxPool1d(nil))" == "AdaptiveMaxPool1d(output_size=None)")
    #expect("\(FractionalMaxPool2d(2, outputRatio: 0.5))" == "FractionalMaxPool2d()")
  }

  @Test func mistakesAreTold() {
    func made(_ name: String, _ arguments: [Argument], _ keywords: [String: Argument] = [:]) -> String {
      errorMessage { _ = try module(name, arguments, keywords) }
    }
    #expect(made("nn.LPPool2d", [0, 3]) == "norm_type must be a non-zero value, but got 0")
    #expect(
      made("nn.FractionalMaxPool2d", [2])
        == "FractionalMaxPool2d requires specifying either an output size, or a pooling ratio")
    #expect(
      made("nn.FractionalMaxPool3d", [2], ["output_size": 2, "output_ratio": 0.5])
        == "only one of output_size and output_ratio may be specified")
    #expect(
      made("nn.FractionalMaxPool2d", [2], ["output_ratio": 1.5]) == "output_ratio must be between 0 and 1 (got 1.5)")
    #expect(
      made("nn.FractionalMaxPool3d", [0], ["output_size": 2]) == "kernel_size must be greater than 0, but got 0")
    #expect(
      made("nn.AdaptiveAvgPool2d", ["one"])
        == "AdaptiveAvgPool2d(): argument 'output_size' must be tuple of ints, not str")
    let x = Tensor.zeros([1, 2, 5, 7], device: "reference")
    func called(_ pool: Module) -> String { errorMessage { _ = pool(x) } }
    #expect(
      called(FractionalMaxPool2d(2, outputSize: 5))
        == "fractional_max_pool2d(): pool height 2 too large relative to input height 5")
    #expect(
      called(FractionalMaxPool2d(2, outputSize: 2, randomSamples: Tensor.zeros([1, 3, 2], device: "reference")))
        == "Expect _random_samples.size(1) equals to input channel size.")
    #expect(called(MaxPool2d(2, padding: 2)).hasPrefix("pad should be at most half of effective kernel size"))
    #expect(called(AvgPool2d(2, divisorOverride: 0)) == "divisor must be not zero")
  }
}
