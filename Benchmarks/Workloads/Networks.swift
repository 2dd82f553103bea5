import Backplane

/// Networks of convolutions, built as the peers' script builds them.
extension Workload {
  static var networks: [Workload] {
    [
      Workload(name: "cnn_train_step_b64", pace: .step) { device in
        let batch = TrainingBatch(shape: [64, 1, 28, 28], classes: 10)
        return try trainingJob(ConvolutionalNet(), batch, less: batch, device) { Adam($0, lr: 1e-3) }
      },
      Workload(name: "resnet18_infer_b1", pace: .network) { device in
        let network = ResNet18(), shape = [1, 3, 224, 224]
        let x = Values.normal(shape.reduce(1, *), seed: 31)
        let image = Tensor(x, shape: shape, device: device)
        let parameters = network.parameters(on: device)
        let maths = TensorMaths(training: false)
        var result = image
        return Job {
          result = network.forward(image, parameters, maths)
        } check: {
          let plain = network.forward(
            PlainTensor(x.map(Double.init), shape), network.plainParameters, PlainMaths(training: false)
          ).values
          let scale = plain.reduce(0) { max($0, $1.magnitude) }
          try Check.elements(result, count: 1000, absolute: 1e-4 * scale) { plain[$0] }
        }
      },
      Workload(name: "resnet18_train_b8_112", pace: .training(.seconds(3))) { device in
        try trainingJob(
          ResNet18(), TrainingBatch(shape: [8, 3, 112, 112], classes: 1000),
          less: TrainingBatch(shape: [4, 3, 64, 64], classes: 1000), device
        ) { SGD($0, lr: 0.01, momentum: 0.9) }
      },
    ]
  }

  /// Steps over one batch. The first loss is checked beside the plain program, and so is the gradient, over a batch that may be
  /// smaller: the loss has to change along it by as much as it is long.
  private static func trainingJob(
    _ network: some Network, _ batch: TrainingBatch, less: TrainingBatch, _ device: Device,
    _ optimizer: ([Tensor]) -> Optimizer
  ) throws -> Job {
    let (x, labels) = (batch.images(on: device), batch.labels(on: device))
    let parameters = network.parameters(on: device).map { $0.requiresGrad_() }
    let steps = optimizer(parameters), maths = TensorMaths(training: true)
    var losses: [Tensor] = []
    return Job {
      enableGrad {
        steps.zeroGrad()
        let loss = F.crossEntropy(network.forward(x, parameters, maths), labels)
        loss.backward()
        steps.step()
        losses.append(loss.detach())
      }
    } check: {
      let (first, last) = (Double(losses[0].item()), Double(losses[losses.count - 1].item()))
      let wanted = batch.loss(network, network.plainParameters)
      guard (first - wanted).magnitude <= 1e-4 * wanted, last < first else {
        throw Complaint("wrong result: the loss went from \(first), which should be \(wanted), to \(last)")
      }
      let fresh = network.parameters(on: device).map { $0.requiresGrad_() }
      let gradients = enableGrad {
        let output = network.forward(less.images(on: device), fresh, TensorMaths(training: true))
        return grad([F.crossEntropy(output, less.labels(on: device))], fresh)
      }.map { $0!.floats.map { Double($0) } }
      let length = gradients.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
      func loss(_ step: Double) -> Double {
        let moved = zip(network.plainParameters, gradients).map { parameter, gradient in
          PlainTensor(zip(parameter.values, gradient).map { $0 + step / length * $1 }, parameter.shape)
        }
        return less.loss(network, moved)
      }
      let slope = (loss(1e-3) - loss(-1e-3)) / 2e-3
      guard (slope - length).magnitude <= 0.01 * length else {
        throw Complaint("wrong result: along a gradient of length \(length) the loss rises by \(slope)")
      }
    }
  }
}

extension Pace {
  fileprivate static let network = training(.seconds(2))
  fileprivate static func training(_ limit: Duration) -> Pace { Pace(warmUps: 3, least: 3, most: 400, limit: limit) }
}

/// Images and their classes.
private struct TrainingBatch {
  let shape: [Int]
  let pixels: [Float]
  let classes: [Int]

  init(shape: [Int], classes: Int) {
    self.shape = shape
    pixels = Values.normal(shape.reduce(1, *), seed: 32)
    self.classes = Values.integers(shape[0], below: classes, seed: 33)
  }

  func images(on device: Device) -> Tensor { Tensor(pixels, shape: shape, device: device) }
  func labels(on device: Device) -> Tensor { Tensor(classes, device: device) }

  /// The plain program's.
  func loss(_ network: some Network, _ parameters: [PlainTensor]) -> Double {
    let x = PlainTensor(pixels.map(Double.init), shape)
    return network.forward(x, parameters, PlainMaths(training: true)).crossEntropy(classes)
  }
}

// MARK: - The networks

/// A network as a function of its parameters, over tensors of either kind.
private protocol Network {
  /// The parameters' shapes, in the order of their use.
  var shapes: [[Int]] { get }
  func forward<Maths: NetworkMaths>(_ x: Maths.Value, _ parameters: [Maths.Value], _ maths: Maths) -> Maths.Value
}

extension Network {
  /// Convolutions of a variance that keeps that of what passes through, linear layers of less; scales of 1; biases of 0.
  private var values: [[Float]] {
    shapes.enumerated().map { i, shape in
      let inputs = shape.dropFirst().reduce(1, *)
      let count = shape.reduce(1, *)
      if shape.count == 1 {
        // Of a normalization first the scale comes and then the bias; another bias comes after a weight.
        let isScale = i + 1 < shapes.count && shapes[i + 1] == shape
        return [Float](repeating: isScale ? 1 : 0, count: count)
      }
      let scale = Float(((shape.count == 4 ? 2 : 1.0 / 3) / Double(inputs)).squareRoot())
      return Values.normal(count, seed: UInt64(40 + i)).map { $0 * scale }
    }
  }

  func parameters(on device: Device) -> [Tensor] {
    zip(values, shapes).map { Tensor($0, shape: $1, device: device) }
  }

  var plainParameters: [PlainTensor] { zip(values, shapes).map { PlainTensor($0.map(Double.init), $1) } }
}

/// Two convolutions and two linear layers.
private struct ConvolutionalNet: Network {
  let shapes = [[32, 1, 3, 3], [32], [64, 32, 3, 3], [64], [128, 64 * 49], [128], [10, 128], [10]]

  func forward<Maths: NetworkMaths>(_ x: Maths.Value, _ parameters: [Maths.Value], _ maths: Maths) -> Maths.Value {
    let p = parameters
    let first = maths.maxPool(maths.relu(maths.convolution(x, p[0], p[1], stride: 1, padding: 1)), 2, stride: 2)
    let second = maths.maxPool(maths.relu(maths.convolution(first, p[2], p[3], stride: 1, padding: 1)), 2, stride: 2)
    return maths.linear(maths.relu(maths.linear(maths.flatten(second), p[4], p[5])), p[6], p[7])
  }
}

/// He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016: the network of 18 layers.
private struct ResNet18: Network {
  private static let blocks: [(inputs: Int, outputs: Int, stride: Int)] = [
    (64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2), (512, 512, 1),
  ]

  let shapes: [[Int]] = {
    func normalized(_ weight: [Int]) -> [[Int]] { [weight, [weight[0]], [weight[0]]] }
    var shapes = normalized([64, 3, 7, 7])
    for (inputs, outputs, stride) in blocks {
      shapes += normalized([outputs, inputs, 3, 3]) + normalized([outputs, outputs, 3, 3])
      if stride != 1 { shapes += normalized([outputs, inputs, 1, 1]) }
    }
    return shapes + [[1000, 512], [1000]]
  }()

  func forward<Maths: NetworkMaths>(_ x: Maths.Value, _ parameters: [Maths.Value], _ maths: Maths) -> Maths.Value {
    var used = 0
    func convolved(_ x: Maths.Value, stride: Int, padding: Int) -> Maths.Value {
      let p = parameters[used..<used + 3]
      used += 3
      let y = maths.convolution(x, p[p.startIndex], nil, stride: stride, padding: padding)
      return maths.normalize(y, p[p.startIndex + 1], p[p.startIndex + 2], number: used / 3 - 1)
    }
    var y = maths.relu(convolved(x, stride: 2, padding: 3))
    y = maths.maxPool(y, 3, stride: 2, padding: 1)
    for (_, _, stride) in ResNet18.blocks {
      let inner = maths.relu(convolved(y, stride: stride, padding: 1))
      let outer = convolved(inner, stride: 1, padding: 1)
      let shortcut = stride == 1 ? y : convolved(y, stride: stride, padding: 0)
      y = maths.relu(maths.add(outer, shortcut))
    }
    return maths.linear(maths.average(y), parameters[used], parameters[used + 1])
  }
}

// MARK: - What they are made of

protocol NetworkMaths {
  associatedtype Value
  func convolution(_ x: Value, _ weight: Value, _ bias: Value?, stride: Int, padding: Int) -> Value
  /// - Parameter number: Which of the network's normalizations it is.
  func normalize(_ x: Value, _ scale: Value, _ bias: Value, number: Int) -> Value
  func relu(_ x: Value) -> Value
  func add(_ x: Value, _ y: Value) -> Value
  func maxPool(_ x: Value, _ size: Int, stride: Int, padding: Int) -> Value
  /// Over each channel's pixels.
  func average(_ x: Value) -> Value
  func flatten(_ x: Value) -> Value
  func linear(_ x: Value, _ weight: Value, _ bias: Value) -> Value
}

extension NetworkMaths {
  func maxPool(_ x: Value, _ size: Int, stride: Int) -> Value { maxPool(x, size, stride: stride, padding: 0) }
}

/// The functions that are measured.
private final class TensorMaths: NetworkMaths {
  private let training: Bool
  /// Means and variances seen so far, of each normalization.
  private var statistics: [(mean: Tensor, variance: Tensor)] = []

  init(training: Bool) { self.training = training }

  func convolution(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?, stride: Int, padding: Int) -> Tensor {
    F.conv2d(x, weight, bias, stride: stride, padding: padding)
  }

  func normalize(_ x: Tensor, _ scale: Tensor, _ bias: Tensor, number: Int) -> Tensor {
    if number == statistics.count {
      let count = scale.shape[0]
      statistics.append((Tensor.zeros([count], device: x.device), Tensor.ones([count], device: x.device)))
    }
    let (mean, variance) = statistics[number]
    return F.batchNorm(x, mean, variance, weight: scale, bias: bias, training: training)
  }

  func relu(_ x: Tensor) -> Tensor { x.relu() }
  func add(_ x: Tensor, _ y: Tensor) -> Tensor { x + y }

  func maxPool(_ x: Tensor, _ size: Int, stride: Int, padding: Int) -> Tensor {
    F.maxPool2d(x, size, stride: stride, padding: padding)
  }

  func average(_ x: Tensor) -> Tensor { flatten(F.adaptiveAvgPool2d(x, 1)) }
  func flatten(_ x: Tensor) -> Tensor { x.flatten(1) }
  func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor { F.linear(x, weight, bias) }
}
