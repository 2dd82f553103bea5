import BackendAPI

/// A pooling, with three spatial axes: those that the operands lack have extent 1. "Whole" is what is pooled, or what the
/// gradient is of; "pooled" what has an element for each window.
public struct PoolShape {
  public var type: Int32 = 0
  public var batch = 0
  public var channels = 0
  /// How many of the spatial axes the operands have.
  public var spatial = 0
  public var whole = InlineArray<3, Int>(repeating: 1)
  public var pooled = InlineArray<3, Int>(repeating: 1)
  public var kernel = InlineArray<3, Int>(repeating: 1)
  public var stride = InlineArray<3, Int>(repeating: 1)
  public var low = InlineArray<3, Int>(repeating: 0)
  public var high = InlineArray<3, Int>(repeating: 0)
  public var dilation = InlineArray<3, Int>(repeating: 1)
  /// Strides of batch, channels and spatial axes, in elements.
  public var wholeStrides = InlineArray<5, Int>(repeating: 0)
  public var pooledStrides = InlineArray<5, Int>(repeating: 0)
  public var indexStrides = InlineArray<5, Int>(repeating: 0)
  public var countsPadding = false
  /// 0: the number of elements that count.
  public var divisor = 0
  /// Channels follow one another in memory, in all operands, and are taken by vectors.
  public var takesChannels = false
  /// Each window is gone through by itself: many elements of a row for few windows.
  public var takesWindows = false

  public init() {}

  public var planeSize: Int { whole[0] * whole[1] * whole[2] }

  /// Rows of windows, each of which is a unit of work; where channels are taken by vectors, with all channels.
  public var pooledRows: Int { batch * (takesChannels ? 1 : channels) * pooled[0] * pooled[1] }
  /// The same of the whole.
  public var wholeRows: Int { batch * (takesChannels ? 1 : channels) * whole[0] * whole[1] }

  /// The lanes of a vector of the type computed in.
  public var lanes: Int { type == BP_FLOAT64 ? 8 : 16 }
  public var laneSize: Int { type == BP_FLOAT64 ? 8 : 4 }

  /// Elements of one of a row's phases: the padded row's elements that lie `stride` apart.
  public var phaseLength: Int {
    (pooled[2] + lanes - 1) / lanes * lanes + (kernel[2] - 1) * dilation[2] / stride[2] + lanes
  }
  /// Phases that some element of a window lies in.
  public var phases: Int { min(stride[2], (kernel[2] - 1) * dilation[2] + 1) }
  /// Rows that are kept prepared: those from the first to the last of a window have places of their own.
  public var slots: InlineArray<2, Int> {
    [min(whole[0], (kernel[0] - 1) * dilation[0] + 1), min(whole[1], (kernel[1] - 1) * dilation[1] + 1)]
  }

  /// The most rows of the input that a window holds.
  public var windowRows: Int { min(kernel[0], whole[0]) * min(kernel[1], whole[1]) }

  private var rowBytes: Int { (max(whole[2], pooled[2]) + 2 * lanes) * laneSize + 64 }

  /// Bytes of work space that each thread needs for windows.
  public var scratchBytes: Int {
    if takesChannels { return windowRows * min(kernel[2], whole[2]) * 16 + 1024 }
    if takesWindows { return 4 * rowBytes + 1024 }
    let prepared = slots[0] * slots[1] * (8 + phases * phaseLength * laneSize)
    return prepared + windowRows * 16 + kernel[2] * 8 + 5 * rowBytes + 1024
  }

  /// How far the windows reach that hold an element, in windows.
  public var reach: Int { (min(kernel[2], whole[2] + low[2]) - 1) / stride[2] }

  /// The same for the gradient of an average.
  public var backwardScratchBytes: Int { 4 * rowBytes + (2 * reach + pooled[2] + 4 * lanes) * laneSize + 1024 }
}

/// The kernels of pooling at one instruction-set level. Each does units `low ..< high` of a ``PoolShape``.
public struct PoolingKernels {
  /// `indices` may be NULL.
  public typealias Maximum =
    @convention(c) (
      _ shape: UnsafeRawPointer, _ low: Int, _ high: Int, _ out: UnsafeMutableRawPointer,
      _ indices: UnsafeMutableRawPointer?, _ x: UnsafeRawPointer, _ scratch: UnsafeMutableRawPointer
    ) -> Void
  public typealias Average =
    @convention(c) (
      _ shape: UnsafeRawPointer, _ low: Int, _ high: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer,
      _ scratch: UnsafeMutableRawPointer
    ) -> Void
  /// Of the planes of one image, those of channels `low ..< high`. Into `out`, whose spatial elements lie `step` apart,
  /// or, if that is NULL, by way of `scratch`, which holds a plane. False, and the index, where one is out of range.
  public typealias Scatter =
    @convention(c) (
      _ shape: UnsafeRawPointer, _ image: Int, _ low: Int, _ high: Int, _ out: UnsafeMutableRawPointer, _ step: Int,
      _ g: UnsafeRawPointer, _ indices: UnsafeRawPointer, _ scratch: UnsafeMutableRawPointer?,
      _ stray: UnsafeMutablePointer<Int64>
    ) -> Bool

  public let maximum: Maximum
  public let maximumBackward: Scatter
  public let average: Average
  public let averageBackward: Average

  public init(
    maximum: @escaping Maximum, maximumBackward: @escaping Scatter, average: @escaping Average,
    averageBackward: @escaping Average
  ) {
    self.maximum = maximum
    self.maximumBackward = maximumBackward
    self.average = average
    self.averageBackward = averageBackward
  }
}
