/// How far the training is: a bar that is redrawn on a terminal, about ten plain lines elsewhere.
struct Progress {
  let epochs: Int
  let stepsPerEpoch: Int
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastDrawn: ContinuousClock.Instant
  private var samples = 0

  init(epochs: Int, stepsPerEpoch: Int) {
    self.epochs = epochs
    self.stepsPerEpoch = stepsPerEpoch
    start = clock.now
    lastDrawn = start
  }

  /// Tells of a step that is done.
  ///
  /// - Parameters:
  ///   - epoch, step: From 0.
  ///   - loss: The mean loss of the epoch so far.
  mutating func advance(epoch: Int, step: Int, samples count: Int, loss: Double) {
    samples += count
    let isEpochEnd = step + 1 == stepsPerEpoch
    let isEnd = isEpochEnd && epoch + 1 == epochs
    if Terminal.isInteractive {
      let now = clock.now
      guard isEnd || now - lastDrawn > .milliseconds(40) else { return }
      lastDrawn = now
      Terminal.replaceLine(bar(done: epoch * stepsPerEpoch + step + 1) + "  " + text(epoch, loss))
      if isEnd { print() }
    } else if isEpochEnd, isEnd || (epoch + 1) % max(1, epochs / 10) == 0 {
      print(text(epoch, loss))
    }
  }

  private func text(_ epoch: Int, _ loss: Double) -> String {
    let seconds = (clock.now - start) / .seconds(1)
    let speed = fixed(Double(samples) / max(seconds, 1e-9), 0)
    return "epoch \("\(epoch + 1)".aligned(to: "\(epochs)".count))/\(epochs)  loss \(fixed(loss, 4))  "
      + "\(speed) samples/s"
  }

  private func bar(done: Int) -> String {
    let width = max(8, min(40, Terminal.width - 48))
    let filled = done * width / (epochs * stepsPerEpoch)
    return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
  }
}
