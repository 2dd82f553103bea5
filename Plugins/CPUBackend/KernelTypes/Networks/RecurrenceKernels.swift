import BackendAPI

/// The kernels of recurrent layers at one instruction-set level.
public struct RecurrenceKernels {
  public init() {}
}
