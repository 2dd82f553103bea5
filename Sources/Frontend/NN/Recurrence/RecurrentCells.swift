/// What ``RNNCell``, ``LSTMCell`` and ``GRUCell`` share: the parameters of one step.
open class RNNCellBase: Module {
  /// The features of an input.
  public let inputSize: Int
  /// The features of a state.
  public let hiddenSize: Int
  /// Whether the gates have biases.
  public let bias: Bool
  /// The matrices for the input, one gate after the other: (gates · hidden, in).
  @Parameter public var weightIh: Tensor
  /// The matrices for the hidden state, one gate after the other: (gates · hidden, hidden).
  @Parameter public var weightHh: Tensor
  /// The biases of the input's products, or nil.
  @Parameter public var biasIh: Tensor?
  /// The biases of the hidden state's products, or nil.
  @Parameter public var biasHh: Tensor?

  private let cell: RecurrentCell

  init(
    _ cell: RecurrentCell, _ inputSize: Int, _ hiddenSize: Int, bias: Bool, dtype: DType, device: Device?,
    generator: Generator?
  ) {
    self.cell = cell
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.bias = bias
    let rows = funnel(or: 0) { () throws(BackplaneError) in
      try Sizes.multiply(cell.gates, hiddenSize, in: cell.cellName)
    }
    weightIh = Tensor.empty([rows, inputSize], dtype: dtype, device: device)
    weightHh = Tensor.empty([rows, hiddenSize], dtype: dtype, device: device)
    biasIh = bias ? Tensor.empty([rows], dtype: dtype, device: device) : nil
    biasHh = bias ? Tensor.empty([rows], dtype: dtype, device: device) : nil
    super.init()
    resetParameters(generator: generator)
  }

  /// Draws the parameters anew, uniform in ±1/√hiddenSize.
  public func resetParameters(generator: Generator? = nil) {
    let bound = hiddenSize > 0 ? 1 / Double(hiddenSize).squareRoot() : 0
    for tensor in parameters() { Init.uniform_(tensor, a: -bound, b: bound, generator: generator) }
  }

  open override var extraDescription: String { "\(inputSize), \(hiddenSize)" + (bias ? "" : ", bias=False") }

  /// The next state, from the last one; zeros where nil.
  func step(_ x: Tensor, _ hx: [Tensor]?) -> [Tensor] {
    callWithHooks([x] + (hx ?? [])) { inputs in
      funnel(or: [Tensor](repeating: .invalid, count: cell.stateCount)) { () throws(BackplaneError) in
        try next(inputs[0], hx == nil ? nil : Array(inputs[1...]))
      }
    }
  }

  private func next(_ x: Tensor, _ hx: [Tensor]?) throws(BackplaneError) -> [Tensor] {
    let name = cell.cellName, rank = x.layout.rank
    guard rank == 1 || rank == 2 else {
      throw BackplaneError(.shape, "\(name): Expected input to be 1D or 2D, got \(rank)D instead")
    }
    for (i, part) in (hx ?? []).enumerated() where part.layout.rank != 1 && part.layout.rank != 2 {
      let what = cell.stateCount == 2 ? "hx[\(i)]" : "hidden"
      throw BackplaneError(.shape, "\(name): Expected \(what) to be 1D or 2D, got \(part.layout.rank)D instead")
    }
    let input = try rank == 1 ? Ops.unsqueeze(x, 0) : x
    var state: [Tensor] = []
    for i in 0..<cell.stateCount {
      guard let hx else {
        state.append(try Ops.zeros([input.layout.elements[0], hiddenSize], like: input))
        continue
      }
      let part = try rank == 1 ? Ops.unsqueeze(hx[i], 0) : hx[i]
      guard part.layout.rank == 2 else {
        throw BackplaneError(
          .shape, "Expected 2D hidden\(i) (batch x hidden_size), but got \(part.layout.rank)D tensor")
      }
      state.append(part)
    }
    let given = [input] + state + [weightIh, weightHh], biases = [biasIh, biasHh]
    let cast = try Scopes.areOpen ? Autocast.apply(cell.name + "_cell", given + biases) : given + biases
    let first = cast.count - 4
    guard let own = cast[0], let ofInput = cast[first], let ofHidden = cast[first + 1] else {
      throw BackplaneError(.internal, "\(name): an operand is missing")
    }
    let weights = RecurrentWeights(
      input: ofInput, hidden: ofHidden, inputBias: cast[first + 2], hiddenBias: cast[first + 3])
    let next = try Ops.recurrentStep(cell, own, cast[1..<first].compactMap { $0 }, weights)
    return try rank == 2 ? next : next.map { part throws(BackplaneError) in try Ops.squeeze(part, 0) }
  }
}

/// A step of the simple recurrent network of Elman: h′ = tanh(W x + b + W′ h + b′).
///
/// ```swift
/// let cell = RNNCell(10, 20)
/// var h = Tensor.zeros([3, 20])
/// for t in 0 ..< 6 { h = cell(Tensor.randn([3, 10]), h) }
/// ```
///
/// Takes (N, in) or (in), and gives (N, hidden) or (hidden). Parameters start uniform in ±1/√hidden.
public final class RNNCell: RNNCellBase {
  /// What a step applies to its sums.
  public let nonlinearity: RNN.Nonlinearity

  /// Makes a step from `inputSize` to `hiddenSize` features, with parameters drawn from the generator.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, nonlinearity: RNN.Nonlinearity = .tanh,
    dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    self.nonlinearity = nonlinearity
    super.init(
      nonlinearity == .tanh ? .tanh : .relu, inputSize, hiddenSize, bias: bias, dtype: dtype, device: device,
      generator: generator)
  }

  public override func forward(_ x: Tensor) -> Tensor { self(x, hx: nil) }

  /// The next state after one of zeros.
  public override func callAsFunction(_ x: Tensor) -> Tensor { self(x, hx: nil) }

  /// The next state.
  ///
  /// - Parameter hx: The last state; zeros where nil.
  public func callAsFunction(_ x: Tensor, _ hx: Tensor?) -> Tensor { self(x, hx: hx) }

  /// The next state.
  ///
  /// - Parameter hx: The last state; zeros where nil.
  public func callAsFunction(_ x: Tensor, hx: Tensor?) -> Tensor { step(x, hx.map { [$0] })[0] }

  public override var extraDescription: String {
    super.extraDescription + (nonlinearity == .tanh ? "" : ", nonlinearity=\(nonlinearity)")
  }
}

/// A step of the long short-term memory network, with the formulas of ``LSTM``.
///
/// ```swift
/// let cell = LSTMCell(10, 20)
/// var (h, c) = (Tensor.zeros([3, 20]), Tensor.zeros([3, 20]))
/// for t in 0 ..< 6 { (h, c) = cell(Tensor.randn([3, 10]), (h, c)) }
/// ```
///
/// Takes (N, in) or (in), and gives hidden and cell state, (N, hidden) or (hidden). Parameters start uniform in
/// ±1/√hidden.
public final class LSTMCell: RNNCellBase {
  /// Makes a step from `inputSize` to `hiddenSize` features, with parameters drawn from the generator.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) {
    super.init(.lstm, inputSize, hiddenSize, bias: bias, dtype: dtype, device: device, generator: generator)
  }

  /// Reports that the result is more than one tensor: a cell is called by itself, and not as a part of a
  /// ``Sequential``.
  public override func forward(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      throw BackplaneError(
        .unsupported, "LSTMCell gives two tensors, which a module that takes one cannot: call it by itself")
    }
  }

  /// The next hidden and cell state after ones of zeros.
  public func callAsFunction(_ x: Tensor) -> (h: Tensor, c: Tensor) { self(x, hx: nil) }

  /// The next hidden and cell state.
  ///
  /// - Parameter hx: The last hidden and cell state; zeros where nil.
  public func callAsFunction(_ x: Tensor, _ hx: (h: Tensor, c: Tensor)?) -> (h: Tensor, c: Tensor) { self(x, hx: hx) }

  /// The next hidden and cell state.
  ///
  /// - Parameter hx: The last hidden and cell state; zeros where nil.
  public func callAsFunction(_ x: Tensor, hx: (h: Tensor, c: Tensor)?) -> (h: Tensor, c: Tensor) {
    let next = step(x, hx.map { [$0.h, $0.c] })
    return (next[0], next[1])
  }
}

/// A gated recurrent unit: a step with the formulas of ``GRU``.
///
/// ```swift
/// let cell = GRUCell(10, 20)
/// var h = Tensor.zeros([3, 20])
/// for t in 0 ..< 6 { h = cell(Tensor.randn([3, 10]), h) }
/// ```
///
/// Takes (N, in) or (in), and gives (N, hidden) or (hidden). Parameters start uniform in ±1/√hidden.
public final class GRUCell: RNNCellBase {
  /// Makes a step from `inputSize` to `hiddenSize` features, with parameters drawn from the generator.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) {
    super.init(.gru, inputSize, hiddenSize, bias: bias, dtype: dtype, device: device, generator: generator)
  }

  public override func forward(_ x: Tensor) -> Tensor { self(x, hx: nil) }

  /// The next state after one of zeros.
  public override func callAsFunction(_ x: Tensor) -> Tensor { self(x, hx: nil) }

  /// The next state.
  ///
  /// - Parameter hx: The last state; zeros where nil.
  public func callAsFunction(_ x: Tensor, _ hx: Tensor?) -> Tensor { self(x, hx: hx) }

  /// The next state.
  ///
  /// - Parameter hx: The last state; zeros where nil.
  public func callAsFunction(_ x: Tensor, hx: Tensor?) -> Tensor { step(x, hx.map { [$0] })[0] }
}

extension RecurrentCell {
  /// PyTorch's name of the class of a step.
  fileprivate var cellName: String { className + "Cell" }
}
