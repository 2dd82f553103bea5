import Backplane
import TestSupport
import Testing

/// Normalizations with statistics, and cross entropy of class indices, where they are one operator and where they are
/// many. The expected numbers are PyTorch's.
@Suite struct NormalizationTests {
  private func numbers(_ x: Tensor) -> [Double] { x.to(.float64).flatten().toArray(Double.self) }

  private func isClose(_ x: Tensor, _ expected: [Double], _ tolerance: Double = 1e-5) -> Bool {
    let got = numbers(x)
    return got.count == expected.count
      && zip(got, expected).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
  }

  private func rows(_ device: Device) -> Tensor { Tensor([[1.0, 2, 4, -1], [0.5, 0.5, -3, 10]], device: device) }
  private func weight(_ device: Device) -> Tensor { Tensor([1.0, -2, 0.5, 3], device: device) }
  private func bias(_ device: Device) -> Tensor { Tensor([0.0, 1, -1, 0.25], device: device) }

  @Test(arguments: testDevices) func halves(_ device: Device) {
    for (dtype, layer, group) in [
      (
        DType.bfloat16,
        [-0.27734375, 0.4453125, -0.306640625, -3.90625, -0.310546875, 1.6171875, -1.515625, 5.21875],
        [-0.27734375, 0.27734375, -1.7734375, 3.78125, -1.15625, -1.15625, -2.859375, 5.21875]
      ),
      (
        .float16,
        [
          -0.27734375, 0.4453125, -0.306640625, -3.91015625, -0.310302734375, 1.6201171875, -1.5166015625,
          5.21484375,
        ],
        [-0.27734375, 0.27734375, -1.7734375, 3.7734375, -1.1552734375, -1.1552734375, -2.8515625, 5.21484375]
      ),
    ] {
      let x = rows(device).to(dtype), w = weight(device).to(dtype), b = bias(device).to(dtype)
      // PyTorch rounds weights and statistics in other places: neighbours are as good.
      let ulp = dtype == .bfloat16 ? 0x1p-7 : 0x1p-10
      let y = F.layerNorm(x, [4], weight: w, bias: b)
      #expect(y.dtype == dtype && isClose(y, layer, ulp))
      #expect(isClose(F.layerNorm(x, [4], weight: weight(device), bias: bias(device)), layer, ulp))
      #expect(isClose(F.groupNorm(x.view([1, 4, 2]), 2, weight: w, bias: b), group, ulp))
    }
  }

  private func images(_ device: Device) -> Tensor {
    Tensor.arange(24.0, device: device).view([2, 3, 2, 2]).sin() * 3
  }

  private func statistics(_ device: Device) -> (mean: Tensor, variance: Tensor) {
    (Tensor([0.5, 0, -1], device: device), Tensor([1.0, 2, 3], device: device))
  }

  @Test(arguments: testDevices) func batches(_ device: Device) {
    let expected = [
      -0.8615856170654297, 0.8361172676086426, 0.9729599356651306, -0.5768700838088989, -0.32882821559906006,
      -1.0785809755325317, 1.4419959783554077, 4.9154953956604, 0.822360098361969, 1.5815869569778442,
      2.839169979095459, 3.4388930797576904, -1.9441440105438232, -0.013880996964871883, 1.137006402015686,
      0.45039740204811096, 1.4105111360549927, -1.0877550840377808, -0.3072569966316223, 3.034418821334839,
      0.9228639006614685, 1.0232055187225342, 2.1352765560150146, 3.2366437911987305,
    ]
    let w = Tensor([1.0, 2, -1], device: device), b = Tensor([0.0, 1, 2], device: device)
    for x in [images(device), images(device).permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2])] {
      let (mean, variance) = statistics(device)
      let y = F.batchNorm(x, mean, variance, weight: w, bias: b, training: true, momentum: 0.3, eps: 1e-3)
      #expect(isClose(y, expected))
      #expect(isClose(mean, [0.7343425154685974, -0.3587137460708618, -0.6154005527496338]))
      #expect(isClose(variance, [1.457729458808899, 2.296684980392456, 3.8833703994750977]))
      // With known statistics the same numbers come from those of the batch.
      let known = x.mean([0, 2, 3]), spread = x.var([0, 2, 3], correction: 0)
      #expect(isClose(F.batchNorm(x, known, spread, weight: w, bias: b, eps: 1e-3), expected))
      #expect(isClose(F.batchNorm(x, known, spread, eps: 1e-3) * w.view([3, 1, 1]) + b.view([3, 1, 1]), expected))
    }
  }

  @Test(arguments: testDevices) func instances(_ device: Device) {
    let (mean, variance) = statistics(device)
    let y = F.instanceNorm(
      images(device), runningMean: mean, runningVar: variance, weight: Tensor([1.0, 2, -1], device: device),
      bias: Tensor([0.0, 1, 2], device: device), momentum: 0.3, eps: 1e-3)
    #expect(
      isClose(
        y,
        [
          -1.163985252380371, 0.9068765044212341, 1.0737974643707275, -0.8166886568069458, -0.35459834337234497,
          -1.002994179725647, 1.176833152770996, 4.180759906768799, 0.6876260042190552, 1.4267094135284424,
          2.6509265899658203, 3.2347381114959717, -1.6171903610229492, 0.06880577653646469, 1.0740530490875244,
          0.47433164715766907, 1.813403606414795, -1.3223984241485596, -0.3427240252494812, 3.8517181873321533,
          1.0371323823928833, 1.1436976194381714, 2.324744939804077, 3.494424819946289,
        ]))
    #expect(isClose(mean, [0.7343424558639526, -0.3587137460708618, -0.6154005527496338]))
    #expect(isClose(variance, [1.5764248371124268, 2.4313721656799316, 4.1201019287109375]))
  }

  @Test(arguments: testDevices) func classesOfPixels(_ device: Device) throws {
    let target = Tensor([[[0, 2], [1, -100]]], device: device), w = Tensor([1.0, 2, 0.5], device: device)
    let cases: [(Tensor?, Double, Double, [Double])] = [
      (
        nil, 0, 0.9698114395141602,
        [
          -0.11249741166830063, 0.1660124957561493, 0.05936039239168167, 0, 0.04225727543234825, 0.12843498587608337,
          -0.09824901819229126, 0, 0.07024013996124268, -0.29444748163223267, 0.03888864815235138, 0,
        ]
      ),
      (
        w, 0, 0.6241076588630676,
        [
          -0.0964263528585434, 0.07114820927381516, 0.10176067054271698, 0, 0.03622052073478699, 0.05504356697201729,
          -0.16842690110206604, 0, 0.06020583584904671, -0.12619177997112274, 0.06666626036167145, 0,
        ]
      ),
      (
        w, 0.2, 0.737342894077301,
        [
          -0.05202150717377663, 0.07107344269752502, 0.07423299551010132, 0, -0.0006673665484413505,
          0.031626611948013306, -0.1258198618888855, 0, 0.05268888920545578, -0.10270006209611893,
          0.051586925983428955, 0,
        ]
      ),
    ]
    for (weight, smoothing, loss, gradient) in cases {
      let x = Tensor.arange(12.0, device: device).view([1, 3, 2, 2]).cos().requiresGrad_()
      let result = F.crossEntropy(x, target, weight: weight, labelSmoothing: smoothing)
      #expect(isClose(result, [loss]))
      result.backward()
      #expect(isClose(try #require(x.grad), gradient))
    }
  }

  /// A greatest logit that is infinite leaves no number; one that is masked out does no harm.
  @Test(arguments: testDevices) func infiniteLogits(_ device: Device) {
    #expect(F.crossEntropy(Tensor([[Double.infinity, 0]], device: device), Tensor([1], device: device)).item().isNaN)
    let x = Tensor([[-Double.infinity, 0, 1]], device: device, requiresGrad: true)
    let loss = F.crossEntropy(x, Tensor([1], device: device))
    loss.backward()
    #expect(isClose(loss, [1.3132617]))
    #expect(isClose(x.grad!, [0, -0.7310586, 0.7310586]))
  }

  @Test(arguments: testDevices) func crossEntropyOfHalves(_ device: Device) {
    let x = Tensor.arange(12.0, device: device).view([1, 3, 2, 2]).cos().to(.bfloat16).requiresGrad_()
    let loss = F.crossEntropy(x, Tensor([[[0, 2], [1, -100]]], device: device))
    #expect(loss.dtype == .bfloat16 && isClose(loss, [0.96875], 0x1p-7))
    loss.backward()
    #expect(x.grad?.dtype == .bfloat16)
  }

  struct Gradient: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let shapes: [[Int]]
    let function: @Sendable ([Tensor]) -> Tensor

    init(_ name: String, _ shapes: [[Int]], _ function: @escaping @Sendable ([Tensor]) -> Tensor) {
      (testDescription, self.shapes, self.function) = (name, shapes, function)
    }
  }

  private static func targets(_ shape: [Int], _ x: Tensor) -> Tensor {
    Tensor.arange(shape.reduce(1, *), device: x.device).view(shape) % 3
  }

  static let gradients = [
    Gradient("layer", [[2, 3, 4], [3, 4], [3, 4]]) { F.layerNorm($0[0], [3, 4], weight: $0[1], bias: $0[2]) },
    Gradient("layer without weight", [[3, 4]]) { F.layerNorm($0[0], [4]) },
    Gradient("layer with a bias alone", [[3, 4], [4]]) { F.layerNorm($0[0], [4], bias: $0[1]) },
    Gradient("root mean square", [[3, 4], [4]]) { F.rmsNorm($0[0], [4], weight: $0[1], eps: 0.1) },
    Gradient("batch", [[3, 2, 4], [2], [2]]) {
      F.batchNorm($0[0], nil, nil, weight: $0[1], bias: $0[2], training: true)
    },
    Gradient("batch of vectors", [[4, 3], [3], [3]]) {
      F.batchNorm($0[0], nil, nil, weight: $0[1], bias: $0[2], training: true)
    },
    Gradient("frozen", [[3, 2, 4], [2], [2]]) {
      F.batchNorm(
        $0[0], Tensor([0.5, -1], dtype: .float64, device: $0[0].device),
        Tensor([1.5, 2], dtype: .float64, device: $0[0].device), weight: $0[1], bias: $0[2])
    },
    Gradient("frozen without weight", [[3, 2]]) {
      F.batchNorm(
        $0[0], Tensor([0.5, -1], dtype: .float64, device: $0[0].device),
        Tensor([1.5, 2], dtype: .float64, device: $0[0].device))
    },
    Gradient("group", [[2, 4, 3], [4], [4]]) { F.groupNorm($0[0], 2, weight: $0[1], bias: $0[2]) },
    Gradient("instance", [[2, 3, 4], [3], [3]]) { F.instanceNorm($0[0], weight: $0[1], bias: $0[2]) },
    Gradient("of a transposed one", [[4, 3], [4]]) { F.layerNorm($0[0].t(), [4], weight: $0[1]) },
    Gradient("cross entropy", [[4, 3]]) { F.crossEntropy($0[0], targets([4], $0[0])) },
    Gradient("cross entropy of a vector", [[3]]) { F.crossEntropy($0[0], targets([], $0[0])) },
    Gradient("cross entropies of pixels", [[2, 3, 2, 2]]) {
      F.crossEntropy($0[0], targets([2, 2, 2], $0[0]), ignoreIndex: 1, reduction: .none, labelSmoothing: 0.2)
    },
    Gradient("weighted cross entropy", [[5, 3]]) {
      F.crossEntropy(
        $0[0], targets([5], $0[0]), weight: Tensor([1, 2, 0.5], dtype: .float64, device: $0[0].device),
        ignoreIndex: 2, labelSmoothing: 0.1)
    },
    Gradient("sum of cross entropies", [[2, 3, 4]]) {
      F.crossEntropy($0[0].transpose(0, 2).contiguous().transpose(0, 2), targets([2, 4], $0[0]), reduction: .sum)
    },
  ]

  private func inputs(_ test: Gradient, _ device: Device) -> [Tensor] {
    let generator = Generator(seed: 11)
    return test.shapes.map { Tensor.randn($0, dtype: .float64, device: device, generator: generator).requiresGrad_() }
  }

  @Test(arguments: testDevices, gradients) func first(_ device: Device, _ test: Gradient) throws {
    // Squares, for the incoming gradient to differ from place to place.
    try gradcheck({ test.function($0).square() }, inputs(test, device))
  }

  @Test(arguments: oneOfEachKind, gradients) func second(_ device: Device, _ test: Gradient) throws {
    try gradcheck(
      { inputs in
        let output = test.function(inputs).square().sum()
        return stack(grad([output], inputs, createGraph: true).map { $0!.square().sum() })
      }, inputs(test, device))
  }

  /// What a gradient needs must still be what it was.
  @Test(arguments: testDevices) func changedOperands(_ device: Device) {
    let words = "has been modified by an inplace operation"
    let x = rows(device).requiresGrad_(), w = weight(device).requiresGrad_()
    let y = F.layerNorm(x, [4], weight: w)
    noGrad { w.add_(1) }
    #expect(errorMessage { y.sum().backward() }.contains(words))
    let target = Tensor([0, 1], device: device)
    let loss = F.crossEntropy(x, target)
    target.add_(1)
    #expect(errorMessage { loss.backward() }.contains(words))
  }

  @Test(arguments: testDevices) func classesOutOfRange(_ device: Device) {
    let x = Tensor.zeros([2, 3], device: device)
    for target in [[0, 3], [-1, 0]] {
      #expect(
        errorMessage { _ = F.crossEntropy(x, Tensor(target, device: device)).item() }
          == "Target \(target.first { $0 != 0 }!) is out of bounds.")
    }
    #expect(
      errorMessage { _ = F.crossEntropy(x, Tensor([0, 1], device: device), weight: Tensor([1.0, 2], device: device)) }
        .contains("weight tensor should be defined either for all 3 classes or no classes"))
  }

  /// Squares that would leave the range of the type.
  @Test(arguments: testDevices) func extremeMagnitudes(_ device: Device) {
    for factor in [1e30, 1e-30] {
      let x = Tensor([[1.0, 2, 4, -1], [0.5, 0.5, -3, 10]], device: device) * factor
      let expected = [
        -0.2773500981126146, 0.2773500981126146, 1.3867504905630728, -1.3867504905630728, -0.3102528374, -0.3102528374,
        -1.0341761247, 1.6546817995,
      ]
      #expect(isClose(F.layerNorm(x, [4], eps: 0), expected, 1e-5))
      #expect(isClose(F.batchNorm(x.t(), nil, nil, training: true, eps: 1e-300).t(), expected, 1e-5))
    }
  }
}
