import Backplane

extension Example {
  /// A checkpoint of GPT-2's shape, as PyTorch's programs save them, continues a text.
  static let generation = Example(
    name: "gpt2", purpose: "A small GPT-2 is loaded from a checkpoint and writes.", epochs: 1
  ) { options in
    let path = Resources.folder("Text") + "/gpt2-small.safetensors"
    let file = try Safetensors(path)
    guard let characters = file.metadata["characters"], let vocabulary = Optional(Alphabet(characters)) else {
      throw BackplaneError(.file, "\(path): its metadata name no characters")
    }
    let weights = try load(path)
    guard let tokens = weights["transformer.wte.weight"], let positions = weights["transformer.wpe.weight"] else {
      throw BackplaneError(.file, "\(path): no checkpoint of GPT-2's shape")
    }
    let model = GPT(
      GPTConfig(
        vocabSize: tokens.size(0), nPositions: positions.size(0), nEmbd: tokens.size(1), nLayer: 3, nHead: 4))
    try model.load(pretrained: weights)
    model.eval()
    print(summary(model, inputSize: [1, positions.size(0)], dtype: .int64))

    let prompt = vocabulary.encode("Down, down, ")
    let generator = Generator(seed: options.seed)
    let clock = ContinuousClock(), start = clock.now
    let ids = model.generate(
      Tensor([prompt]), maxNewTokens: positions.size(0) - prompt.count, doSample: true, temperature: 0.5,
      generator: generator)
    let seconds = (clock.now - start) / .seconds(1)
    let written = ids[0].toArray(Int.self)
    print("\n" + vocabulary.decode(written) + "\n")
    return
      "\(written.count - prompt.count) characters, \(rounded(Double(written.count - prompt.count) / seconds, 0)) a second,"
  }
}
