import Backplane

/// What comes next in a sequence, by an LSTM.
private final class Forecaster: Module {
  let lstm = LSTM(1, 32, numLayers: 2, batchFirst: true)
  let head = Linear(32, 1)

  override func forward(_ x: Tensor) -> Tensor { head(lstm(x).output) }

  /// The values that follow the given ones, each forecast from those before it.
  func follow(_ x: Tensor, _ count: Int) -> Tensor {
    var (output, state) = lstm(x)
    var next = head(output[.all, (-1)...])
    var values = [next]
    for _ in 1..<count {
      (output, state) = lstm(next, state)
      next = head(output)
      values.append(next)
    }
    return cat(values, dim: 1)
  }
}

extension Example {
  /// Sums of two sines with phases and frequencies of their own, continued.
  static let waveLSTM = Example(
    name: "wave-lstm", purpose: "An LSTM continues waves that it has not seen.", epochs: 30
  ) { options in
    let (training, held) = (512, 64), length = 60
    func waves(_ count: Int) -> Tensor {
      let t = Tensor.arange(length).to(.float32).unsqueeze(0)
      let frequency = 0.15 + 0.25 * Tensor.rand([count, 1])
      return ((frequency * t + 6.28 * Tensor.rand([count, 1])).sin() + 0.5 * (0.5 * frequency * t).sin()).unsqueeze(-1)
    }
    let (known, unseen) = (waves(training), waves(held))
    let loader = DataLoader(TensorDataset(known[.all, ..<(-1)], known[.all, 1...]), batchSize: 64, shuffle: true)

    let model = Forecaster()
    let optimizer = Adam(model.parameters(), lr: 0.01)
    let schedule = OneCycleLR(optimizer, maxLr: 0.01, totalSteps: options.epochs * loader.count)
    var record = try Record(options, "wave-lstm")
    for epoch in 0..<options.epochs {
      for (x, y) in progress(loader, description: "epoch \(epoch + 1)") {
        optimizer.zeroGrad()
        let loss = F.mseLoss(model(x), y)
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
    let (error, still) = noGrad {
      let forecast = model.follow(unseen[.all, ..<(-20)], 20), truth = unseen[.all, (-20)...]
      let last = unseen[.all, -21 ..< -20]
      return (F.mseLoss(forecast, truth).item(), F.mseLoss(last.expand([held, 20, 1]), truth).item())
    }
    return "20 steps ahead: mean squared error \(rounded(error, 4)), of a wave that stands still \(rounded(still, 4)),"
  }
}
