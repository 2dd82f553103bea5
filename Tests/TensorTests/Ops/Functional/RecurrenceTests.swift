import Backplane
import TestSupport
import Testing

/// Networks of two layers in both directions, from formulas for all their numbers.
@Suite struct RecurrenceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let gates: Int
    /// Of Σ o · cos(0.3 i) over all results, by PyTorch in float64: its value, and of its gradients with respect to the
    /// input, the states and the parameters the sums Σ g · sin(0.3 i).
    let value: Double
    let gradients: [Double]
    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "rnn_tanh", gates: 1, value: -7.856867221722374,
      gradients: [
        0.42959839236023295, 0.07390751129475379, 9.067354262503693, 2.448928689502068, 1.2221699015180871,
        1.2221699015180876, -4.980287901094001, 0.03660572224478276, -3.560653837288358, -3.560653837288358,
        1.0226460955288263, -0.6899408191625784, 1.3865753161636007, 1.3865753161636007, -1.3250564612476903,
        -0.6889621409422291, -1.3618762299896416, -1.3618762299896412,
      ]),
    Case(
      name: "rnn_relu", gates: 1, value: -0.6107950115489325,
      gradients: [
        0.5420147385415093, 2.5415151457834337, -3.0271168559213772, 5.821594538228678, 1.488602454719761,
        1.488602454719761, -8.402371615830202, -10.544987996452077, -4.887821472895974, -4.887821472895974,
        -2.4484508121037116, 1.1962455767977849, 0.0, 0.0, -4.267909756833161, 3.400168796043011, -2.014599877691616,
        -2.014599877691616,
      ]),
    Case(
      name: "lstm", gates: 4, value: -2.645062549850181,
      gradients: [
        0.14327197218873414, 0.45897096312625785, -1.097267308487242, 2.4074028040952977, -0.06099394600806178,
        2.3230470028915304, 2.3230470028915304, -2.966597958005859, 0.821443388096155, -1.9545170953222237,
        -1.9545170953222235, -0.5648379581228643, -0.6741180039721707, 0.07172752887685219, 0.07172752887685219,
        0.21681026772389173, -0.41510892147112644, -0.6651122506911962, -0.6651122506911962,
      ]),
    Case(
      name: "gru", gates: 3, value: -6.997268736370019,
      gradients: [
        0.31038303346742474, 1.9179081766097847, 1.615149362302923, -3.6628772838711092, 1.8311765426693307,
        1.2836016712331086, -0.18867737212702218, -2.392249725359797, -3.1416266590556954, -2.156818954134099,
        2.3210225571616583, 1.1762105372055522, 0.15660533640750962, -0.5918809409286008, -0.6170142756310578,
        1.8759791436816693, -0.7384311752861095, -0.9842883501770003,
      ]),
  ]

  /// f(factor · i + shift) for each element.
  private func numbers(
    _ shape: [Int], _ factor: Double, _ shift: Double = 0, scale: Double = 1, isSine: Bool, _ dtype: DType = .float64,
    _ device: Device
  ) -> Tensor {
    let count = shape.reduce(1, *)
    let angles = Tensor.arange(0, Double(count), dtype: .float64, device: "reference") * factor + shift
    return ((isSine ? angles.sin() : angles.cos()) * scale).reshape(shape).to(device, dtype)
  }

  /// x, the states, and the parameters.
  private func leaves(_ c: Case, _ dtype: DType, _ device: Device, layers: Int = 2, directions: Int = 2) -> [Tensor] {
    let n = layers * directions
    var leaves = [
      numbers([3, 2, 3], 0.37, isSine: false, dtype, device), numbers([n, 2, 4], 0.21, isSine: true, dtype, device),
    ]
    if c.name == "lstm" { leaves.append(numbers([n, 2, 4], 0.23, isSine: false, dtype, device)) }
    var k = 0.0
    for layer in 0..<layers {
      for _ in 0..<directions {
        for shape in [[c.gates * 4, layer == 0 ? 3 : 4 * directions], [c.gates * 4, 4], [c.gates * 4], [c.gates * 4]] {
          leaves.append(numbers(shape, 0.7, k, scale: 0.5, isSine: true, dtype, device))
          k += 1
        }
      }
    }
    return leaves
  }

  private func run(
    _ c: Case, _ leaves: [Tensor], layers: Int = 2, bidirectional: Bool = true, batchFirst: Bool = false
  ) throws -> [Tensor] {
    let count = c.name == "lstm" ? 2 : 1
    let state: Argument = count == 2 ? [.tensor(leaves[1]), .tensor(leaves[2])] : .tensor(leaves[1])
    let parameters = leaves[(1 + count)...].map { Argument.tensor($0) }
    let result = try call(
      c.name,
      [
        .tensor(leaves[0]), state, .list(.init(parameters)), true, .int(Int64(layers)), 0.0, false,
        .bool(bidirectional), .bool(batchFirst),
      ])
    guard case .list(let results) = result else { return [] }
    return results.compactMap(\.tensor)
  }

  private func weighted(_ x: Tensor, isSine: Bool) -> Tensor {
    (x * numbers(x.shape.extents, 0.3, isSine: isSine, x.dtype, x.device)).sum()
  }

  @Test(arguments: testDevices, cases) func valuesAndGradients(_ device: Device, _ c: Case) throws {
    let leaves = leaves(c, .float64, device).map { $0.requiresGrad_() }
    let results = try run(c, leaves)
    let loss = results.map { weighted($0, isSine: false) }.reduce(Tensor(0.0, dtype: .float64, device: device), +)
    #expect(areClose([loss.item()], [c.value], tolerance: 1e-12))
    let gradients = grad([loss], leaves).map { weighted($0!, isSine: true).item() }
    #expect(areClose(gradients, c.gradients, tolerance: 1e-11))
  }

  /// Only some results, only some operands.
  @Test(arguments: oneOfEachKind, cases) func partsOfTheGraph(_ device: Device, _ c: Case) throws {
    let all = leaves(c, .float64, device)
    let whole = all.map { $0.clone().requiresGrad_() }
    let part = all.enumerated().map { $0 == 0 || $0 == all.count - 1 ? $1.clone().requiresGrad_() : $1 }
    for i in 0..<(c.name == "lstm" ? 3 : 2) {
      let a = grad([weighted(try run(c, whole)[i], isSine: false)], whole)
      let b = grad([weighted(try run(c, part)[i], isSine: false)], [part[0], part[part.count - 1]])
      #expect(areClose(a[0]!.reshape(-1).toArray(), b[0]!.reshape(-1).toArray(), tolerance: 1e-12))
      #expect(areClose(a[a.count - 1]!.toArray(), b[1]!.toArray(), tolerance: 1e-12))
    }
  }

  @Test(arguments: oneOfEachKind, cases) func derivatives(_ device: Device, _ c: Case) throws {
    let leaves = leaves(c, .float64, device, layers: 1, directions: 1).map { $0.requiresGrad_() }
    for i in 0..<(c.name == "lstm" ? 3 : 2) {
      func f(_ leaves: [Tensor]) -> Tensor {
        (try? run(c, leaves, layers: 1, bidirectional: false)[i]) ?? Tensor.zeros([1], device: device)
      }
      try gradcheck(f, leaves)
      // The second derivatives of a few numbers.
      try gradgradcheck({ f([$0[0]] + leaves.dropFirst().map { $0.detach() }) }, [leaves[0]])
      try gradgradcheck(
        { f(leaves.dropLast().map { $0.detach() } + [$0[0]]) }, [leaves[leaves.count - 1]])
    }
  }

  @Test(arguments: oneOfEachKind, cases) func theBatchFirst(_ device: Device, _ c: Case) throws {
    var leaves = leaves(c, .float64, device)
    let results = try run(c, leaves)
    leaves[0] = leaves[0].transpose(0, 1)
    let turned = try run(c, leaves, batchFirst: true)
    #expect(areClose(turned[0].transpose(0, 1).reshape(-1).toArray(), results[0].reshape(-1).toArray()))
    #expect(areClose(turned[1].reshape(-1).toArray(), results[1].reshape(-1).toArray()))
  }

  /// As in float64, up to the roundings of each step.
  @Test(arguments: testDevices, cases) func otherTypes(_ device: Device, _ c: Case) throws {
    let exact = try run(c, leaves(c, .float64, "reference"))
    for (dtype, tolerance) in [(DType.float32, 1e-5), (.float16, 1e-2), (.bfloat16, 8e-2)] {
      let results = try run(c, leaves(c, dtype, device))
      for (x, y) in zip(results, exact) {
        #expect(x.dtype == dtype)
        #expect(areClose(x.to(.float64).reshape(-1).toArray(), y.reshape(-1).toArray(), tolerance: tolerance))
      }
    }
  }

  @Test(arguments: oneOfEachKind) func whatWasSavedIsWatched(_ device: Device) throws {
    let c = RecurrenceTests.cases[2]
    let leaves = leaves(c, .float64, device).map { $0.requiresGrad_() }
    let y = try run(c, leaves)[0]
    noGrad { leaves[leaves.count - 4].mul_(2) }
    #expect(errorMessage { y.sum().backward() }.contains("modified by an inplace operation"))
  }

  @Test(arguments: oneOfEachKind) func whatDoesNotFit(_ device: Device) {
    let c = RecurrenceTests.cases[2]
    var leaves = leaves(c, .float64, device)
    leaves[3] = leaves[3].narrow(0, 0, 15)
    #expect(errorMessage { _ = try run(c, leaves) }.contains("weight_ih must have shape [16, 3]"))
    leaves = self.leaves(c, .float64, device)
    leaves[0] = leaves[0].to(.float32)
    #expect(errorMessage { _ = try run(c, leaves) }.contains("Input and parameter tensors are not the same dtype"))
  }
}

/// Checks the derivatives of a function's gradient, which is summed up with weights that depend on the inputs.
private func gradgradcheck(_ f: ([Tensor]) -> Tensor, _ inputs: [Tensor]) throws {
  try gradcheck(
    { inputs in
      let y = f(inputs)
      let gradients = grad([(y * y.sin()).sum()], inputs, createGraph: true)
      return gradients.map { ($0! * $0!).sum() }.reduce(Tensor(0.0, dtype: .float64, device: y.device), +)
    }, inputs)
}
