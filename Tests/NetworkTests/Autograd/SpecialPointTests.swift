import Backplane
import TestSupport
import Testing

/// Gradients where a value is not finite, or a formula divides by zero. Numbers are PyTorch's unless said otherwise.
@Suite struct SpecialPointTests {
  private let inf = Double.infinity

  private func gradient(
    _ values: [Double], shape: [Int]? = nil, _ device: Device, dtype: DType = .float64, _ function: (Tensor) -> Tensor
  ) -> [Double] {
    let x = Tensor(values, shape: shape ?? [values.count], dtype: .float64, device: device).to(dtype).detach()
      .requiresGrad_()
    return grad([function(x).sum()], [x])[0]!.toArray(Double.self)
  }

  private func areSame(_ a: [Double], _ b: [Double]) -> Bool { areClose(a, b, tolerance: 1e-6) }

  @Test(arguments: testDevices) func ofOneOperand(_ device: Device) {
    #expect(areSame(gradient([0, 1, -1], device) { $0.abs() }, [0, 1, -1]))
    #expect(areSame(gradient([0, 4], device) { $0.sqrt() }, [inf, 0.25]))
    #expect(areSame(gradient([0, .nan, 1, -1], device) { $0.relu() }, [0, 1, 1, 0]))
    #expect(areSame(gradient([0, 1e-40, -1e-30, .leastNonzeroMagnitude], device) { $0.sinc() }, [0, 0, 0, 0]))
    #expect(gradient([1e-40], device, dtype: .float32) { $0.sinc() } == [0])
    // By its series, −π²x/3 + π⁴x³/30: the quotient would leave none of these digits.
    #expect(areClose(gradient([1e-8], device) { $0.sinc() }, [-3.289868133696453e-8], tolerance: 1e-20))
    #expect(areClose(gradient([0.001], device) { $0.sinc() }, [-0.003289864886737148], tolerance: 1e-14))
    for name in ["special.i1", "special.i1e"] {
      func function(_ x: Tensor) -> Tensor { try! call(name, [.tensor(x)]).tensor! }
      #expect(areSame(gradient([0, .leastNonzeroMagnitude, -1e-40, 1e-20], device, function), [0.5, 0.5, 0.5, 0.5]))
      #expect(areSame(gradient([1e-40, -1e-40, 0], device, dtype: .float32, function), [0.5, 0.5, 0.5]))
    }
    #expect(areSame(gradient([0, 100, -100], device) { F.softplus($0) }, [0.5, 1, 0]))
    #expect(areSame(gradient([0, -1], device) { F.elu($0, alpha: 2) }, [2, 2 * 0.36787944117144233]))
    #expect(areSame(gradient([0, 0.5, 3, -3], device) { F.hardswish($0) }, [0.5, 0.6666667, 1, 0]))
    #expect(areSame(gradient([0, 1, 2, -3], device) { $0 ** 0 }, [0, 0, 0, 0]))
    #expect(areSame(gradient([0, 2], device) { $0 ** 1 }, [1, 1]))
  }

  @Test(arguments: testDevices) func ofTwoOperands(_ device: Device) {
    func pair(_ a: Double, _ b: Double, _ f: (Tensor, Tensor) -> Tensor) -> [Double] {
      gradient([a, b], device) { f($0[0], $0[1]) }
    }
    #expect(pair(0, 0) { $0.atan2($1) } == [0, 0])
    #expect(pair(0, -2) { $0.atan2($1) } == [-0.5, 0])
    // The squares of these leave the type's range; the gradient does not.
    #expect(areSame(pair(3e-200, 4e-200) { $0.atan2($1) * 1e-200 }, [0.16, -0.12]))
    #expect(areSame(pair(3e200, 4e200) { $0.atan2($1) * 1e200 }, [0.16, -0.12]))
    #expect(areSame(pair(0, 0) { $0.hypot($1) }, [.nan, .nan]))
    #expect(areSame(pair(0, 3) { $0.hypot($1) }, [0, 1]))
    #expect(areSame(pair(0, 2) { $0.xlogy($1) }, [0.6931471805599453, 0]))
    #expect(areSame(pair(0, 0) { $0.xlogy($1) }, [0, .nan]))
    #expect(areSame(pair(-inf, 1) { $0.logaddexp($1) }, [0, 1]))
    #expect(areSame(pair(0, 0) { $0.pow($1) }, [0, 0]))
    #expect(areSame(pair(0, 2) { $0.pow($1) }, [0, 0]))
    #expect(areSame(pair(-2, 0) { $0.pow($1) }, [0, .nan]))
    #expect(areSame(pair(inf, 0) { $0.pow($1) }, [0, inf]))
    #expect(areSame(pair(1, 1) { $0.maximum($1) }, [0.5, 0.5]))
    // A gradient that is infinite or NaN goes to the one that won, and none to the other.
    #expect(pair(2, 1) { $0.maximum($1) * inf } == [inf, 0])
    #expect(pair(2, 1) { $0.minimum($1) * inf } == [0, inf])
    #expect(gradient([1, -1], device) { $0.relu() * inf } == [inf, 0])
  }

  @Test(arguments: testDevices) func ofReductions(_ device: Device) {
    #expect(areSame(gradient([inf, 1], device) { $0.logsumexp(0) }, [.nan, 0]))
    #expect(areSame(gradient([-inf, 1], device) { $0.logsumexp(0) }, [0, 1]))
    // PyTorch gives NaN: of nothing but −∞ no element has a share.
    #expect(gradient([-inf, -inf], device) { $0.logsumexp(0) } == [0, 0])
    #expect(areSame(gradient([.nan, 1], device) { $0.logsumexp(0) }, [.nan, .nan]))
    #expect(areSame(gradient([.nan, 1, 2], device) { $0.max() }, [1, 0, 0]))
    #expect(areSame(gradient([.nan, 1, .nan], device) { $0.min() }, [0.5, 0, 0.5]))
    #expect(areSame(gradient([2, 1, 2], device) { $0.amax() }, [0.5, 0, 0.5]))
    #expect(gradient([2, 0, 3, 4], device) { $0.prod() } == [0, 24, 0, 0])
    #expect(gradient([2, 0, 0, 4], device) { $0.prod() } == [0, 0, 0, 0])
    #expect(areSame(gradient([inf, 0, 1], device) { $0.prod() }, [0, inf, .nan]))
    #expect(gradient([2, 0, 3, 4], device) { $0.cumprod(0) } == [1, 32, 0, 0])
    #expect(gradient([0, 0, 0], device) { Linalg.norm($0) } == [0, 0, 0])
    #expect(areSame(gradient([3, 0, 4], device) { Linalg.norm($0) }, [0.6, 0, 0.8]))
    for p in [0, 0.5, 1, 1.5, 2.5, 3, inf] {
      #expect(gradient([0, 0], device) { Linalg.vectorNorm($0, p) } == [0, 0])
    }
    #expect(gradient([1, 1, 1], device) { $0.std() } == [0, 0, 0])
    #expect(gradient([0, 0], device) { F.normalize($0, dim: 0)[0] } == [1e12, 0])
    #expect(
      gradient([0, 0], device) { F.cosineSimilarity($0, Tensor([1.0, 2], dtype: .float64, device: device), dim: 0) }
        .allSatisfy { $0.isFinite })
    #expect(gradient([0, 0, 0, 0], shape: [2, 2], device) { cdist($0, $0.detach(), p: 2) } == [0, 0, 0, 0])
  }

  @Test(arguments: testDevices) func ofLosses(_ device: Device) {
    let target = Tensor([0.0, 0, 0], dtype: .float64, device: device)
    #expect(areSame(gradient([inf, 2, -inf], device) { F.huberLoss($0, target, reduction: .sum) }, [1, 1, -1]))
    #expect(areSame(gradient([inf, 0.5, -inf], device) { F.smoothL1Loss($0, target, reduction: .sum) }, [1, 0.5, -1]))
    #expect(gradient([.nan, 0, 0], device) { F.huberLoss($0, target, reduction: .sum) }[0].isNaN)
    // At the margin itself nothing is to be gained.
    #expect(
      gradient([1], device) {
        F.hingeEmbeddingLoss($0, Tensor([-1.0], dtype: .float64, device: device), reduction: .sum)
      } == [0])
    #expect(
      gradient([0, 0], device) {
        F.marginRankingLoss($0, target[..<2], Tensor([1.0, -1], dtype: .float64, device: device), reduction: .sum)
      } == [0, 0])
  }

  @Test(arguments: testDevices) func attentionOfRowsThatSeeNothing(_ device: Device) {
    let generator = Generator(seed: 5)
    func part() -> Tensor {
      Tensor.randn([1, 2, 3, 4], dtype: .float64, device: device, generator: generator).requiresGrad_()
    }
    let (q, k, v) = (part(), part(), part())
    let sees = Tensor([[true, false, true], [false, false, false], [true, true, true]], device: device)
    let numbers = Tensor.zeros([3, 3], dtype: .float64, device: device).maskedFill(~sees, -inf).requiresGrad_()
    func gradients(_ mask: Tensor, _ inputs: [Tensor]) -> [[Double]] {
      let y = F.scaledDotProductAttention(q, k, v, attnMask: mask)
      return grad([(y * y).sum()], inputs).map { $0!.toArray(Double.self) }
    }
    let byNumbers = gradients(numbers, [q, k, v, numbers]), byBools = gradients(sees, [q, k, v])
    for (a, b) in zip(byNumbers, byBools) { #expect(areClose(a, b, tolerance: 1e-12)) }
    #expect(byNumbers[3].allSatisfy { $0.isFinite } && byNumbers[3][3..<6].allSatisfy { $0 == 0 })
    // The rows that see nothing have no gradient, and no other is lost for them.
    #expect(Array(byNumbers[0][4..<8]) == [0, 0, 0, 0])
    #expect(byNumbers[1].contains { $0 != 0 })
  }
}
