/// Pixels of the result that are computed together: `first ..< end` of the planes `outer ..< outerEnd`, whole ones where
/// there are several.
public struct ConvolutionBlock {
  public var outer: Int
  public var outerEnd: Int
  public var first: Int
  public var end: Int
  /// The rows and columns of pixels that it touches.
  public var line: Int
  public var lines: Int
  public var column: Int
  public var columns: Int

  public init(outer: Int, outerEnd: Int, first: Int, end: Int, width: Int) {
    self.outer = outer
    self.outerEnd = outerEnd
    self.first = first
    self.end = end
    line = first / width
    lines = (end &- 1) / width &- line &+ 1
    column = lines == 1 ? first &- line &* width : 0
    columns = lines == 1 ? end &- first : width
  }

  public var outers: Int { outerEnd &- outer }
  /// Pixels of each plane.
  public var span: Int { end &- first }
  public var pixels: Int { outers &* span }
}

/// How the pixels of a convolution are cut into blocks of about a given size, so that each needs little of the input
/// besides its own.
public struct ConvolutionBlocks {
  private var outers: Int
  private var plane: Int
  private var width: Int
  /// Planes in a block, pieces of a plane (or of a line of it), and pixels of such a piece.
  private var planes = 1
  private var pieces = 1
  private var span: Int
  private var cutsLines = false
  public private(set) var count: Int
  /// The most pixels of a block.
  public private(set) var greatest: Int
  /// The most planes, lines and columns that a block touches.
  public private(set) var mostOuters = 1
  public private(set) var mostLines: Int
  public private(set) var mostColumns: Int

  /// - Parameter threads: Where there are few blocks of a plane, as many for each thread, if they can be.
  public init(_ sum: ConvolutionSum, target: Int, unit: Int, threads: Int = 1) {
    (outers, plane, width) = (sum.outers, sum.plane, sum.extent[2])
    span = plane
    func cut(_ whole: Int, of planes: Int) -> (pieces: Int, span: Int) {
      var pieces = (whole + target - 1) / target
      let most = pieces + pieces / 4
      if planes * pieces < 8 * threads {
        let even = (pieces...most).first { planes * $0 % threads == 0 }
        pieces = even ?? pieces
      }
      let span = min(target, ((whole + pieces - 1) / pieces + unit - 1) / unit * unit)
      return ((whole + span - 1) / span, span)
    }
    (mostLines, mostColumns) = (sum.extent[1], width)
    if width > target {
      (pieces, span) = cut(width, of: outers * sum.extent[1])
      cutsLines = true
      count = outers * sum.extent[1] * pieces
      (mostLines, mostColumns) = (1, span)
    } else if plane > target {
      (pieces, span) = cut(plane, of: outers)
      count = outers * pieces
      mostLines = min(mostLines, span / width + 2)
    } else {
      planes = max(1, min(outers, target / max(1, plane)))
      count = (outers + planes - 1) / planes
      mostOuters = planes
    }
    greatest = planes * min(span, plane)
  }

  public subscript(index: Int) -> ConvolutionBlock {
    let (whole, piece) = index.quotientAndRemainder(dividingBy: pieces)
    if cutsLines {
      let lines = plane / width
      let (outer, line) = whole.quotientAndRemainder(dividingBy: lines)
      let first = line * width + piece * span
      return ConvolutionBlock(
        outer: outer, outerEnd: outer + 1, first: first, end: min(first + span, (line + 1) * width), width: width)
    }
    let outer = whole * planes, first = piece * span
    return ConvolutionBlock(
      outer: outer, outerEnd: min(outer + planes, outers), first: first, end: min(first + span, plane), width: width)
  }
}

/// How the positions that a block needs along one axis are laid out: in slots, by their remainder of the step, so that
/// neighbouring pixels find theirs side by side; or a slot for each tap, where those of different taps are far apart.
public struct ConvolutionAxis {
  public private(set) var slots: Int
  public private(set) var length: Int
  private var isShared: Bool
  private var step: Int
  private var spacing: Int

  public init(count: Int, taps: Int, step: Int, spacing: Int) {
    (self.step, self.spacing) = (step, spacing)
    var (a, b) = (step, spacing)
    while b != 0 { (a, b) = (b, a % b) }
    let shared = min(taps, step / a), reach = (taps - 1) * spacing / step
    let (together, overflow) = shared.multipliedReportingOverflow(by: count &+ reach)
    isShared = !overflow && together <= taps * count
    slots = isShared ? shared : taps
    length = isShared ? count &+ reach : count
  }

  @inline(__always) public func slot(_ tap: Int) -> Int { isShared ? tap % slots : tap }
  @inline(__always) public func shift(_ tap: Int) -> Int { isShared ? tap &* spacing / step : 0 }
  /// The position of a slot's first element, relative to that of the first pixel's first tap.
  @inline(__always) public func phase(_ slot: Int) -> Int {
    isShared ? slot &* spacing % step : slot &* spacing
  }
}

/// The part of the input that a block needs, copied: channels, planes, taps of the first axis, rows, columns.
public struct ConvolutionLayout {
  public let rows: ConvolutionAxis
  public let columns: ConvolutionAxis
  public let rowPitch: Int
  public let tapPitch: Int
  public let outerPitch: Int
  public let channelPitch: Int

  public init(_ sum: ConvolutionSum, outers: Int, lines: Int, columns count: Int) {
    rows = ConvolutionAxis(count: lines, taps: sum.taps[1], step: sum.step[1], spacing: sum.spacing[1])
    columns = ConvolutionAxis(count: count, taps: sum.taps[2], step: sum.step[2], spacing: sum.spacing[2])
    rowPitch = columns.slots * columns.length
    tapPitch = rowPitch * rows.slots * rows.length
    outerPitch = tapPitch * sum.taps[0]
    // An odd number of lines of the cache, so that channels do not share their places there.
    channelPitch = ((outerPitch * outers + 15) / 16 | 1) * 16
  }
}

/// How a convolution is cut up.
public struct ConvolutionPlan {
  /// Lanes of a tile, and terms that are added up in one go.
  public let blocks: ConvolutionBlocks
  public let depth: Int
  /// Parts of the rows of a group.
  public let parts: Int
  public let units: Int
  /// Whether there are too few rows for a tile: they are computed one by one, without laying out the input anew.
  public let isDirect: Bool
  /// The input is read where it lies.
  public let readsInPlace: Bool
  /// A block's results are gathered before they go where they belong.
  public let isStaged: Bool
  /// The weight is laid out once for all blocks, for each pass over the terms a panel of all rows of a group. A strip is
  /// laid out when it is multiplied by them all, and no block of strips is kept.
  public let isPacked: Bool

  public static let greatestDepth = 512

  /// - Parameters:
  ///   - strip: Pixels that are side by side in a tile.
  ///   - depth: The most terms that are added up in one go.
  ///   - packedElements: The most elements of a panel of all rows.
  ///   - deepest: The most terms of the sums that are computed together, where there are several.
  public init(
    _ sum: ConvolutionSum, isDirectFormat: Bool, strip unit: Int, depth most: Int, blockElements: Int,
    packedElements: Int, threads: Int, deepest: Int? = nil
  ) {
    func depth(_ terms: Int) -> Int {
      let passes = max(1, (terms + most - 1) / most)
      return (terms + passes - 1) / passes
    }
    let terms = sum.depth
    self.depth = depth(terms)
    isDirect = sum.rows <= 2 && terms <= most && terms > 0
    readsInPlace = isDirectFormat && sum.isInside && sum.input.axis[2] * sum.step[2] == 1
    isStaged = !isDirectFormat || (sum.output.axis[2] != 1 && sum.extent[2] > 1)
    // The results of two sums that are gathered stay in the cache with their strips.
    let largest = deepest.map { max(depth($0), 2 * sum.rows) } ?? self.depth
    func target(_ elements: Int, most: Int) -> Int {
      max(unit, min(most, blockElements / max(1, elements) / unit * unit))
    }
    let least = target(largest, most: 4096)
    let pixels = sum.outers * sum.plane, share = pixels / (8 * threads) / unit * unit
    let fits = deepest == nil && !isDirect && terms > 0 && sum.rows * self.depth <= packedElements
    // What lasts is what is copied of the input, and the results that further terms are added to.
    let lasting =
      (readsInPlace ? 0 : min(sum.channels, self.depth / sum.tapCount + 1) * sum.step[1] * sum.step[2])
      + (isStaged || terms > self.depth ? sum.rows : 0)
    func cut(_ target: Int) -> (blocks: ConvolutionBlocks, isEven: Bool) {
      let blocks = ConvolutionBlocks(sum, target: target, unit: unit, threads: threads)
      let whole = blocks.count * sum.groups
      return (blocks, whole % threads == 0 || whole >= 8 * threads)
    }
    let large = cut(fits ? max(least, target(lasting, most: min(4096, share))) : least)
    isPacked = fits && large.isEven && pixels >= 4 * unit
    let (blocks, isEven) = fits && !isPacked ? cut(least) : large
    self.blocks = blocks
    parts = isEven ? 1 : max(1, min(threads, sum.rows / 8))
    units = blocks.count * sum.groups * parts
  }

  /// About the elements that a thread needs besides.
  public func workSpace(_ sum: ConvolutionSum) -> Int {
    let pixels = blocks.greatest + 64, result = isStaged ? 2 * pixels * (sum.rows + 4) : 0
    return (readsInPlace ? 0 : copied(sum)) + (isPacked ? 64 : pixels) * depth + result + 16384
  }

  /// Panels of the weight that is laid out: of each group one for each pass over the terms.
  public func panels(_ sum: ConvolutionSum) -> Int { sum.groups * ((sum.depth + depth - 1) / depth) }

  /// From panel to panel: no fewer than two rows, and a vector's elements, which may be written beyond their end.
  @inline(__always) public func panelPitch(_ sum: ConvolutionSum) -> Int { max(2, sum.rows) &* depth &+ 16 }

  /// The elements of the copied input.
  public func copied(_ sum: ConvolutionSum) -> Int {
    let layout = ConvolutionLayout(
      sum, outers: blocks.mostOuters, lines: blocks.mostLines, columns: blocks.mostColumns)
    return layout.channelPitch * min(sum.channels, (depth + sum.tapCount - 1) / sum.tapCount + 1)
  }
}

/// How the gradient for the weight of a convolution is cut up: into channels of the input, and where these are few, into
/// parts of the pixels, whose sums are added up at last. It does not depend on the number of threads.
public struct ConvolutionWeightPlan {
  /// The gradient: its batch are the rows of a group, its axes the taps.
  public let weight: ConvolutionOperand
  public let blocks: ConvolutionBlocks
  /// Channels of a unit, units of a group along the channels, and parts of the blocks.
  public let channels: Int
  public let channelUnits: Int
  public let parts: Int
  public let units: Int
  /// Elements of a unit's sums: rows and columns, filled up to whole tiles.
  public let paddedRows: Int
  public let paddedColumns: Int
  /// Whether there are too few rows and columns for tiles.
  public let isDirect: Bool
  /// From a tap to the next one of the last axis, and from a pixel to the next one, in elements of the copied input's
  /// lines.
  public let isShared: Bool

  public init(_ sum: ConvolutionSum, weight: ConvolutionOperand, lanes: Int, blockElements: Int) {
    self.weight = weight
    let taps = sum.tapCount, width = 2 * lanes
    isDirect = sum.rows <= 2 && sum.channels * taps <= 64
    // About nine strips of columns, and whole strips where that is possible.
    let fit = max(1, 9 * width / taps)
    let few = fit >= width ? fit / width * width : fit
    channelUnits = (sum.channels + few - 1) / few
    channels = channelUnits == 1 ? sum.channels : few
    paddedColumns = (channels * taps + width - 1) / width * width
    paddedRows = (sum.rows + 3) / 4 * 4
    let target = max(width, min(ConvolutionPlan.greatestDepth, blockElements / paddedColumns / width * width))
    blocks = ConvolutionBlocks(sum, target: isDirect ? 4096 : target, unit: width)
    let independent = sum.groups * channelUnits
    let size = paddedRows * paddedColumns * independent
    let wanted = max(1, min(16 / max(1, independent), (4 << 20) / max(1, size)))
    parts = max(1, min(blocks.count, wanted))
    units = independent * parts
    let (reach, count) = ((sum.taps[2] - 1) * sum.spacing[2], blocks.mostColumns)
    let shared = (count - 1) * sum.step[2] + reach + 1, separate = sum.taps[2] * count
    isShared = shared <= separate || (sum.spacing[2] == 1 && shared <= 4 * separate)
  }

  /// About the elements that a thread needs besides the sums.
  public func workSpace(_ sum: ConvolutionSum) -> Int {
    copied(sum) + blocks.greatest * (paddedColumns + 1) + length(sum, columns: blocks.mostColumns) * channels + 16384
  }

  /// Positions of a copied line.
  @inline(__always) public func length(_ sum: ConvolutionSum, columns: Int) -> Int {
    isShared
      ? (columns &- 1) &* sum.step[2] &+ (sum.taps[2] &- 1) &* sum.spacing[2] &+ 1 : sum.taps[2] &* columns
  }

  /// The elements of the copied input.
  public func copied(_ sum: ConvolutionSum) -> Int {
    if isDirect {
      let layout = ConvolutionLayout(
        sum, outers: blocks.mostOuters, lines: blocks.mostLines, columns: blocks.mostColumns)
      return layout.channelPitch * sum.channels
    }
    let rows = ConvolutionAxis(count: blocks.mostLines, taps: sum.taps[1], step: sum.step[1], spacing: sum.spacing[1])
    return length(sum, columns: blocks.mostColumns) * channels * rows.slots * rows.length * sum.taps[0]
      * blocks.mostOuters
  }
}
