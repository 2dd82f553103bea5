import BackendAPI

/// The kernels of activations, dropout, and gradients in one pass at one instruction-set level.
public struct ActivationKernels {
  public init() {}
}
