import Backplane
import Foundation
import TestSupport
import Testing

/// A reduction of what waits, which ends the program of that, gives what it gives of the same elements in memory.
@Suite struct FusedReductionTests {
  private typealias Reduction = @Sendable (Tensor, [Int]) -> Tensor

  private static let reductions: [(name: String, run: Reduction)] = [
    ("sum", { $0.sum(dim: $1, keepDim: false) }), ("mean", { $0.mean(dim: $1, keepDim: true) }),
    ("amax", { $0.amax(dim: $1) }), ("amin", { $0.amin(dim: $1) }),
  ]

  private static func bytes(_ x: Tensor) throws -> [UInt8] { try x.withUnsafeBytes { Array($0) } }

  private static func value(_ x: Tensor) -> Tensor { (x * 1.5 + 0.25).tanh() - x }

  /// Of the axes of a shape those that a number's bits say; none is all of them.
  private static func axes(_ bits: Int, _ rank: Int) -> [Int] { (0..<rank).filter { bits >> $0 & 1 == 1 } }

  @Test(
    arguments: testDevices,
    [[70_003], [300, 257], [3, 30_011], [30_011, 3], [64, 8, 160], [9, 1, 90, 100], [4, 20, 1000], [150, 3000]])
  func equalsTheReductionOfMemory(_ device: Device, _ shape: [Int]) throws {
    let isSlow = device == "reference"
    let types: [DType] = isSlow ? [.float32] : [.float32, .float64, .float16]
    for dtype in types {
      let x = Tensor.randn(shape, generator: Generator(seed: 3)).to(dtype).to(device)
      let stored = Self.value(x)
      let elements = try Self.bytes(stored)
      for bits in 0..<(1 << shape.count) where !isSlow || bits < 3 {
        let dims = Self.axes(bits, shape.count)
        for (name, reduce) in Self.reductions {
          let expected = try Self.bytes(reduce(stored, dims))
          #expect(try Self.bytes(reduce(Self.value(x), dims)) == expected, "\(name) over \(dims) of \(dtype)")
          // The value is wanted too.
          let held = Self.value(x), reduced = reduce(held, dims)
          #expect(try Self.bytes(reduced) == expected, "\(name) over \(dims) of \(dtype), held")
          #expect(try Self.bytes(held) == elements)
        }
      }
    }
  }

  @Test(arguments: testDevices) func integersAndTruthValues(_ device: Device) throws {
    let x = Tensor.randn([80_000], generator: Generator(seed: 4)).to(device)
    let isPositive = x .> 0, stored = (x * 100).to(.int16)
    _ = try (Self.bytes(isPositive), Self.bytes(stored))
    #expect((x .> 0).sum().item() == isPositive.sum().item())
    #expect((x * 100).to(.int16).sum().item() == stored.sum().item())
    #expect((x * 100).to(.int16).max().item() == stored.max().item())
  }

  @Test(arguments: testDevices) func whatComesInBetween(_ device: Device) throws {
    let n = 70_000
    let x = Tensor.ones([n], device: device)
    // A result that nobody reads, and one that is read in place of its value.
    _ = (x + 1).sum()
    var total = (x + 1).sum()
    total = total + (x * 3).sum() + (x * 4).mean()
    #expect(total.item() == Double(5 * n + 4))
    // A value that is changed after it was reduced, and what it was made of.
    let y = x + 1, before = y.sum()
    y.add_(1)
    x.zero_()
    #expect(before.item() == Double(2 * n) && y.sum().item() == Double(3 * n))
    // Two reductions of one value, one of a view in another shape, and one that the next step needs.
    let z = x + 2, first = z.sum(), second = z.amax(dim: [0])
    let rows = (x + 5).reshape([7, n / 7]).sum(dim: 1)
    let centred = ((x + 6) - (x + 6).mean()).abs().max()
    #expect(first.item() == Double(2 * n) && second.item() == 2 && centred.item() == 0)
    #expect(rows.toArray(Float.self) == [Float](repeating: 50_000, count: 7))
  }

  /// In a process of its own, where nobody else counts.
  @Test func whatIsReducedIsNeverStored() async throws {
    await #expect(processExitsWith: .success) {
      setenv("BACKPLANE_FUSION", "1", 1)
      let x = Tensor.ones([1 << 20])
      _ = (x + 1).sum().item()
      try synchronize("cpu")
      let before = try memoryStatistics("cpu")
      let total = (x * 2 + 1).exp().sum()
      #expect(try memoryStatistics("cpu").allocationCount == before.allocationCount)
      try synchronize("cpu")
      #expect(try memoryStatistics("cpu").allocationCount == before.allocationCount + 1)
      #expect(try memoryStatistics("cpu").allocated - before.allocated < 1 << 12)
      #expect(total.item() > 0)
    }
  }

  @Test(arguments: testDevices) func gradients(_ device: Device) throws {
    let start = Tensor.randn([300, 300], generator: Generator(seed: 5)).to(device)
    func loss(_ x: Tensor, apart: Bool) throws -> Tensor {
      let y = (x * x + 1).sqrt() * x.sigmoid()
      if apart { _ = try Self.bytes(y.detach()) }
      return y.mean()
    }
    var results: [[UInt8]] = []
    for apart in [false, true] {
      let x = start.clone().requiresGrad_()
      let loss = try loss(x, apart: apart)
      loss.backward()
      results.append(try Self.bytes(loss.detach()) + Self.bytes(x.grad!))
    }
    #expect(results[0] == results[1])
  }
}
