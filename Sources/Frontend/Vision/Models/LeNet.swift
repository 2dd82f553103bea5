/// The small network of two convolutions and three affine maps for images of 32 × 32 pixels.
///
/// ```swift
/// let model = LeNet()
/// model(Tensor.zeros([16, 1, 32, 32])).shape  // [16, 10]
/// ```
///
/// With rectifiers and maxima, as PyTorch's tutorials have it. Its keys are those of `conv1`, `conv2`, `fc1`, `fc2`, `fc3`.
///
/// LeCun et al., "Gradient-based learning applied to document recognition", Proceedings of the IEEE 86, 1998.
public final class LeNet: Module {
  /// The first convolution, to 6 channels.
  public let conv1: Conv2d
  /// The second convolution, to 16 channels.
  public let conv2: Conv2d
  /// The first affine map, to 120 features.
  public let fc1: Linear
  /// The second affine map, to 84 features.
  public let fc2: Linear
  /// The last affine map, to the logits.
  public let fc3: Linear

  /// Makes a network for images of `inChannels` channels.
  public init(
    inChannels: Int = 1, numClasses: Int = 10, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) {
    let layers = ModelLayers(dtype: dtype, device: device, generator: generator)
    conv1 = layers.convolution(inChannels, 6, 5, padding: 0)
    conv2 = layers.convolution(6, 16, 5, padding: 0)
    fc1 = layers.linear(16 * 5 * 5, 120)
    fc2 = layers.linear(120, 84)
    fc3 = layers.linear(84, numClasses)
  }

  /// The logits of images (N, C, 32, 32).
  public override func forward(_ x: Tensor) -> Tensor {
    var x = Functional.maxPool2d(conv1(x).relu(), 2)
    x = Functional.maxPool2d(conv2(x).relu(), 2).flatten(1)
    return fc3(fc2(fc1(x).relu()).relu())
  }
}
