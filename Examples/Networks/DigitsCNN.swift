import Backplane

extension Example {
  /// Handwritten digits by convolutions, with all that belongs to a training run: a checkpoint to go on from, too.
  static let digitsCNN = Example(
    name: "digits-cnn", purpose: "A convolutional network reads handwritten digits.", epochs: 24
  ) { options in
    let (training, test) = try digits()
    let loader = DataLoader(TensorDataset(training.images, training.labels), batchSize: 64, shuffle: true)
    let model = Sequential(
      Conv2d(1, 32, 3, padding: 1, bias: false), BatchNorm2d(32), ReLU(),
      Conv2d(32, 32, 3, padding: 1, bias: false), BatchNorm2d(32), ReLU(), MaxPool2d(2),
      Conv2d(32, 64, 3, padding: 1, bias: false), BatchNorm2d(64), ReLU(), AdaptiveAvgPool2d(2),
      Flatten(), Dropout(p: 0.3), Linear(256, 10))
    print(summary(model, inputSize: [64, 1, 8, 8]))
    let criterion = CrossEntropyLoss(labelSmoothing: 0.05)
    let optimizer = SGD(model.parameters(), lr: 0.05, momentum: 0.9, weightDecay: 5e-4, nesterov: true)
    let schedule = OneCycleLR(optimizer, maxLr: 0.1, totalSteps: options.epochs * loader.count)

    let run = Run(options, model, optimizer, schedule)
    var record = try Record(options, "digits-cnn")
    for epoch in try run.start()..<options.epochs {
      model.train()
      for (images, labels) in progress(loader, description: "epoch \(epoch + 1)") {
        optimizer.zeroGrad()
        let loss = criterion(model(shifted(images)), labels)
        loss.backward()
        optimizer.step()
        schedule.step()
        try record.add(loss.item(), epoch: epoch)
        if record.isComplete { break }
      }
      if record.isComplete { break }
      try run.save(after: epoch)
    }
    try record.finish()
    let accuracy = noGrad { (model.eval()(test.images).argmax(1) .== test.labels).to(.float32).mean().item() }
    return "\(rounded(100 * accuracy, 1)) % of the test digits"
  }

  /// Each batch moved by up to a pixel, so that the network sees what it has seen in other places.
  private static func shifted(_ images: Tensor) -> Tensor {
    let place = Tensor.randint(0, 3, [2], device: "cpu").toArray(Int.self)
    return F.pad(images, [1, 1, 1, 1])[.all, .all, place[0]..<(place[0] + 8), place[1]..<(place[1] + 8)]
  }

  /// The digits of the example beside this one, (N, 1, 8, 8) with values from 0 to 1: 1437 to learn from, 360 to test.
  private static func digits() throws -> (training: LabelledImages, test: LabelledImages) {
    let folder = Resources.folder("../Digits/Data")
    let images = try IDX.read(folder + "/digits-images-idx3-ubyte").to(.float32).unsqueeze(1) / 16
    let labels = try IDX.read(folder + "/digits-labels-idx1-ubyte").to(.int64)
    let order = Tensor.randperm(images.size(0), generator: Generator(seed: 3))
    func part(_ positions: Tensor) -> LabelledImages { (images[positions], labels[positions]) }
    return (part(order[..<(-360)]), part(order[(-360)...]))
  }

  private typealias LabelledImages = (images: Tensor, labels: Tensor)
}
