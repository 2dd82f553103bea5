import BackendAPI

extension Golden {
  /// Results of PyTorch 2 in float64: torch.nn.functional.linear and its activations, and the third step of
  /// torch.optim.RMSprop and Adagrad; sums of squares by hand.
  static let affine: [Golden] = linear + furtherSteps + sumsOfSquares

  private static let linear: [Golden] = {
    let x = Tensor.floats(.float64, [1.5, -2, 0.25, 3, 0.5, -1.25], [2, 3])
    let w = Tensor.floats(.float64, [0.5, 1, -1, 2, 4, -0.25], [2, 3])
    let bias = Tensor.floats(.float64, [0.75, -0.5])
    func golden(_ label: String, _ activation: Int32, _ values: [Double]) -> Golden {
      Golden(
        "LINEAR", "golden-\(label)", [x, w, bias], [.floats(.float64, values, [2, 2])],
        .linear(bp_linear_params(struct_size: 0, activation: activation)))
    }
    return [
      golden("none", BP_ACTIVATION_NONE, [-0.75, -5.5625, 4, 7.8125]),
      golden("relu", BP_ACTIVATION_RELU, [0, 0, 4, 7.8125]),
      golden(
        "sigmoid", BP_ACTIVATION_SIGMOID,
        [0.320821300824607, 0.003824483644637211, 0.9820137900379085, 0.9995955185021579]),
      golden(
        "tanh", BP_ACTIVATION_TANH, [-0.6351489523872873, -0.999970522036051, 0.999329299739067, 0.9999996725246275]),
      golden(
        "silu", BP_ACTIVATION_SILU,
        [-0.24061597561845527, -0.021273690273294486, 3.928055160151634, 7.809339988298109]),
      golden(
        "gelu", BP_ACTIVATION_GELU,
        [-0.16997051428265111, -7.396373682619362e-08, 3.9998733150326675, 7.812499999999979]),
      golden(
        "gelu-tanh", BP_ACTIVATION_GELU_TANH,
        [-0.17003944483437966, -3.603329030987812e-09, 3.9999297540518075, 7.8125]),
      Golden(
        "LINEAR", [x, w], [.floats(.float64, [-1.5, -5.0625, 3.25, 8.3125], [2, 2])],
        .linear(bp_linear_params(struct_size: 0, activation: BP_ACTIVATION_NONE))),
    ]
  }()

  private static let furtherSteps: [Golden] = {
    func f64(_ values: [Double]) -> Tensor { .floats(.float64, values) }
    func rmsprop(_ decay: Double, _ momentum: Double, centered: Int32) -> Parameters {
      .rmsprop(
        bp_rmsprop_params(
          struct_size: 0, centered: centered, lr: 0.01, alpha: 0.9, eps: 1e-8, weight_decay: decay, momentum: momentum))
    }
    let gradient = f64([1.5, -3, 0.75])
    return [
      Golden(
        "RMSPROP_STEP", "golden-plain", [gradient],
        initial: [
          f64([0.9403089765286665, -0.43994287423882117, 1.9414123910943044]),
          f64([0.15270529895132418, 0.5181794661983182, 0.06678328115854698]),
        ],
        [
          f64([0.9148339178118825, -0.4141514212293575, 1.9169732049278276]),
          f64([0.3915282193233921, 1.3929516417654089, 0.14924522098140133]),
        ], rmsprop(0.1, 0, centered: 0)),
      Golden(
        "RMSPROP_STEP", "golden-centered-momentum", [gradient],
        initial: [
          f64([0.9186078970289301, -0.4186078948695314, 1.918607901347727]),
          f64([0.12249999999999997, 0.4899999999999999, 0.030624999999999993]),
          f64([4.805877185995867, -4.805877290824634, 4.8058769763383475]),
          f64([0.14499999999999996, -0.2899999999999999, 0.07249999999999998]),
        ],
        [
          f64([0.8649650939076963, -0.36496509093183566, 1.8649650998594172]),
          f64([0.33524999999999994, 1.3409999999999997, 0.08381249999999998]),
          f64([5.364280312123378, -5.364280393769578, 5.3642801488309875]),
          f64([0.2804999999999999, -0.5609999999999998, 0.14024999999999996]),
        ], rmsprop(0, 0.5, centered: 1)),
      Golden(
        "ADAGRAD_STEP", "golden", [gradient],
        initial: [
          f64([0.8203594395986336, -0.3191694717959435, 1.823853582136973]),
          f64([1.5481000000036336, 5.264100000003885, 0.6786000000030666]),
        ],
        [
          f64([0.7548570239058215, -0.252718296564251, 1.7614029566020037]),
          f64([4.05093772798461, 14.456620374598716, 1.5479424562143513]),
        ],
        .adagrad(
          bp_adagrad_params(
            struct_size: 0, reserved: 0, lr: 0.1, lr_decay: 0.1, eps: 1e-10, weight_decay: 0.1, step: 3))),
    ]
  }()

  private static let sumsOfSquares: [Golden] = DType.floats.map { dtype in
    Golden(
      "SUM_OF_SQUARES", [.floats(dtype, [1.5, -2, 0.25, 3, 0, -1.25], [2, 3])],
      [.floats(dtype.statistics, [16.875], [])])
  }
}
