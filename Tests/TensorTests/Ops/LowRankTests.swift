import Backplane
import TestSupport
import Testing

@Suite struct LowRankTests {
  private static func matrix(_ shape: [Int], rank: Int, _ device: Device) -> Tensor {
    let left = Tensor.randn([shape[0], rank], dtype: .float64, device: device, generator: Generator(seed: 1))
    return left.matmul(Tensor.randn([rank, shape[1]], dtype: .float64, device: device, generator: Generator(seed: 2)))
  }

  @Test(arguments: factorizationDevices) func matricesOfLowRankAreFoundExactly(_ device: Device) {
    for shape in [[8, 5], [5, 8], [6, 6]] {
      let a = LowRankTests.matrix(shape, rank: 3, device)
      let (u, s, v) = svdLowrank(a, q: 3)
      #expect(u.shape == [shape[0], 3] && v.shape == [shape[1], 3])
      #expect((u * s).matmul(v.mH).allclose(a))
      #expect(s.allclose(Linalg.svdvals(a)[..<3]))
      let shifted = svdLowrank(a + 7, q: 3, m: Tensor(7.0, dtype: .float64, device: device))
      #expect(shifted.s.allclose(s))
    }
    #expect(svdLowrank(LowRankTests.matrix([3, 3], rank: 3, device)).s.shape == [3])
  }

  @Test(arguments: factorizationDevices) func principalComponents(_ device: Device) {
    let x = LowRankTests.matrix([9, 4], rank: 2, device) + 5
    let (u, s, v) = pcaLowrank(x, q: 2)
    #expect((u * s).matmul(v.mH).allclose(x - x.mean(0, keepDim: true)))
    #expect(pcaLowrank(x, center: false).s.shape == [4])
  }

  @Test func misuse() {
    let a = Tensor.ones([3, 3])
    #expect(
      errorMessage { _ = pcaLowrank(a, q: 4) } == "q(=4) must be non-negative integer and not greater than min(m, n)=3")
    #expect(errorMessage { _ = svdLowrank(a, q: -1) }.contains("must be non-negative"))
    #expect(errorMessage { _ = svdLowrank(a, niter: .max) }.contains("at most 1000"))
    #expect(errorKind { _ = svdLowrank(a, q: .max) } != nil)
    #expect(errorKind { _ = svdLowrank(Tensor([1.0])) } == .shape)
    #expect(errorKind { _ = pcaLowrank(a.long()) } == .dtype)
  }

  @Test func normsOfOlderNames() throws {
    let a = Tensor([[1.0, 2], [3, 4]])
    #expect(areClose(try call("frobenius_norm", [.tensor(a), [0]]).tensor!.toArray(), [3.16227766, 4.47213595]))
    #expect(areClose(try call("nuclear_norm", [.tensor(a)]).tensor!.toArray(), [5.83095189]))
    #expect(try call("svd_lowrank", [.tensor(a)], ["q": 1]).flattened.count == 3)
    #expect(try call("pca_lowrank", [.tensor(a)]).flattened.count == 3)
  }
}
