import BackendAPI

/// The kernels of normalizations with statistics at one instruction-set level.
public struct StatisticsKernels {
  public init() {}
}
