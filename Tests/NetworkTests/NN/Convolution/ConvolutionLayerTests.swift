import Backplane
import TestSupport
import Testing

@Suite struct ConvolutionLayerTests {
  @Test(arguments: testDevices) func convolutionsAgreeWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.Conv1d", [4, 6, 3], ["padding": 1, "stride": 2, "groups": 2], [.real([2, 4, 7])],
      [4.72226092844, 19.7061683723, 25.3471743941, -3.06660299622], on: device)
    try expectAgreement(
      "nn.Conv1d", [2, 3, 2], ["padding": "same", "padding_mode": "circular"], [.real([2, 7])],
      [-9.19985534079, 9.05010295707, 3.59816212709, -0.0708591877035], on: device)
    try expectAgreement(
      "nn.Conv2d", [4, 6, 3], ["padding": 1, "stride": 2, "groups": 2], [.real([2, 4, 6, 5])],
      [-2.89463038111, 1.27279496189, -4.95551819436, 1.54561938384], on: device)
    try expectAgreement(
      "nn.Conv2d", [2, 3, 2], ["padding": "same", "padding_mode": "circular"], [.real([2, 6, 5])],
      [0.338459704322, -4.89323736061, 2.74981470803, 2.94723238887], on: device)
    try expectAgreement(
      "nn.Conv3d", [4, 6, 3], ["padding": 1, "stride": 2, "groups": 2], [.real([2, 4, 4, 5, 3])],
      [-4.49492204852, 1.95031107327, -0.989077256753, -1.1766269603], on: device)
    try expectAgreement(
      "nn.Conv3d", [2, 3, 2], ["padding": "same", "padding_mode": "circular"], [.real([2, 4, 5, 3])],
      [-9.4630961131, -98.380519147, -13.0624942258, -1.22745836304], on: device)
    try expectAgreement(
      "nn.Conv2d", [2, 3, 3], ["padding": [2, 1], "padding_mode": "reflect", "dilation": [1, 2], "bias": false],
      [.real([2, 2, 6, 5])], [18.0352569372, -15.2671140317, 15.4171811821], on: device)
    try expectAgreement(
      "nn.Conv2d", [2, 3, [3, 2]], ["padding": 1, "padding_mode": "replicate"], [.real([2, 2, 6, 5])], training: false,
      [5.98825819041, 176.30502144, 5.74355321595, 2.52160279496], on: device)
    try expectAgreement(
      "nn.Conv2d", [2, 3, [3, 2]], ["padding": "valid", "padding_mode": "reflect"], [.real([2, 2, 6, 5])],
      [2.9596378722, -0.0725755015997, 0.127153584629, -1.64125409587], on: device)
  }

  @Test(arguments: testDevices) func transposedConvolutionsAgreeWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.ConvTranspose1d", [4, 6, 3], ["stride": 2, "padding": 1, "output_padding": 1, "groups": 2],
      [.real([1, 4, 7])], [6.09790470272, -6.46353205535, 12.41623972, 0.87026800887], on: device)
    try expectAgreement(
      "nn.ConvTranspose1d", [2, 3, 2], ["stride": 3, "dilation": 2, "bias": false], [.real([2, 7])],
      forward: ["output_size": [22]], [0.329443876122, -0.0215259208931, -4.9213713896], on: device)
    try expectAgreement(
      "nn.ConvTranspose2d", [4, 6, 3], ["stride": 2, "padding": 1, "output_padding": 1, "groups": 2],
      [.real([1, 4, 6, 5])], [0.695380485288, -1.65679520139, -15.6805534441, 0.0833168285637], on: device)
    try expectAgreement(
      "nn.ConvTranspose2d", [2, 3, 2], ["stride": 3, "dilation": 2, "bias": false], [.real([2, 6, 5])],
      forward: ["output_size": [19, 16]], [-15.5155132304, -66.3168208969, 1.08273878251], on: device)
    try expectAgreement(
      "nn.ConvTranspose3d", [4, 6, 3], ["stride": 2, "padding": 1, "output_padding": 1, "groups": 2],
      [.real([1, 4, 4, 5, 3])], [14.6170332978, 223.629867201, -8.63800619067, -1.75193523791], on: device)
    try expectAgreement(
      "nn.ConvTranspose3d", [2, 3, 2], ["stride": 3, "dilation": 2, "bias": false], [.real([2, 4, 5, 3])],
      forward: ["output_size": [13, 16, 10]], [-1.3682154725, 7.58452163086, 2.13309540479], on: device)
  }

  @Test(arguments: testDevices) func windowsAgreeWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.Unfold", [[2, 3]], ["dilation": 2, "padding": 1, "stride": [1, 2]], [.real([2, 3, 5, 6])],
      [0.0127331034293, -0.991579709441], on: device)
    try expectAgreement(
      "nn.Fold", [[4, 5], 2], ["padding": 1, "stride": 2], [.real([2, 12, 9])], [30.5091323182, 1.84133651186],
      on: device)
  }

  @Test func startUniform() {
    let layer = Conv2d(8, 64, 3, device: "reference", generator: Generator(seed: 4))
    #expect(layer.weight.shape == [64, 8, 3, 3] && layer.bias!.shape == [64])
    #expect(layer.stateDict().keys == ["weight", "bias"])
    let bound = 1 / 72.0.squareRoot()
    for values in [layer.weight.toArray(Double.self), layer.bias!.toArray(Double.self)] {
      #expect(values.allSatisfy { abs($0) <= bound } && values.max()! > 0.9 * bound && values.min()! < -0.9 * bound)
    }
    let transposed = ConvTranspose1d(4, 6, kernelSize: 3, groups: 2, bias: false, dtype: .float64, device: "reference")
    #expect(transposed.weight.shape == [4, 3, 3] && transposed.bias == nil && transposed.weight.dtype == .float64)
    #expect(Conv1d(0, 4, 3, device: "reference").weight.numel == 0)
  }

  @Test func printAsPyTorchDoes() {
    #expect("\(Conv1d(16, 33, 3, stride: 2))" == "Conv1d(16, 33, kernel_size=(3,), stride=(2,))")
    #expect(
      "\(Conv2d(3, 8, [3, 5], padding: [4, 2], dilation: [3, 1], bias: false, paddingMode: .circular))"
        == "Conv2d(3, 8, kernel_size=(3, 5), stride=(1, 1), padding=(4, 2), dilation=(3, 1), bias=False, "
        + "padding_mode=circular)")
    #expect(
      "\(Conv2d(4, 8, kernelSize: 3, padding: .same, groups: 4))"
        == "Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), padding=same, groups=4)")
    #expect("\(Conv3d(1, 2, 3))" == "Conv3d(1, 2, kernel_size=(3, 3, 3), stride=(1, 1, 1))")
    #expect(
      "\(ConvTranspose2d(8, 4, 4, stride: 2, padding: 1, outputPadding: 1, groups: 2))"
        == "ConvTranspose2d(8, 4, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1), output_padding=(1, 1), groups=2)")
    #expect("\(Unfold([2, 3], padding: 1))" == "Unfold(kernel_size=(2, 3), dilation=1, padding=1, stride=1)")
    #expect("\(Fold([4, 5], 2))" == "Fold(output_size=(4, 5), kernel_size=2, dilation=1, padding=0, stride=1)")
  }

  @Test func outputSizesAreChosen() {
    let layer = ConvTranspose2d(3, 2, 3, stride: 2, padding: 1, device: "reference")
    let x = Tensor.zeros([1, 3, 4, 5], device: "reference")
    #expect(layer(x).shape == [1, 2, 7, 9])
    #expect(layer(x, outputSize: [8, 10]).shape == [1, 2, 8, 10])
    #expect(layer(x, outputSize: [1, 2, 8, 9]).shape == [1, 2, 8, 9])
    #expect(layer(x, outputSize: nil).shape == [1, 2, 7, 9])
    #expect(
      errorMessage { _ = layer(x, outputSize: [9, 10]) }
        == "requested an output size of [9, 10], but valid sizes range from [7, 9] to [8, 10] (for an input of [4, 5])")
    #expect(
      errorMessage { _ = layer(x[0], outputSize: [8]) }
        == "ConvTranspose2D: for 3D input, output_size must have 2 or 3 elements (got 1)")
    #expect(errorKind { _ = layer(x[0][0], outputSize: [8, 8]) } == .shape)
    var seen = 0
    layer.registerForwardHook { _, _, outputs in
      seen += outputs[0].size(2)
      return nil
    }
    _ = layer(x, outputSize: [8, 10])
    #expect(seen == 8)
  }

  @Test func mistakesAreTold() {
    func made(_ name: String, _ arguments: [Argument], _ keywords: [String: Argument] = [:]) -> String {
      errorMessage { _ = try module(name, arguments, keywords) }
    }
    #expect(made("nn.Conv1d", [4, 6, 3], ["groups": 0]) == "groups must be a positive integer")
    #expect(made("nn.Conv2d", [4, 6, 3], ["groups": 3]) == "in_channels must be divisible by groups")
    #expect(made("nn.Conv2d", [4, 5, 3], ["groups": 2]) == "out_channels must be divisible by groups")
    #expect(
      made("nn.Conv3d", [4, 6, 3], ["padding": "same", "stride": 2])
        == "padding='same' is not supported for strided convolutions")
    #expect(
      made("nn.Conv2d", [4, 6, 3], ["padding": "some"])
        == "Invalid padding string 'some', should be one of {'same', 'valid'}")
    #expect(
      made("nn.Conv2d", [4, 6, 3], ["padding_mode": "zero"])
        == "padding_mode must be one of {'zeros', 'reflect', 'replicate', 'circular'}, but got padding_mode='zero'")
    #expect(
      made("nn.ConvTranspose2d", [4, 6, 3], ["padding_mode": "reflect"])
        == "Only \"zeros\" padding mode is supported for ConvTranspose2d")
    #expect(
      made("nn.Conv2d", [-4, 6, 3]) == "Trying to create tensor with negative dimension -4: [6, -4, 3, 3]")
    #expect(
      made("nn.Conv2d", [4, 6, [3, 3, 3]])
        == "Conv2d: expected kernel_size to be a single integer value or a list of 2 values to match the dimensions, but "
        + "got kernel_size=[3, 3, 3]")
    #expect(
      errorMessage { _ = Conv2d(4, 6, [3, 3, 3], padding: 1, paddingMode: .reflect)(Tensor.zeros([1, 4, 8, 8])) }
        .hasPrefix("Conv2d: expected kernel_size"))
    #expect(
      errorMessage { _ = Conv2d(4, 6, 3, device: "reference")(Tensor.zeros([1, 3, 8, 8], device: "reference")) }
        == "Given groups=1, weight of size [6, 4, 3, 3], expected input[1, 3, 8, 8] to have 4 channels, but got 3 "
        + "channels instead")
  }
}
