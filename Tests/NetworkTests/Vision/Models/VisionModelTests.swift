import Backplane
import Foundation
import TestSupport
import Testing

/// torchvision's models: their keys and shapes, and what PyTorch computes with the same weights. `models.py` wrote both.
@Suite(.serialized) struct VisionModelTests {
  private struct Structure: Decodable, Equatable {
    let keys: Int
    let elements: Int
    let hash: String

    init(_ entries: some Sequence<(key: String, shape: Shape)>) {
      var (count, elements, hash): (Int, Int, UInt64) = (0, 0, 0xcbf2_9ce4_8422_2325)
      for (key, shape) in entries {
        count += 1
        elements += shape.extents.reduce(1, *)
        // FNV-1a.
        for byte in "\(key) \(shape)\n".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      }
      self.elements = elements
      keys = count
      let digits = String(hash, radix: 16)
      self.hash = String(repeating: "0", count: 16 - digits.count) + digits
    }
  }

  private struct Computed: Decodable {
    let size: Int
    let scale: Double
    let eval: [Double]
    let loss: Double
    let gradient: Double
  }

  private struct Models: Decodable {
    let structure: [String: Structure]
    let computed: [String: Computed]
  }

  private let models: Models

  init() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Fixtures/models.json")
    models = try JSONDecoder().decode(Models.self, from: Data(contentsOf: file))
  }

  /// The models are not drawn: what is in memory that nobody looks at costs nothing.
  @Test func structures() {
    let models: [(String, () -> Module)] = [
      ("alexnet", { AlexNet(device: "cpu") }),
      ("resnet18", { ResNet.resnet18(device: "cpu") }),
      ("resnet34", { ResNet.resnet34(device: "cpu") }),
      ("resnet50", { ResNet.resnet50(device: "cpu") }),
      ("resnet101", { ResNet.resnet101(device: "cpu") }),
      ("resnet152", { ResNet.resnet152(device: "cpu") }),
      ("resnet18/10", { ResNet.resnet18(numClasses: 10, device: "cpu") }),
      ("mobilenet_v3_small", { MobileNetV3.mobilenetV3Small(device: "cpu") }),
      ("mobilenet_v3_large", { MobileNetV3.mobilenetV3Large(device: "cpu") }),
      ("mobilenet_v3_small/0.5", { MobileNetV3.mobilenetV3Small(widthMult: 0.5, device: "cpu") }),
      ("mobilenet_v3_small/0.75", { MobileNetV3.mobilenetV3Small(widthMult: 0.75, device: "cpu") }),
      ("mobilenet_v3_small/1.5", { MobileNetV3.mobilenetV3Small(widthMult: 1.5, device: "cpu") }),
      ("mobilenet_v3_large/tail", { MobileNetV3.mobilenetV3Large(reducedTail: true, dilated: true, device: "cpu") }),
      ("vit_b_16", { VisionTransformer.vitB16(device: "cpu") }),
      ("vit_b_32", { VisionTransformer.vitB32(device: "cpu") }),
      ("vit_l_16", { VisionTransformer.vitL16(device: "cpu") }),
      ("vit_l_32", { VisionTransformer.vitL32(device: "cpu") }),
      ("vit_h_14", { VisionTransformer.vitH14(device: "cpu") }), ("vit/tail", { small("cpu") }),
      ("vgg11", { VGG.vgg11(device: "cpu") }),
      ("vgg11_bn", { VGG.vgg11Bn(device: "cpu") }),
      ("vgg13", { VGG.vgg13(device: "cpu") }),
      ("vgg13_bn", { VGG.vgg13Bn(device: "cpu") }),
      ("vgg16", { VGG.vgg16(device: "cpu") }),
      ("vgg16_bn", { VGG.vgg16Bn(device: "cpu") }),
      ("vgg19", { VGG.vgg19(device: "cpu") }),
      ("vgg19_bn", { VGG.vgg19Bn(device: "cpu") }),
    ]
    for (name, make) in models {
      let model = Init.skipped { make() }
      #expect(Structure(model.stateDict().map { ($0.key, $0.value.shape) }) == self.models.structure[name], "\(name)")
    }
  }

  @Test func lettersOfTheTutorials() {
    let model = LeNet(device: "cpu")
    #expect(
      model.stateDict().keys == ["conv1", "conv2", "fc1", "fc2", "fc3"].flatMap { ["\($0).weight", "\($0).bias"] })
    #expect(model.parameters().map(\.numel).reduce(0, +) == 61_706)
    #expect(
      LeNet(inChannels: 3, numClasses: 7, device: "cpu")(Tensor.zeros([2, 3, 32, 32], device: "cpu")).shape == [2, 7])
  }

  // MARK: Results

  /// Numbers from −½ to ½, the same in every framework: residues of a square.
  private func noise(_ count: Int, _ number: Int, _ device: Device) -> Tensor {
    let i = Tensor.arange(count, dtype: .int64, device: device)
    return ((i * (i + (7 * number + 1)) * 31 + number) % 10007).to(.float64) / 10007 - 0.5
  }

  private func fill(_ model: Module, _ scale: Double, _ device: Device) {
    for (number, (key, value)) in model.stateDict().enumerated() where value.dtype.isFloatingPoint {
      let shape = value.shape.extents
      var x = noise(value.numel, number, device).reshape(shape)
      if shape.count > 1 {
        let fan = shape.count == 3 ? value.numel : value.numel / shape[0]
        x = x * (scale * (6 / Double(fan)).squareRoot())
      } else if key.hasSuffix("bias") || key.hasSuffix("running_mean") {
        x = x * 0.2
      } else {
        x = x * 0.5 + 1
      }
      value.copy_(x)
    }
  }

  /// Logits out of training; the loss in training, and its gradient's length.
  private func expectResults(_ model: Module, _ name: String, _ device: Device = "cpu") throws {
    let expected = try #require(models.computed[name])
    fill(model, expected.scale, device)
    let x = (noise(6 * expected.size * expected.size, 3, device) * 4).view(2, 3, expected.size, expected.size)
      .to(.float32)
    let logits = noGrad { model.eval()(x) }
    #expect(areClose(logits.toArray(), expected.eval, tolerance: 1e-5), "\(name): \(logits)")
    let loss = CrossEntropyLoss()(model.train()(x), Tensor([1, 3], device: device))
    loss.backward()
    #expect(areClose(loss.toArray(), [expected.loss], tolerance: 1e-5), "\(name): \(loss)")
    let squares = model.parameters().map { $0.grad!.to(.float64).pow(2).sum().item() }
    #expect(areClose([squares.reduce(0, +).squareRoot()], [expected.gradient], tolerance: 1e-4), "\(name)")
  }

  @Test func residualNetworksCompute() throws {
    try expectResults(ResNet.resnet18(numClasses: 10, device: "cpu"), "resnet18")
    try expectResults(
      ResNet(.bottleneck, [1, 1, 1, 1], numClasses: 10, groups: 2, widthPerGroup: 16, device: "cpu"), "bottleneck")
  }

  @Test func mobileNetworksCompute() throws {
    try expectResults(
      MobileNetV3.mobilenetV3Small(numClasses: 10, dropout: 0, device: "cpu"), "mobilenet_v3_small")
    try expectResults(
      MobileNetV3.mobilenetV3Large(numClasses: 10, widthMult: 0.25, dilated: true, dropout: 0, device: "cpu"),
      "mobilenet_v3_large")
  }

  @Test(arguments: testDevices) func transformersCompute(_ device: Device) throws {
    try expectResults(small(device), "vit", device)
  }

  private func small(_ device: Device) -> VisionTransformer {
    VisionTransformer(
      imageSize: 32, patchSize: 8, numLayers: 2, numHeads: 4, hiddenDim: 24, mlpDim: 40, numClasses: 10,
      representationSize: 16, device: device)
  }

  // MARK: First values and mistakes

  @Test func firstValuesOfTransformers() {
    let model = VisionTransformer(
      imageSize: 32, patchSize: 8, numLayers: 1, numHeads: 4, hiddenDim: 256, mlpDim: 512, numClasses: 10,
      device: "cpu", generator: Generator(seed: 4))
    let state = model.stateDict()
    #expect(model(Tensor.ones([1, 3, 32, 32], device: "cpu")).abs().sum().item() == 0)
    #expect(state["class_token"]!.abs().sum().item() == 0)
    #expect(abs(state["encoder.pos_embedding"]!.std().item() - 0.02) < 1e-3)
    #expect(abs(state["conv_proj.weight"]!.std().item() - (1 / 192.0).squareRoot()) < 1e-3)
    #expect(state["conv_proj.bias"]!.abs().sum().item() == 0)
    let maps = state["encoder.layers.encoder_layer_0.mlp.0.weight"]!
    #expect(abs(maps.abs().max().item() - (6.0 / 768).squareRoot()) < 1e-3)
    let shifts = state["encoder.layers.encoder_layer_0.mlp.0.bias"]!
    #expect(abs(shifts.std().item() - 1e-6) < 2e-7)
    // Of few inputs the normal distribution is cut off at 2.
    let few = VisionTransformer(
      imageSize: 4, patchSize: 4, numLayers: 0, numHeads: 1, hiddenDim: 1, mlpDim: 1, representationSize: 4000,
      device: "cpu", generator: Generator(seed: 4))
    let weights = few.stateDict()["heads.pre_logits.weight"]!
    #expect(weights.abs().max().item() <= 2 && abs(weights.std().item() - 0.88) < 0.03)
  }

  /// The deviations of torchvision's initialization.
  @Test func firstValues() {
    let model = ResNet.resnet18(zeroInitResidual: true, device: "cpu", generator: Generator(seed: 2))
    let blocks = model.modules().compactMap { $0 as? ResNet.BasicBlock }
    #expect(
      blocks.count == 8
        && blocks.allSatisfy { $0.bn2.weight!.abs().sum().item() == 0 && $0.bn1.weight!.mean().item() == 1 })
    let deviation: Double = model.layer4[0].stateDict()["conv1.weight"]!.std().item()
    let kaiming = (2.0 / 4608.0).squareRoot()
    #expect(abs(deviation - kaiming) < 1e-4)
    let mobile = MobileNetV3.mobilenetV3Small(device: "cpu", generator: Generator(seed: 2))
    let state = mobile.stateDict()
    #expect(abs(state["classifier.3.weight"]!.std().item() - 0.01) < 1e-4)
    #expect(state["classifier.3.bias"]!.abs().sum().item() == 0)
    let squeeze = mobile.modules().compactMap { $0 as? MobileNetV3.SqueezeExcitation }
    #expect(squeeze.count == 9 && squeeze.allSatisfy { $0.fc1.bias!.abs().sum().item() == 0 })
    let again = MobileNetV3.mobilenetV3Small(device: "cpu", generator: Generator(seed: 2)).stateDict()
    #expect(zip(state.values, again.values).allSatisfy { $0.equal($1) })
  }

  @Test func printing() {
    let block = MobileNetV3.mobilenetV3Small(widthMult: 0.1, device: "cpu").features[1]
    #expect(
      block.description == """
        InvertedResidual(
          (block): Sequential(
            (0): Conv2dNormActivation(
              (0): Conv2d(8, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), groups=8, bias=False)
              (1): BatchNorm2d(8, eps=0.001, momentum=0.01, affine=True, bias=True, track_running_stats=True)
              (2): ReLU(inplace=True)
            )
            (1): SqueezeExcitation(
              (avgpool): AdaptiveAvgPool2d(output_size=1)
              (fc1): Conv2d(8, 8, kernel_size=(1, 1), stride=(1, 1))
              (fc2): Conv2d(8, 8, kernel_size=(1, 1), stride=(1, 1))
              (activation): ReLU()
              (scale_activation): Hardsigmoid()
            )
            (2): Conv2dNormActivation(
              (0): Conv2d(8, 8, kernel_size=(1, 1), stride=(1, 1), bias=False)
              (1): BatchNorm2d(8, eps=0.001, momentum=0.01, affine=True, bias=True, track_running_stats=True)
            )
          )
        )
        """)
  }

  @Test func mistakes() {
    let cases: [(String, () throws -> Void)] = [
      ("a ResNet has four layers of at least one block each, got [2, 2]", { _ = ResNet(.basic, [2, 2]) }),
      ("BasicBlock only supports groups=1 and base_width=64", { _ = ResNet(.basic, [1, 1, 1, 1], groups: 2) }),
      ("The inverted_residual_setting should not be empty", { _ = MobileNetV3([], lastChannel: 8) }),
      (
        "Input shape indivisible by patch size!",
        {
          _ = VisionTransformer(
            imageSize: 32, patchSize: 7, numLayers: 1, numHeads: 1, hiddenDim: 4, mlpDim: 4, device: "cpu")
        }
      ),
      (
        "Wrong image width! Expected 32 but got 40!",
        { _ = small("cpu")(Tensor.zeros([1, 3, 32, 40], device: "cpu")) }
      ),
      (
        "embed_dim must be divisible by num_heads",
        {
          _ = VisionTransformer(
            imageSize: 32, patchSize: 8, numLayers: 1, numHeads: 3, hiddenDim: 4, mlpDim: 4, device: "cpu")
        }
      ),
      (
        "illegal stride value",
        {
          _ = MobileNetV3(
            [.init(8, kernel: 3, expanded: 8, out: 8, se: false, hs: false, stride: 3)], lastChannel: 8)
        }
      ),
    ]
    for (message, mistake) in cases { #expect(errorMessage(mistake) == message) }
  }
}
