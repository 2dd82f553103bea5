import Backplane
import Foundation
import TestSupport
import Testing

/// The article *A model, a data set, a training loop*: its cells run, one after another.
@Suite struct TrainingArticleTests {
  @Test func theCellsRun() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.url.path

    // The program
    enum Training {
      static func main() throws {
        manualSeed(1)
      }
    }
    try Training.main()

    // A model
    final class Classifier: Module {
      let features = Sequential(Conv2d(1, 8, 3, padding: 1), BatchNorm2d(8), ReLU(), MaxPool2d(2), Flatten())
      let head = Linear(8 * 4 * 4, 2)
      @Parameter var logitScale: Tensor = Tensor.ones([1])
      @Buffer var seenImages: Tensor = Tensor.zeros([1])

      override func forward(_ x: Tensor) -> Tensor {
        if training { noGrad { seenImages += Double(x.size(0)) } }
        return logitScale * head(features(x))
      }
    }
    let model = Classifier()
    let keys = model.stateDict().keys  // ["logit_scale", "seen_images", "features.0.weight", …]
    let parameters = model.parameters().reduce(0) { $0 + $1.numel }
    #expect(Array(keys.prefix(3)) == ["logit_scale", "seen_images", "features.0.weight"])
    #expect(parameters == 72 + 8 + 16 + 256 + 2 + 1)

    // A data set
    struct Bars: Dataset {
      let count: Int
      subscript(position: Int) -> (Tensor, Tensor) {
        let generator = Generator(seed: UInt64(position))
        let image = 0.3 * Tensor.rand([1, 8, 8], generator: generator)
        let place = Tensor.randint(0, 8, [1], device: "cpu", generator: generator).item(Int.self)
        if position % 2 == 0 { image[0, place] += 1 } else { image[0, .all, place] += 1 }
        return (image, Tensor(position % 2))
      }
    }
    let bars = Bars(count: 96)
    let loader = DataLoader(bars, batchSize: 16, shuffle: true)
    let pairs = DataLoader(bars, batchSize: 16) { items in
      (images: stack(items.map(\.0)), labels: items.map { $0.1.item(Int.self) })
    }
    for (images, labels) in pairs {
      #expect(images.shape == [16, 1, 8, 8] && labels == (0..<16).map { $0 % 2 })
    }

    // The loop
    let optimizer = AdamW(model.parameters(), lr: 0.01)
    let schedule = OneCycleLR(optimizer, maxLr: 0.02, totalSteps: 3 * loader.count)
    let criterion = CrossEntropyLoss()
    var losses: [Double] = []

    model.train()
    for epoch in 1...3 {
      for (images, labels) in progress(loader, description: "epoch \(epoch)") {
        optimizer.zeroGrad()
        let loss = criterion(model(images), labels)
        loss.backward()
        clipGradNorm_(model.parameters(), maxNorm: 1)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
      }
    }
    #expect(losses.count == 18 && losses.last! < losses[0] / 2, "\(losses)")
    #expect(model.seenImages.item() == 288)

    model.eval()
    let test = DataLoader(Bars(count: 32), batchSize: 32)
    var right = 0
    noGrad {
      for (images, labels) in test { right += (model(images).argmax(1) .== labels).sum().item(Int.self) }
    }
    #expect(right >= 28, "\(right) of 32")

    // Checkpoints
    var run: Checkpoint = ["epoch": 3]
    run["model"] = Checkpoint(model.stateDict())
    run["optimizer"] = Checkpoint(optimizer)
    run["schedule"] = Checkpoint(schedule.stateDict())
    run["random"] = .tensor(getRngState())
    let file = folder + "/run.pt"
    try save(run, to: file)
    let saved = try Checkpoint(contentsOf: file)
    let again = Classifier()
    try again.load(saved["model"])
    try optimizer.load(saved["optimizer"])
    setRngState(saved["random"]!.tensor!)
    let first = saved["epoch"]!.int! + 1
    #expect(first == 4)

    // Devices
    let reference = again.to("reference").eval()
    let image = bars[0].0.unsqueeze(0)
    let difference = (reference(image.to("reference")).to("cpu") - model(image.to(model.head.weight.device)).to("cpu"))
      .abs().max()
    #expect(difference.item() < 1e-5)
  }

  /// What is tested is what is printed.
  @Test func theCellsAreThoseOfTheArticle() throws {
    func lines(_ text: String) -> [String] {
      text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let source = lines(try String(contentsOfFile: #filePath, encoding: .utf8))
    var cells: [[String]] = []
    var isCode = false
    for line in lines(try Repository.text("Sources/Frontend/Backplane.docc/TrainingAModel.md")) {
      if line.hasPrefix("```") {
        isCode.toggle()
        if isCode { cells.append([]) }
      } else if isCode {
        cells[cells.count - 1].append(line)
      }
    }
    #expect(cells.count == 10)
    var place = 0
    for cell in cells {
      let found = source.indices.dropFirst(place).first { source[$0...].starts(with: cell) }
      #expect(found != nil, "not run: \(cell[0])")
      place = found.map { $0 + cell.count } ?? place
    }
  }
}
