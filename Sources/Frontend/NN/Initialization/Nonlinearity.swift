extension Init {
  /// What follows a layer, for the gain that keeps the variance of activations.
  public enum Nonlinearity: Sendable, Equatable {
    /// Functions without a parameter; `linear` also stands for none at all.
    case linear, sigmoid, tanh, relu, selu
    /// A convolution, which is linear.
    case conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d
    /// The function x where positive, else negativeSlope · x.
    case leakyRelu(negativeSlope: Double = 0.01)

    /// The gain by which PyTorch's `calculate_gain` scales standard deviations.
    public var gain: Double {
      switch self {
      case .linear, .sigmoid, .conv1d, .conv2d, .conv3d, .convTranspose1d, .convTranspose2d, .convTranspose3d: 1
      case .tanh: 5 / 3
      case .relu: 2.0.squareRoot()
      case .selu: 3 / 4
      case .leakyRelu(let slope): (2 / (1 + slope * slope)).squareRoot()
      }
    }
  }

  /// The factor by which standard deviations are scaled before a function, so that activations keep their variance.
  ///
  /// ```swift
  /// Init.calculateGain(.leakyRelu(negativeSlope: 0.2))  // 1.3867504905630728
  /// ```
  public static func calculateGain(_ nonlinearity: Nonlinearity) -> Double { nonlinearity.gain }
}
