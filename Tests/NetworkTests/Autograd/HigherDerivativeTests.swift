import Backplane
import TestSupport
import Testing

/// Gradients of gradients: of every operator that takes one tensor against differences, and exact numbers where a formula
/// may divide by zero.
@Suite struct HigherDerivativeTests {
  /// Operators by name that need nothing but a tensor, in place ones and random ones apart.
  static let names: [String] = operatorNames.filter { name in
    let isRandom = [
      "bernoulli", "cauchy", "exponential", "log_normal", "normal", "rand", "dropout", "empty", "gumbel", "lowrank",
    ]
    .contains {
      name.contains($0)
    }
    // The phase of eigenvectors is free.
    return !name.hasSuffix("_") && !isRandom && name != "linalg.eig"
      && operatorSignatures(name).contains { signature in
        let text = signature.description
        let inner = text[text.index(after: text.firstIndex(of: "(")!)..<text.lastIndex(of: ")")!]
        let required = inner.split(separator: ", ").filter { !$0.contains("=") && $0 != "*" }
        return required.count == 1 && required[0].hasPrefix("Tensor ")
      }
  }

  /// Those defined on −1 … 1 or 0 … 1 alone.
  private static let ofTheUnitInterval = [
    "acos", "arccos", "asin", "arcsin", "atanh", "arctanh", "erfinv", "logit", "ndtri",
  ]
  /// Those that read one triangle, whose gradient is that of a symmetric matrix.
  private static let ofSymmetricMatrices = ["cholesky", "cholesky_ex", "eigh", "eigvalsh"]

  /// The sum of all results that have a gradient, each element with a weight of its own.
  private static func total(_ results: [Tensor], _ offset: Int) -> Tensor? {
    let terms = results.filter(\.requiresGrad).map { result in
      let real = result.isComplex ? result.viewAsReal() : result
      let weights = (0..<real.numel).map { Double(($0 * 7 + offset) % 5 + 1) / 3 }
      return (real * Tensor(weights, shape: real.shape.extents, dtype: real.dtype, device: real.device)).sum()
        .to(.float64)
    }
    return terms.dropFirst().reduce(terms.first) { $0! + $1 }
  }

  @Test(arguments: names, oneOfEachKind)
  func secondDerivativesAreThoseOfTheFirst(_ name: String, _ device: Device) throws {
    let short = name.split(separator: ".").last.map(String.init) ?? name
    let scale = Self.ofTheUnitInterval.contains(short) ? 0.4 : 1
    let shift = short.hasSuffix("cosh") && short != "cosh" ? 1.0 : 0
    let values = [1.93, 0.31, 0.22, 0.44, 1.71, 0.13, 0.27, 0.38, 1.52].map { $0 * scale + shift }
    func results(_ x: Tensor) throws -> [Tensor] {
      let operand = Self.ofSymmetricMatrices.contains(short) ? (x + x.t()) / 2 : x
      return try call(name, [.tensor(operand)]).flattened.compactMap(\.tensor)
    }
    func leaf(_ values: [Double]) -> Tensor {
      Tensor(values, shape: [3, 3], dtype: .float64, device: device).requiresGrad_()
    }
    let x = leaf(values)
    let value: Tensor
    do {
      guard let total = try Self.total(results(x), 0) else { return }
      value = total
    } catch let error as BackplaneError {
      // Not of matrices of float64, as on every device.
      if error.kind == .unsupported { try #require(isRefusedFactorization(error, on: device), "\(error.message)") }
      return
    }
    let first = grad([value], [x], createGraph: true, allowUnused: true)[0]
    let weighted = first.flatMap { Self.total([$0], 3) }
    let second = weighted.flatMap { grad([$0], [x], allowUnused: true)[0] }?.toArray(Double.self)

    func slope(at values: [Double]) throws -> Double {
      let x = leaf(values)
      guard let g = try grad([Self.total(results(x), 0)!], [x], allowUnused: true)[0] else { return 0 }
      var sum = 0.0
      for (i, element) in g.toArray(Double.self).enumerated() {
        let weight = (i * 7 + 3) % 5 + 1
        sum += element * Double(weight) / 3
      }
      return sum
    }
    let epsilon = 1e-5
    for i in values.indices {
      var (above, below) = (values, values)
      above[i] += epsilon
      below[i] -= epsilon
      let difference = try (slope(at: above) - slope(at: below)) / (2 * epsilon)
      let exact = second?[i] ?? 0
      #expect(abs(exact - difference) <= 1e-5 * max(1, abs(difference)), "element \(i): \(exact), not \(difference)")
    }
  }

  // MARK: Where something is zero

  private func second(
    _ values: [Double], shape: [Int]? = nil, _ device: Device, _ function: (Tensor) -> Tensor
  ) -> [Double] {
    let x = Tensor(values, shape: shape ?? [values.count], dtype: .float64, device: device).requiresGrad_()
    let first = grad([function(x)], [x], createGraph: true)[0]!
    return grad([first.sum()], [x])[0]!.toArray(Double.self)
  }

  @Test(arguments: testDevices) func productsWithZeros(_ device: Device) {
    #expect(second([2, 0, 3, 4], device) { $0.prod() } == [12, 26, 8, 6])
    #expect(second([2, 0, 0, 4], device) { $0.prod() } == [0, 8, 8, 0])
    #expect(second([0, 0, 0, 4], device) { $0.prod() } == [0, 0, 0, 0])
    #expect(second([0, 0, 5], device) { $0.prod() } == [5, 5, 0])
    #expect(second([2, 3, 4, 5], device) { $0.prod() } == [47, 38, 31, 26])
    #expect(second([2, 0, 3, 0], shape: [2, 2], device) { $0.prod(0).sum() } == [1, 1, 1, 1])
    #expect(second([2, 0, 3, 0], shape: [2, 2], device) { $0.prod(1, keepDim: true).sum() } == [1, 1, 1, 1])
  }

  @Test(arguments: testDevices) func thirdDerivatives(_ device: Device) {
    let x = Tensor([2.0, 0, 0, 4], dtype: .float64, device: device).requiresGrad_()
    var g = x.prod()
    for _ in 0..<3 { g = grad([g.sum()], [x], createGraph: true)[0]! }
    // Each element of the third: 6 times the sum of products of one other, for each that is left out.
    #expect(g.toArray(Double.self) == [8, 12, 12, 4])
  }

  @Test(arguments: testDevices) func runningProductsWithZeros(_ device: Device) {
    // Of x₀ + x₀x₁ + x₀x₁x₂ + …, row sums of the matrix of second derivatives.
    #expect(second([2, 0, 3, 4], device) { $0.cumprod(0).sum() } == [16, 32, 10, 6])
    #expect(second([0, 0, 2], device) { $0.cumprod(0).sum() } == [3, 3, 0])
    #expect(second([1, 2, 3], device) { $0.cumprod(0).sum() } == [6, 5, 3])
  }

  @Test(arguments: testDevices) func normsWithZeros(_ device: Device) {
    // (1 − u Σu) / |x| with u = x / |x|: of an element at 0 too.
    #expect(areClose(second([3, 0, 4], device) { Linalg.norm($0) }, [0.032, 0.2, -0.024], tolerance: 1e-12))
    for p in [1.5, 2.0, 2.5, 3.0] {
      #expect(second([0, 0, 0], device) { Linalg.vectorNorm($0, p) } == [0, 0, 0])
    }
    let normalized = second([0, 3, 4], device) { F.normalize($0, dim: 0)[0] }
    #expect(areClose(normalized, [-0.056, -0.024, -0.032], tolerance: 1e-9))
    #expect(second([1, 1, 1], device) { $0.std() } == [0, 0, 0])
    #expect(
      second([0, 0, 1, 1], shape: [2, 2], device) { cdist($0, $0.detach(), p: 3).sum() }.allSatisfy { $0.isFinite })
    #expect(areClose(second([0, 1, 0, 3], shape: [2, 2], device) { F.pdist($0).sum() }, [0, 0, 0, 0]))
  }

  @Test(arguments: testDevices) func functionsAtTheirSingularPoints(_ device: Device) {
    #expect(areClose(second([0], device) { $0.sinc() }, [-Double.pi * Double.pi / 3]))
    #expect(areClose(second([0], device) { $0.i0() }, [0.5]))
    #expect(second([0], device) { try! call("special.i1", [.tensor($0)]).tensor! } == [0])
    #expect(second([0, 0], device) { $0[0].atan2($0[1]) } == [0, 0])
    #expect(second([0], device) { F.elu($0, alpha: 2) } == [0])
  }

  @Test(arguments: factorizationDevices) func singularMatrices(_ device: Device) {
    // det is a polynomial: its second derivative at a singular matrix is as exact as anywhere.
    let values = [1.0, 2, 3, 2, 4, 6, 3, 6, 9]
    let exact = second(values, shape: [3, 3], device) { $0.det() }
    func cofactorSum(_ a: [Double]) -> Double {
      // Σ of all cofactors.
      var total = 0.0
      for i in 0..<3 {
        for j in 0..<3 {
          let (r, s) = ([0, 1, 2].filter { $0 != i }, [0, 1, 2].filter { $0 != j })
          let minor = a[r[0] * 3 + s[0]] * a[r[1] * 3 + s[1]] - a[r[0] * 3 + s[1]] * a[r[1] * 3 + s[0]]
          total += (i + j) % 2 == 0 ? minor : -minor
        }
      }
      return total
    }
    for i in 0..<9 {
      var (above, below) = (values, values)
      above[i] += 1
      below[i] -= 1
      #expect(abs(exact[i] - (cofactorSum(above) - cofactorSum(below)) / 2) < 1e-9)
    }
    #expect(second([0, 0, 0, 0], shape: [2, 2], device) { $0.det() } == [1, -1, -1, 1])
  }
}
