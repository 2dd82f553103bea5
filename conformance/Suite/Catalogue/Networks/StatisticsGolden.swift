import BackendAPI

/// Results of PyTorch in float64.
extension OperatorCatalogue {
  private static let rows = [1.0, 2, 4, -1, 0.5, 0.5, -3, 10]
  private static let rowGradient = [1.0, -1, 2, 0.5, 0.25, 3, -2, 1]
  private static let rowMean = [1.5, 2]
  private static let rowScale = [0.5546993428422812, 0.20683503175522483]
  private static let weight = [1.0, -2, 0.5, 3]
  private static let channels = [1.0, 2, 3, 4, -5, 6, 0, 8, -2, 1, 1, 0.5]

  private static func made(
    _ label: String, _ signature: Signature, _ inputs: [([Double], [Int])], _ outputs: [([Double], [Int])],
    eps: Double, flags: UInt32 = 0
  ) -> OperatorCase {
    let results = zip(signature.outputs, outputs).map { ElementArray($0, doubles: $1.0) }
    return OperatorCase(label, golden: results) { _ in
      Operation(
        zip(signature.inputs, inputs).map { Operand(Layout(contiguous: $1.1), ElementArray($0, doubles: $1.0)) },
        zip(signature.outputs, outputs).map { Operand($0, Layout(contiguous: $1.1)) },
        .normalize(bp_normalize_params(struct_size: 0, flags: flags, eps: eps)))
    }
  }

  static func golden(_ signature: Signature) -> [OperatorCase] {
    // The numbers given are exact in every type, but for the means of squares.
    if signature.inputs.count == 2 {
      return [
        made(
          "golden-rms", signature, [(rows, [2, 4]), (weight, [1, 4])],
          [
            (
              [
                0.4264010450740834, -1.7056041802963335, 0.8528020901481668, -1.2792031352222502,
                0.09556367905894765, -0.1911273581178953, -0.28669103717684297, 5.7338207435368584,
              ], [2, 4]
            ),
            ([0, 0], [2, 1]), ([0.4264010450740834, 0.1911273581178953], [2, 1]),
          ], eps: 1e-5, flags: BP_NORMALIZE_UNCENTERED)
      ]
    }
    guard signature.inputs.count == 3 else { return [] }
    return [
      made(
        "golden", signature, [(rows, [2, 4]), (weight, [1, 4]), ([0, 1, -1, 0.25], [1, 4])],
        [
          (
            [
              -0.2773496714211406, 0.4453006571577188, -0.30662582144714856, -3.9102450713171084,
              -0.31025254763283727, 1.6205050952656745, -1.517087579388062, 5.214040762125396,
            ], [2, 4]
          ),
          (rowMean, [2, 1]), (rowScale, [2, 1]),
        ], eps: 1e-5),
      made(
        "golden-batch", signature, [(channels, [2, 2, 3]), ([2, -0.5], [1, 2, 1]), ([0.5, 1], [1, 2, 1])],
        [
          (
            [
              -0.14323425102596044, 0.5, 1.1432342510259605, 0.5970986080536003, 1.915684981696363,
              0.3040794139107641, -0.7864685020519209, 4.359405506155762, -2.0729370041038417, 1.0366273992678545,
              1.0366273992678545, 1.1098821978035636,
            ], [2, 2, 3]
          ),
          ([2, 1.25], [1, 2, 1]), ([0.3216171255129802, 0.29301919414283617], [1, 2, 1]),
        ], eps: 1e-3),
    ]
  }

  static func goldenBackward(_ signature: Signature) -> [OperatorCase] {
    // The statistics stand here as PyTorch has them: types that round them have results of their own.
    guard signature.inputs == Array(repeating: .float64, count: 5) else {
      return signature.inputs.count == 5 ? [exactBackward(signature)] : []
    }
    return [
      exactBackward(signature),
      made(
        "golden-rows", signature,
        [(rowGradient, [2, 4]), (rows, [2, 4]), (rowMean, [2, 1]), (rowScale, [2, 1]), (weight, [1, 4])],
        [
          (
            [
              -0.22401314691432628, 0.36268798262489665, -0.1280077868235009, -0.010667048887069153,
              0.37046416289150047, -0.9222547855786548, 0.40323135278920186, 0.1485592698979523,
            ], [2, 4]
          ),
          ([-0.35491280832934996, -1.2081073143196523, 4.841847031763654, 0.9613060754889471], [1, 4]),
          ([1.25, 2, 0, 1.5], [1, 4]),
        ], eps: 0),
      made(
        "golden-batch", signature,
        [
          ([1, -1, 2, 0.5, 0.25, 3, -2, 1, 0, 1, -1, 0.5], [2, 2, 3]), (channels, [2, 2, 3]), ([2, 1.25], [1, 2, 1]),
          ([0.3216171255129802, 0.29301919414283617], [1, 2, 1]), ([2, -0.5], [1, 2, 1]),
        ],
        [
          (
            [
              0.6580086266730244, -0.7504399595302872, 1.0572827093962034, 0.10943860099021382, -0.11220378679757363,
              -0.19944210567596649, -1.1497140422534664, -0.19585196238671, 0.38071462810123574,
              -0.049906126564042544, 0.24311306757879364, 0.009000350468575275,
            ], [2, 2, 3]
          ),
          ([3.5377883806427826, 4.0107002198300705], [1, 2, 1]), ([1, 4.25], [1, 2, 1]),
        ], eps: 0),
      made(
        "golden-rms", signature,
        [
          (rowGradient, [2, 4]), (rows, [2, 4]), ([0, 0], [2, 1]),
          ([0.4264010450740834, 0.1911273581178953], [2, 1]), (weight, [1, 4]),
        ],
        [
          (
            [
              0.28103731673287924, 0.5620746334657585, -0.1550538682907333, 0.7849652959523292,
              0.021490928296466077, -1.1730550599403795, -0.03338189071984882, 0.047563849693531,
            ], [2, 4]
          ),
          ([0.4502919648388203, -0.5661110529713238, 4.557972509300039, 1.6980730586419113], [1, 4]),
          ([1.25, 2, 0, 1.5], [1, 4]),
        ], eps: 0, flags: BP_NORMALIZE_UNCENTERED),
    ]
  }

  /// Worked by hand: z is (-1, 0, 1, 0), h is (2, 4, 2, -8), M(h) is 0, M(hz) is 0; then with z (-1, 1, -1, 1) and
  /// h (1, 2, 3, 4) these are 2.5 and 0.5.
  private static func exactBackward(_ signature: Signature) -> OperatorCase {
    made(
      "golden", signature,
      [
        ([1, 2, 1, -4, 0.5, 1, 1.5, 2], [2, 4]), ([1, 3, 5, 3, 0, 4, 0, 4], [2, 4]), ([3, 2], [2, 1]),
        ([0.5, 0.5], [2, 1]), ([2], [1, 1]),
      ],
      [([1, 2, 1, -4, -0.5, -0.5, 0.5, 0.5], [2, 4]), ([1], [1, 1]), ([5], [1, 1])], eps: 0)
  }

  static func goldenFrozen(_ signature: Signature) -> [OperatorCase] {
    guard signature.inputs.count == 5 else { return [] }
    return [
      made(
        "golden", signature,
        [
          (channels, [2, 2, 3]), ([0.5, -1], [1, 2, 1]), ([4, 0.25], [1, 2, 1]), ([2, -0.5], [1, 2, 1]),
          ([0.5, 1], [1, 2, 1]),
        ],
        [
          (
            [
              0.9999375117163091, 1.9998125351489273, 2.9996875585815452, -3.990029900348745, 4.992023920278996,
              -5.9860418604882435, 6.248828369093129e-05, 7.999062675744636, -1.9996875585815452,
              -0.9960119601394981, -0.9960119601394981, -0.4970089701046236,
            ], [2, 2, 3]
          )
        ], eps: 1e-3)
    ]
  }
}
