import BackendAPI

/// The kernels of cross entropy at one instruction-set level.
public struct CrossEntropyKernels {
  /// Of `n` logits that lie `stride` apart: the logarithm of the sum of their exponentials, and the sum of them times the
  /// weights, which are contiguous, or times 1; the latter only where it is asked for.
  public typealias Row =
    @convention(c) (
      _ type: Int32, _ n: Int, _ x: UnsafeRawPointer, _ stride: Int, _ weights: UnsafeRawPointer?, _ isWeighted: Bool,
      _ logarithm: UnsafeMutablePointer<Double>, _ weighted: UnsafeMutablePointer<Double>
    ) -> Void

  /// The same of `count` columns side by side, at most 64, of which the logits of a class lie `stride` apart.
  public typealias Columns =
    @convention(c) (
      _ type: Int32, _ n: Int, _ count: Int, _ x: UnsafeRawPointer, _ stride: Int, _ weights: UnsafeRawPointer?,
      _ isWeighted: Bool, _ logarithms: UnsafeMutablePointer<Double>, _ weighted: UnsafeMutablePointer<Double>
    ) -> Void

  /// `out = factor * exp(x - logarithm) - share * weights`, less `hit` at the target; without weights these are 1.
  public typealias RowGradient =
    @convention(c) (
      _ type: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int, _ x: UnsafeRawPointer, _ stride: Int,
      _ logarithm: Double, _ factor: Double, _ weights: UnsafeRawPointer?, _ share: Double, _ target: Int,
      _ hit: Double
    ) -> Void

  /// The same of `count` columns side by side, at most 64, with numbers of each.
  public typealias ColumnGradients =
    @convention(c) (
      _ type: Int32, _ n: Int, _ count: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int, _ x: UnsafeRawPointer,
      _ stride: Int, _ logarithms: UnsafePointer<Double>, _ factors: UnsafePointer<Double>,
      _ weights: UnsafeRawPointer?, _ shares: UnsafePointer<Double>, _ targets: UnsafePointer<Int>,
      _ hits: UnsafePointer<Double>
    ) -> Void

  public var row: Row
  public var columns: Columns
  public var rowGradient: RowGradient
  public var columnGradients: ColumnGradients

  public init(row: Row, columns: Columns, rowGradient: RowGradient, columnGradients: ColumnGradients) {
    self.row = row
    self.columns = columns
    self.rowGradient = rowGradient
    self.columnGradients = columnGradients
  }
}
