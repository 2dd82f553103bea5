import Backplane
import TestSupport
import Testing

/// Parts of networks that are computed again for their gradients.
@Suite struct GradientCheckpointingTests {
  private func leaf(_ values: [Double], _ device: Device = "cpu") -> Tensor {
    Tensor(values, device: device, requiresGrad: true)
  }

  @Test(arguments: testDevices) func gradientsAreThoseWithout(_ device: Device) {
    let (x, w) = (leaf([0.3, 1.2], device), leaf([0.7, -0.4], device))
    var runs = 0
    // The weight reaches the part by itself.
    func part(_ x: Tensor) -> Tensor {
      runs += 1
      return (x * w).sin().exp() * x.square()
    }
    part(x * 1).sum().backward()
    let expected = (x.grad!.toArray(Double.self), w.grad!.toArray(Double.self))
    (x.grad, w.grad, runs) = (nil, nil, 0)
    let y = checkpoint(x * 1) { part($0) }
    #expect(runs == 1 && y.gradFn?.name == "MulBackward0")
    y.sum().backward()
    #expect(runs == 2)
    #expect(x.grad!.toArray(Double.self) == expected.0 && w.grad!.toArray(Double.self) == expected.1)
    #expect(noGrad { checkpoint(x) { part($0) } }.requiresGrad == false && runs == 3)
  }

  @Test func gradientsThatAreAskedForAndThoseOfGradients() throws {
    let x = Tensor([0.3, 1.2], dtype: .float64, requiresGrad: true)
    func part(_ x: Tensor) -> Tensor { x.sin() * x.exp() }
    #expect(
      grad([checkpoint(x) { part($0) }.sum()], [x])[0]!.toArray(Double.self)
        == grad([part(x).sum()], [x])[0]!.toArray(Double.self))
    try gradcheck({ checkpoint($0[0]) { part($0) } }, [x])
    try gradgradcheck({ checkpoint($0[0]) { part($0) } }, [x])
    // The same graph twice.
    let y = checkpoint(x) { part($0) }.sum()
    y.backward(retainGraph: true)
    let once = x.grad!.toArray(Double.self)
    y.backward()
    #expect(areClose(x.grad!.toArray(), once.map { 2 * $0 }))
    #expect(errorMessage { y.backward() }.hasPrefix("Trying to backward through the graph a second time"))
  }

  @Test func severalInputsAndOutputs() {
    let (a, b) = (leaf([2]), leaf([3]))
    let outputs = checkpoint([a, b]) { inputs in [inputs[0] * inputs[1], inputs[0].square(), inputs[1].detach()] }
    #expect(outputs.map(\.requiresGrad) == [true, true, false])
    (outputs[0] + outputs[1]).sum().backward()
    #expect(a.grad!.item() == 7 && b.grad!.item() == 2)
    checkpoint(a, b) { $0 * $1 }.sum().backward()
    #expect(a.grad!.item() == 10)
  }

  /// In a process of its own: the default generator is every test's.
  @Test func randomNumbersAreTheSame() async {
    await #expect(processExitsWith: .success) {
      for device in testDevices { GradientCheckpointingTests.compareRandomNumbers(device) }
    }
  }

  private static func compareRandomNumbers(_ device: Device) {
    let x = Tensor.ones([64], device: device).requiresGrad_()
    func result(_ body: (Tensor) -> Tensor) -> (values: [Double], gradients: [Double], next: Double) {
      x.grad = nil
      manualSeed(3)
      let y = body(x)
      let next = Tensor.rand([1]).item()
      (y * 2).sum().backward()
      return (y.toArray(), x.grad!.toArray(), next)
    }
    func part(_ x: Tensor) -> Tensor { F.dropout(x.exp(), p: 0.5) * (Tensor.rand([64], device: device) .> 0.3) }
    let expected = result { part($0) }
    let checked = result { checkpoint($0) { part($0) } }
    #expect(checked.values == expected.values && checked.gradients == expected.gradients)
    #expect(checked.next == expected.next)
    #expect(checked.gradients.contains(0) && checked.gradients.contains { $0 > 0 })
    // The numbers after backward go on where they were.
    manualSeed(4)
    let y = checkpoint(x) { part($0) }
    let position = Tensor.rand([1]).item()
    y.sum().backward()
    let after = Tensor.rand([1]).item()
    manualSeed(4)
    _ = part(x)
    #expect(position == Tensor.rand([1]).item() && after == Tensor.rand([1]).item())
    // Without, they are others.
    let other = result { checkpoint($0, preserveRngState: false) { part($0) } }
    #expect(other.values == expected.values && other.gradients != expected.gradients)
  }

  @Test func autocastIsTheSame() {
    let (x, w) = (
      Tensor.rand([4, 4], generator: Generator(seed: 1)), Tensor.rand([4, 4], generator: Generator(seed: 2))
    )
    w.requiresGrad_()
    func part(_ x: Tensor) -> Tensor { x.matmul(w).exp().matmul(w) }
    func gradient(_ body: (Tensor) -> Tensor) -> [Double] {
      w.grad = nil
      let y = autocast("cpu") { body(x) }
      #expect(y.dtype == .bfloat16)
      // Outside of the scope.
      y.float().sum().backward()
      return w.grad!.toArray(Double.self)
    }
    #expect(gradient { part($0) } == gradient { checkpoint($0) { part($0) } })
  }

  @Test func theDefaultDeviceIsTheSame() {
    let x = Tensor([0.5], device: "reference", requiresGrad: true)
    let y = withDevice("reference") { checkpoint(x) { ($0 * Tensor.ones([1])).exp() * Tensor.full([1], 2) } }
    y.sum().backward()
    #expect(areClose([x.grad!.item()], [3.297442541]))
  }

  @Test func partsWithinParts() {
    let x = leaf([0.4, 0.8])
    var runs = [0, 0]
    func inner(_ x: Tensor) -> Tensor {
      runs[0] += 1
      return x.sin().exp()
    }
    func outer(_ x: Tensor, _ inner: (Tensor) -> Tensor) -> Tensor {
      runs[1] += 1
      return inner(inner(x * x)).tanh() * x
    }
    outer(x, inner).sum().backward()
    let expected = x.grad!.toArray(Double.self)
    (x.grad, runs) = (nil, [0, 0])
    checkpoint(x) { outer($0) { checkpoint($0) { inner($0) } } }.sum().backward()
    #expect(x.grad!.toArray(Double.self) == expected)
    // Twice forward, twice when the outer part is computed again, once for each of these.
    #expect(runs == [6, 2])
  }

  @Test func whatIsNotTheSameIsFound() {
    let x = leaf([1, 2])
    var runs = 0
    let fewer = checkpoint(x) { x in
      runs += 1
      return runs == 1 ? x.exp().sin() : x.exp()
    }
    #expect(
      errorMessage { fewer.sum().backward() }
        == "checkpoint: A different number of tensors was saved during the original forward and recomputation.\n"
        + "Number of tensors saved during forward: 2\nNumber of tensors saved during recomputation: 1.")
    runs = 0
    let other = checkpoint(x) { x in
      runs += 1
      return runs == 1 ? x.exp().sum().sin() : x.exp().sin().sum()
    }
    #expect(
      errorMessage { other.backward() }
        == "checkpoint: Recomputed values for the following tensors have different metadata than during the forward "
        + "pass.\ntensor at position 1:\nsaved metadata: {'shape': [], 'dtype': float32, 'device': cpu}\n"
        + "recomputed metadata: {'shape': [2], 'dtype': float32, 'device': cpu}")
    let h = x * 1
    let changed = checkpoint(h) { $0.exp().sin() }
    h.add_(1)
    #expect(errorMessage { changed.sum().backward() }.contains("modified by an inplace operation"))
    runs = 0
    let failing = checkpoint(x) { x in
      runs += 1
      return runs == 1 ? x.exp() : x.reshape([7])
    }
    #expect(errorMessage { failing.sum().backward() }.contains("shape '[7]' is invalid"))
    #expect(
      errorMessage { _ = checkpoint(x) { grad([$0.exp().sum()], [$0], createGraph: true)[0]! } }
        == "checkpoint: gradients cannot be computed within the part while it runs")
    #expect(x.grad == nil)
  }

  @Test func changesInPlaceWithin() {
    let x = leaf([0.5, 2])
    func part(_ x: Tensor) -> Tensor {
      let y = x * 3
      y.exp_().mul_(x)
      return y
    }
    part(x).sum().backward()
    let expected = x.grad!.toArray(Double.self)
    x.grad = nil
    checkpoint(x) { part($0) }.sum().backward()
    #expect(x.grad!.toArray(Double.self) == expected)
    let y = checkpoint(x) { x in
      let y = x * 3
      let z = y * y
      y.add_(1)
      return z
    }
    #expect(errorMessage { y.sum().backward() }.contains("modified by an inplace operation"))
  }

  @Test func memoryIsThatOfOnePart() throws {
    // A device of its own, of which no other test takes memory.
    let device = CoreDevice.load("checkpointed")
    let x = Tensor.ones([16384], device: device).requiresGrad_()
    func part(_ x: Tensor) -> Tensor { (0..<8).reduce(x) { h, _ in h.sin().exp() } }
    func memory(_ block: (Tensor) -> Tensor) throws -> (held: Int, gradient: [Double]) {
      x.grad = nil
      let before = try memoryStatistics(device).allocated
      var h = x
      for _ in 0..<8 { h = block(h) }
      // What waits to be computed has no memory yet.
      try synchronize(device)
      let held = try memoryStatistics(device).allocated - before
      h.sum().backward()
      return (held, x.grad!.toArray())
    }
    let plain = try memory { part($0) }
    let checked = try memory { checkpoint($0) { part($0) } }
    #expect(plain.gradient == checked.gradient)
    // Of 64 tensors that are kept, the eight inputs of parts.
    #expect(plain.held >= 63 << 16)
    #expect(checked.held <= 9 << 16)
    // A peak of its own: what one part needs, at a time.
    let (before, peak) = (try memoryStatistics(device).allocated, try memoryStatistics(device).peakAllocated)
    #expect(peak - before > 63 << 16)
    let fresh = CoreDevice.load("segmented")
    let y = Tensor.ones([16384], device: fresh).requiresGrad_()
    var h = y
    for _ in 0..<8 { h = checkpoint(h) { part($0) } }
    h.sum().backward()
    #expect(try memoryStatistics(fresh).peakAllocated < 32 << 16)
  }

  @Test func chainsOfModules() {
    let layers = (0..<5).map { _ in Linear(3, 3) }
    let x = Tensor.rand([2, 3], generator: Generator(seed: 5)).requiresGrad_()
    layers.reduce(x) { $1($0) }.sum().backward()
    let expected = x.grad!.toArray(Double.self), weight = layers[0].weight.grad!.toArray(Double.self)
    for segments in 1...5 {
      x.grad = nil
      layers.forEach { $0.zeroGrad() }
      checkpointSequential(layers, segments, x).sum().backward()
      #expect(areClose(x.grad!.toArray(), expected) && areClose(layers[0].weight.grad!.toArray(), weight))
    }
    #expect(checkpointSequential(Sequential(layers).children(), 2, x).shape == [2, 3])
    var runs = [0, 0, 0]
    let functions = (0..<3).map { i -> (Tensor) -> Tensor in
      {
        runs[i] += 1
        return $0.exp()
      }
    }
    checkpointSequential(functions, 2, x * 0.01).sum().backward()
    // Three functions in two segments: one, and the other two, which keep what they need.
    #expect(runs == [2, 1, 1])
    #expect(errorMessage { _ = checkpointSequential(functions, 0, x) }.contains("3 functions cannot be split into 0"))
    #expect(errorMessage { _ = checkpointSequential(functions, 4, x) }.contains("3 functions cannot be split into 4"))
  }

  @Test func operationsOfManyKinds() {
    // Whatever an operation keeps, it finds again.
    let layer = Linear(4, 4)
    let x = Tensor.rand([2, 4], generator: Generator(seed: 3)).requiresGrad_()
    func part(_ x: Tensor) -> Tensor {
      let h = F.layerNorm(layer(x).relu(), [4])
      let (values, indices) = h.softmax(1).topk(2)
      let picked = h.gather(1, indices) * values
      let image = F.maxPool2d(F.conv2d(h.view([1, 1, 2, 4]), Tensor.ones([1, 1, 1, 2])), [1, 2])
      return cat([picked.cumsum(1).view([4]), image.view([2]), h.std().view([1]), F.gelu(h)[0].max().view([1])])
    }
    part(x).sum().backward()
    let expected = (x.grad!.toArray(Double.self), layer.weight.grad!.toArray(Double.self))
    x.grad = nil
    layer.zeroGrad()
    checkpoint(x) { part($0) }.sum().backward()
    #expect(x.grad!.toArray(Double.self) == expected.0)
    #expect(layer.weight.grad!.toArray(Double.self) == expected.1)
  }
}
