import BackendAPI

/// What one instruction-set level offers: its kernels, as C function pointers.
///
/// Kernels take raw memory and work on one run of elements; shapes, validation and threads are the
/// plugin's. `op` and types are the ABI's numbers. Strides count elements. A kernel is only given
/// combinations that `query_op` claims.
public struct KernelTable {
  /// `out[i] = op(a[i], b[i])`; unary operators ignore `b`. The result is of the type that the
  /// operator's definition gives. `out` may be `a` or `b` with the same stride.
  public typealias Elementwise =
    @convention(c) (
      _ op: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int,
      _ a: UnsafeRawPointer, _ aStride: Int, _ b: UnsafeRawPointer, _ bStride: Int
    ) -> Void

  /// `out[i] = condition[i] ? a[i] : b[i]`, elements of `size` bytes, or of bool where that is 0.
  public typealias Select =
    @convention(c) (
      _ size: Int, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int,
      _ condition: UnsafeRawPointer, _ conditionStride: Int,
      _ a: UnsafeRawPointer, _ aStride: Int, _ b: UnsafeRawPointer, _ bStride: Int
    ) -> Void

  /// `out[i] = in[i]` converted from one type to another.
  public typealias Cast =
    @convention(c) (
      _ from: Int32, _ to: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int,
      _ a: UnsafeRawPointer, _ aStride: Int
    ) -> Void

  /// `out[i] = in[i]`, elements of `size` bytes. An input stride of 0 fills.
  public typealias Move =
    @convention(c) (
      _ size: Int, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int,
      _ a: UnsafeRawPointer, _ aStride: Int
    ) -> Void

  /// Copies `n` bytes past the caches: for more memory than they hold. To be followed by
  /// `lanes_stream_fence` on the same thread.
  public typealias Stream =
    @convention(c) (
      _ n: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer
    ) -> Void

  /// As `Move` for each of `rows` rows of `columns` elements.
  public typealias MoveRows =
    @convention(c) (
      _ size: Int, _ rows: Int, _ columns: Int, _ out: UnsafeMutableRawPointer, _ outRow: Int,
      _ outColumn: Int, _ a: UnsafeRawPointer, _ aRow: Int, _ aColumn: Int
    ) -> Void

  /// `out[r*outStride + c] = in[c*inStride + r]` for `rows` × `columns` elements of `size` bytes.
  public typealias Transpose =
    @convention(c) (
      _ size: Int, _ rows: Int, _ columns: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int,
      _ a: UnsafeRawPointer, _ aStride: Int
    ) -> Void

  /// Elements `first ..< first + n` of an arithmetic sequence, contiguous at `out`.
  public typealias Arange =
    @convention(c) (
      _ type: Int32, _ first: Int, _ n: Int, _ out: UnsafeMutableRawPointer,
      _ start: Double, _ step: Double, _ integerStart: Int64, _ integerStep: Int64
    ) -> Void

  /// Elements `first ..< first + n` of a random tensor, contiguous at `out`.
  public typealias Random =
    @convention(c) (
      _ op: Int32, _ type: Int32, _ first: Int, _ n: Int, _ out: UnsafeMutableRawPointer,
      _ seed: UInt64, _ offset: UInt64, _ low: Int64, _ range: UInt64
    ) -> Void

  /// Sets `count` accumulators to the operator's neutral value.
  public typealias ReduceStart =
    @convention(c) (
      _ op: Int32, _ type: Int32, _ count: Int, _ accumulators: UnsafeMutableRawPointer
    ) -> Void

  /// Reduces `n` elements into one accumulator.
  public typealias ReduceRun =
    @convention(c) (
      _ op: Int32, _ type: Int32, _ n: Int, _ a: UnsafeRawPointer, _ stride: Int,
      _ accumulator: UnsafeMutableRawPointer
    ) -> Void

  /// Reduces `rows` rows of `columns` contiguous elements into `columns` accumulators.
  public typealias ReduceRows =
    @convention(c) (
      _ op: Int32, _ type: Int32, _ rows: Int, _ columns: Int, _ a: UnsafeRawPointer,
      _ rowStride: Int, _ accumulators: UnsafeMutableRawPointer
    ) -> Void

  /// Reduces `count` accumulators into as many others.
  public typealias ReduceCombine =
    @convention(c) (
      _ op: Int32, _ type: Int32, _ count: Int, _ into: UnsafeMutableRawPointer,
      _ from: UnsafeRawPointer
    ) -> Void

  /// Writes `count` results. `reduced` is the number of elements behind each.
  public typealias ReduceFinish =
    @convention(c) (
      _ op: Int32, _ type: Int32, _ count: Int, _ accumulators: UnsafeRawPointer, _ reduced: Int,
      _ out: UnsafeMutableRawPointer, _ outStride: Int
    ) -> Void

  /// The index of the greatest or least of `n` > 0 elements, the first of equals.
  public typealias ArgRun =
    @convention(c) (
      _ op: Int32, _ type: Int32, _ n: Int, _ a: UnsafeRawPointer, _ stride: Int
    ) -> Int

  /// As `ArgRun` for each of `columns` contiguous columns over `n` > 0 rows.
  public typealias ArgRows =
    @convention(c) (
      _ op: Int32, _ type: Int32, _ n: Int, _ columns: Int, _ a: UnsafeRawPointer, _ rowStride: Int,
      _ out: UnsafeMutableRawPointer, _ outStride: Int
    ) -> Void

  /// `out = a · b` for row-major matrices with any strides; `out`'s columns are contiguous.
  public typealias Matmul =
    @convention(c) (
      _ type: Int32, _ m: Int, _ n: Int, _ k: Int,
      _ out: UnsafeMutableRawPointer, _ outRow: Int,
      _ a: UnsafeRawPointer, _ aRow: Int, _ aColumn: Int,
      _ b: UnsafeRawPointer, _ bRow: Int, _ bColumn: Int
    ) -> Void

  /// A softmax operator over one contiguous slice; forward operators ignore `b`.
  public typealias Softmax =
    @convention(c) (
      _ op: Int32, _ type: Int32, _ n: Int, _ out: UnsafeMutableRawPointer,
      _ a: UnsafeRawPointer, _ b: UnsafeRawPointer
    ) -> Void

  /// One step over `n` contiguous parameters. `scalars` has every member.
  public typealias Adam =
    @convention(c) (
      _ type: Int32, _ n: Int, _ scalars: UnsafePointer<bp_adam_params>, _ g: UnsafeRawPointer,
      _ p: UnsafeMutableRawPointer, _ m: UnsafeMutableRawPointer, _ v: UnsafeMutableRawPointer
    ) -> Void

  /// One step over `n` contiguous parameters. Without momentum `b` is not touched.
  public typealias SGD =
    @convention(c) (
      _ type: Int32, _ n: Int, _ scalars: UnsafePointer<bp_sgd_params>, _ g: UnsafeRawPointer,
      _ p: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer
    ) -> Void

  /// `out[i] = data[index[i] * axisStride + i * dataStride]` for elements of `size` bytes, or of bool
  /// where that is 0. The result is the position of the first index outside `0 ..< extent`, or -1.
  public typealias Gather =
    @convention(c) (
      _ size: Int, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int,
      _ data: UnsafeRawPointer, _ axisStride: Int, _ dataStride: Int,
      _ index: UnsafeRawPointer, _ indexStride: Int, _ extent: Int
    ) -> Int

  /// Combines `n` sources into `out[index[i] * axisStride + i * outStride]` by a BP_SCATTER mode.
  /// The indices are within the extent.
  public typealias Scatter =
    @convention(c) (
      _ mode: Int32, _ type: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ axisStride: Int,
      _ outStride: Int, _ index: UnsafeRawPointer, _ indexStride: Int,
      _ source: UnsafeRawPointer, _ sourceStride: Int
    ) -> Void

  /// The position of the first of `n` indices outside `0 ..< extent`, or -1.
  public typealias CheckIndices =
    @convention(c) (
      _ n: Int, _ index: UnsafeRawPointer, _ stride: Int, _ extent: Int
    ) -> Int

  /// Running sums or products of `n` elements.
  public typealias Scan =
    @convention(c) (
      _ op: Int32, _ type: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int,
      _ a: UnsafeRawPointer, _ aStride: Int
    ) -> Void

  /// Running sums of `n` numbers of float32 or float64 that lie side by side, from `start` on; returns the last. Without
  /// `out` that alone.
  public typealias RunningSum =
    @convention(c) (
      _ type: Int32, _ n: Int, _ out: UnsafeMutableRawPointer?, _ a: UnsafeRawPointer, _ start: Double
    ) -> Double

  /// Running extremes of `n` elements, and where they stand.
  public typealias ScanExtreme =
    @convention(c) (
      _ op: Int32, _ type: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int,
      _ indices: UnsafeMutableRawPointer, _ indicesStride: Int, _ a: UnsafeRawPointer, _ aStride: Int
    ) -> Void

  /// By the type of the first input; nil where no elementwise operator takes the type.
  public var elementwise: InlineArray<13, Elementwise?>
  public var select: Select
  public var cast: Cast
  public var move: Move
  public var moveRows: MoveRows
  public var stream: Stream
  public var transpose: Transpose
  public var arange: Arange
  public var random: Random
  public var reduceStart: ReduceStart
  public var reduceRun: ReduceRun
  public var reduceRows: ReduceRows
  public var reduceCombine: ReduceCombine
  public var reduceFinish: ReduceFinish
  public var argRun: ArgRun
  public var argRows: ArgRows
  public var matmul: Matmul
  /// For products of floats large enough to lay the operands out anew; nil where the BLAS is faster.
  public var packedProduct: Matmul?
  /// The multiplications of those products.
  public var packedRange: ClosedRange<Int>
  public var softmax: Softmax
  public var adam: Adam
  public var sgd: SGD
  public var gather: Gather
  public var scatter: Scatter
  public var checkIndices: CheckIndices
  public var sort: SortKernels
  public var scan: Scan
  public var runningSum: RunningSum
  public var scanExtreme: ScanExtreme
  public var fourier: FourierKernels

  public init(
    elementwise: InlineArray<13, Elementwise?>, select: @escaping Select, cast: @escaping Cast,
    move: @escaping Move, moveRows: @escaping MoveRows, stream: @escaping Stream,
    transpose: @escaping Transpose, arange: @escaping Arange,
    random: @escaping Random, reduceStart: @escaping ReduceStart, reduceRun: @escaping ReduceRun,
    reduceRows: @escaping ReduceRows, reduceCombine: @escaping ReduceCombine,
    reduceFinish: @escaping ReduceFinish, argRun: @escaping ArgRun, argRows: @escaping ArgRows,
    matmul: @escaping Matmul, packedProduct: Matmul?, packedRange: ClosedRange<Int>, softmax: @escaping Softmax,
    adam: @escaping Adam,
    sgd: @escaping SGD,
    gather: @escaping Gather, scatter: @escaping Scatter, checkIndices: @escaping CheckIndices,
    sort: SortKernels, scan: @escaping Scan, runningSum: @escaping RunningSum, scanExtreme: @escaping ScanExtreme,
    fourier: FourierKernels
  ) {
    self.elementwise = elementwise
    self.select = select
    self.cast = cast
    self.move = move
    self.moveRows = moveRows
    self.stream = stream
    self.transpose = transpose
    self.arange = arange
    self.random = random
    self.reduceStart = reduceStart
    self.reduceRun = reduceRun
    self.reduceRows = reduceRows
    self.reduceCombine = reduceCombine
    self.reduceFinish = reduceFinish
    self.argRun = argRun
    self.argRows = argRows
    self.matmul = matmul
    self.packedProduct = packedProduct
    self.packedRange = packedRange
    self.softmax = softmax
    self.adam = adam
    self.sgd = sgd
    self.gather = gather
    self.scatter = scatter
    self.checkIndices = checkIndices
    self.sort = sort
    self.scan = scan
    self.runningSum = runningSum
    self.scanExtreme = scanExtreme
    self.fourier = fourier
  }
}
