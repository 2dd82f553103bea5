import BackendAPI

/// The kernels of normalizations with statistics at one instruction-set level.
///
/// Strides count elements; a run's elements lie `stride` apart. Weights and what is made of statistics are of statistics
/// type: float64 beside float64, else float32.
public struct StatisticsKernels {
  /// How many elements, their sum, and the sum of the squares of their deviations from their mean (or of their squares).
  public struct Moments {
    public var count = 0.0
    public var sum = 0.0
    public var power = 0.0

    public init() {}
  }

  /// Adds a run to `Moments`.
  public typealias AddMoments =
    @convention(c) (
      _ type: Int32, _ n: Int, _ x: UnsafeRawPointer, _ stride: Int, _ isCentered: Bool,
      _ moments: UnsafeMutableRawPointer
    ) -> Void

  /// The greatest magnitude of x - mean in a run, where `unit` is 0; else the sum of the squares of (x - mean)/unit, in
  /// float64.
  public typealias Spread =
    @convention(c) (
      _ type: Int32, _ n: Int, _ x: UnsafeRawPointer, _ stride: Int, _ mean: Double, _ unit: Double
    ) -> Double

  /// `out = (x - mean) * scale * weight + bias`; weights of stride 0 are one number, and a NULL is none.
  public typealias NormalizeRun =
    @convention(c) (
      _ type: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int, _ x: UnsafeRawPointer, _ stride: Int,
      _ mean: Double, _ scale: Double, _ weight: UnsafeRawPointer?, _ weightStride: Int, _ bias: UnsafeRawPointer?,
      _ biasStride: Int
    ) -> Void

  /// Adds `rows` rows of contiguous columns to the sums of the columns and the squares of their deviations, which hold
  /// `count` rows already.
  public typealias AddColumnMoments =
    @convention(c) (
      _ type: Int32, _ rows: Int, _ columns: Int, _ x: UnsafeRawPointer, _ rowStride: Int, _ isCentered: Bool,
      _ count: Int, _ sums: UnsafeMutablePointer<Double>, _ powers: UnsafeMutablePointer<Double>
    ) -> Void

  /// `out = (x - center) * factor + addend`, of contiguous columns with a number each.
  public typealias NormalizeColumns =
    @convention(c) (
      _ type: Int32, _ rows: Int, _ columns: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int,
      _ x: UnsafeRawPointer, _ rowStride: Int, _ center: UnsafeRawPointer, _ factor: UnsafeRawPointer,
      _ addend: UnsafeRawPointer
    ) -> Void

  /// The sums of h = g*weight and of h*(x - mean) over a run, in `sums`; and where `weightSums` is given, contiguous, to
  /// it is added g*(x - mean)*scale, and to `biasSums` g.
  public typealias GradientSums =
    @convention(c) (
      _ type: Int32, _ n: Int, _ g: UnsafeRawPointer, _ gStride: Int, _ x: UnsafeRawPointer, _ stride: Int,
      _ mean: Double, _ scale: Double, _ weight: UnsafeRawPointer?, _ weightStride: Int,
      _ weightSums: UnsafeMutableRawPointer?, _ biasSums: UnsafeMutableRawPointer?, _ sums: UnsafeMutablePointer<Double>
    ) -> Void

  /// `out = scale * (g*weight - shift - (x - mean)*slope)`.
  public typealias GradientRun =
    @convention(c) (
      _ type: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int, _ g: UnsafeRawPointer, _ gStride: Int,
      _ x: UnsafeRawPointer, _ stride: Int, _ mean: Double, _ scale: Double, _ weight: UnsafeRawPointer?,
      _ weightStride: Int, _ shift: Double, _ slope: Double
    ) -> Void

  /// Adds to the sums of g and of g*(x - center) of contiguous columns.
  public typealias GradientColumnSums =
    @convention(c) (
      _ type: Int32, _ rows: Int, _ columns: Int, _ g: UnsafeRawPointer, _ gStride: Int, _ x: UnsafeRawPointer,
      _ rowStride: Int, _ center: UnsafeRawPointer, _ sums: UnsafeMutablePointer<Double>,
      _ products: UnsafeMutablePointer<Double>
    ) -> Void

  /// `out = g*factor - shift - (x - center)*slope`, of contiguous columns with a number each.
  public typealias GradientColumns =
    @convention(c) (
      _ type: Int32, _ rows: Int, _ columns: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int,
      _ g: UnsafeRawPointer, _ gStride: Int, _ x: UnsafeRawPointer, _ rowStride: Int, _ center: UnsafeRawPointer,
      _ factor: UnsafeRawPointer, _ shift: UnsafeRawPointer, _ slope: UnsafeRawPointer
    ) -> Void

  /// `out = x*factor + addend`; factors of stride 0 are one number.
  public typealias ScaleRun =
    @convention(c) (
      _ type: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int, _ x: UnsafeRawPointer, _ stride: Int,
      _ factor: UnsafeRawPointer, _ addend: UnsafeRawPointer, _ factorStride: Int
    ) -> Void

  public var addMoments: AddMoments
  public var spread: Spread
  public var normalizeRun: NormalizeRun
  public var addColumnMoments: AddColumnMoments
  public var normalizeColumns: NormalizeColumns
  public var gradientSums: GradientSums
  public var gradientRun: GradientRun
  public var gradientColumnSums: GradientColumnSums
  public var gradientColumns: GradientColumns
  public var scaleRun: ScaleRun

  public init(
    addMoments: AddMoments, spread: Spread, normalizeRun: NormalizeRun, addColumnMoments: AddColumnMoments,
    normalizeColumns: NormalizeColumns, gradientSums: GradientSums, gradientRun: GradientRun,
    gradientColumnSums: GradientColumnSums, gradientColumns: GradientColumns, scaleRun: ScaleRun
  ) {
    self.addMoments = addMoments
    self.spread = spread
    self.normalizeRun = normalizeRun
    self.addColumnMoments = addColumnMoments
    self.normalizeColumns = normalizeColumns
    self.gradientSums = gradientSums
    self.gradientRun = gradientRun
    self.gradientColumnSums = gradientColumnSums
    self.gradientColumns = gradientColumns
    self.scaleRun = scaleRun
  }
}
