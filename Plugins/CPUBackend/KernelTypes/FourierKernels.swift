/// How transforms of one length are done, for the kernels: lanes are transforms side by side.
///
/// The numbers are decimated in time: in the order that `order` gives, one pass after another makes transforms of
/// `radix` times the length, in place.
public struct FourierStages {
  public var n: Int
  public var passes: Int
  /// The factors of `n`, in the order of the passes.
  public var radices: UnsafePointer<Int>
  /// The row at which each transform of the first pass begins; the others follow at `n` / radix.
  public var order: UnsafePointer<Int>
  /// For each pass whose butterflies are not written out the roots of unity of order `radix`; then, but
  /// for the first pass, the factors of each of its `stride` butterflies. All are cos and −sin, in the real type.
  public var factors: UnsafeRawPointer

  /// Radices whose butterflies are written out.
  public static func isUnrolled(_ radix: Int) -> Bool { radix <= 5 || radix == 8 }

  public init(
    n: Int, passes: Int, radices: UnsafePointer<Int>, order: UnsafePointer<Int>, factors: UnsafeRawPointer
  ) {
    self.n = n
    self.passes = passes
    self.radices = radices
    self.order = order
    self.factors = factors
  }
}

/// Complex numbers in memory: element `row` of transform `lane` is at `row * rowStride + lane * laneStride`, counted in
/// numbers.
public struct FourierOperand {
  public var data: UnsafeMutableRawPointer
  public var rowStride: Int
  public var laneStride: Int
  /// Real and imaginary parts of all lanes of a row lie one after the other, row after row: the strides do not count.
  public var isSplit: Bool
  /// Whether the imaginary part comes first: the inverse is the forward transform of the parts exchanged.
  public var isExchanged: Bool

  public init(
    data: UnsafeMutableRawPointer, rowStride: Int = 0, laneStride: Int = 0, isSplit: Bool = false,
    isExchanged: Bool = false
  ) {
    self.data = data
    self.rowStride = rowStride
    self.laneStride = laneStride
    self.isSplit = isSplit
    self.isExchanged = isExchanged
  }
}

/// What follows the first half of a transform whose length is a product: the factors between the halves.
///
/// Element `row` of a lane is multiplied by `common[row]` and `lanes[row]`, a number for all lanes and one for each. Then
/// the results are transposed: rows become lanes of a panel, lanes its rows, panels follow at `panelStride`
/// reals. The target is the first panel's first row.
public struct FourierTwist {
  public var common: UnsafeRawPointer
  public var lanes: UnsafeRawPointer
  public var panelStride: Int

  public init(common: UnsafeRawPointer, lanes: UnsafeRawPointer, panelStride: Int) {
    self.common = common
    self.lanes = lanes
    self.panelStride = panelStride
  }
}

/// Transforms side by side.
public struct FourierTask {
  public var stages: FourierStages
  public var source: FourierOperand
  public var target: FourierOperand
  public var twist: FourierTwist?
  /// What results without a twist are multiplied by.
  public var scale: Double

  public init(
    stages: FourierStages, source: FourierOperand, target: FourierOperand, twist: FourierTwist? = nil, scale: Double = 1
  ) {
    self.stages = stages
    self.source = source
    self.target = target
    self.twist = twist
    self.scale = scale
  }
}

public struct FourierKernels {
  /// Transforms `lanes` ≤ width lanes as a ``FourierTask`` says; `memory` has room for ``memoryVectors(_:width:)``.
  public typealias Transform =
    @Sendable (
      _ isDouble: Bool, _ lanes: Int, _ task: UnsafePointer<FourierTask>, _ memory: UnsafeMutableRawPointer
    ) -> Void

  /// The terms of a butterfly of any radix, or a square of complex numbers.
  public static var termVectors: Int { 128 }
  /// The greatest radix whose terms have room.
  public static var greatestRadix: Int { 61 }
  /// Rows of lanes, so many that panels are whole.
  public static func rows(_ n: Int, width: Int) -> Int { (n + width - 1) / width * width }
  /// How many vectors of work space a transform needs.
  public static func memoryVectors(_ n: Int, width: Int) -> Int { termVectors + 4 * rows(n, width: width) }

  public var transform: Transform
  /// The bytes of a vector: it has that many by those of a real number lanes.
  public var vectorBytes: Int

  public init(transform: @escaping Transform, vectorBytes: Int) {
    self.transform = transform
    self.vectorBytes = vectorBytes
  }
}
