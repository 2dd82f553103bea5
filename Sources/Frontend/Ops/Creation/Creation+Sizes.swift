// Shapes given as PyTorch takes them besides lists: one extent after the other, or the shape of another tensor.
//
// ```swift
// Tensor.ones(2, 3)
// Tensor.zeros(x.shape)
// ```

extension Tensor {
  public static func empty(
    _ first: Int, _ rest: Int..., dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { empty([first] + rest, dtype: dtype, device: device, requiresGrad: requiresGrad) }
  public static func empty(
    _ shape: Shape, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { empty(shape.extents, dtype: dtype, device: device, requiresGrad: requiresGrad) }
  public static func zeros(
    _ first: Int, _ rest: Int..., dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { zeros([first] + rest, dtype: dtype, device: device, requiresGrad: requiresGrad) }
  public static func zeros(
    _ shape: Shape, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { zeros(shape.extents, dtype: dtype, device: device, requiresGrad: requiresGrad) }
  public static func ones(
    _ first: Int, _ rest: Int..., dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { ones([first] + rest, dtype: dtype, device: device, requiresGrad: requiresGrad) }
  public static func ones(
    _ shape: Shape, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { ones(shape.extents, dtype: dtype, device: device, requiresGrad: requiresGrad) }
  public static func rand(
    _ first: Int, _ rest: Int..., dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false,
    generator: Generator? = nil
  ) -> Tensor { rand([first] + rest, dtype: dtype, device: device, requiresGrad: requiresGrad, generator: generator) }
  public static func rand(
    _ shape: Shape, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false,
    generator: Generator? = nil
  ) -> Tensor { rand(shape.extents, dtype: dtype, device: device, requiresGrad: requiresGrad, generator: generator) }
  public static func randn(
    _ first: Int, _ rest: Int..., dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false,
    generator: Generator? = nil
  ) -> Tensor { randn([first] + rest, dtype: dtype, device: device, requiresGrad: requiresGrad, generator: generator) }
  public static func randn(
    _ shape: Shape, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false,
    generator: Generator? = nil
  ) -> Tensor { randn(shape.extents, dtype: dtype, device: device, requiresGrad: requiresGrad, generator: generator) }
  public static func full(
    _ shape: Shape, _ value: some ScalarConvertible, dtype: DType? = nil, device: Device? = nil,
    requiresGrad: Bool = false
  ) -> Tensor { full(shape.extents, value, dtype: dtype, device: device, requiresGrad: requiresGrad) }

  public static func randint(
    _ low: Int, _ high: Int, size: [Int], dtype: DType = .int64, device: Device? = nil, generator: Generator? = nil
  ) -> Tensor { randint(low, high, size, dtype: dtype, device: device, generator: generator) }
  public static func randint(
    _ high: Int, size: [Int], dtype: DType = .int64, device: Device? = nil, generator: Generator? = nil
  ) -> Tensor { randint(0, high, size, dtype: dtype, device: device, generator: generator) }

  public static func linspace(
    _ start: Double, _ end: Double, _ steps: Int, dtype: DType = .float32, device: Device? = nil
  ) -> Tensor { linspace(start, end, steps: steps, dtype: dtype, device: device) }

  public func view(_ shape: Shape) -> Tensor { view(shape.extents) }
  public func reshape(_ shape: Shape) -> Tensor { reshape(shape.extents) }
  public func expand(_ shape: Shape) -> Tensor { expand(shape.extents) }
  public func broadcastTo(_ shape: Shape) -> Tensor { broadcastTo(shape.extents) }
}
