import Backplane
import Glibc

extension Workload {
  /// A model of texts: 16 sequences of 64 characters, an embedding, one layer of LSTM, a linear map, cross entropy and Adam.
  static func lstmTrainStep(_ name: String, _ pace: Pace = .training) -> Workload {
    Workload(name: name, pace: pace) { device in
      let plain = PlainTextModel(batch: 16, steps: 64, characters: 96, width: 128, hidden: 256)
      let (texts, labels) = plain.texts(on: device)
      func makeStep() -> () -> Tensor {
        let p = plain.parameters(on: device)
        let optimizer = Adam(p, lr: 1e-3)
        let start = Tensor.zeros([1, plain.batch, plain.hidden], device: device)
        return {
          enableGrad {
            optimizer.zeroGrad()
            let x = F.embedding(texts, p[0])
            let state: Argument = [.tensor(start), .tensor(start)]
            let weights: Argument = [.tensor(p[1]), .tensor(p[2]), .tensor(p[3]), .tensor(p[4])]
            let result = try? call("lstm", [.tensor(x), state, weights, true, 1, 0.0, true, false, true])
            guard case .list(let parts)? = result, let y = parts[0].tensor else { return Tensor(Double.nan) }
            let loss = F.crossEntropy(F.linear(y, p[5], p[6]).reshape(-1, plain.characters), labels)
            loss.backward()
            optimizer.step()
            return loss.detach()
          }
        }
      }
      let step = makeStep()
      var loss = labels
      return Job {
        loss = step()
      } check: {
        let again = makeStep()
        let first: Double = again().item(), wanted = plain.loss()
        guard (first - wanted).magnitude <= 1e-4 * wanted else {
          throw Complaint("wrong result: the loss of the first step is \(first), should be \(wanted)")
        }
        // A step along the gradient makes the loss smaller by about the step and the gradient's magnitudes; one against
        // it, or none, does not.
        let second: Double = again().item(), last: Double = loss.item()
        guard second < first - 1e-3 && last < second else {
          throw Complaint("wrong result: the losses are \(first), \(second), and at the end \(last)")
        }
      }
    }
  }
}

/// The model in plain loops and double precision.
private struct PlainTextModel {
  let (batch, steps, characters, width, hidden): (Int, Int, Int, Int, Int)
  private let texts: [Int]
  private let labels: [Int]
  /// The embedding, the LSTM's weights and biases, the linear map's weight and bias.
  private let values: [(shape: [Int], numbers: [Float])]

  init(batch: Int, steps: Int, characters: Int, width: Int, hidden: Int) {
    (self.batch, self.steps, self.characters, self.width, self.hidden) = (batch, steps, characters, width, hidden)
    texts = Values.integers(batch * steps, below: characters, seed: 40)
    labels = Values.integers(batch * steps, below: characters, seed: 41)
    let scale = Float(1 / (3 * Double(hidden)).squareRoot())
    let shapes = [
      [characters, width], [4 * hidden, width], [4 * hidden, hidden], [4 * hidden], [4 * hidden],
      [characters, hidden], [characters],
    ]
    values = shapes.enumerated().map { i, shape in
      let numbers = Values.normal(shape.reduce(1, *), seed: UInt64(42 + i))
      return (shape, i == 0 ? numbers : numbers.map { $0 * scale })
    }
  }

  func texts(on device: Device) -> (Tensor, Tensor) {
    (Tensor(texts, shape: [batch, steps], device: device), Tensor(labels, device: device))
  }

  func parameters(on device: Device) -> [Tensor] {
    values.map { Tensor($0.numbers, shape: $0.shape, device: device).requiresGrad_() }
  }

  /// The loss before any step.
  func loss() -> Double {
    let p = values.map { $0.numbers.map(Double.init) }
    var total = 0.0
    for n in 0..<batch {
      var h = [Double](repeating: 0, count: hidden), c = h
      for t in 0..<steps {
        let character = texts[n * steps + t]
        let x = Array(p[0][character * width..<(character + 1) * width])
        var gates = zip(p[3], p[4]).map { $0 + $1 }
        for row in gates.indices { gates[row] += dot(p[1], row, x) + dot(p[2], row, h) }
        for j in 0..<hidden {
          func s(_ part: Int) -> Double { 1 / (1 + exp(-gates[part * hidden + j])) }
          c[j] = s(1) * c[j] + s(0) * tanh(gates[2 * hidden + j])
          h[j] = s(3) * tanh(c[j])
        }
        let scores = p[6].indices.map { p[6][$0] + dot(p[5], $0, h) }
        let greatest = scores.max()!
        total += log(scores.reduce(0) { $0 + exp($1 - greatest) }) + greatest - scores[labels[n * steps + t]]
      }
    }
    return total / Double(batch * steps)
  }

  /// A row of a matrix by a vector.
  private func dot(_ matrix: [Double], _ row: Int, _ x: [Double]) -> Double {
    var sum = 0.0
    for i in x.indices { sum += matrix[row * x.count + i] * x[i] }
    return sum
  }
}
