import BackendAPI

/// The kernels of further optimizer steps at one instruction-set level.
public struct OptimizerKernels {
  /// One step over `n` contiguous parameters. Without momentum `b` is not touched, nor `a` if not centered.
  public typealias RMSprop =
    @convention(c) (
      _ type: Int32, _ n: Int, _ scalars: UnsafePointer<bp_rmsprop_params>, _ g: UnsafeRawPointer,
      _ p: UnsafeMutableRawPointer, _ v: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer,
      _ a: UnsafeMutableRawPointer
    ) -> Void

  /// One step over `n` contiguous parameters.
  public typealias Adagrad =
    @convention(c) (
      _ type: Int32, _ n: Int, _ scalars: UnsafePointer<bp_adagrad_params>, _ g: UnsafeRawPointer,
      _ p: UnsafeMutableRawPointer, _ s: UnsafeMutableRawPointer
    ) -> Void

  /// The sum of the squares of `n` contiguous elements.
  public typealias SumOfSquares = @convention(c) (_ type: Int32, _ n: Int, _ a: UnsafeRawPointer) -> Double

  public var rmsprop: RMSprop
  public var adagrad: Adagrad
  public var sumOfSquares: SumOfSquares

  public init(rmsprop: @escaping RMSprop, adagrad: @escaping Adagrad, sumOfSquares: @escaping SumOfSquares) {
    self.rmsprop = rmsprop
    self.adagrad = adagrad
    self.sumOfSquares = sumOfSquares
  }
}
