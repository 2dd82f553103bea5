import Backplane
import Glibc

/// Says what character comes next, from all that came before.
private final class Writer: Module {
  let length: Int
  let embedding: Embedding
  let positions: Embedding
  let encoder: TransformerEncoder
  let head: Linear

  init(_ characters: Int, length: Int, width: Int = 64) {
    self.length = length
    embedding = Embedding(characters, width)
    positions = Embedding(length, width)
    encoder = TransformerEncoder(
      TransformerEncoderLayer(
        width, 4, dimFeedforward: 4 * width, dropout: 0, activation: .gelu, batchFirst: true, normFirst: true),
      2, norm: LayerNorm(width))
    head = Linear(width, characters)
  }

  /// (N, T) numbers of characters to (N, T, characters).
  override func forward(_ ids: Tensor) -> Tensor {
    let count = ids.size(1)
    let x = embedding(ids) + positions(Tensor.arange(count))
    return head(encoder(x, mask: Transformer.generateSquareSubsequentMask(count), isCausal: true))
  }

  /// Goes on from a beginning, drawing each character from what the network holds likely.
  func write(_ ids: [Int], _ count: Int, temperature: Double, _ generator: Generator) -> [Int] {
    var ids = ids
    for _ in 0..<count {
      let logits = self(Tensor([Array(ids.suffix(length))]))[0, -1] / temperature
      ids.append(logits.softmax(-1).multinomial(1, generator: generator).item(Int.self))
    }
    return ids
  }
}

extension Example {
  /// A Transformer that learns to write.
  static let characterTransformer = Example(
    name: "character-transformer", purpose: "A Transformer reads a text character by character, then writes.",
    epochs: 12
  ) { options in
    let text = try Resources.text(), alphabet = Alphabet(of: text)
    let ids = Tensor(alphabet.encode(text)), length = 48, batch = 32, steps = 60
    let model = Writer(alphabet.characters.count, length: length)
    let optimizer = AdamW(model.parameters(), lr: 3e-3)
    let schedule = CosineAnnealingLR(optimizer, tMax: options.epochs * steps)
    var record = try Record(options, "character-transformer")
    for epoch in 0..<options.epochs {
      for _ in progress(0..<steps, description: "epoch \(epoch + 1)") {
        // Pieces that begin anywhere, and the same one character later.
        let starts = Tensor.randint(0, ids.size(0) - length, [batch, 1])
        let piece = ids[starts + Tensor.arange(length + 1).unsqueeze(0)]
        optimizer.zeroGrad()
        let logits = model(piece[.all, ..<(-1)])
        let loss = F.crossEntropy(logits.flatten(0, 1), piece[.all, 1...].flatten())
        loss.backward()
        clipGradNorm_(model.parameters(), maxNorm: 1)
        optimizer.step()
        schedule.step()
        try record.add(loss.item(), epoch: epoch)
        if record.isComplete { break }
      }
      if record.isComplete { break }
    }
    try record.finish()
    model.eval()
    let written = noGrad {
      model.write(alphabet.encode("Alice "), 240, temperature: 0.5, Generator(seed: options.seed))
    }
    print(alphabet.decode(written) + "\n")
    return
      "loss \(rounded(record.last, 3)) a character, of \(rounded(log(Double(alphabet.characters.count)), 3)) at the start,"
  }
}
