/// Fills tensors with starting values, in place and without a trace in the graph.
///
/// ```swift
/// Init.xavierUniform_(layer.weight)
/// Init.zeros_(layer.bias!)
/// ```
public enum Init {
  @TaskLocal static var isSkipped = false

  /// Makes layers whose random values are never drawn, since others take their place.
  package static func skipped<Result>(_ isSkipped: Bool = true, _ make: () -> Result) -> Result {
    $isSkipped.withValue(isSkipped || self.isSkipped, operation: make)
  }

  /// Fills a tensor with numbers from the uniform distribution on [a, b).
  @discardableResult
  public static func uniform_(
    _ x: Tensor, a: Double = 0, b: Double = 1, generator: Generator? = nil
  ) -> Tensor { isSkipped ? x : noGrad { x.uniform_(a, b, generator: generator) } }

  /// Fills a tensor with numbers from the uniform distribution on [a, b).
  @discardableResult
  public static func uniform_(_ x: Tensor, _ a: Double, _ b: Double = 1, generator: Generator? = nil) -> Tensor {
    uniform_(x, a: a, b: b, generator: generator)
  }

  /// Fills a tensor with numbers from a normal distribution.
  @discardableResult
  public static func normal_(
    _ x: Tensor, mean: Double = 0, std: Double = 1, generator: Generator? = nil
  ) -> Tensor { isSkipped ? x : noGrad { x.normal_(mean, std, generator: generator) } }

  /// Fills a tensor with one number.
  @discardableResult
  public static func constant_(_ x: Tensor, _ value: some ScalarConvertible) -> Tensor {
    noGrad { x.fill_(value) }
  }

  /// Fills a tensor with zeros.
  @discardableResult
  public static func zeros_(_ x: Tensor) -> Tensor { constant_(x, 0) }

  /// Fills a tensor with ones.
  @discardableResult
  public static func ones_(_ x: Tensor) -> Tensor { constant_(x, 1) }

  /// Which of a layer's sides keeps its variance.
  public enum Fan: Sendable {
    /// That of inputs: activations keep their variance.
    case input
    /// That of outputs: gradients keep their variance.
    case output

    /// The side of inputs, by PyTorch's word.
    public static let fanIn = Fan.input
    /// The side of outputs, by PyTorch's word.
    public static let fanOut = Fan.output
  }

  /// Fills a weight with uniform numbers within ±gain · √(3 / fan), so that one side of a layer keeps its variance.
  ///
  /// He et al., "Delving deep into rectifiers", ICCV 2015. Takes weights of shape (out, in, …).
  ///
  /// - Parameter a: The negative slope of the leaky ReLU that follows; √5 gives ±1/√fan.
  @discardableResult
  public static func kaimingUniform_(
    _ x: Tensor, a: Double = 0, mode: Fan = .input, nonlinearity: Nonlinearity? = nil,
    generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      let fans = try fans(x)
      let fan = mode == .input ? fans.input : fans.output
      // A layer without inputs has no weights to fill.
      guard fan > 0 else { return x }
      let gain = (nonlinearity ?? .leakyRelu(negativeSlope: a)).gain
      let bound = gain * (3 / Double(fan)).squareRoot()
      return uniform_(x, a: -bound, b: bound, generator: generator)
    }
  }

  /// Fills a weight with uniform numbers within ±gain · √(6 / (fan in + fan out)).
  ///
  /// Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.
  /// Takes weights of shape (out, in, …).
  @discardableResult
  public static func xavierUniform_(_ x: Tensor, gain: Double = 1, generator: Generator? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in
      let fans = try fans(x)
      guard fans.input + fans.output > 0 else { return x }
      let bound = gain * (6 / Double(fans.input + fans.output)).squareRoot()
      return uniform_(x, a: -bound, b: bound, generator: generator)
    }
  }

  /// Fills a weight with normal numbers of mean 0 and standard deviation gain / √fan, so that one side of a layer keeps its
  /// variance.
  ///
  /// He et al., "Delving deep into rectifiers", ICCV 2015. Takes weights of shape (out, in, …).
  ///
  /// - Parameter a: The negative slope of the leaky ReLU that follows.
  @discardableResult
  public static func kaimingNormal_(
    _ x: Tensor, a: Double = 0, mode: Fan = .input, nonlinearity: Nonlinearity? = nil,
    generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      let fans = try fans(x)
      let fan = mode == .input ? fans.input : fans.output
      guard fan > 0 else { return x }
      let gain = (nonlinearity ?? .leakyRelu(negativeSlope: a)).gain
      return normal_(x, mean: 0, std: gain / Double(fan).squareRoot(), generator: generator)
    }
  }

  /// Fills a weight with normal numbers of mean 0 and standard deviation gain · √(2 / (fan in + fan out)).
  ///
  /// Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.
  /// Takes weights of shape (out, in, …).
  @discardableResult
  public static func xavierNormal_(_ x: Tensor, gain: Double = 1, generator: Generator? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in
      let fans = try fans(x)
      guard fans.input + fans.output > 0 else { return x }
      let std = gain * (2 / Double(fans.input + fans.output)).squareRoot()
      return normal_(x, mean: 0, std: std, generator: generator)
    }
  }

  /// How many inputs and outputs each element of a weight of shape (out, in, …) connects.
  private static func fans(_ x: Tensor) throws(BackplaneError) -> (input: Int, output: Int) {
    let shape = x.layout.shape
    guard shape.count >= 2 else {
      throw BackplaneError(
        .shape, "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    }
    let field = shape.dropFirst(2).reduce(1, *)
    return (shape[1] * field, shape[0] * field)
  }
}
