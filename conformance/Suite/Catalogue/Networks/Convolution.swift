import BackendAPI

extension OperatorCatalogue {
  /// Section 6.21 of the header.
  static let convolution: [OperatorEntry] = [
    OperatorEntry(
      "CONVOLUTION", BP_OP_CONVOLUTION, .convolution, biased,
      drawn: { .drawn(.result, $0, $1, &$2) }, cases: { ConvolutionPlan.cases(.result, $0) }),
    OperatorEntry(
      "CONVOLUTION_INPUT", BP_OP_CONVOLUTION_INPUT, .convolution, biased,
      drawn: { .drawn(.input, $0, $1, &$2) }, cases: { ConvolutionPlan.cases(.input, $0) }),
    OperatorEntry(
      "CONVOLUTION_WEIGHT", BP_OP_CONVOLUTION_WEIGHT, .convolution, DType.floats.map { Signature($0, inputs: 2) },
      drawn: { .drawn(.weight, $0, $1, &$2) }, cases: { ConvolutionPlan.cases(.weight, $0) }),
  ]

  /// Without and with the bias.
  private static let biased = DType.floats.flatMap {
    [Signature($0, inputs: 2), Signature("\($0.name)-bias", [$0, $0, $0], [$0])]
  }
}

/// Which of the three parts of a convolution an operator makes of the other two.
enum ConvolutionPart: Sendable { case input, weight, result }

/// The extents and numbers of one convolution, from which each of the three operators has a case.
struct ConvolutionPlan: Sendable {
  /// How an operand lies in memory.
  enum Arrangement: Sendable, CaseIterable {
    case dense, channelsLast, reversed, sliced, step2, misaligned
    /// Of inputs alone.
    case negative, broadcastBatch, broadcastSpace, broadcast

    static let ofOutputs: [Arrangement] = [.dense, .channelsLast, .reversed, .sliced, .step2, .misaligned]

    func layout(_ shape: [Int]) -> Layout {
      let last = shape.count > 2 ? [0] + Array(2..<shape.count) + [1] : Array(shape.indices)
      func strides(_ order: [Int], gap: Int = 0, step: Int = 1) -> [Int] {
        var (strides, unit) = (shape, step)
        for axis in order.reversed() {
          strides[axis] = unit
          unit = unit * max(shape[axis], 1) + gap
        }
        return strides
      }
      let dense = strides(Array(shape.indices))
      func still(_ axes: Range<Int>) -> [Int] {
        var strides = strides(shape.indices.filter { !axes.contains($0) } + Array(axes))
        for axis in axes { strides[axis] = 0 }
        return strides
      }
      return switch self {
      case .dense: Layout(contiguous: shape)
      case .channelsLast: Layout(shape, strides: strides(last))
      case .reversed: Layout(shape, strides: strides(shape.indices.reversed()))
      case .sliced: Layout(shape, strides: strides(Array(shape.indices), gap: 3), lead: 2)
      case .step2: Layout(shape, strides: strides(Array(shape.indices), step: 2))
      case .misaligned: Layout(contiguous: shape, lead: 1)
      case .negative: Layout(shape, strides: dense.map { -$0 })
      case .broadcastBatch: Layout(shape, strides: still(0..<1))
      case .broadcastSpace: Layout(shape, strides: still(min(2, shape.count)..<shape.count))
      case .broadcast: Layout(shape, strides: shape.map { _ in 0 })
      }
    }
  }

  var label: String
  var x: [Int]
  var w: [Int]
  var stride: [Int]
  var low: [Int]
  var high: [Int]
  var dilation: [Int]
  var groups: Int
  var placed: (x: Arrangement, w: Arrangement, y: Arrangement, bias: Arrangement) = (.dense, .dense, .dense, .dense)
  /// The values of both inputs and the bias.
  var values: [ValueSet] = [.random, .random, .random]

  init(
    _ label: String, _ x: [Int], _ w: [Int], stride: [Int] = [1], padding: [Int] = [0], high: [Int]? = nil,
    dilation: [Int] = [1], groups: Int = 1
  ) {
    func each(_ numbers: [Int]) -> [Int] { numbers.count == 1 ? x.dropFirst(2).map { _ in numbers[0] } : numbers }
    (self.label, self.x, self.w, self.groups) = (label, x, w, groups)
    (self.stride, low, self.high, self.dilation) = (each(stride), each(padding), each(high ?? padding), each(dilation))
  }

  /// The result's shape.
  var y: [Int] {
    [x[0], w[0]]
      + stride.indices.map { axis in
        let room = x[2 + axis] + low[axis] + high[axis] - dilation[axis] * (w[2 + axis] - 1) - 1
        return room < 0 ? 0 : room / stride[axis] + 1
      }
  }

  /// How many products there are, padding counted.
  var products: Int { (y + w.dropFirst()).reduce(1, *) }

  var params: Parameters {
    func three(_ values: [Int], _ rest: Int64) -> (Int64, Int64, Int64) {
      let all = values.map { Int64($0) } + [rest, rest]
      return (all[0], all[1], all[2])
    }
    // Beyond the rank there are numbers without a meaning.
    return .convolution(
      bp_convolution_params(
        struct_size: 0, flags: 0, groups: Int64(groups), stride: three(stride, 0), padding_low: three(low, -7),
        padding_high: three(high, -7), dilation: three(dilation, 0)))
  }

  func placing(_ label: String, _ change: (inout ConvolutionPlan) -> Void) -> ConvolutionPlan {
    var plan = self
    plan.label = label
    change(&plan)
    return plan
  }

  func operation(_ part: ConvolutionPart, _ signature: Signature, _ random: inout RandomSource) -> Operation {
    let operands = [(x, placed.x), (w, placed.w), (y, placed.y)]
    let order: (Int, Int, Int) =
      switch part {
      case .result: (0, 1, 2)
      case .input: (2, 1, 0)
      case .weight: (0, 2, 1)
      }
    func input(_ operand: Int, _ place: Int) -> Operand {
      let (shape, arrangement) = operands[operand]
      return Operand(signature.dtype, arrangement.layout(shape), values[place], &random)
    }
    var inputs = [input(order.0, 0), input(order.1, 1)]
    let (shape, arrangement) = operands[order.2]
    if signature.inputs.count == 3 {
      inputs.append(Operand(signature.dtype, placed.bias.layout([shape[1]]), values[2], &random))
    }
    let isWritable = Arrangement.ofOutputs.contains(arrangement)
    return Operation(
      inputs, [Operand(signature.outputs[0], (isWritable ? arrangement : .dense).layout(shape))], params)
  }
}

// MARK: - Drawn

extension Operation {
  /// Any convolution of extents up to about `size`.
  static func drawn(
    _ part: ConvolutionPart, _ signature: Signature, _ size: Int, _ random: inout RandomSource
  ) -> Operation {
    var plan = ConvolutionPlan.drawn(size, &random)
    // The reference takes as long as there are products.
    while plan.products > 300_000 { plan = .drawn(max(size / 4, 2), &random) }
    func place(_ arrangements: [ConvolutionPlan.Arrangement]) -> ConvolutionPlan.Arrangement {
      random.oneIn(2) ? .dense : arrangements.randomElement(using: &random)!
    }
    let all = ConvolutionPlan.Arrangement.allCases
    plan.placed = (place(all), place(all), place(all), place([.dense, .step2, .negative, .broadcast]))
    return plan.operation(part, signature, &random)
  }
}

extension ConvolutionPlan {
  static func drawn(_ size: Int, _ random: inout RandomSource) -> ConvolutionPlan {
    let rank = random.int(1...3), groups = random.oneIn(3) ? random.int(2...4) : 1
    func extent(_ limit: Int) -> Int { random.oneIn(24) ? 0 : random.int(1...max(limit, 1)) }
    let channels = groups * extent(random.oneIn(4) ? size : 6), outputs = groups * extent(random.oneIn(4) ? size : 6)
    var (x, w) = ([extent(4), channels], [outputs, channels / groups])
    var (stride, low, high, dilation): ([Int], [Int], [Int], [Int]) = ([], [], [], [])
    for _ in 0..<rank {
      let k = random.oneIn(2) ? random.int(1...3) : random.int(1...min(max(size, 1), 9))
      let step = random.oneIn(3) ? random.int(2...4) : 1, apart = random.oneIn(3) ? random.int(2...3) : 1
      let before = random.oneIn(2) ? random.int(0...k) : 0, behind = random.oneIn(4) ? random.int(0...k) : before
      // As long as one window at least, most often; no longer for extents of windows below nothing.
      let span = apart * (k - 1) + 1
      let least = max(span - before - behind - (random.oneIn(16) ? 1 : 0), 0)
      x.append(least + random.int(0...max(size / (rank * rank), 1)))
      w.append(k)
      (stride, low, high, dilation) = (stride + [step], low + [before], high + [behind], dilation + [apart])
    }
    return ConvolutionPlan(
      "drawn", x, w, stride: stride, padding: low, high: high, dilation: dilation, groups: groups)
  }
}
