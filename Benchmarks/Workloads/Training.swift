import Backplane
import Glibc

extension Workload {
  static var training: [Workload] {
    [
      mlpTrainStep("mlp_train_step_b64"), lstmTrainStep("lstm_train_16x64x256"),
      transformerLayerTrainStep(
        "transformer_layer_train_8x128x256", batch: 8, length: 128, width: 256, heads: 8, hidden: 1024, .step),
    ]
  }

  static func mlpTrainStep(_ name: String, _ pace: Pace = .processor) -> Workload {
    Workload(name: name, pace: pace) { device in
      let batch = 64
      let sizes = [784, 512, 256, 10]
      let x = Values.normal(batch * sizes[0], seed: 13)
      let y = Values.integers(batch, below: 10, seed: 14)
      let inputs = Tensor(x, shape: [batch, sizes[0]], device: device)
      let labels = Tensor(y, device: device)

      // Made where it is used: what is kept beside the model would count as memory that training takes.
      var plain: PlainMLP { PlainMLP(sizes: sizes) }
      func makeStep() throws -> () -> Tensor {
        let model = Sequential(Linear(784, 512), ReLU(), Linear(512, 256), ReLU(), Linear(256, 10)).to(
          device)
        try model.load(plain.state)
        let optimizer = Adam(model.parameters(), lr: 1e-3)
        return {
          enableGrad {
            optimizer.zeroGrad()
            let loss = F.crossEntropy(model(inputs), labels)
            loss.backward()
            optimizer.step()
            return loss.detach()
          }
        }
      }

      let step = try makeStep()
      var loss = inputs
      return Job {
        loss = step()
      } check: {
        guard loss.item() < 1 else { throw Complaint("wrong result: the loss stayed at \(loss.item())") }
        // The first steps again, from the same weights, beside the plain program.
        let again = try makeStep()
        var reference = plain
        for i in 1...3 {
          let found = again().item()
          let wanted = reference.step(x.map(Double.init), y, learningRate: 1e-3)
          guard (found - wanted).magnitude <= 1e-4 * wanted else {
            throw Complaint("wrong result: the loss of step \(i) is \(found), should be \(wanted)")
          }
        }
      }
    }
  }
}

/// A multilayer perceptron with ReLU, cross entropy and Adam in plain loops and double precision.
private struct PlainMLP {
  private struct Layer {
    let inputs: Int
    let outputs: Int
    /// The weight (outputs, inputs), then the bias (outputs).
    var values: [Double]
    var first: [Double]
    var second: [Double]
  }

  private var layers: [Layer] = []
  private var stepCount = 0.0

  init(sizes: [Int]) {
    for (i, (inputs, outputs)) in zip(sizes, sizes.dropFirst()).enumerated() {
      let count = outputs * (inputs + 1)
      let scale = Float(1 / (3 * Double(inputs)).squareRoot())
      let values = Values.normal(count, seed: UInt64(20 + i)).map { Double($0 * scale) }
      let zeros = [Double](repeating: 0, count: count)
      layers.append(Layer(inputs: inputs, outputs: outputs, values: values, first: zeros, second: zeros))
    }
  }

  /// The parameters under the names that a `Sequential` with activations in between gives them.
  var state: StateDict {
    var state = StateDict()
    for (i, layer) in layers.enumerated() {
      let values = layer.values.map(Float.init)
      let weights = layer.inputs * layer.outputs
      state["\(2 * i).weight"] = Tensor(Array(values[..<weights]), shape: [layer.outputs, layer.inputs])
      state["\(2 * i).bias"] = Tensor(Array(values[weights...]))
    }
    return state
  }

  /// One training step; returns the loss before it.
  mutating func step(_ x: [Double], _ labels: [Int], learningRate: Double) -> Double {
    var activations = [x]
    for (i, layer) in layers.enumerated() {
      let isLast = i == layers.count - 1
      activations.append(forward(activations[i], layer, labels.count, relu: !isLast))
    }

    var loss = 0.0
    var gradient = activations.removeLast()
    let classes = layers.last!.outputs
    for (row, label) in labels.enumerated() {
      let range = row * classes..<(row + 1) * classes
      let highest = gradient[range].max()!
      let total = gradient[range].reduce(0) { $0 + exp($1 - highest) }
      loss -= gradient[range.lowerBound + label] - highest - log(total)
      for i in range { gradient[i] = exp(gradient[i] - highest) / total / Double(labels.count) }
      gradient[range.lowerBound + label] -= 1 / Double(labels.count)
    }

    stepCount += 1
    for i in layers.indices.reversed() {
      let (inputs, parameters) = backward(gradient, activations[i], layers[i], labels.count)
      update(&layers[i], parameters, learningRate)
      // The gradient of ReLU: its output was kept, and is 0 where its input was not positive.
      gradient = zip(inputs, activations[i]).map { $1 > 0 ? $0 : 0 }
    }
    return loss / Double(labels.count)
  }

  private func forward(_ x: [Double], _ layer: Layer, _ rows: Int, relu: Bool) -> [Double] {
    let (inputs, outputs) = (layer.inputs, layer.outputs)
    var result = [Double](repeating: 0, count: rows * outputs)
    for row in 0..<rows {
      for output in 0..<outputs {
        var sum = layer.values[inputs * outputs + output]
        for i in 0..<inputs { sum += x[row * inputs + i] * layer.values[output * inputs + i] }
        result[row * outputs + output] = relu ? max(sum, 0) : sum
      }
    }
    return result
  }

  private func backward(
    _ gradient: [Double], _ x: [Double], _ layer: Layer, _ rows: Int
  ) -> (inputs: [Double], parameters: [Double]) {
    let (inputs, outputs) = (layer.inputs, layer.outputs)
    var inputGradient = [Double](repeating: 0, count: rows * inputs)
    var parameterGradient = [Double](repeating: 0, count: layer.values.count)
    for row in 0..<rows {
      for output in 0..<outputs {
        let g = gradient[row * outputs + output]
        parameterGradient[inputs * outputs + output] += g
        for i in 0..<inputs {
          inputGradient[row * inputs + i] += g * layer.values[output * inputs + i]
          parameterGradient[output * inputs + i] += g * x[row * inputs + i]
        }
      }
    }
    return (inputGradient, parameterGradient)
  }

  /// Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015.
  private func update(_ layer: inout Layer, _ gradient: [Double], _ learningRate: Double) {
    let firstCorrection = 1 - pow(0.9, stepCount)
    let secondCorrection = 1 - pow(0.999, stepCount)
    for (i, g) in gradient.enumerated() {
      layer.first[i] = 0.9 * layer.first[i] + 0.1 * g
      layer.second[i] = 0.999 * layer.second[i] + 0.001 * g * g
      let mean = layer.first[i] / firstCorrection
      layer.values[i] -= learningRate * mean / ((layer.second[i] / secondCorrection).squareRoot() + 1e-8)
    }
  }
}
