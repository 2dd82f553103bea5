import BackendAPI

/// The kernels of convolutions at one instruction-set level.
public struct ConvolutionKernels {
  public init() {}
}
