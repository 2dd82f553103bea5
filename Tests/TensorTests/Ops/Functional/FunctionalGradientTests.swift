import Backplane
import TestSupport
import Testing

/// Gradients of `nn.functional` against differences of values, to the second order.
@Suite struct FunctionalGradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let shapes: [[Int]]
    let function: @Sendable ([Tensor]) -> Tensor

    init(_ name: String, _ shapes: [[Int]], _ function: @escaping @Sendable ([Tensor]) -> Tensor) {
      testDescription = name
      self.shapes = shapes
      self.function = function
    }

    func inputs(_ device: Device) -> [Tensor] {
      let generator = Generator(seed: 5)
      return shapes.map { Tensor.randn($0, dtype: .float64, device: device, generator: generator).requiresGrad_() }
    }
  }

  static let cases: [Case] = [
    .init("conv2d", [[2, 4, 5, 4], [4, 2, 2, 3], [4]]) {
      F.conv2d($0[0], $0[1], $0[2], stride: [2, 1], padding: 1, dilation: [1, 2], groups: 2)
    },
    .init("convTranspose1d", [[2, 2, 3], [2, 3, 2]]) {
      F.convTranspose1d($0[0], $0[1], stride: 3, padding: 1, outputPadding: 1, dilation: 2)
    },
    .init("maxPool2d", [[1, 2, 4, 5]]) { F.maxPool2d($0[0], 3, stride: 2, padding: 1, ceilMode: true) },
    .init("avgPool1d", [[1, 2, 7]]) { F.avgPool1d($0[0], 3, stride: 2, padding: 1, countIncludePad: false) },
    .init("adaptiveAvgPool2d", [[1, 1, 5, 4]]) { F.adaptiveAvgPool2d($0[0], [3, 2]) },
    .init("fold", [[1, 4, 4]]) { F.fold($0[0], 3, 2) },
    .init("pad", [[1, 2, 4]]) { F.pad($0[0], [2, -1], mode: .reflect) * F.pad($0[0], [-1, 2]) },
    .init("bicubic", [[1, 1, 3, 4]]) { F.interpolate($0[0], size: [5, 2], mode: .bicubic) },
    .init("layerNorm", [[3, 4], [4], [4]]) { F.layerNorm($0[0], [4], weight: $0[1], bias: $0[2]) },
    .init("batchNorm", [[3, 2, 2], [2]]) { F.batchNorm($0[0], nil, nil, weight: $0[1], training: true) },
    .init("gelu", [[5]]) { F.gelu($0[0]) },
    .init("gelu by tanh", [[5]]) { F.gelu($0[0], approximate: .tanh) },
    .init("mish", [[5]]) { F.mish($0[0]) },
    .init("elu", [[5]]) { F.celu($0[0], alpha: 1.5) },
    .init("softplus", [[5]]) { F.softplus($0[0], beta: 2) },
    .init("logsigmoid", [[5]]) { F.logsigmoid($0[0]) },
    .init("prelu", [[2, 3], [3]]) { F.prelu($0[0], $0[1]) },
    .init("normalize", [[2, 3]]) { F.normalize($0[0], p: 3) },
    .init("cosineSimilarity", [[2, 3], [2, 3]]) { F.cosineSimilarity($0[0], $0[1]) },
    .init("attention", [[2, 3, 2], [2, 4, 2], [2, 4, 3]]) {
      F.scaledDotProductAttention($0[0], $0[1], $0[2], isCausal: true)
    },
    .init("attention with numbers that are added", [[2, 2, 3, 2], [2, 1, 4, 2], [2, 1, 4, 3], [3, 4]]) {
      F.scaledDotProductAttention($0[0], $0[1], $0[2], attnMask: $0[3], scale: 1.5, enableGQA: true)
    },
    .init("attention with a mask", [[2, 3, 2], [2, 4, 2], [2, 4, 3]]) {
      let sees = Tensor(
        [[true, false, true, true], [false, false, false, false], [true, true, false, true]], device: $0[0].device)
      return F.scaledDotProductAttention($0[0], $0[1], $0[2], attnMask: sees)
    },
    .init("attention with dropout", [[1, 4, 3, 2], [1, 2, 4, 2], [1, 2, 4, 3]]) {
      F.scaledDotProductAttention($0[0], $0[1], $0[2], dropoutP: 0.3, enableGQA: true, generator: Generator(seed: 9))
    },
    .init("dropout", [[3, 4]]) { F.dropout($0[0], p: 0.3, generator: Generator(seed: 9)).square() },
    .init("bilinear", [[2, 2], [2, 3], [2, 2, 3]]) { F.bilinear($0[0], $0[1], $0[2]) },
    .init("binaryCrossEntropy", [[4], [4]]) { F.binaryCrossEntropy($0[0].sigmoid(), $0[1].sigmoid()) },
    .init("huberLoss", [[4], [4]]) { F.huberLoss($0[0], $0[1], delta: 0.7) },
  ]

  @Test(arguments: testDevices, cases) func first(_ device: Device, _ test: Case) throws {
    try gradcheck(test.function, test.inputs(device))
  }

  @Test(arguments: oneOfEachKind, cases) func second(_ device: Device, _ test: Case) throws {
    try gradcheck(
      { inputs in
        let output = test.function(inputs).square().sum()
        let gradients = grad([output], inputs, createGraph: true, allowUnused: true)
        return stack(zip(gradients, inputs).map { ($0 ?? Tensor.zerosLike($1)).square().sum() })
      }, test.inputs(device))
  }
}
