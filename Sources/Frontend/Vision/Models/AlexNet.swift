/// The network of five convolutions that began the use of deep networks for images, with torchvision's widths.
///
/// ```swift
/// let model = AlexNet(numClasses: 10)
/// model(Tensor.zeros([1, 3, 224, 224])).shape  // [1, 10]
/// ```
///
/// Takes images (N, 3, H, W) of at least 63 × 63 pixels; 224 × 224 is what it is made for.
///
/// Krizhevsky, "One weird trick for parallelizing convolutional neural networks", arXiv:1404.5997, 2014.
public final class AlexNet: Module {
  /// The convolutions.
  public let features: Sequential
  /// The mean over windows that leaves 6 × 6 places.
  public let avgpool: AdaptiveAvgPool2d
  /// The affine maps.
  public let classifier: Sequential

  /// Makes a network with weights drawn from the generator.
  ///
  /// - Parameter dropout: The probability with which inputs of the affine maps are dropped in training.
  public init(
    numClasses: Int = 1000, dropout: Double = 0.5, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) {
    let layers = ModelLayers(dtype: dtype, device: device, generator: generator)
    features = Sequential(
      layers.convolution(3, 64, 11, stride: 4, padding: 2), ReLU(inplace: true), MaxPool2d(3, stride: 2),
      layers.convolution(64, 192, 5), ReLU(inplace: true), MaxPool2d(3, stride: 2),
      layers.convolution(192, 384, 3), ReLU(inplace: true),
      layers.convolution(384, 256, 3), ReLU(inplace: true),
      layers.convolution(256, 256, 3), ReLU(inplace: true), MaxPool2d(3, stride: 2))
    avgpool = AdaptiveAvgPool2d([6, 6])
    classifier = Sequential(
      Dropout(p: dropout), layers.linear(256 * 6 * 6, 4096), ReLU(inplace: true), Dropout(p: dropout),
      layers.linear(4096, 4096), ReLU(inplace: true), layers.linear(4096, numClasses))
  }

  /// The logits of images (N, 3, H, W).
  public override func forward(_ x: Tensor) -> Tensor { classifier(avgpool(features(x)).flatten(1)) }
}
