import BackendAPI

extension Golden {
  /// Everything that is not a function of one element: worked by hand, or results of PyTorch in
  /// float64; random numbers by what their comment says.
  static let values: [Golden] =
    conversions + integers + comparisons + reductions + movement + normalizations + optimizers + philox + slices

  private static let conversions: [Golden] = [
    Golden("COPY", [.floats(.float32, [1.9, -1.9, 300, 0])], [.integers(.int64, [1, -1, 300, 0])]),
    Golden("COPY", [.floats(.float32, [1.9, -1.9, 300, -129])], [.integers(.int8, [1, -1, 44, 127])]),
    Golden("COPY", [.floats(.float32, [0, -0.0, 0.1, .nan])], [.integers(.bool, [0, 0, 1, 1])]),
    Golden("COPY", [.integers(.int64, [0, 1, -1, 256])], [.integers(.uint8, [0, 1, 255, 0])]),
    // Halfway between two float32: to the even one.
    Golden(
      "COPY", [.integers(.int64, [16_777_217, 16_777_219, -16_777_217])],
      [.floats(.float32, [16_777_216, 16_777_220, -16_777_216])]),
    Golden(
      "COPY", [.floats(.float64, [65519.9, 65520, 1.00048828125, 1e-8, .nan])],
      [.floats(.float16, [65504, .infinity, 1, 0, .nan])]),
    // Rounded through float32 the first would be a tie, and 1.
    Golden(
      "COPY", [.floats(.float64, [1.003_906_250_000_000_2, 1.00390625, 3.4e38])],
      [.floats(.bfloat16, [1.0078125, 1, .infinity])]),
    Golden("COPY", [.integers(.bool, [0, 1, 2, 255])], [.floats(.float32, [0, 1, 1, 1])]),
    Golden("FILL", [.floats(.float32, [2.5])], [.floats(.float32, [2.5, 2.5, 2.5, 2.5], [2, 2])]),
    Golden("ARANGE", [], [.floats(.float32, [1, 1.25, 1.5, 1.75], [2, 2])], arange(1, 0.25, 0, 0)),
    Golden("ARANGE", [], [.integers(.int64, [.max, .min, .min + 1])], arange(0, 0, .max, 1)),
    Golden("ARANGE", [], [.integers(.uint8, [250, 253, 0, 3])], arange(0, 0, 250, 3)),
  ]

  private static func arange(
    _ start: Double, _ step: Double, _ integerStart: Int64, _ integerStep: Int64
  ) -> Parameters {
    .arange(
      bp_arange_params(
        struct_size: 0, reserved: 0, start: start, step: step, integer_start: integerStart,
        integer_step: integerStep))
  }

  private static let integers: [Golden] = {
    let (a, b): ([Int64], [Int64]) = ([7, -7, 7, -7, 6, 5, .min, 0], [2, 2, -2, -2, -3, 0, -1, 5])
    func binary(_ name: String, _ results: [Int64]) -> Golden {
      Golden(name, [.integers(.int64, a), .integers(.int64, b)], [.integers(.int64, results)])
    }
    func unary(_ name: String, _ dtype: DType, _ x: [Int64], _ y: [Int64]) -> Golden {
      Golden(name, [.integers(dtype, x)], [.integers(dtype, y)])
    }
    func bools(_ name: String, _ results: [Int64]) -> Golden {
      Golden(
        name, [.integers(.bool, [0, 0, 1, 1]), .integers(.bool, [0, 1, 0, 1])], [.integers(.bool, results)])
    }
    return [
      binary("ADD", [9, -5, 5, -9, 3, 5, .max, 5]), binary("SUB", [5, -9, 9, -5, 9, 5, .min + 1, -5]),
      binary("MUL", [14, -14, -14, 14, -18, 0, .min, 0]),
      binary("FLOOR_DIVIDE", [3, -4, -4, 3, -2, 0, .min, 0]),
      binary("REMAINDER", [1, 1, -1, -1, 0, 0, 0, 0]),
      binary("FMOD", [1, -1, 1, -1, 0, 0, 0, 0]), binary("MAXIMUM", [7, 2, 7, -2, 6, 5, -1, 5]),
      binary("MINIMUM", [2, -7, -2, -7, -3, 0, .min, 0]), binary("POW", [49, 49, 0, 0, 0, 1, 0, 0]),
      binary("BITWISE_AND", [2, 0, 6, -8, 4, 0, .min, 0]),
      binary("BITWISE_OR", [7, -5, -1, -1, -1, 5, -1, 5]),
      binary("BITWISE_XOR", [5, -5, -7, 7, -5, 5, .max, 5]),
      Golden(
        "POW", [.integers(.int8, [2, 3, -1, -1, 1, 0, -2]), .integers(.int8, [7, 5, -3, -4, -9, 0, 3])],
        [.integers(.int8, [-128, -13, -1, 1, 1, 1, -8])]),
      Golden(
        "ADD", [.integers(.uint8, [200, 255]), .integers(.uint8, [100, 1])],
        [.integers(.uint8, [44, 0])]),
      unary("NEG", .uint8, [0, 1, 128], [0, 255, 128]), unary("NEG", .int64, [.min, 5], [.min, -5]),
      unary("ABS", .int8, [-128, -5, 5], [-128, 5, 5]), unary("SIGN", .int64, [.min, 0, 9], [-1, 0, 1]),
      unary("BITWISE_NOT", .int64, [0, -1, 5], [-1, 0, -6]), unary("BITWISE_NOT", .bool, [0, 1], [1, 0]),
      unary("RELU", .int64, [-3, 0, 3], [0, 0, 3]), bools("ADD", [0, 1, 1, 1]), bools("MUL", [0, 0, 0, 1]),
      bools("BITWISE_XOR", [0, 1, 1, 0]), bools("MAXIMUM", [0, 1, 1, 1]), bools("LT", [0, 1, 0, 0]),
    ]
  }()

  private static let comparisons: [Golden] = {
    let (a, b): ([Double], [Double]) = ([1, 2, 3, .nan, 0, .infinity], [2, 2, 2, .nan, -0.0, .nan])
    return [
      ("EQ", [0, 1, 0, 0, 1, 0]), ("NE", [1, 0, 1, 1, 0, 1]), ("LT", [1, 0, 0, 0, 0, 0]),
      ("LE", [1, 1, 0, 0, 1, 0]), ("GT", [0, 0, 1, 0, 0, 0]), ("GE", [0, 1, 1, 0, 1, 0]),
    ].map { (name: String, results: [Int64]) in
      Golden(name, [.floats(.float32, a), .floats(.float32, b)], [.integers(.bool, results)])
    }
  }()

  private static let reductions: [Golden] = {
    let x = Tensor.floats(.float32, [1.5, -2, 0.25, 3, 0.5, -1.25], [2, 3])
    let withNaN = Tensor.floats(.float32, [1, .nan, 3, .nan], [1, 4])
    let ties = Tensor.integers(.int64, [3, 1, 3, 1], [1, 4])
    let empty = Tensor.floats(.float32, [], [0, 1])
    func one(_ name: String, _ x: Tensor, _ result: Double) -> Golden {
      Golden(name, [x], [.floats(.float32, [result], [1, 1])])
    }
    func position(_ name: String, _ x: Tensor, _ result: Int64) -> Golden {
      Golden(name, [x], [.integers(.int64, [result], [1, 1])], .axis(1))
    }
    return [
      Golden("SUM", [x], [.floats(.float32, [-0.25, 2.25], [2, 1])]),
      Golden("SUM", "golden-columns", [x], [.floats(.float32, [4.5, -1.5, -1], [1, 3])]),
      Golden("SUM", [.integers(.bool, [1, 0, 1, 1])], [.integers(.int64, [3])]),
      Golden("SUM", [.integers(.int8, [100, 100, 100])], [.integers(.int64, [300])]),
      Golden("PROD", [x], [.floats(.float32, [-0.75, -1.875], [2, 1])]),
      Golden("MEAN", [x], [.floats(.float32, [2.25, -0.75, -0.5], [1, 3])]),
      Golden("MAX", [x], [.floats(.float32, [1.5, 3], [2, 1])]),
      Golden("MIN", [x], [.floats(.float32, [-2, -1.25], [2, 1])]),
      one("SUM", empty, 0), one("PROD", empty, 1), one("MEAN", empty, .nan), one("MAX", empty, -.infinity),
      one("MIN", empty, .infinity), one("MAX", withNaN, .nan), one("MIN", withNaN, .nan),
      Golden("MAX", [.integers(.int8, [], [0])], [.integers(.int8, [-128], [1])]),
      Golden("MIN", [.integers(.uint8, [], [0])], [.integers(.uint8, [255], [1])]),
      position("ARGMAX", withNaN, 1), position("ARGMIN", withNaN, 1), position("ARGMAX", ties, 0),
      position("ARGMIN", ties, 1),
    ]
  }()

  private static let movement: [Golden] = {
    let data = Tensor.floats(.float32, [1, 2, 3, 4, 5, 6], [3, 2])
    let rows = Tensor.integers(.int64, [2, 0, 2, 1], [2, 2])
    let source = Tensor.floats(.float32, [10, 20, 30, 40], [2, 2])
    func scatter(_ label: String, _ mode: Int32, _ result: [Double]) -> Golden {
      Golden(
        "SCATTER", label, [rows, source], initial: [data], [.floats(.float32, result, [3, 2])],
        .scatter(axis: 0, mode: mode))
    }
    return [
      Golden("GATHER", [data, rows], [.floats(.float32, [5, 2, 5, 4], [2, 2])], .axis(0)),
      scatter("golden-add", BP_SCATTER_ADD, [1, 22, 3, 44, 45, 6]),
      scatter("golden-mul", BP_SCATTER_MUL, [1, 40, 3, 160, 1500, 6]),
      scatter("golden-max", BP_SCATTER_MAX, [1, 20, 3, 40, 30, 6]),
      scatter("golden-min", BP_SCATTER_MIN, [1, 2, 3, 4, 5, 6]),
      Golden(
        "SCATTER", "golden-set", [.integers(.int64, [2, 0, 1, 1], [2, 2]), source], initial: [data],
        [.floats(.float32, [1, 20, 30, 40, 10, 6], [3, 2])], .scatter(axis: 0, mode: BP_SCATTER_SET)),
      Golden(
        "WHERE",
        [.integers(.bool, [1, 0, 2]), .floats(.float32, [1, 2, 3]), .floats(.float32, [-1, -2, -3])],
        [.floats(.float32, [1, -2, 3])]),
      Golden(
        "MATMUL",
        [
          .floats(.float32, [1.5, -2, 0.25, 3, 0.5, -1.25], [2, 3]),
          .floats(.float32, [0.5, 1, -1, 2, 4, -0.25], [3, 2]),
        ], [.floats(.float32, [3.75, -2.5625, -4, 4.3125], [2, 2])]),
      Golden(
        "MATMUL", [.integers(.int64, [1, 2, 3, 4], [2, 2]), .integers(.int64, [5, 6, 7, .max], [2, 2])],
        [.integers(.int64, [19, 4, 43, 14], [2, 2])]),
      Golden(
        "MATMUL", [.floats(.float64, [], [1, 0]), .floats(.float64, [], [0, 1])],
        [.floats(.float64, [0], [1, 1])]),
    ]
  }()
}
