import Backplane

/// The network, and how it is trained and tested.
struct Classifier {
  let model: Sequential

  init(inputs: Int) {
    model = Sequential(
      Linear(inputs, 128), ReLU(),
      Linear(128, 64), ReLU(),
      Linear(64, 10))
  }

  /// Trains with Adam and returns the loss of every step.
  func train(on data: DigitImages.Part, _ options: Options) throws -> [Double] {
    let loader = DataLoader(
      TensorDataset(data.images, data.labels), batchSize: options.batchSize, shuffle: true)
    let optimizer = Adam(model.parameters(), lr: options.learningRate)
    var progress = Progress(epochs: options.epochs, stepsPerEpoch: loader.count)
    var losses: [Double] = []
    for epoch in 0..<options.epochs {
      var total = 0.0
      var batches = loader.makeIterator()
      for step in 0..<loader.count {
        let (count, loss) = try withErrors {
          let (images, labels) = batches.next()!
          optimizer.zeroGrad()
          let loss = F.crossEntropy(model(images), labels)
          loss.backward()
          optimizer.step()
          return (images.size(0), loss.item())
        }
        guard loss.isFinite else {
          throw Failure.result("the loss became \(loss) in step \(losses.count + 1); a smaller --lr may help")
        }
        losses.append(loss)
        total += loss
        progress.advance(epoch: epoch, step: step, samples: count, loss: total / Double(step + 1))
      }
    }
    return losses
  }

  /// The digit that each image looks like most.
  func predict(_ images: Tensor) throws -> [Int] {
    try withErrors { noGrad { model(images).argmax(1).toArray(Int.self) } }
  }
}
