import Backplane
import TestSupport
import Testing

private final class Symmetric: Module {
  override func forward(_ x: Tensor) -> Tensor { x.triu() + x.triu(1).t() }
}

private final class Doubled: Module, RightInvertible {
  override func forward(_ x: Tensor) -> Tensor { x * 2 }
  func rightInverse(_ y: Tensor) -> Tensor { y / 2 }
}

private final class FirstRow: Module {
  override func forward(_ x: Tensor) -> Tensor { x.narrow(0, 0, 1) }
}

@Suite struct ParametrizationTests {
  /// What PyTorch computed for layers whose state is sines, each tensor by one weighted sum: the result, the gradients of
  /// the input and the parameters, the buffers afterwards, and the weight out of training.
  private func sums(
    _ layer: some Module, _ shape: [Int], training: Bool = true, calls: Int = 1, on device: Device,
    weight: () -> Tensor
  ) throws -> [Double] {
    layer.to(.float64).train(training)
    var state = StateDict()
    for (i, (key, tensor)) in layer.stateDict().enumerated() {
      let shape = tensor.shape.extents
      state[key] = Tensor(LayerInput.sines(shape, i + 10), dtype: .float64, device: device).reshape(shape)
    }
    try layer.load(state)
    let x = LayerInput.real(shape).tensor(0, on: device)
    var y = x
    for _ in 0..<calls { y = layer(x) }
    weightedSum(y).backward()
    let tensors = [y, x.grad!] + layer.parameters().map { $0.grad! } + layer.buffers()
    layer.eval()
    return (tensors + [weight()]).map { weightedSum($0).item() }
  }

  @Test(arguments: testDevices) func weightNormAgreesWithPyTorch(_ device: Device) throws {
    let rows = weightNorm(Linear(3, 4, device: device))
    #expect(
      rows.stateDict().keys == ["bias", "parametrizations.weight.original0", "parametrizations.weight.original1"])
    #expect(
      areClose(
        try sums(rows, [2, 3], on: device) { rows.weight },
        [-2.77947432163, -0.919492984788, 2.90884587012, 1.05902336825, -1.80032369681, -1.14223453945],
        tolerance: 1e-9))
    let channels = weightNorm(Conv2d(2, 3, 2, device: device), dim: 1)
    #expect(
      areClose(
        try sums(channels, [1, 2, 4, 4], on: device) { channels.weight },
        [-2.21874497522, -1.37709906251, 2.95847495818, -0.178967856822, -0.221799261708, -0.842651829524],
        tolerance: 1e-9))
    let all = weightNorm(Linear(3, 4, bias: false, device: device), dim: nil)
    #expect(
      areClose(
        try sums(all, [2, 3], on: device) { all.weight },
        [0.0617577540031, 0.234819859952, -0.113520877714, -0.150728337625, -0.267477880695], tolerance: 1e-9))
  }

  @Test(arguments: testDevices) func spectralNormAgreesWithPyTorch(_ device: Device) throws {
    let linear = spectralNorm(Linear(3, 4, device: device))
    #expect(
      linear.stateDict().keys == [
        "bias", "parametrizations.weight.original", "parametrizations.weight.0._u", "parametrizations.weight.0._v",
      ])
    #expect(linear.namedParameters().map(\.name) == ["bias", "parametrizations.weight.original"])
    #expect(
      areClose(
        try sums(linear, [2, 3], on: device) { linear.weight },
        [
          -2.45917137455, -0.509725882497, 2.90884587012, 0.343431093913, -0.274400512344, 1.60021707243,
          0.580616983647,
        ], tolerance: 1e-9))
    let frozen = spectralNorm(Linear(3, 4, device: device))
    #expect(
      areClose(
        try sums(frozen, [2, 3], training: false, on: device) { frozen.weight },
        [
          -1.98836560147, 1.28040634435, 2.90884587012, -2.45212378262, 0.822947780519, 2.08265041445,
          -1.45848130344,
        ], tolerance: 1e-9))
    let transposed = spectralNorm(ConvTranspose2d(2, 3, 2, device: device), nPowerIterations: 3)
    #expect(
      areClose(
        try sums(transposed, [1, 2, 4, 4], calls: 2, on: device) { transposed.weight },
        [
          3.3774055233, 0.230187806369, -0.00990832547882, 0.773597971405, -0.457952846268, 1.25827711712,
          0.000720557358826,
        ], tolerance: 1e-9))
  }

  /// From the start, without training.
  @Test(arguments: factorizationDevices) func spectralNormStartsNearOne(_ device: Device) {
    let layer = spectralNorm(
      Conv2d(4, 6, 3, device: device, generator: Generator(seed: 2)), generator: Generator(seed: 3)
    ).eval()
    let greatest = Linalg.svdvals(layer.weight.reshape([6, 36]))[0].item()
    #expect(abs(greatest - 1) < 0.1)
  }

  @Test func weightNormStartsAtTheWeight() {
    let layer = Linear(3, 4, device: "reference")
    let weight = layer.weight.detach().clone()
    weightNorm(layer)
    #expect(areClose(layer.weight.toArray(), weight.toArray()) && !layer.weight.isLeaf)
    layer.weight = Tensor.ones([4, 3], device: "reference")
    let lengths = layer.namedParameters().first { $0.name.hasSuffix("original0") }!.parameter
    #expect(lengths.shape == [4, 1] && areClose(lengths.toArray(), [Double](repeating: 3.0.squareRoot(), count: 4)))
    #expect(areClose(layer.weight.toArray(), [Double](repeating: 1, count: 12)))
    layer.double()
    #expect(layer.weight.dtype == .float64)
  }

  @Test func trainingMovesTheOriginals() {
    let layer = weightNorm(Linear(2, 1, device: "reference", generator: Generator(seed: 1)))
    let optimizer = SGD(layer.parameters(), lr: 0.1)
    let x = Tensor([[1.0, 2]], device: "reference")
    var losses: [Double] = []
    for _ in 0..<60 {
      optimizer.zeroGrad()
      let loss = (layer(x) - 3).square().sum()
      loss.backward()
      optimizer.step()
      losses.append(loss.item())
    }
    #expect(losses[0] > 0.1 && losses[59] < 1e-4)
    #expect(areClose(Sequential(layer, ReLU())(x).toArray(), layer(x).relu().toArray()))
  }

  @Test func ownParametrizations() {
    let layer = registerParametrization(Linear(3, 3, device: "reference"), "weight", Symmetric())
    #expect(layer.stateDict().keys == ["bias", "parametrizations.weight.original"])
    #expect(layer.weight.toArray(Float.self) == layer.weight.t().toArray(Float.self))
    #expect(isParametrized(layer) && isParametrized(layer, "weight") && !isParametrized(layer, "bias"))
    #expect(
      errorMessage { layer.weight = Tensor.eye(3) } == "parametrization Symmetric does not implement right_inverse.")
    let before = layer.weight.toArray(Float.self)
    registerParametrization(layer, "weight", Doubled())
    #expect(layer.weight.toArray(Float.self) == before.map { $0 * 2 })
    #expect(
      "\(layer)"
        == "ParametrizedLinear(\n  in_features=3, out_features=3, bias=True\n  (parametrizations): ModuleDict(\n"
        + "    (weight): ParametrizationList(\n      (0): Symmetric()\n      (1): Doubled()\n    )\n  )\n)")
    layer.eval()
    #expect(layer.modules().allSatisfy { !$0.training })

    let doubled = Linear(2, 2, device: "reference")
    let original = doubled.weight, start = original.toArray(Float.self)
    registerParametrization(doubled, "weight", Doubled())
    #expect(doubled.weight.toArray(Float.self) == start && doubled.parameters().contains { $0 === original })
    doubled.weight = Tensor.ones([2, 2], device: "reference")
    #expect(original.toArray(Float.self) == [0.5, 0.5, 0.5, 0.5])
  }

  @Test func removalLeavesAnOrdinaryParameter() {
    let layer = spectralNorm(Linear(3, 4, device: "reference"), generator: Generator(seed: 2)).eval()
    let original = layer.parametrizations!.parameters()[0]
    let values = layer.weight.toArray(Float.self)
    removeParametrizations(layer, "weight")
    #expect(layer.weight === original && layer.weight.toArray(Float.self) == values && layer.weight.isLeaf)
    #expect(layer.stateDict().keys == ["weight", "bias"] && layer.parametrizations == nil)
    #expect("\(layer)" == "Linear(in_features=3, out_features=4, bias=True)")

    let normed = weightNorm(Linear(3, 4, device: "reference"))
    weightNorm(normed, name: "bias")
    let weight = normed.weight.toArray(Float.self)
    removeParametrizations(normed, "weight")
    #expect(normed.weight.toArray(Float.self) == weight && normed.weight.requiresGrad && isParametrized(normed, "bias"))

    let doubled = registerParametrization(Linear(2, 2, device: "reference"), "weight", Doubled())
    let before = doubled.weight.toArray(Float.self)
    removeParametrizations(doubled, "weight", leaveParametrized: false)
    #expect(doubled.weight.toArray(Float.self) == before.map { $0 / 2 })
  }

  @Test func mistakesAreTold() {
    let layer = Linear(3, 4, device: "reference")
    let name = "Linear(in_features=3, out_features=4, bias=True)"
    #expect(
      errorMessage { weightNorm(layer, name: "foo") }
        == "Module '\(name)' does not have a parameter, a buffer, or a parametrized element with name 'foo'")
    #expect(
      errorMessage { spectralNorm(layer, name: "foo") } == "Module '\(name)' has no parameter or buffer with name 'foo'"
    )
    #expect(
      errorMessage { spectralNorm(layer, dim: 5) }
        == "Dimension out of range (expected to be in range of [-2, 1] but got 5)")
    #expect(
      errorMessage { spectralNorm(layer, nPowerIterations: 0) }
        == "Expected n_power_iterations to be positive, but got n_power_iterations=0")
    #expect(
      errorMessage { weightNorm(layer, dim: 5) }
        == "Dimension out of range (expected to be in range of [-2, 1], but got 5)")
    #expect(
      errorMessage { removeParametrizations(layer, "weight") }
        == "Module \(name) does not have a parametrization on weight")
    #expect(
      errorMessage { registerParametrization(layer, "weight", FirstRow()) }
        == "Registering a parametrization may not change the shape of the tensor, unless `unsafe` flag is enabled.\n"
        + "unparametrized shape: [4, 3]\nparametrized shape: [1, 3]")
    // Nothing has changed.
    #expect(layer.stateDict().keys == ["weight", "bias"] && "\(layer)" == name && layer.weight.shape == [4, 3])
    weightNorm(layer)
    #expect(
      errorMessage { removeParametrizations(layer, "weight", leaveParametrized: false) }.hasPrefix(
        "Cannot leave unparametrized"))
    #expect(
      errorMessage { layer.weight = Tensor.ones([4, 3], dtype: .float64, device: "reference") }
        == "Tensor 0 returned by `right_inverse` has dtype torch.float64 while `original0` has dtype torch.float32")
    #expect(errorKind { weightNorm(layer, name: "bias").bias = nil } == .value)
  }
}
