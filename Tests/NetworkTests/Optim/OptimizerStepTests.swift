import Backplane
import TestSupport
import Testing

/// Steps of every optimizer with its options, beside PyTorch's; `Fixtures/goldens.py steps` prints the values.
@Suite struct OptimizerStepTests {
  struct Case: Sendable {
    let make: @Sendable ([Tensor]) -> Optimizer
    let vector: [Double]
    /// Of float64.
    let matrix: [Double]

    init(_ make: @escaping @Sendable ([Tensor]) -> Optimizer, _ vector: [Double], _ matrix: [Double]) {
      (self.make, self.vector, self.matrix) = (make, vector, matrix)
    }
  }

  static let cases = [
    Case(
      { SGD($0, lr: 0.1, momentum: 0.9, dampening: 0.2, maximize: true) },
      [96.58155, -2, 11.78862],
      [96.5815547183, -2, 11.7886221314, 3.44470508202, 9394721.45032, -2.43692729442]),
    Case(
      { SGD($0, lr: 0.1, momentum: 0.5, weightDecay: 0.1, nesterov: true, maximize: true) },
      [905.4077, -1.899471, 19.05315],
      [905.407062866, -1.89947149634, 19.0531418726, 3.61009847198, 1.13916935566e+13, -1.82891457004]),
    Case(
      { Adam($0, lr: 0.1, amsgrad: true) },
      [0.3315826, -2, -0.1028775],
      [0.331582687651, -2, -0.102877483732, -0.135645140498, 2.30825071553, -0.307758166112]),
    Case(
      { Adam($0, lr: 0.1, betas: (0.8, 0.5), weightDecay: 0.1, amsgrad: true, maximize: true) },
      [1.660941, -1.930416, 1.14205],
      [1.66094092979, -1.93041620111, 1.14204983325, 0.869925113323, 3.68172965194, -1.67536546113]),
    Case(
      { Adam($0, lr: 0.1, weightDecay: 0.3, decoupledWeightDecay: true) },
      [0.211481, -1.138535, -0.1235635],
      [0.211480937633, -1.13853501324, -0.123563541099, -0.120355711669, 1.80164624565, -0.181333180309]),
    Case(
      { AdamW($0, lr: 0.1, betas: (0.4, 0.5), weightDecay: 0.3, amsgrad: true) },
      [0.325321, -1.072044, 0.03020678],
      [0.325320898287, -1.07204356055, 0.0302067611738, -0.00797559624423, 1.85839695446, -0.235923845176]),
    Case(
      { AdamW($0, lr: 0.1, maximize: true) },
      [1.696813, -1.994825, 1.197892],
      [1.69681243596, -1.99482506502, 1.19789214744, 0.941712018458, 3.68123192532, -1.68341843047]),
    Case(
      { RMSprop($0, lr: 0.05, momentum: 0.9, centered: true, maximize: true) },
      [11.33895, -2, 11.19075],
      [11.3389518028, -2, 11.1907504551, 11.1491588872, 12.4876828, -1.58846258459]),
    Case(
      { Adagrad($0, lr: 0.1, weightDecay: 0.1, maximize: true) },
      [1.439203, -1.9, 0.9621605],
      [1.43920282193, -1.9, 0.962160480367, 0.742052140429, 3.41771026075, -1.38692863018]),
    Case(
      { NAdam($0, lr: 0.1) },
      [0.5127435, -2, 0.08500433],
      [0.512743526753, -2, 0.0850043124346, -0.0197054126403, 2.46708136596, -0.462156605186]),
    Case(
      { NAdam($0, lr: 0.1, betas: (0.8, 0.9), weightDecay: 0.1, momentumDecay: 0.4) },
      [0.4483528, -1.252028, 0.04004741],
      [0.448352925002, -1.25202789858, 0.0400474188671, -0.0228577295127, 2.39584410395, -0.397222881228]),
    Case(
      { NAdam($0, lr: 0.1, weightDecay: 0.2, decoupledWeightDecay: true, maximize: true) },
      [1.436439, -1.981778, 1.036645],
      [1.4364384237, -1.98177822649, 1.03664542108, 0.858689406758, 3.13664077639, -1.3833806949]),
    Case(
      { RAdam($0, lr: 0.1) },
      [-0.01678789, -2, 0.03870573],
      [-0.0167878332953, -2, 0.0387057354579, 0.0309115395408, -0.957934226753, -0.507165227562]),
    Case(
      { RAdam($0, lr: 0.1, betas: (0.8, 0.9), eps: 1e-3, weightDecay: 0.1) },
      [-0.03181829, -1.816878, 0.005863344],
      [-0.0318182512864, -1.81687813606, 0.00586334521756, -0.00608862951491, -0.806819284245, -0.417450038844]),
    Case(
      { RAdam($0, lr: 0.1, weightDecay: 0.2, decoupledWeightDecay: true, maximize: true) },
      [3.071843, -1.77771, 1.234491],
      [3.07184247569, -1.77771004396, 1.23449066153, 0.557730869661, 25.4156711194, -1.32768592278]),
    Case(
      { Adadelta($0) },
      [0.9769115, -2, 0.4770695],
      [0.976911533077, -2, 0.477069451139, 0.227373808884, 2.97679334738, -0.976717015036]),
    Case(
      { Adadelta($0, lr: 0.5, rho: 0.6, eps: 1e-2, weightDecay: 0.1, maximize: true) },
      [1.813465, -1.9, 1.376977],
      [1.81346464491, -1.90000001525, 1.37697723787, 1.18821334367, 3.74752035978, -1.61991637555]),
    Case(
      { Adamax($0, lr: 0.1) },
      [0.4312224, -2, 0.01928678],
      [0.431222456992, -2, 0.0192867747212, -0.089574756404, 2.3559419665, -0.33613310623]),
    Case(
      { Adamax($0, lr: 0.1, betas: (0.3, 0.6), eps: 1e-2, weightDecay: 0.1, maximize: true) },
      [1.676342, -1.888015, 1.164625],
      [1.67634242952, -1.88801561125, 1.16462461593, 0.900620487867, 3.68904890634, -1.71618104191]),
    Case(
      { ASGD($0, lr: 0.1) },
      [0.136715, -1.999741, 0.08340812],
      [0.136715048718, -1.99974170899, 0.0834081190788, 0.0465580596397, 0.220957216669, -0.38094693388]),
    Case(
      { ASGD($0, lr: 0.1, lambd: 0.2, alpha: 0.5, t0: 1, weightDecay: 0.1, maximize: true) },
      [12.48447, -1.773341, 2.609704],
      [12.4844713833, -1.77334103622, 2.6097040533, 0.949508955909, 362957.901706, -1.40364722239]),
    Case(
      { Rprop($0, lr: 0.1) },
      [-0.2915906, -2, 0.04959998],
      [-0.2915904, -2, 0.0496, 0.0444, 1.7084096, 0.2915904]),
    Case(
      { Rprop($0, lr: 0.3, etas: (0.3, 3), stepSizes: (0.1, 0.5), maximize: true) },
      [4.3, -2, 3.8],
      [4.3, -2, 3.8, 3.55, 6.3, -1.7]),
    Case(
      { Adafactor($0, lr: 0.1) },
      [0.3325799, -2, 0.02213085],
      [0.0411196496975, -2, -0.0844318224776, 0.07401462127, 2.27771342879, -0.381270318343]),
    Case(
      { Adafactor($0, lr: 0.1, beta2Decay: -0.5, eps: (1e-2, 0.1), d: 2, weightDecay: 0.1, maximize: true) },
      [2.082361, -1.862581, 1.660637],
      [4.4040680511, -1.87886881073, 3.85190510771, 0.366952564655, 4.78462281836, -1.24886125214]),
  ]

  /// Seven steps by the gradient of Σ p² + p³/3.
  @Test(arguments: testDevices, cases) func options(_ device: Device, _ c: Case) {
    let p = Tensor([1.0, -2, 0.5], device: device, requiresGrad: true)
    let q = Tensor([[1.0, -2, 0.5], [0.25, 3, -1]], dtype: .float64, device: device).requiresGrad_()
    let optimizer = c.make([p, q])
    for _ in 0..<7 {
      for x in [p, q] { x.grad = x.detach() * 2 + x.detach() ** 2 }
      optimizer.step()
    }
    #expect(areClose(p.toArray(), c.vector, tolerance: 3e-6))
    #expect(areClose(q.toArray(), c.matrix, tolerance: 1e-9))
  }

  /// A step on complex parameters is the one on their parts.
  @Test(arguments: oneOfEachKind, cases) func complexIsTwiceReal(_ device: Device, _ c: Case) {
    let parts = Tensor([[1.0, -2], [0.5, 0.25], [-1, 3]], device: device).requiresGrad_()
    let p = parts.detach().viewAsComplex().clone().requiresGrad_()
    let (first, second) = (c.make([p]), c.make([parts]))
    if first is Adafactor {
      p.grad = p.detach()
      #expect(errorMessage { first.step() } == "Adafactor does not support complex parameters")
      return
    }
    for _ in 0..<4 {
      parts.grad = parts.detach() * 2 + 1
      p.grad = (p.detach().viewAsReal() * 2 + 1).viewAsComplex()
      first.step()
      second.step()
    }
    #expect(areClose(p.detach().viewAsReal().toArray(), parts.toArray(), tolerance: 1e-6))
  }

  /// A first step of 16 bits is that of float32 from the same numbers, rounded once.
  @Test(arguments: [DType.float16, .bfloat16], cases) func halfPrecision(_ dtype: DType, _ c: Case) {
    for device in oneOfEachKind {
      let p = Tensor([1.0, -2, 0.5], dtype: dtype, device: device).requiresGrad_()
      let wide = p.detach().to(.float32).clone().requiresGrad_()
      let (first, second) = (c.make([p]), c.make([wide]))
      // What the type is good for goes into the step of Adafactor, and the step sizes of Rprop are kept in it.
      if first is Adafactor || first is Rprop { continue }
      p.grad = Tensor([0.5, 1, -0.25], dtype: dtype, device: device)
      wide.grad = p.grad!.to(.float32)
      first.step()
      second.step()
      #expect(p.detach().equal(wide.detach().to(dtype)))
    }
  }
}
