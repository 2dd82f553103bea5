import BackendAPI

/// The kernels of affine maps at one instruction-set level.
public struct AffineKernels {
  /// Adds a bias (or none) to each of `rows` contiguous rows of `n` float32 or float64 elements, and applies a
  /// BP_ACTIVATION function, in place.
  public typealias Finish =
    @convention(c) (
      _ activation: Int32, _ type: Int32, _ rows: Int, _ n: Int, _ out: UnsafeMutableRawPointer, _ outRow: Int,
      _ bias: UnsafeRawPointer?
    ) -> Void

  public var finish: Finish

  public init(finish: @escaping Finish) { self.finish = finish }
}
