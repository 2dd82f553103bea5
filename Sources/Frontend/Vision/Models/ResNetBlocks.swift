extension ResNet {
  /// Which blocks a network is made of.
  public enum Block: Sendable {
    /// Two 3 × 3 convolutions: ``BasicBlock``.
    case basic
    /// A 3 × 3 convolution between two of 1 × 1, which give it fewer channels: ``Bottleneck``.
    case bottleneck

    /// By what a block's results have more channels than its 3 × 3 convolution.
    public var expansion: Int { self == .basic ? 1 : 4 }
  }

  /// Two 3 × 3 convolutions around which the input goes on by another way.
  public final class BasicBlock: Module {
    /// The first convolution, which may take every second place alone.
    public let conv1: Conv2d
    /// The first normalization.
    public let bn1: BatchNorm2d
    /// The activation, which is applied twice.
    public let relu: ReLU
    /// The second convolution.
    public let conv2: Conv2d
    /// The second normalization.
    public let bn2: BatchNorm2d
    /// The way of the input around the convolutions, or nil where it goes as it is.
    public let downsample: Sequential?

    init(_ layers: ModelLayers, _ inplanes: Int, _ planes: Int, stride: Int, downsample: Sequential?) {
      conv1 = layers.convolution(inplanes, planes, 3, stride: stride, bias: false)
      bn1 = layers.batchNorm(planes)
      relu = ReLU(inplace: true)
      conv2 = layers.convolution(planes, planes, 3, bias: false)
      bn2 = layers.batchNorm(planes)
      self.downsample = downsample
    }

    public override func forward(_ x: Tensor) -> Tensor {
      let y = bn2(conv2(relu(bn1(conv1(x)))))
      return relu(y + (downsample?(x) ?? x))
    }
  }

  /// A 3 × 3 convolution between two of 1 × 1, around which the input goes on by another way.
  ///
  /// The 3 × 3 convolution is the one that may take every second place alone, as in torchvision; in the publication it
  /// is the first.
  public final class Bottleneck: Module {
    /// The convolution of 1 × 1 to fewer channels.
    public let conv1: Conv2d
    /// The first normalization.
    public let bn1: BatchNorm2d
    /// The convolution of 3 × 3.
    public let conv2: Conv2d
    /// The second normalization.
    public let bn2: BatchNorm2d
    /// The convolution of 1 × 1 to more channels.
    public let conv3: Conv2d
    /// The third normalization.
    public let bn3: BatchNorm2d
    /// The activation, which is applied three times.
    public let relu: ReLU
    /// The way of the input around the convolutions, or nil where it goes as it is.
    public let downsample: Sequential?

    init(
      _ layers: ModelLayers, _ inplanes: Int, _ planes: Int, stride: Int, downsample: Sequential?, groups: Int,
      baseWidth: Int
    ) {
      let width = planes * baseWidth / 64 * groups
      let outplanes = planes * Block.bottleneck.expansion
      conv1 = layers.convolution(inplanes, width, 1, bias: false)
      bn1 = layers.batchNorm(width)
      conv2 = layers.convolution(width, width, 3, stride: stride, groups: groups, bias: false)
      bn2 = layers.batchNorm(width)
      conv3 = layers.convolution(width, outplanes, 1, bias: false)
      bn3 = layers.batchNorm(outplanes)
      relu = ReLU(inplace: true)
      self.downsample = downsample
    }

    public override func forward(_ x: Tensor) -> Tensor {
      let y = bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x))))))))
      return relu(y + (downsample?(x) ?? x))
    }
  }
}
