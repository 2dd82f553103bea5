extension ConvolutionPlan {
  static func cases(_ part: ConvolutionPart, _ signature: Signature) -> [OperatorCase] {
    let isBiased = signature.inputs.count == 3
    var plans = isBiased ? few + biases : shapes + steps + extremes + arrangements + specials(part)
    if signature.dtype == .float32 { plans += isBiased ? Array(large.prefix(1)) : large }
    return plans.map { plan in
      OperatorCase(plan.label) { random in plan.operation(part, signature, &random) }
    }
  }

  // MARK: - Extents

  /// One of each rank, and the lengths around the widths of vectors along each axis in turn.
  private static let shapes: [ConvolutionPlan] =
    [
      ConvolutionPlan("1d", [2, 3, 17], [5, 3, 3], padding: [1]),
      ConvolutionPlan("2d", [2, 3, 9, 11], [4, 3, 3, 3], padding: [1]),
      ConvolutionPlan("3d", [2, 3, 5, 6, 7], [4, 3, 2, 3, 2], padding: [1]),
      ConvolutionPlan("one", [1, 1, 1], [1, 1, 1]), ConvolutionPlan("window", [2, 3, 4, 5], [7, 3, 4, 5]),
      ConvolutionPlan("valid", [2, 5, 8, 9], [6, 5, 3, 3]), ConvolutionPlan("even", [1, 3, 8, 8], [4, 3, 2, 4]),
      ConvolutionPlan("tall", [1, 2, 33, 3], [3, 2, 5, 1]), ConvolutionPlan("wide", [1, 2, 3, 33], [3, 2, 1, 5]),
      ConvolutionPlan("point", [2, 19, 7, 9], [21, 19, 1, 1]),
      ConvolutionPlan("point-1d", [2, 33, 40], [17, 33, 1]),
      ConvolutionPlan("point-padded", [2, 5, 7, 6], [3, 5, 1, 1], padding: [2]),
      ConvolutionPlan("point-stride", [2, 5, 7, 8], [3, 5, 1, 1], stride: [2]),
      ConvolutionPlan("five", [1, 4, 12, 13], [9, 4, 5, 5], padding: [2]),
      ConvolutionPlan("seven-stride2", [1, 3, 22, 21], [17, 3, 7, 7], stride: [2], padding: [3]),
      ConvolutionPlan("long", [1, 2, 700], [3, 2, 65], padding: [32]),
      ConvolutionPlan("batch", [9, 3, 4, 4], [5, 3, 3, 3], padding: [1]),
    ]
    + ElementwiseCases.oddLengths.flatMap { n in
      [
        ConvolutionPlan("width\(n)", [1, 2, 3, n], [3, 2, 3, 3], padding: [1]),
        ConvolutionPlan("width\(n)-stride2", [1, 2, 3, n], [3, 2, 3, 3], stride: [2], padding: [1]),
        ConvolutionPlan("channels\(n)", [2, n, 4, 5], [3, n, 3, 2], padding: [1]),
        ConvolutionPlan("outputs\(n)", [2, 3, 4, 5], [n, 3, 2, 3], padding: [1]),
      ]
    }

  // MARK: - Strides, padding, dilation, groups

  private static let steps: [ConvolutionPlan] = [
    ConvolutionPlan("stride2", [2, 3, 9, 10], [4, 3, 3, 3], stride: [2], padding: [1]),
    ConvolutionPlan("stride3", [2, 3, 11, 12], [4, 3, 3, 3], stride: [3], padding: [1]),
    ConvolutionPlan("stride-beyond", [2, 3, 11, 13], [4, 3, 2, 2], stride: [4]),
    ConvolutionPlan("stride-1d", [2, 3, 40], [4, 3, 4], stride: [3], padding: [2]),
    ConvolutionPlan("stride-one-axis", [1, 3, 9, 9], [4, 3, 3, 3], stride: [1, 3], padding: [1]),
    ConvolutionPlan("leftover", [1, 3, 10, 12], [4, 3, 3, 3], stride: [4]),
    ConvolutionPlan("dilation2", [2, 3, 11, 12], [4, 3, 3, 3], padding: [2], dilation: [2]),
    ConvolutionPlan("dilation3", [2, 3, 11, 12], [4, 3, 3, 3], padding: [1], dilation: [3]),
    ConvolutionPlan("dilation-stride2", [2, 3, 11, 12], [4, 3, 3, 3], stride: [2], padding: [2], dilation: [2]),
    ConvolutionPlan("dilation-1d", [1, 3, 60], [4, 3, 5], padding: [8], dilation: [4]),
    ConvolutionPlan(
      "all-apart", [2, 4, 13, 17], [6, 2, 3, 4], stride: [3, 2], padding: [2, 1], dilation: [1, 3], groups: 2),
    ConvolutionPlan(
      "all-apart-3d", [1, 4, 7, 9, 8], [4, 2, 2, 3, 1], stride: [1, 2, 3], padding: [1, 0, 2], high: [0, 2, 1],
      dilation: [3, 2, 1], groups: 2),
    ConvolutionPlan("padding-low", [2, 3, 7, 8], [4, 3, 3, 3], padding: [2], high: [0]),
    ConvolutionPlan("padding-high", [2, 3, 7, 8], [4, 3, 3, 3], padding: [0], high: [2]),
    ConvolutionPlan("same-even", [2, 3, 7, 8], [4, 3, 2, 4], padding: [0, 1], high: [1, 2]),
    ConvolutionPlan("padding-beyond", [1, 3, 4, 5], [4, 3, 2, 2], padding: [5], high: [4]),
    ConvolutionPlan("padding-one-axis", [1, 3, 6, 7], [4, 3, 3, 3], padding: [0, 2]),
    ConvolutionPlan("window-beyond", [1, 3, 3, 2], [4, 3, 5, 6], padding: [2]),
    ConvolutionPlan("groups2", [2, 6, 7, 8], [4, 3, 3, 3], padding: [1], groups: 2),
    ConvolutionPlan("groups3-stride2", [2, 6, 9, 8], [9, 2, 3, 3], stride: [2], padding: [1], groups: 3),
    ConvolutionPlan("groups-wide", [1, 34, 5, 6], [38, 17, 3, 3], padding: [1], groups: 2),
    ConvolutionPlan("groups-point", [2, 12, 5, 6], [8, 3, 1, 1], groups: 4),
    ConvolutionPlan("depthwise", [2, 19, 9, 11], [19, 1, 3, 3], padding: [1], groups: 19),
    ConvolutionPlan("depthwise-stride2", [1, 8, 15, 34], [8, 1, 5, 5], stride: [2], padding: [2], groups: 8),
    ConvolutionPlan("depthwise-dilation", [1, 5, 12, 12], [5, 1, 3, 3], padding: [2], dilation: [2], groups: 5),
    ConvolutionPlan("depthwise-twice", [2, 3, 8, 9], [6, 1, 3, 3], padding: [1], groups: 3),
    ConvolutionPlan("depthwise-1d", [1, 7, 50], [7, 1, 4], padding: [3], high: [0], groups: 7),
    ConvolutionPlan("depthwise-3d", [1, 3, 5, 6, 7], [3, 1, 3, 3, 3], padding: [1], groups: 3),
    ConvolutionPlan("one-group-output", [2, 6, 6, 7], [3, 2, 3, 3], padding: [1], groups: 3),
  ]

  private static let extremes: [ConvolutionPlan] = [
    ConvolutionPlan("empty-batch", [0, 3, 5, 5], [4, 3, 3, 3]),
    ConvolutionPlan("empty-channels", [2, 0, 5, 5], [4, 0, 3, 3]),
    ConvolutionPlan("empty-outputs", [2, 3, 5, 5], [0, 3, 3, 3]),
    ConvolutionPlan("empty-space", [2, 3, 0, 5], [4, 3, 1, 3]),
    ConvolutionPlan("empty-result", [2, 3, 4, 2], [4, 3, 3, 3]),
    ConvolutionPlan("padding-alone", [2, 3, 0, 4], [4, 3, 3, 3], padding: [2]),
    ConvolutionPlan("stride-greatest", [2, 3, 5, 5], [4, 3, 3, 3], stride: [1 << 62]),
    ConvolutionPlan("dilation-greatest", [2, 3, 5, 5], [4, 3, 1, 1], dilation: [1 << 62]),
  ]

  // MARK: - Layouts

  private static let plain = ConvolutionPlan("plain", [2, 6, 9, 7], [8, 6, 3, 3], padding: [1])

  private static let arrangements: [ConvolutionPlan] =
    Arrangement.allCases.dropFirst().flatMap { arrangement in
      [
        plain.placing("x-\(arrangement)") { $0.placed.x = arrangement },
        plain.placing("w-\(arrangement)") { $0.placed.w = arrangement },
        plain.placing("y-\(arrangement)") { $0.placed.y = arrangement },
      ]
    } + [
      plain.placing("channels-last") { $0.placed = (.channelsLast, .channelsLast, .channelsLast, .dense) },
      plain.placing("channels-last-images") { $0.placed = (.channelsLast, .dense, .channelsLast, .dense) },
      ConvolutionPlan("", [2, 3, 17], [5, 3, 4], padding: [1]).placing("channels-last-1d") {
        $0.placed = (.channelsLast, .channelsLast, .channelsLast, .dense)
      },
      ConvolutionPlan("", [2, 3, 4, 5, 6], [5, 3, 2, 2, 3], padding: [1]).placing("channels-last-3d") {
        $0.placed = (.channelsLast, .channelsLast, .channelsLast, .dense)
      },
      ConvolutionPlan("", [2, 9, 8, 9], [9, 1, 3, 3], padding: [1], groups: 9).placing("channels-last-depthwise") {
        $0.placed = (.channelsLast, .channelsLast, .channelsLast, .dense)
      },
      ConvolutionPlan("", [2, 19, 7, 9], [21, 19, 1, 1]).placing("channels-last-point") {
        $0.placed = (.channelsLast, .channelsLast, .channelsLast, .dense)
      },
      ConvolutionPlan("", [2, 6, 9, 8], [8, 3, 3, 3], stride: [2], padding: [1], groups: 2)
        .placing("channels-last-groups") { $0.placed = (.channelsLast, .dense, .channelsLast, .dense) },
      ConvolutionPlan("", [2, 19, 7, 9], [21, 19, 1, 1]).placing("point-sliced") {
        $0.placed = (.sliced, .sliced, .sliced, .dense)
      },
      ConvolutionPlan("", [2, 7, 9, 8], [7, 1, 3, 3], padding: [1], groups: 7).placing("depthwise-strided") {
        $0.placed = (.step2, .reversed, .sliced, .dense)
      },
      plain.placing("all-reversed") { $0.placed = (.reversed, .reversed, .reversed, .dense) },
      plain.placing("all-apart-layouts") { $0.placed = (.step2, .channelsLast, .sliced, .dense) },
    ]

  // MARK: - Values

  /// Zeros beside infinities and NaN. Where zeros from outside the input meet what is not finite, the result is open: in
  /// the second operand such values stand where nothing lies outside.
  private static func specials(_ part: ConvolutionPart) -> [ConvolutionPlan] {
    // In a gradient for the weight each value reaches all.
    let rarity = part == .weight ? 1023 : 63
    let special = ValueSet.each("rarely-special") { _, random in
      switch random.int(0...rarity) {
      case 0: .nan
      case 1: .infinity
      case 2: -.infinity
      case 3...16: 0
      default: random.double(-4...4)
      }
    }
    let point = ConvolutionPlan("", [1, 5, 9, 8], [6, 5, 1, 1])
    let inner = ConvolutionPlan("", [2, 3, 12, 13], [4, 3, 3, 3])
    var plans = [
      point.placing("special-point") { $0.values = [special, special, .random] },
      inner.placing("special") { $0.values[0] = special },
      ConvolutionPlan("", [1, 4, 9, 40], [4, 1, 3, 3], padding: [1], groups: 4).placing("special-depthwise") {
        $0.values[0] = special
      },
      ConvolutionPlan("", [1, 3, 13, 14], [4, 3, 3, 3], stride: [2], padding: [1]).placing("special-stride2") {
        $0.values[0] = special
      },
    ]
    if part != .input { plans.append(inner.placing("special-second") { $0.values[1] = special }) }
    return plans
  }

  // MARK: - With a bias

  private static let few: [ConvolutionPlan] = [
    ConvolutionPlan("1d", [2, 3, 17], [5, 3, 3], padding: [1]), plain,
    ConvolutionPlan("3d", [2, 3, 5, 6, 7], [4, 3, 2, 3, 2], padding: [1]),
    ConvolutionPlan("point", [2, 19, 7, 9], [21, 19, 1, 1]),
    ConvolutionPlan("stride2", [2, 17, 9, 10], [19, 17, 3, 3], stride: [2], padding: [1]),
    ConvolutionPlan("stride-beyond", [2, 3, 11, 13], [4, 3, 2, 2], stride: [4]),
    ConvolutionPlan("dilation2", [2, 3, 11, 12], [4, 3, 3, 3], padding: [2], dilation: [2]),
    ConvolutionPlan("groups2", [2, 6, 7, 8], [4, 3, 3, 3], padding: [1], groups: 2),
    ConvolutionPlan("groups-wide", [1, 34, 5, 6], [38, 17, 3, 3], padding: [1], groups: 2),
    ConvolutionPlan("depthwise", [2, 19, 9, 11], [19, 1, 3, 3], padding: [1], groups: 19),
    ConvolutionPlan("depthwise-twice", [2, 3, 8, 9], [6, 1, 3, 3], padding: [1], groups: 3),
    ConvolutionPlan("outputs33", [2, 3, 4, 5], [33, 3, 2, 3], padding: [1]),
    ConvolutionPlan("empty-batch", [0, 3, 5, 5], [4, 3, 3, 3]),
    ConvolutionPlan("empty-channels", [2, 0, 5, 5], [4, 0, 3, 3]),
    ConvolutionPlan("empty-outputs", [2, 3, 5, 5], [0, 3, 3, 3]),
    ConvolutionPlan("padding-alone", [2, 3, 0, 4], [4, 3, 3, 3], padding: [2]),
    ConvolutionPlan("padding-beyond", [1, 3, 4, 5], [4, 3, 2, 2], padding: [5], high: [4]),
    plain.placing("channels-last") { $0.placed = (.channelsLast, .channelsLast, .channelsLast, .dense) },
    plain.placing("strided") { $0.placed = (.step2, .reversed, .sliced, .step2) },
  ]

  private static let biases: [ConvolutionPlan] =
    [Arrangement.step2, .negative, .misaligned, .broadcast].map { arrangement in
      plain.placing("bias-\(arrangement)") { $0.placed.bias = arrangement }
    } + [
      // Far above what is added to it, and not finite.
      plain.placing("bias-great") { $0.values[2] = .uniform("great", 10_000...20_000) },
      plain.placing("bias-special") {
        $0.values[2] = .each("special") { _, random in [.nan, .infinity, 0, 1].randomElement(using: &random)! }
      },
    ]

  // MARK: - For several threads

  private static let large: [ConvolutionPlan] = [
    ConvolutionPlan("large", [2, 17, 28, 29], [35, 17, 3, 3], padding: [1]),
    ConvolutionPlan("large-point", [2, 33, 31, 29], [97, 33, 1, 1]),
    ConvolutionPlan("large-stride2", [1, 3, 65, 67], [33, 3, 7, 7], stride: [2], padding: [3]),
    ConvolutionPlan("large-depthwise", [2, 67, 57, 56], [67, 1, 3, 3], padding: [1], groups: 67),
    ConvolutionPlan("large-channels", [1, 130, 7, 7], [67, 130, 3, 3], padding: [1]),
    ConvolutionPlan("large-1d", [2, 17, 2001], [19, 17, 7], padding: [3]),
    ConvolutionPlan("large-channels-last", [1, 33, 28, 29], [18, 33, 3, 3], padding: [1]).placing(
      "large-channels-last"
    ) { $0.placed = (.channelsLast, .channelsLast, .channelsLast, .dense) },
  ]
}
