import BackendAPI

/// The kernels of recurrent layers at one instruction-set level, of float32 and float64. Strides and extents count
/// elements; a block of hidden units is so many vectors wide.
public struct RecurrenceKernels {
  /// The product of `rows` rows of `a` and a panel of `k` rows of `vectors` vectors, 2 ≤ `vectors` ≤ 4; `rows` is at
  /// most ``rows(_:)``. The result has rows of `vectors` vectors; it is added to what is there, or takes its place.
  /// Where panels are columns of vectors, these are `column` elements apart.
  public typealias Panel =
    @convention(c) (
      _ type: Int32, _ vectors: Int, _ rows: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer,
      _ aRow: Int, _ panel: UnsafeRawPointer, _ column: Int, _ adds: Int32
    ) -> Void

  /// Whether a panel is laid out as columns, one vector wide and one after the other, and not as rows.
  public var hasColumns: Bool

  /// The rows that a product with a panel takes.
  public func rows(_ vectors: Int) -> Int { hasColumns ? 24 : vectors == 4 ? 6 : vectors == 3 ? 8 : 12 }

  /// A step of some hidden units of BP_OP_RNN: `y` holds the input's part and becomes the state. `sums` has rows of
  /// `pitch`.
  public typealias RNNForward =
    @convention(c) (
      _ type: Int32, _ isReLU: Int32, _ rows: Int, _ units: Int, _ sums: UnsafeRawPointer, _ pitch: Int,
      _ bias: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ yRow: Int
    ) -> Void

  /// A step of up to a vector of hidden units of BP_OP_LSTM: `gates`, whose parts are `hidden` apart, holds the input's
  /// parts and becomes the gates.
  public typealias LSTMForward =
    @convention(c) (
      _ type: Int32, _ rows: Int, _ units: Int, _ hidden: Int, _ sums: UnsafeRawPointer, _ bias: UnsafeRawPointer,
      _ gates: UnsafeMutableRawPointer, _ gatesRow: Int, _ before: UnsafeRawPointer, _ beforeRow: Int,
      _ c: UnsafeMutableRawPointer, _ cRow: Int, _ h: UnsafeMutableRawPointer, _ hRow: Int
    ) -> Void

  /// A step of up to a vector of hidden units of BP_OP_GRU: `kept` holds the input's parts and becomes r, z, n and b2.
  public typealias GRUForward =
    @convention(c) (
      _ type: Int32, _ rows: Int, _ units: Int, _ hidden: Int, _ sums: UnsafeRawPointer, _ inputBias: UnsafeRawPointer,
      _ stateBias: UnsafeRawPointer, _ kept: UnsafeMutableRawPointer, _ keptRow: Int, _ before: UnsafeRawPointer,
      _ beforeRow: Int, _ h: UnsafeMutableRawPointer, _ hRow: Int
    ) -> Void

  /// The way back through a step of some hidden units: the gradient of h is that of y, and what came through the weights
  /// (`sums`, or nothing at the last step), and what `carried` holds; `carried` becomes what goes on beside the weights.
  /// `g` becomes the gradients of the gates.
  public typealias RNNBackward =
    @convention(c) (
      _ type: Int32, _ isReLU: Int32, _ rows: Int, _ units: Int, _ sums: UnsafeRawPointer?, _ pitch: Int,
      _ carried: UnsafeMutableRawPointer, _ carriedRow: Int, _ gy: UnsafeRawPointer, _ gyRow: Int,
      _ y: UnsafeRawPointer, _ yRow: Int, _ g: UnsafeMutableRawPointer, _ gRow: Int
    ) -> Void

  /// `carriedC` holds the gradient of c.
  public typealias LSTMBackward =
    @convention(c) (
      _ type: Int32, _ rows: Int, _ units: Int, _ hidden: Int, _ sums: UnsafeRawPointer?, _ pitch: Int,
      _ carried: UnsafeMutableRawPointer, _ carriedC: UnsafeMutableRawPointer, _ carriedRow: Int,
      _ gy: UnsafeRawPointer, _ gyRow: Int, _ gates: UnsafeRawPointer, _ gatesRow: Int, _ c: UnsafeRawPointer,
      _ cRow: Int, _ before: UnsafeRawPointer, _ beforeRow: Int, _ g: UnsafeMutableRawPointer, _ gRow: Int
    ) -> Void

  /// `gn` becomes the gradient of b2, which that of a2 is not.
  public typealias GRUBackward =
    @convention(c) (
      _ type: Int32, _ rows: Int, _ units: Int, _ hidden: Int, _ sums: UnsafeRawPointer?, _ pitch: Int,
      _ carried: UnsafeMutableRawPointer, _ carriedRow: Int, _ gy: UnsafeRawPointer, _ gyRow: Int,
      _ kept: UnsafeRawPointer, _ keptRow: Int, _ before: UnsafeRawPointer, _ beforeRow: Int,
      _ g: UnsafeMutableRawPointer, _ gRow: Int, _ gn: UnsafeMutableRawPointer, _ gnRow: Int
    ) -> Void

  /// `out` becomes the sums of `units` columns, plus what it holds if `adds`.
  public typealias AddRows =
    @convention(c) (
      _ type: Int32, _ rows: Int, _ units: Int, _ out: UnsafeMutableRawPointer, _ outRow: Int, _ a: UnsafeRawPointer,
      _ aRow: Int, _ adds: Int32
    ) -> Void

  /// `out` becomes the sum of `rows` rows of `columns` columns.
  public typealias ColumnSums =
    @convention(c) (
      _ type: Int32, _ rows: Int, _ columns: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ aRow: Int
    ) -> Void

  /// Rounds `n` float32 elements to a type of 16 bits.
  public typealias Round = @convention(c) (_ type: Int32, _ n: Int, _ a: UnsafeMutableRawPointer) -> Void

  public var panel: Panel
  public var rnnForward: RNNForward
  public var lstmForward: LSTMForward
  public var gruForward: GRUForward
  public var rnnBackward: RNNBackward
  public var lstmBackward: LSTMBackward
  public var gruBackward: GRUBackward
  public var addRows: AddRows
  public var columnSums: ColumnSums
  public var round: Round

  public init(
    hasColumns: Bool, panel: @escaping Panel, rnnForward: @escaping RNNForward, lstmForward: @escaping LSTMForward,
    gruForward: @escaping GRUForward, rnnBackward: @escaping RNNBackward, lstmBackward: @escaping LSTMBackward,
    gruBackward: @escaping GRUBackward, addRows: @escaping AddRows, columnSums: @escaping ColumnSums,
    round: @escaping Round
  ) {
    self.hasColumns = hasColumns
    self.panel = panel
    self.rnnForward = rnnForward
    self.lstmForward = lstmForward
    self.gruForward = gruForward
    self.rnnBackward = rnnBackward
    self.lstmBackward = lstmBackward
    self.gruBackward = gruBackward
    self.addRows = addRows
    self.columnSums = columnSums
    self.round = round
  }
}
