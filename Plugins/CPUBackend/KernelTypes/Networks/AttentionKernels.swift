import BackendAPI

/// The kernels of attention at one instruction-set level.
public struct AttentionKernels {
  public init() {}
}
