// Shapes given as PyTorch takes them besides lists: one extent after the other, or the shape of another tensor.
//
// ```swift
// Tensor.ones(2, 3)
// Tensor.zeros(x.shape)
// ```

extension Tensor {
  /// A tensor of unspecified elements, its extents given one after the other.
  public static func empty(
    _ first: Int, _ rest: Int..., dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { empty([first] + rest, dtype: dtype, device: device, requiresGrad: requiresGrad) }
  /// A tensor of unspecified elements, in the shape of another.
  public static func empty(
    _ shape: Shape, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { empty(shape.extents, dtype: dtype, device: device, requiresGrad: requiresGrad) }
  /// A tensor of zeros, its extents given one after the other.
  public static func zeros(
    _ first: Int, _ rest: Int..., dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { zeros([first] + rest, dtype: dtype, device: device, requiresGrad: requiresGrad) }
  /// A tensor of zeros, in the shape of another.
  public static func zeros(
    _ shape: Shape, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { zeros(shape.extents, dtype: dtype, device: device, requiresGrad: requiresGrad) }
  /// A tensor of ones, its extents given one after the other.
  public static func ones(
    _ first: Int, _ rest: Int..., dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { ones([first] + rest, dtype: dtype, device: device, requiresGrad: requiresGrad) }
  /// A tensor of ones, in the shape of another.
  public static func ones(
    _ shape: Shape, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { ones(shape.extents, dtype: dtype, device: device, requiresGrad: requiresGrad) }
  /// Uniform numbers in [0, 1), the tensor's extents given one after the other.
  public static func rand(
    _ first: Int, _ rest: Int..., dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false,
    generator: Generator? = nil
  ) -> Tensor { rand([first] + rest, dtype: dtype, device: device, requiresGrad: requiresGrad, generator: generator) }
  /// Uniform numbers in [0, 1), in the shape of another tensor.
  public static func rand(
    _ shape: Shape, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false,
    generator: Generator? = nil
  ) -> Tensor { rand(shape.extents, dtype: dtype, device: device, requiresGrad: requiresGrad, generator: generator) }
  /// Numbers of the standard normal distribution, the tensor's extents given one after the other.
  public static func randn(
    _ first: Int, _ rest: Int..., dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false,
    generator: Generator? = nil
  ) -> Tensor { randn([first] + rest, dtype: dtype, device: device, requiresGrad: requiresGrad, generator: generator) }
  /// Numbers of the standard normal distribution, in the shape of another tensor.
  public static func randn(
    _ shape: Shape, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false,
    generator: Generator? = nil
  ) -> Tensor { randn(shape.extents, dtype: dtype, device: device, requiresGrad: requiresGrad, generator: generator) }
  /// A tensor of one value, in the shape of another; without `dtype`, of the value's type.
  public static func full(
    _ shape: Shape, _ value: some ScalarConvertible, dtype: DType? = nil, device: Device? = nil,
    requiresGrad: Bool = false
  ) -> Tensor { full(shape.extents, value, dtype: dtype, device: device, requiresGrad: requiresGrad) }

  /// Integers from `low` up to but without `high`, each as likely as any other.
  public static func randint(
    _ low: Int, _ high: Int, size: [Int], dtype: DType = .int64, device: Device? = nil, generator: Generator? = nil
  ) -> Tensor { randint(low, high, size, dtype: dtype, device: device, generator: generator) }
  /// Integers from 0 up to but without `high`, each as likely as any other.
  public static func randint(
    _ high: Int, size: [Int], dtype: DType = .int64, device: Device? = nil, generator: Generator? = nil
  ) -> Tensor { randint(0, high, size, dtype: dtype, device: device, generator: generator) }

  /// The numbers from `start` to `end`, both included, at `steps` places of equal distance.
  public static func linspace(
    _ start: Double, _ end: Double, _ steps: Int, dtype: DType = .float32, device: Device? = nil
  ) -> Tensor { linspace(start, end, steps: steps, dtype: dtype, device: device) }

  /// The elements in the shape of another tensor, without a copy.
  public func view(_ shape: Shape) -> Tensor { view(shape.extents) }
  /// The elements in the shape of another tensor: a view where possible, else a copy.
  public func reshape(_ shape: Shape) -> Tensor { reshape(shape.extents) }
  /// Dimensions of extent 1 repeated to the shape of another tensor, without a copy.
  public func expand(_ shape: Shape) -> Tensor { expand(shape.extents) }
  /// Dimensions of extent 1 repeated to the shape of another tensor, without a copy.
  public func broadcastTo(_ shape: Shape) -> Tensor { broadcastTo(shape.extents) }
}
