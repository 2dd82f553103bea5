import BackendAPI

/// The kernels of pooling at one instruction-set level.
public struct PoolingKernels {
  public init() {}
}
