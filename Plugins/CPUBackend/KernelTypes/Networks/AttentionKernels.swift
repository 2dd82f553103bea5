import BackendAPI

/// A tensor of rank 4 that attention works on: (N, H, L, E) or the like. Strides count elements.
public struct AttentionOperand {
  public var data: UnsafeMutableRawPointer
  public var (batch, head, row, column): (Int, Int, Int, Int)

  public init(data: UnsafeMutableRawPointer, batch: Int, head: Int, row: Int, column: Int) {
    self.data = data
    (self.batch, self.head, self.row, self.column) = (batch, head, row, column)
  }
}

/// A call of ATTENTION or of its gradient.
public struct AttentionProblem {
  public enum Mask {
    case none, bool, added
  }

  public var (heads, keyHeads, queries, keys, width, vWidth): (Int, Int, Int, Int, Int, Int)
  public var (q, k, v, mask): (AttentionOperand, AttentionOperand, AttentionOperand, AttentionOperand)
  /// The result, and the gradient's g.
  public var (out, gradient): (AttentionOperand, AttentionOperand)
  /// (N, H, L), of a column of 1.
  public var logSums: AttentionOperand
  /// The gradients of q, k and v.
  public var (dq, dk, dv): (AttentionOperand, AttentionOperand, AttentionOperand)
  public var maskKind: Mask
  public var isCausal: Bool
  public var scale: Double
  /// A share is dropped where 24 random bits are below this.
  public var dropsBelow: UInt32
  /// What shares that stay are multiplied with.
  public var keptFactor: Double
  public var (seed, offset): (UInt64, UInt64)

  public init(
    heads: Int, keyHeads: Int, queries: Int, keys: Int, width: Int, vWidth: Int, absent: AttentionOperand,
    isCausal: Bool, scale: Double, p: Double, seed: UInt64, offset: UInt64
  ) {
    (self.heads, self.keyHeads, self.queries, self.keys) = (heads, keyHeads, queries, keys)
    (self.width, self.vWidth) = (width, vWidth)
    (q, k, v, mask) = (absent, absent, absent, absent)
    (out, gradient, logSums) = (absent, absent, absent)
    (dq, dk, dv) = (absent, absent, absent)
    maskKind = .none
    (self.isCausal, self.scale, self.seed, self.offset) = (isCausal, scale, seed, offset)
    dropsBelow = UInt32((Double(Float(p)) * 0x1p24).rounded(.up))
    keptFactor = 1 / (1 - p)
  }
}

/// Where in a thread's scratch memory the blocks of attention lie, counted in elements of the type computed in.
public struct AttentionScratch {
  /// Keys whose scores are computed at once: a multiple of the rows of a tile.
  public static let keyBlock = 96
  /// Bytes of keys and values that are laid out once for many queries.
  private static let panelBytes = 1 << 19

  /// Queries that are computed at once, in the lanes of two vectors.
  public let lanes: Int
  /// From row to row of what is laid out: odd numbers of cache lines, or rows would share their places in the cache.
  public let (pitch, vPitch): (Int, Int)
  /// Extents rounded up to whole squares.
  public let (width, vWidth): (Int, Int)
  /// Whether all keys fit.
  public let holdsAllKeys: Bool
  public let (keys, values): (Int, Int)
  public let (rows, columns, gradientRows, gradientColumns, resultColumns): (Int, Int, Int, Int, Int)
  public let (scores, gradients, maskRows, maskColumns, result): (Int, Int, Int, Int, Int)
  public let (index, row): (Int, Int)
  public let count: Int

  public init(_ problem: AttentionProblem, size: Int, isBackward: Bool) {
    func up(_ n: Int, _ unit: Int) -> Int { (n + unit - 1) / unit * unit }
    func pitch(_ n: Int) -> Int { up(n, 16) / 16 % 2 == 0 ? up(n, 16) + 16 : max(16, up(n, 16)) }
    let block = AttentionScratch.keyBlock
    lanes = 2 * 64 / size
    width = up(problem.width, 16)
    vWidth = up(problem.vWidth, 16)
    self.pitch = pitch(problem.width)
    vPitch = pitch(problem.vWidth)
    let all = up(problem.keys, 16)
    holdsAllKeys = all <= block || all * (self.pitch + vPitch) * size <= AttentionScratch.panelBytes
    let held = holdsAllKeys ? all : block
    var end = 0
    func take(_ count: Int) -> Int {
      let start = end
      end += up(count, 16)
      return start
    }
    keys = take(held * self.pitch)
    values = take(held * vPitch)
    rows = take(lanes * max(self.pitch, vPitch))
    columns = take(width * lanes)
    gradientRows = isBackward ? take(lanes * vPitch) : 0
    gradientColumns = isBackward ? take(vWidth * lanes) : 0
    resultColumns = isBackward ? take(vWidth * lanes) : 0
    scores = take(block * lanes)
    gradients = isBackward ? take(block * lanes) : 0
    maskRows = take(lanes * (block + 16))
    maskColumns = take(block * lanes)
    result = take(max(width, vWidth) * lanes)
    index = take(4 * lanes)
    row = take(0)
    count = end
  }
}

/// The kernels of attention at one instruction-set level.
public struct AttentionKernels {
  /// Queries `low ..< high` of one head; `problem` is an ``AttentionProblem``.
  public typealias Forward =
    @convention(c) (
      _ type: Int32, _ problem: UnsafeRawPointer, _ batch: Int, _ head: Int, _ low: Int, _ high: Int,
      _ scratch: UnsafeMutableRawPointer
    ) -> Void

  /// The gradients of `low ..< high` of the queries of all heads that share one of keys, counted through: those of q are
  /// written, those of k and v added to rows of accumulators, of the type computed in, as wide as ``AttentionScratch`` says.
  public typealias Backward =
    @convention(c) (
      _ type: Int32, _ problem: UnsafeRawPointer, _ batch: Int, _ keyHead: Int, _ low: Int, _ high: Int,
      _ scratch: UnsafeMutableRawPointer, _ dk: UnsafeMutableRawPointer, _ dv: UnsafeMutableRawPointer
    ) -> Void

  /// Writes the gradients of keys `low ..< high` from `parts` accumulators, which lie `step` elements apart.
  public typealias Finish =
    @convention(c) (
      _ type: Int32, _ problem: UnsafeRawPointer, _ batch: Int, _ keyHead: Int, _ low: Int, _ high: Int, _ parts: Int,
      _ step: Int, _ dk: UnsafeMutableRawPointer, _ dv: UnsafeMutableRawPointer
    ) -> Void

  public var forward: Forward
  public var backward: Backward
  public var finish: Finish

  public init(forward: @escaping Forward, backward: @escaping Backward, finish: @escaping Finish) {
    self.forward = forward
    self.backward = backward
    self.finish = finish
  }
}
