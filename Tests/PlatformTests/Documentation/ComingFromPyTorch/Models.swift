import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func models() throws {
    let table = try SpellingTable("Models")
    let image = Tensor.zeros([1, 3, 64, 64])
    let config = GPTConfig(vocabSize: 50, nPositions: 16, nEmbd: 8, nLayer: 1, nHead: 2)
    let gpt = GPT(config)
    table.row("[1, 10]") { ResNet.resnet18(numClasses: 10).eval()(image).shape }
    table.row("layer1.0.conv1.weight") { ResNet.resnet18().stateDict().keys[6] }
    table.row("[1, 10]") { MobileNetV3.mobilenetV3Small(numClasses: 10).eval()(image).shape }
    table.row("[1, 10]") {
      VisionTransformer(
        imageSize: 64, patchSize: 16, numLayers: 2, numHeads: 4, hiddenDim: 32, mlpDim: 64, numClasses: 10)(image).shape
    }
    table.row("[1, 3, 50]") { gpt(Tensor([[1, 2, 3]])).shape }
    table.row("[1, 7]") { gpt.generate(Tensor([[1, 2, 3]]), maxNewTokens: 4).shape }
    table.row("transformer.h.0.ln_1.weight") { gpt.stateDict().keys[2] }
    table.matchesTheArticle()
  }
}
