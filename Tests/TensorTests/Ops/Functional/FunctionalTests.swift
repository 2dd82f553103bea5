import Backplane
import TestSupport
import Testing

@Suite struct FunctionalTests {
  struct Golden: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let expected: [Double]
    let function: @Sendable (Device) -> Tensor

    init(_ name: String, _ expected: [Double], _ function: @escaping @Sendable (Device) -> Tensor) {
      testDescription = name
      self.expected = expected
      self.function = function
    }
  }

  @Sendable private static func points(_ device: Device) -> Tensor { Tensor([-1.0, 0, 2], device: device) }
  @Sendable private static func chances(_ device: Device) -> Tensor { Tensor([0.2, 0.8], device: device) }
  @Sendable private static func targets(_ device: Device) -> Tensor { Tensor([0.0, 1], device: device) }

  /// Values of PyTorch's.
  static let activations: [Golden] = [
    .init("gelu", [-0.158655, 0, 1.954500]) { F.gelu(points($0)) },
    .init("gelu by tanh", [-0.158808, 0, 1.954598]) { F.gelu(points($0), approximate: .tanh) },
    .init("mish", [-0.303401, 0, 1.943959]) { F.mish(points($0)) },
    .init("elu", [-0.632121, 0, 2]) { F.elu(points($0)) },
    .init("selu", [-1.111331, 0, 2.101402]) { F.selu(points($0)) },
    .init("hardswish", [-0.333333, 0, 1.666667]) { F.hardswish(points($0)) },
    .init("softplus", [0.313262, 0.693147, 200]) { F.softplus(Tensor([-1.0, 0, 200], device: $0)) },
    .init("logsigmoid", [-1000, -0.693147, 0]) { F.logsigmoid(Tensor([-1000.0, 0, 1000], device: $0)) },
    .init("leaky relu", [-0.01, 0, 2]) { F.leakyRelu(points($0)) },
    .init("hardtanh keeps integers", [-1, 1]) { F.hardtanh(Tensor([-3, 3], device: $0)) },
    .init("glu", [0.731059]) { F.glu(Tensor([1.0, 1], device: $0)) },
    .init("threshold", [7, 7, 2]) { F.threshold(points($0), 0, 7) },
  ]

  static let normalizations: [Golden] = [
    .init("layer norm", [-1.069041, -0.267260, 1.336302]) { F.layerNorm(Tensor([1.0, 2, 4], device: $0), [3]) },
    .init("rms norm", [0.377964, 0.755929, 1.511858]) { F.rmsNorm(Tensor([1.0, 2, 4], device: $0), [3]) },
    .init("group norm", [-0.99998, 0.99998, -0.99998, 0.99998]) {
      F.groupNorm(Tensor([[[1.0], [2], [3], [4]]], device: $0), 2)
    },
    .init("batch norm", [-0.999995, -0.999999, 0.999995, 0.999999]) {
      F.batchNorm(Tensor([[1.0, 2], [3, 6]], device: $0), nil, nil, training: true)
    },
    .init("local response norm", [0.737788, 0.781590, 0.661950]) {
      F.localResponseNorm(Tensor([[[1.0], [2], [3]]], device: $0), 2, alpha: 1)
    },
    .init("normalize", [0.6, 0.8, 0, 0]) { F.normalize(Tensor([[3.0, 4], [0, 0]], device: $0)) },
    .init("cosine similarity", [0.974632]) {
      F.cosineSimilarity(Tensor([1.0, 2, 3], device: $0), Tensor([4.0, 5, 6], device: $0), dim: 0)
    },
    .init("pdist", [5, 1, 4.242640]) { F.pdist(Tensor([[0.0, 0], [3, 4], [0, 1]], device: $0)) },
  ]

  static let losses: [Golden] = [
    .init("binary cross entropy", [0.223144]) { F.binaryCrossEntropy(chances($0), targets($0)) },
    .init("of certainty", [100, 0]) {
      F.binaryCrossEntropy(Tensor([0.0, 1], device: $0), Tensor([1.0, 1], device: $0), reduction: .none)
    },
    .init("with logits", [0.347023]) {
      F.binaryCrossEntropyWithLogits(
        Tensor([-1.0, 2], device: $0), targets($0), posWeight: Tensor([3.0], device: $0))
    },
    .init("divergence", [0.111572]) {
      F.klDiv(chances($0).log(), Tensor([0.5, 0.5], device: $0), reduction: .batchmean)
    },
    .init("smooth l1", [1.3125]) { F.smoothL1Loss(Tensor([0.0, 3], device: $0), Tensor([0.5, 0], device: $0)) },
    .init("huber", [2.0625]) { F.huberLoss(Tensor([0.0, 3], device: $0), Tensor([0.5, 0], device: $0), delta: 2) },
    .init("poisson", [1.305513]) { F.poissonNllLoss(chances($0), Tensor([1.0, 3], device: $0), full: true) },
    .init("gaussian", [0.025]) { F.gaussianNllLoss(chances($0), targets($0), Tensor([0.5, 2], device: $0)) },
    .init("multi margin", [0.5]) { F.multiMarginLoss(Tensor([[0.1, 0.2, 0.4]], device: $0), Tensor([2], device: $0)) },
    .init("multilabel margin", [0.85]) {
      F.multilabelMarginLoss(Tensor([[0.1, 0.2, 0.4, 0.8]], device: $0), Tensor([[3, 0, -1, 1]], device: $0))
    },
    .init("multilabel soft margin", [0.584620]) {
      F.multilabelSoftMarginLoss(chances($0).unsqueeze(0), targets($0).unsqueeze(0))
    },
    .init("triplet", [1.5]) {
      F.tripletMarginLoss(
        Tensor([[1.0, 2]], device: $0), Tensor([[1.0, 3]], device: $0), Tensor([[1.0, 2.5]], device: $0))
    },
    .init("cosine embedding", [0.3]) {
      F.cosineEmbeddingLoss(
        Tensor([[1.0, 2]], device: $0), Tensor([[2.0, 1]], device: $0), Tensor([-1.0], device: $0), margin: 0.5)
    },
  ]

  @Test(arguments: testDevices, activations + normalizations + losses)
  func golden(_ device: Device, _ test: Golden) {
    let result = test.function(device).flatten().toArray(Double.self)
    #expect(areClose(result, test.expected), "\(result)")
  }

  @Test(arguments: testDevices) func runningStatistics(_ device: Device) {
    let (mean, variance) = (Tensor.zeros([2], device: device), Tensor.ones([2], device: device))
    _ = F.batchNorm(Tensor([[1.0, 2], [3, 6]], device: device), mean, variance, training: true)
    #expect(areClose(mean.toArray(), [0.2, 0.4]) && areClose(variance.toArray(), [1.1, 1.7]))
  }

  @Test(arguments: testDevices) func embeddings(_ device: Device) {
    let weight = Tensor([[1.0, 2], [3, 4], [5, 6]], device: device, requiresGrad: true)
    let index = Tensor([0, 2, 2, 1], device: device)
    let offsets = Tensor([0, 3, 3], device: device)
    let bags: [(F.EmbeddingBagMode, [Double])] = [
      (.sum, [11, 14, 0, 0, 3, 4]), (.mean, [3.666667, 4.666667, 0, 0, 3, 4]), (.max, [5, 6, 0, 0, 3, 4]),
    ]
    for (mode, expected) in bags {
      #expect(areClose(F.embeddingBag(index, weight, offsets: offsets, mode: mode).flatten().toArray(), expected))
    }
    F.embedding(index, weight, paddingIdx: -1).sum().backward()
    #expect(weight.grad!.flatten().toArray(Double.self) == [1, 1, 1, 1, 0, 0])
    weight.grad = nil
    F.embedding(index, weight, scaleGradByFreq: true).sum().backward()
    #expect(weight.grad!.flatten().toArray(Double.self) == [1, 1, 1, 1, 1, 1])
    #expect(F.oneHot(Tensor([1, 0], device: device), numClasses: 3).flatten().toArray(Int.self) == [0, 1, 0, 1, 0, 0])
    #expect(errorMessage { _ = F.oneHot(Tensor([-1], device: device)) } == "Class values must be non-negative.")
  }

  @Test(arguments: testDevices) func attention(_ device: Device) {
    let q = Tensor.eye(2, device: device)
    let v = Tensor([[1.0, 2], [3, 4]], device: device)
    let free = F.scaledDotProductAttention(q, q, v).flatten().toArray(Double.self)
    #expect(areClose(free, [1.660477, 2.660477, 2.339523, 3.339523]))
    let causal = F.scaledDotProductAttention(q, q, v, isCausal: true).flatten().toArray(Double.self)
    #expect(areClose(causal, [1, 2, 2.339523, 3.339523]))
    // Who sees nothing gets nothing.
    let mask = Tensor([[true, false], [false, false]], device: device)
    let masked = F.scaledDotProductAttention(q, q, v, attnMask: mask).flatten().toArray(Double.self)
    #expect(areClose(masked, [1, 2, 0, 0]))
  }

  @Test(arguments: testDevices) func droppedChannels(_ device: Device) {
    let x = Tensor.ones([4, 50, 3, 3], device: device)
    let sums = F.dropout2d(x, p: 0.5, generator: Generator(seed: 1)).sum([2, 3]).flatten().toArray(Double.self)
    // A channel is dropped whole or doubled whole.
    #expect(sums.allSatisfy { $0 == 0 || $0 == 18 })
    #expect((60...140).contains(sums.filter { $0 == 0 }.count))
    #expect(F.dropout2d(x, training: false) === x)
    #expect(errorMessage { _ = F.dropout1d(x) }.hasPrefix("dropout1d: Expected 2D or 3D input"))
  }

  @Test(arguments: testDevices) func inPlaceByName(_ device: Device) throws {
    let leaf = Tensor([-1.0, 2], device: device, requiresGrad: true)
    let x = leaf * 1
    let y = try call("nn.functional.elu", [.tensor(x)], ["inplace": true]).tensor!
    #expect(y === x && areClose(x.toArray(), [-0.632121, 2]))
    x.sum().backward()
    #expect(areClose(leaf.grad!.toArray(), [0.367879, 1]))
    #expect(
      errorMessage { try call("nn.functional.elu", [.tensor(leaf)], ["inplace": true]) }
        == "a leaf Variable that requires grad is being used in an in-place operation.")
  }

  @Test func misuse() {
    let x = Tensor([[1.0, 2]], device: "reference")
    #expect(errorMessage { _ = F.softshrink(x, lambd: -0.5) }.contains("but found -0.5"))
    #expect(errorMessage { _ = F.hardtanh(x, minVal: 1, maxVal: -1) } == "min_val cannot be greater than max_val")
    #expect(errorMessage { _ = F.glu(x[0..., ..<1]) } == "Halving dimension must be even, but dimension 1 is size 1")
    #expect(errorMessage { _ = F.elu(x.long()) }.contains("not implemented for 'Long'"))
    #expect(errorMessage { _ = F.binaryCrossEntropy(x, x) } == "all elements of input should be between 0 and 1")
    #expect(
      errorMessage { _ = F.groupNorm(x, 3) }.contains(
        "Expected number of channels in input to be divisible by num_groups"))
    #expect(errorMessage { _ = F.tripletMarginLoss(x, x, x, margin: -1) } == "margin must be greater than 0, got -1.0")
    #expect(
      errorMessage { try call("nn.functional.l1_loss", [.tensor(x), .tensor(x)], ["reduction": "abc"]) }
        == "abc is not a valid value for reduction")
  }
}
