/// The simple recurrent network of Elman: hₜ = tanh(W x + b + W′ hₜ₋₁ + b′), over whole sequences.
///
/// ```swift
/// let rnn = RNN(10, 20, numLayers: 2)
/// let (output, h) = rnn(Tensor.randn([5, 3, 10]))  // 5 steps of 3 sequences
/// output.shape  // [5, 3, 20]
/// h.shape       // [2, 3, 20]
/// ```
///
/// Takes (T, N, in), with `batchFirst` (N, T, in), without a batch (T, in), or a ``PackedSequence``; gives the last
/// layer's states at each step and each layer's state after the last. Parameters start uniform in ±1/√hidden.
///
/// Elman, "Finding structure in time", Cognitive Science 14, 1990.
public final class RNN: RNNBase<Tensor> {
  /// What a step applies to its sums.
  public enum Nonlinearity: String, Sendable { case tanh, relu }

  /// What each step applies to its sums.
  public let nonlinearity: Nonlinearity

  /// Makes a network from `inputSize` to `hiddenSize` features, with parameters drawn from the generator.
  ///
  /// - Parameters:
  ///   - numLayers: How many layers stand one upon the other, each fed with the states of the one below.
  ///   - bias: Whether each product has a bias.
  ///   - batchFirst: Whether batches come before steps in inputs and outputs; states are not affected.
  ///   - dropout: The probability with which an element between layers is dropped in training.
  ///   - bidirectional: Whether each layer also runs from the last step to the first.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, nonlinearity: Nonlinearity = .tanh, bias: Bool = true,
    batchFirst: Bool = false, dropout: Double = 0, bidirectional: Bool = false, dtype: DType = .float32,
    device: Device? = nil, generator: Generator? = nil
  ) {
    self.nonlinearity = nonlinearity
    super.init(
      nonlinearity == .tanh ? .tanh : .relu, .hidden, inputSize, hiddenSize, numLayers: numLayers, bias: bias,
      batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional, dtype: dtype, device: device,
      generator: generator)
  }
}

/// The long short-term memory network, over whole sequences.
///
/// ```swift
/// let lstm = LSTM(10, 20, batchFirst: true)
/// let (output, (h, c)) = lstm(Tensor.randn([3, 5, 10]))  // 5 steps of 3 sequences
/// output.shape  // [3, 5, 20]
/// c.shape       // [1, 3, 20]
/// ```
///
/// Takes (T, N, in), with `batchFirst` (N, T, in), without a batch (T, in), or a ``PackedSequence``; gives the last
/// layer's hidden states at each step, and each layer's hidden and cell state after the last. Gates stand in the
/// parameters in the order input, forget, cell, output. Parameters start uniform in ±1/√hidden.
///
/// Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9, 1997; with projections Sak et al., "Long
/// short-term memory based recurrent neural network architectures", arXiv:1402.1128, 2014.
public final class LSTM: RNNBase<(h: Tensor, c: Tensor)> {
  /// Makes a network from `inputSize` to `hiddenSize` features, with parameters drawn from the generator.
  ///
  /// - Parameters:
  ///   - numLayers: How many layers stand one upon the other, each fed with the hidden states of the one below.
  ///   - bias: Whether each product has a bias.
  ///   - batchFirst: Whether batches come before steps in inputs and outputs; states are not affected.
  ///   - dropout: The probability with which an element between layers is dropped in training.
  ///   - bidirectional: Whether each layer also runs from the last step to the first.
  ///   - projSize: The features to which hidden states are projected; 0 for no projection.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, bias: Bool = true, batchFirst: Bool = false,
    dropout: Double = 0, bidirectional: Bool = false, projSize: Int = 0, dtype: DType = .float32,
    device: Device? = nil, generator: Generator? = nil
  ) {
    super.init(
      .lstm, .hiddenAndCell, inputSize, hiddenSize, numLayers: numLayers, bias: bias, batchFirst: batchFirst,
      dropout: dropout, bidirectional: bidirectional, projSize: projSize, dtype: dtype, device: device,
      generator: generator)
  }
}

/// The network of gated recurrent units, over whole sequences.
///
/// ```swift
/// let gru = GRU(10, 20, bidirectional: true)
/// let (output, h) = gru(Tensor.randn([5, 3, 10]))  // 5 steps of 3 sequences
/// output.shape  // [5, 3, 40]
/// h.shape       // [2, 3, 20]
/// ```
///
/// Takes (T, N, in), with `batchFirst` (N, T, in), without a batch (T, in), or a ``PackedSequence``; gives the last
/// layer's states at each step and each layer's state after the last. Gates stand in the parameters in the order reset,
/// update, new; the reset gate acts on the product. Parameters start uniform in ±1/√hidden.
///
/// Cho et al., "Learning phrase representations using RNN encoder-decoder", EMNLP 2014.
public final class GRU: RNNBase<Tensor> {
  /// Makes a network from `inputSize` to `hiddenSize` features, with parameters drawn from the generator.
  ///
  /// - Parameters:
  ///   - numLayers: How many layers stand one upon the other, each fed with the states of the one below.
  ///   - bias: Whether each product has a bias.
  ///   - batchFirst: Whether batches come before steps in inputs and outputs; states are not affected.
  ///   - dropout: The probability with which an element between layers is dropped in training.
  ///   - bidirectional: Whether each layer also runs from the last step to the first.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, bias: Bool = true, batchFirst: Bool = false,
    dropout: Double = 0, bidirectional: Bool = false, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) {
    super.init(
      .gru, .hidden, inputSize, hiddenSize, numLayers: numLayers, bias: bias, batchFirst: batchFirst,
      dropout: dropout, bidirectional: bidirectional, dtype: dtype, device: device, generator: generator)
  }
}
