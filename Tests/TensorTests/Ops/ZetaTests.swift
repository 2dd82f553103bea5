import Backplane
import TestSupport
import Testing

/// Values are PyTorch's.
@Suite struct ZetaTests {
  @Test(arguments: testDevices) func values(_ device: Device) {
    let s = Tensor([1.5, 2, 3, 2.5, 10], dtype: .float64, device: device)
    let q = Tensor([2.0, 1, 0.5, 7, 1.25], dtype: .float64, device: device)
    let expected = [
      1.6123753486854886, 1.6449340668482266, 8.414398322117158, 0.04008175793366071, 0.10768311475392675,
    ]
    #expect(areClose(Special.zeta(s, q).toArray(), expected, tolerance: 1e-13))
    #expect(areClose(Special.zeta(s.float(), q.float()).toArray(), expected))
    let edges = Special.zeta(
      Tensor([0.5, 1, 2, 2.5, 2, 4], device: device), Tensor([1, 1, 0, -1.5, -1, -0.5], device: device))
    #expect(areClose(edges.toArray(), [.nan, .infinity, .infinity, .nan, .infinity, 32.2348]))
    #expect(Special.zeta(Tensor([2], device: device), Tensor([1], device: device)).dtype == .float32)
  }

  @Test func gradientForThePlace() throws {
    let s = Tensor([2.5, 3], dtype: .float64)
    let q = Tensor([0.7, 4], dtype: .float64, requiresGrad: true)
    try gradcheck({ Special.zeta(s, $0[0]) }, [q])
    try gradcheck({ grad([Special.zeta(s, $0[0]).sum()], [$0[0]], createGraph: true)[0]! }, [q])
    #expect(errorMessage { Special.zeta(s.clone().requiresGrad_(), q).sum().backward() }.contains("is not implemented"))
  }

  @Test func numbersByName() throws {
    #expect(areClose(try call("special.zeta", [2, .tensor(Tensor([3.0]))]).tensor!.toArray(), [0.394934067]))
    #expect(areClose(try call("special.zeta", [.tensor(Tensor([2.0])), 1]).tensor!.toArray(), [1.644934067]))
  }
}
