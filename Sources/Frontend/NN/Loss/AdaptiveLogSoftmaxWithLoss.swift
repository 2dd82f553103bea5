/// A softmax over very many classes whose frequent ones, which come first, are cheaper and more precise than the rare ones.
///
/// ```swift
/// let criterion = AdaptiveLogSoftmaxWithLoss(64, 10_000, cutoffs: [100, 1000])
/// let (output, loss) = criterion(Tensor.randn([32, 64]), labels)  // inputs (N, in), class indices (N)
/// ```
///
/// The first classes and one number for each cluster of rarer ones are the results of `head`; `tail` gives the classes of
/// each cluster, by way of fewer features.
///
/// Grave et al., "Efficient softmax approximation for GPUs", ICML 2017.
public final class AdaptiveLogSoftmaxWithLoss: Module {
  /// The extent of the last dimension of inputs.
  public let inFeatures: Int
  /// The number of classes.
  public let nClasses: Int
  /// Where the clusters begin, and at last the number of classes.
  public let cutoffs: [Int]
  /// By what the features of each cluster are fewer than those of the one before.
  public let divValue: Double
  /// Whether the map to the frequent classes has a bias.
  public let headBias: Bool
  /// The map to the frequent classes and the clusters.
  public let head: Linear
  /// The maps to the classes of each cluster.
  public let tail: ModuleList

  /// Makes a softmax over `nClasses` classes.
  ///
  /// - Parameter cutoffs: Where the clusters begin: increasing numbers between 1 and nClasses − 1. Others are an error.
  public init(
    _ inFeatures: Int, _ nClasses: Int, _ cutoffs: [Int], divValue: Double = 4, headBias: Bool = false,
    dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    let starts = funnel(or: []) { () throws(BackplaneError) in
      try AdaptiveLogSoftmaxWithLoss.checked(cutoffs, nClasses)
    }
    let ends = starts + [nClasses]
    func linear(_ inputs: Int, _ outputs: Int, bias: Bool) -> Linear {
      Linear(inputs, outputs, bias: bias, dtype: dtype, device: device, generator: generator)
    }
    self.inFeatures = inFeatures
    self.nClasses = nClasses
    self.cutoffs = ends
    self.divValue = divValue
    self.headBias = headBias
    head = linear(inFeatures, ends[0] + starts.count, bias: headBias)
    var features = Double(inFeatures)
    tail = ModuleList(
      starts.indices.map { i in
        features /= divValue
        let hidden = funnel(or: 0) { () throws(BackplaneError) in
          guard let count = Int(exactly: features.rounded(.down)) else {
            throw BackplaneError(.value, "a cluster cannot have \(features) features: div_value is \(divValue)")
          }
          return count
        }
        return Sequential(
          linear(inFeatures, hidden, bias: false), linear(hidden, ends[i + 1] - ends[i], bias: false))
      })
  }

  /// Makes a softmax over `nClasses` classes, whose clusters begin at `cutoffs`.
  public convenience init(
    _ inFeatures: Int, _ nClasses: Int, cutoffs: [Int], divValue: Double = 4, headBias: Bool = false,
    dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    self.init(
      inFeatures, nClasses, cutoffs, divValue: divValue, headBias: headBias, dtype: dtype, device: device,
      generator: generator)
  }

  private static func checked(_ cutoffs: [Int], _ nClasses: Int) throws(BackplaneError) -> [Int] {
    guard !cutoffs.isEmpty else {
      throw BackplaneError(.value, "cutoffs should be a sequence of length larger than 0")
    }
    guard zip(cutoffs, cutoffs.dropFirst()).allSatisfy({ $0 < $1 }), cutoffs[0] > 0, cutoffs.last! < nClasses else {
      throw BackplaneError(
        .value,
        "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is "
          + "between 1 and n_classes-1")
    }
    return cutoffs
  }

  /// Draws the parameters anew.
  public func resetParameters(generator: Generator? = nil) {
    for case let layer as Linear in modules() { layer.resetParameters(generator: generator) }
  }

  /// The logarithms of the probabilities of the targets, and their negative mean.
  ///
  /// - Parameters:
  ///   - input: Features (N, in) or (in).
  ///   - target: Class indices (N) or ().
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> (output: Tensor, loss: Tensor) {
    let results = callWithHooks([input, target]) { inputs in
      let output = funnel { () throws(BackplaneError) in try logProbabilities(inputs[0], inputs[1]) }
      return [output, (-output).mean()]
    }
    return (results[0], results[1])
  }

  private func logProbabilities(_ input: Tensor, _ target: Tensor) throws(BackplaneError) -> Tensor {
    let isBatch = target.layout.rank > 0
    try requireFit(input, target)
    let x = isBatch ? input : try Ops.unsqueeze(input, 0)
    let labels = try Ops.toHost(target, Int.self)
    // For each sample the result of the head that its class belongs to, and for each cluster its samples.
    var choices: [Int64] = []
    var members = [(rows: [Int64], classes: [Int64])](repeating: ([], []), count: tail.count)
    for (row, label) in labels.enumerated() {
      guard label >= 0, label < nClasses else {
        throw BackplaneError(
          .index,
          "Target values should be in [0, \(nClasses - 1)], but values in range [\(labels.min()!), \(labels.max()!)] "
            + "were found. ")
      }
      let cluster = cutoffs.firstIndex { label < $0 }! - 1
      choices.append(Int64(cluster < 0 ? label : cutoffs[0] + cluster))
      guard cluster >= 0 else { continue }
      members[cluster].rows.append(Int64(row))
      members[cluster].classes.append(Int64(label - cutoffs[cluster]))
    }
    func picked(_ logits: Tensor, _ classes: [Int64]) throws(BackplaneError) -> Tensor {
      let index = try Ops.fromHost(classes, [classes.count, 1], on: x.context)
      return try Ops.squeeze(Ops.gather(logits.logSoftmax(1), 1, index), 1)
    }
    var output = try picked(head(x), choices)
    for (i, (rows, classes)) in members.enumerated() where !rows.isEmpty {
      let index = try Ops.fromHost(rows, [rows.count], on: x.context)
      output = output.indexAdd(0, index, try picked(tail[i](Ops.indexSelect(x, 0, index)), classes))
    }
    return isBatch ? output : try Ops.squeeze(output, 0)
  }

  private func requireFit(_ input: Tensor, _ target: Tensor) throws(BackplaneError) {
    let shape = input.layout.shape
    switch target.layout.rank {
    case 0:
      guard shape.count == 1 else {
        throw BackplaneError(
          .shape, "0D target tensor expects 1D input tensors, but found inputs with size \(input.shape)")
      }
    case 1:
      guard shape.first == target.layout.elements[0] else {
        throw BackplaneError(.shape, "Input and target should have the same size in the batch dimension.")
      }
      guard shape.count == 2 else {
        throw BackplaneError(
          .shape, "1D target tensor expects 2D input tensors, but found inputs with size \(input.shape)")
      }
    default:
      throw BackplaneError(.shape, "0D or 1D target tensor expected, multi-target not supported")
    }
    guard target.dtype.isInteger, target.dtype != .bool else {
      throw BackplaneError(.dtype, "gather(): Expected dtype int32/int64 for index")
    }
  }

  /// The logarithms of the probabilities of all classes: (N, in) gives (N, classes).
  public func logProb(_ input: Tensor) -> Tensor {
    let head = head(input).logSoftmax(1), count = cutoffs[0]
    var parts = [head.narrow(1, 0, count)]
    for i in 0..<tail.count {
      parts.append(tail[i](input).logSoftmax(1) + head.narrow(1, count + i, 1))
    }
    return cat(parts, dim: 1)
  }

  /// The most probable class of each sample: (N, in) gives (N).
  public func predict(_ input: Tensor) -> Tensor { logProb(input).argmax(1) }
}
