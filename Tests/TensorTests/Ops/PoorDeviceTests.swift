import Backplane
import TestSupport
import Testing

/// Devices with other wants than operators: the ways that are taken there are taken nowhere else.
@Suite struct PoorDeviceTests {
  /// The core operators over the core types alone.
  private static let meagre = CoreDevice.load("meagre")
  /// All operators, but memory that the host does not see.
  private static let distant = CoreDevice.load("distant")

  @Test func signsWithoutIntegersOfTheSameWidth() {
    let x = Tensor([0.0, -0.0, 1, -1, .infinity, -.infinity], device: Self.meagre)
    #expect(x.signbit().toArray(Bool.self) == [false, true, false, true, false, true])
    #expect(x[..<4].long().signbit().toArray(Bool.self) == [false, false, false, true])
    let signed = Tensor([2.0, -2], device: Self.meagre).copysign(Tensor([-0.0, 0.0], device: Self.meagre))
    #expect(signed.toArray(Double.self) == [-2, 2])
  }

  @Test func logarithmsOfSumsWithoutFloat64() {
    let x = Tensor([1.0, 3, -2, 5], device: Self.meagre, requiresGrad: true)
    let y = x.logcumsumexp(0)
    #expect(areClose(y.toArray(), [1, 3.126928, 3.132845, 5.143722], tolerance: 1e-6))
    (y * Tensor([1.0, -2, 3, 0.5], device: Self.meagre)).sum().backward()
    #expect(areClose(x.grad!.toArray(), [1.125025, 0.923817, 0.018094, 0.433064], tolerance: 1e-6))
  }

  @Test func drawsWithoutFloat64() {
    let weights = Tensor([[0.0, 3, 1, 0], [2, 0, 0, 0]], device: Self.meagre)
    let drawn = weights.multinomial(400, replacement: true, generator: Generator(seed: 3))
    let ones = (drawn[0] .== 1).sum().item(Int.self)
    #expect((drawn[1] .== 0).all().item(Bool.self))
    #expect((270...330).contains(ones) && ones + (drawn[0] .== 2).sum().item(Int.self) == 400)
    let both = weights[0].multinomial(2, generator: Generator(seed: 4)).toArray(Int.self)
    #expect(both.sorted() == [1, 2])
  }

  @Test func elementsThatAMaskTakes() {
    let x = Tensor([[3, 0, 5], [0, 7, 0]], device: Self.distant)
    #expect(x.nonzero().toArray(Int.self) == [0, 0, 0, 2, 1, 1])
    #expect(x[x .> 3].toArray(Int.self) == [5, 7])
    #expect(x.maskedSelect(x .< 0).shape == [0])
    #expect(x[..<0].nonzero().shape == [0, 2])
    let y = x.clone()
    y[y .== 0] = Tensor([1, 2, 3], device: Self.distant)
    #expect(y.toArray(Int.self) == [3, 1, 5, 2, 7, 3])
  }

  @Test func positionsThatTheHostCannotCheck() {
    let x = Tensor([10, 20, 30], device: Self.distant)
    #expect(x[Tensor([-1, 0, 2], device: Self.distant)].toArray(Int.self) == [30, 10, 30])
    #expect(x.indexSelect(0, Tensor([2, 0], device: Self.distant)).toArray(Int.self) == [30, 10])
    #expect(x.take(Tensor([-3, 1], device: Self.distant)).toArray(Int.self) == [10, 20])
    #expect(errorKind { _ = x[Tensor([3], device: Self.distant)] } == .index)
    #expect(errorKind { _ = x[Tensor([-4], device: Self.distant)] } == .index)
  }
}
