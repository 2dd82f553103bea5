import BackendAPI

/// The kernels of convolutions at one instruction-set level.
public struct ConvolutionKernels {
  /// Computes units `low ..< high` of a plan: of one sum, or of `count` that have all but input, taps and place in
  /// common, with plans of the same blocks. Of these each two that follow each other lie side by side in turn, element by
  /// element.
  public typealias Units =
    @Sendable (
      _ sums: UnsafePointer<ConvolutionSum>, _ plans: UnsafePointer<ConvolutionPlan>, _ count: Int, _ low: Int,
      _ high: Int
    ) -> Void

  /// Lays out panels `low ..< high` of the weight of a plan whose weight is packed.
  public typealias Pack =
    @Sendable (
      _ sum: UnsafePointer<ConvolutionSum>, _ plan: UnsafePointer<ConvolutionPlan>, _ out: UnsafeMutableRawPointer,
      _ low: Int, _ high: Int
    ) -> Void

  /// Computes units of the gradient for the weight; what each adds up lies in `partials`, one after the other.
  public typealias WeightUnits =
    @Sendable (
      _ sum: UnsafePointer<ConvolutionSum>, _ plan: UnsafePointer<ConvolutionWeightPlan>,
      _ partials: UnsafeMutableRawPointer, _ low: Int, _ high: Int
    ) -> Void

  /// `out[r][c][t] = in[r*row + c*channel + offsets[t]]`, in the numbers that the type is computed with.
  public typealias LayOut =
    @Sendable (
      _ type: Int32, _ rows: Int, _ channels: Int, _ taps: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer,
      _ row: Int, _ channel: Int, _ offsets: UnsafePointer<Int>
    ) -> Void

  public var units: Units
  public var pack: Pack
  public var weightUnits: WeightUnits
  /// Adds up the partial sums, and writes the weight's rows `low ..< high`.
  public var finishWeight: WeightUnits
  public var layOut: LayOut
  /// Vectors of 64 bytes side by side in a tile.
  public var stripVectors: Int
  /// Elements of a block: about half of the second-level cache of the processors that have this level.
  public var blockElements: Int
  /// The terms that are added up in one go, of which a strip stays in the first-level cache.
  public var depth: Int
  /// The most elements of a panel of all rows, which stays in the second-level cache; 0 where tiles do not read such.
  public var packedElements: Int

  public init(
    units: @escaping Units, pack: @escaping Pack, weightUnits: @escaping WeightUnits,
    finishWeight: @escaping WeightUnits, layOut: @escaping LayOut, stripVectors: Int, depth: Int, blockElements: Int,
    packedElements: Int
  ) {
    self.units = units
    self.pack = pack
    self.packedElements = packedElements
    self.weightUnits = weightUnits
    self.finishWeight = finishWeight
    self.layOut = layOut
    self.stripVectors = stripVectors
    self.blockElements = blockElements
    self.depth = depth
  }
}

/// An operand with batch, channels and three spatial axes; strides count elements.
public struct ConvolutionOperand {
  public var data: UnsafeMutableRawPointer
  public var batch: Int
  /// From the first channel of a group to that of the next one.
  public var group: Int
  public var channel: Int
  public var axis: InlineArray<3, Int>

  public init(data: UnsafeMutableRawPointer, batch: Int, group: Int, channel: Int, axis: InlineArray<3, Int>) {
    self.data = data
    self.batch = batch
    self.group = group
    self.channel = channel
    self.axis = axis
  }
}

/// What all operators of convolution come down to, with axes that are missing of extent 1:
///
///     out[n, g, r, j] = bias[g, r] + sum over c, t of weight[g, r, c, t] * in[n, g, c, j*step + start + t*spacing]
///
/// where the input is zero outside of its extents. The gradient for the weight has the same operands: it reads `out`.
public struct ConvolutionSum {
  /// The type of input and output.
  public var type: Int32
  public var batch: Int
  public var groups: Int
  /// Channels of the output and of the input, in a group.
  public var rows: Int
  public var channels: Int
  public var extent: InlineArray<3, Int>
  public var inputExtent: InlineArray<3, Int>
  public var taps: InlineArray<3, Int>
  public var step: InlineArray<3, Int>
  public var start: InlineArray<3, Int>
  public var spacing: InlineArray<3, Int>
  public var input: ConvolutionOperand
  public var output: ConvolutionOperand
  /// Contiguous, in the numbers it is computed with, or laid out as the plan says. The gradient for the weight does not read it.
  public var weight: UnsafeRawPointer?
  /// A number for each row of all groups.
  public var bias: UnsafeRawPointer?

  public init(
    type: Int32, batch: Int, groups: Int, rows: Int, channels: Int, extent: InlineArray<3, Int>,
    inputExtent: InlineArray<3, Int>, taps: InlineArray<3, Int>, step: InlineArray<3, Int>,
    start: InlineArray<3, Int>, spacing: InlineArray<3, Int>, input: ConvolutionOperand, output: ConvolutionOperand
  ) {
    self.type = type
    self.batch = batch
    self.groups = groups
    self.rows = rows
    self.channels = channels
    self.extent = extent
    self.inputExtent = inputExtent
    self.taps = taps
    self.step = step
    self.start = start
    self.spacing = spacing
    self.input = input
    self.output = output
  }

  public var tapCount: Int { taps[0] &* taps[1] &* taps[2] }
  /// The terms of an element's sum.
  public var depth: Int { channels &* tapCount }
  /// What stands in front of a plane of pixels: batch and first axis.
  public var outers: Int { batch &* extent[0] }
  public var plane: Int { extent[1] &* extent[2] }

  /// Whether no tap of any pixel lies outside of the input.
  public var isInside: Bool {
    for a in 0..<3 {
      if start[a] < 0 { return false }
      if start[a] &+ (extent[a] &- 1) &* step[a] &+ (taps[a] &- 1) &* spacing[a] >= inputExtent[a] { return false }
    }
    return true
  }

  /// Makes one axis of those that nothing tells apart: of a kernel of 1 over memory without gaps.
  public mutating func mergeAxes() {
    for a in [1, 0] {
      guard taps[a] == 1, taps[a + 1] == 1, step[a] == 1, step[a + 1] == 1, start[a] == 0, start[a + 1] == 0,
        extent[a] == inputExtent[a], extent[a + 1] == inputExtent[a + 1],
        input.axis[a] == extent[a + 1] * input.axis[a + 1], output.axis[a] == extent[a + 1] * output.axis[a + 1]
      else { continue }
      extent[a + 1] *= extent[a]
      inputExtent[a + 1] = extent[a + 1]
      extent[a] = 1
      inputExtent[a] = 1
    }
  }
}
