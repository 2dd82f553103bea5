import BackendAPI

// Results of PyTorch 2 in float64: torch.softmax and log_softmax with their gradients, the third step of
// torch.optim.Adam and AdamW, steps of torch.optim.SGD.
extension Golden {
  static let normalizations: [Golden] = {
    let x: [Double] = [1.5, -2, 0.25, 3, 0.5, -1.25]
    let g: [Double] = [0.5, -1, 2, 1, 0.25, -0.75]
    let y = [
      0.7594731860969822, 0.022934102999540424, 0.21759271090347723, 0.9121181192325896, 0.07487121456204028,
      0.01301066620537013,
    ]
    let logY = [
      -0.2751302622476354, -3.7751302622476355, -1.5251302622476355, -0.09198578059196878,
      -2.5919857805919686,
      -4.341985780591969,
    ]
    let gradient = [
      -0.22175698971900915, -0.041097635344434696, 0.26285462506344387, 0.07198625623934997,
      -0.050244419177183544, -0.021741837062166484,
    ]
    let logGradient = [
      -0.6392097791454734, -1.0344011544993106, 1.6736109336447842, 0.5439409403837052, 0.21256439271897987,
      -0.7565053331026851,
    ]
    func rows(_ values: [Double]) -> Tensor { .floats(.float64, values, [2, 3]) }
    return [
      Golden("SOFTMAX", [rows(x)], [rows(y)], .axis(1)),
      Golden("LOG_SOFTMAX", [rows(x)], [rows(logY)], .axis(1)),
      Golden("SOFTMAX_BACKWARD", [rows(y), rows(g)], [rows(gradient)], .axis(1)),
      Golden("LOG_SOFTMAX_BACKWARD", [rows(logY), rows(g)], [rows(logGradient)], .axis(1)),
    ]
  }()

  static let optimizers: [Golden] = {
    func f64(_ values: [Double]) -> Tensor { .floats(.float64, values) }
    func adam(decoupled: Int32) -> Parameters {
      .adam(
        bp_adam_params(
          struct_size: 0, decoupled: decoupled, lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8,
          weight_decay: 0.1, step: 3))
    }
    func sgd(_ dampening: Double, _ momentum: Double, _ decay: Double, nesterov: Int32) -> Parameters {
      .sgd(
        bp_sgd_params(
          struct_size: 0, nesterov: nesterov, first_step: 0, reserved: 0, lr: 0.1, momentum: momentum,
          dampening: dampening, weight_decay: decay))
    }
    return [
      Golden(
        "ADAM_STEP", "golden-adam", [f64([1.5, -3, 0.75])],
        initial: [
          f64([0.9802582689346854, -0.48032223869776053, 1.9801164098602386]),
          f64([0.16390000000166663, -0.29940000000095235, 0.11040000000222219]),
          f64([0.0015674410000366347, 0.005299798500039034, 0.0006908985000310672]),
        ],
        [
          f64([0.97058598426113, -0.47071647384994664, 1.9702766697053238]),
          f64([0.3073125826908468, -0.5742632223878347, 0.19416116410060236]),
          f64([0.004119560102455154, 0.014584999139287536, 0.0015889336729760508]),
        ], adam(decoupled: 0)),
      Golden(
        "ADAM_STEP", "golden-adamw", [f64([1.5, -3, 0.75])],
        initial: [
          f64([0.978359180063651, -0.47935867990271663, 1.9763601803855195]),
          f64([0.14499999999999996, -0.2899999999999999, 0.07249999999999998]),
          f64([0.001249750000000001, 0.004999000000000004, 0.00031243750000000027]),
        ],
        [
          f64([0.9678008087312729, -0.46929930902616535, 1.964803808141488]),
          f64([0.2804999999999999, -0.5609999999999998, 0.14024999999999996]),
          f64([0.003498500250000003, 0.013994001000000013, 0.0008746250625000008]),
        ], adam(decoupled: 1)),
      Golden(
        "SGD_STEP", "golden-nesterov", [f64([1, -2, 0.5])],
        initial: [f64([0.9031, -0.30905, 1.9487]), f64([0.51, -1.005, 0.27])],
        [f64([0.67007411, 0.15294219500000006, 1.82812747]), f64([1.468031, -2.9075905, 0.762487])],
        sgd(0, 0.9, 0.01, nesterov: 1)),
      Golden(
        "SGD_STEP", "golden-dampening", [f64([1, -2, 0.5])],
        initial: [f64([0.95, -0.4, 1.975]), f64([0.5, -1, 0.25])],
        [f64([0.855, -0.21000000000000002, 1.9275]), f64([0.95, -1.9, 0.475])],
        sgd(0.5, 0.9, 0, nesterov: 0)),
      Golden(
        "SGD_STEP", "golden-plain", [f64([0.5, -1, 0.25])], initial: [f64([1, -0.5, 2])],
        [f64([0.949, -0.3995, 1.973])], sgd(0, 0, 0.01, nesterov: 0)),
    ]
  }()
}

extension Golden {
  /// The known answer of Philox-4x32-10 at counter 0 and key 0 (6627e8d5 e169c58d bc57ac4c 9b00dbd8; Random123's
  /// kat_vectors), and others of an independent implementation. Normal numbers: mpmath's inverse of the error
  /// function at 300 bits, which AS 241 approaches to a few units of rounding.
  static let philox: [Golden] = [
    integer("golden-zero", 0, 0, [-2_204_013_331_526_194_987, -7_277_575_273_911_440_308]),
    integer(
      "golden-both-halves", 0x0123_4567_89ab_cdef, 0xffff_fffe,
      [
        -6_244_546_320_138_031_333, 6_506_785_219_160_931_773, -7_533_058_597_644_402_012,
        3_625_474_306_760_872_621, 6_475_401_558_782_717_290, 6_712_577_696_335_306_770,
      ]),
    integer(
      "golden-wrap", 7, .max,
      [
        -7_791_640_285_122_755_792, -9_144_010_656_512_531_646, -4_608_878_016_248_907_219,
        1_580_108_719_113_026_114,
      ]),
    real(
      "RANDOM_UNIFORM", .float32, 0,
      [0.3990464210510254, 0.8805201649665833, 0.7357127666473389, 0.6054818034172058]),
    real("RANDOM_UNIFORM", .float64, 0, [0.8805201978886142, 0.6054818538799213]),
    real("RANDOM_UNIFORM", .float16, 0, [0.39892578125, 0.88037109375, 0.7353515625, 0.60546875]),
    real("RANDOM_UNIFORM", .bfloat16, 0, [0.3984375, 0.87890625, 0.734375, 0.60546875]),
    real(
      "RANDOM_NORMAL", .float32, 0,
      [
        -0.2558159828186035, 1.1775912046432495, 0.6301836371421814, 0.26756224036216736, 1.9148032665252686,
        -0.35287490487098694, 0.5070237517356873, -1.7854511737823486,
      ]),
    real(
      "RANDOM_NORMAL", .float64, 0,
      [
        1.1775912390542729, 0.26756224953309987, -0.3528748966016183, -1.785451191677237,
        -0.46924918026737256,
        -0.607537938377432, -0.21442698342260508, -0.18458629567216414,
      ], within: 8),
    // Counters whose words lie within e^-25 of the end: the third branch of AS 241.
    real(
      "RANDOM_NORMAL", .float64, 50_302_075_516, [1.2750438191261497, 6.85959994769098], within: 8,
      "golden-tail"),
    real(
      "RANDOM_NORMAL", .float64, 53_403_590_643, [6.967235077936813, -0.884774481902742], within: 8,
      "golden-other-tail"),
  ]

  /// low = 1 and the greatest range give the generator's 64 bits themselves.
  private static func integer(_ label: String, _ seed: UInt64, _ offset: UInt64, _ values: [Int64]) -> Golden {
    Golden(
      "RANDOM_INTEGER", label, [], [.integers(.int64, values)], random(seed, offset, low: 1, range: .max))
  }

  private static func real(
    _ name: String, _ dtype: DType, _ offset: UInt64, _ values: [Double], within ulps: Double? = nil,
    _ label: String = "golden"
  ) -> Golden {
    var golden = Golden(name, label, [], [.floats(dtype, values)], random(0, offset, low: 0, range: 1))
    if let ulps { golden.accuracy = .ulps(ulps) }
    return golden
  }

  private static func random(_ seed: UInt64, _ offset: UInt64, low: Int64, range: UInt64) -> Parameters {
    .random(
      bp_random_params(struct_size: 0, reserved: 0, seed: seed, offset: offset, low: low, range: range))
  }
}
