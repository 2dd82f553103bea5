import Backplane
import TestSupport
import Testing

/// Positions, indices and sizes that nothing has, given in Swift's spelling.
@Suite struct OutOfRangeTests {
  private static let positions = [Int.max, Int.min, 1 << 62, -(1 << 62), 2, -3]

  @Test(arguments: positions) func collections(_ position: Int) {
    let x = Tensor.ones([2, 3])
    let subset = Subset(TensorDataset(x), [1, 0])
    #expect(errorKind { _ = subset[position] } == .index)
    #expect(errorKind { _ = subset.batch([0, position]) } == .index)
    #expect(errorKind { _ = StateDict([(key: "a", value: x)])[position] } == .index)
    #expect(errorKind { _ = Argument.List([1])[position] } == .index)
  }

  @Test func subsetsCountFromTheEnd() {
    let subset = Subset(TensorDataset(Tensor([5, 6, 7])), [2, 0])
    #expect(subset[-1].item(Int.self) == 5)
    #expect(subset.batch([-2, 1]).toArray(Int.self) == [7, 5])
  }

  @Test func devices() {
    for index in [-1, Int.min, Int.max, 1 << 32] {
      let device = Device(type: "cpu", index: index)
      #expect(errorKind { _ = Tensor.ones([1], device: device) } == .device)
      #expect(!isAvailable(device))
    }
    for type in ["", "../cpu", "cpu\0", "CPU"] {
      #expect(errorMessage { _ = Tensor.ones([1], device: Device(type: type, index: 0)) }.hasPrefix("Invalid device"))
    }
  }

  @Test func stepsBeyondTheGreatestInteger() {
    let parameter = Tensor.ones([2], requiresGrad: true)
    for optimizer in [Adam([parameter]), SGD([parameter], lr: 0.1)] as [Optimizer] {
      parameter.grad = Tensor.ones([2])
      optimizer[state: parameter].step = .max
      #expect(errorKind { optimizer.step() } == .value)
    }
  }

  /// A product of host and device memory is told, whatever the types and the way there.
  @Test func addrAcrossDevices() {
    for dtype in [DType.bool, .int64, .float32] {
      let c = Tensor.ones([4, 4], dtype: dtype, device: "cpu")
      let x = Tensor.ones([4], dtype: dtype, device: "reference")
      #expect(errorMessage { _ = c.addr(x, x) }.contains("same device"))
      let wide = Tensor.ones([2, 4, 4], dtype: dtype, device: "reference")
      #expect(errorKind { _ = wide.addr(x, x) } == .shape)
    }
  }

  /// Operands without memory of their own, whose product asks for work space beyond all memory.
  @Test func productsOfTheVeryLong() {
    let a = Tensor.ones([1, 1]).expand([2, 1 << 48])
    let b = Tensor.ones([1, 1]).expand([1 << 48, 2])
    #expect(errorKind { _ = a.matmul(b) } == .outOfMemory)
  }

  @Test func loadersOfTheVeryLong() {
    let loader = DataLoader(TensorDataset(Tensor.ones([1]).expand([1 << 50])), batchSize: 3)
    #expect(loader.underestimatedCount == 1 << 16)
    #expect(loader.prefix(2).map(\.numel) == [3, 3])
  }

  @Test func modulesThatHoldThemselves() {
    let outer = Sequential(Flatten())
    let inner = Sequential(outer)
    #expect(errorMessage { outer.append(outer) } == "a Sequential cannot be a part of itself")
    #expect(errorMessage { outer.append(inner) } == "a Sequential cannot be a part of itself")

    final class Owner: Module {
      var part: Module?
    }
    let owner = Owner(), owned = Owner()
    owner.part = owned
    owned.part = owner
    #expect(owner.description == "Owner(\n  (part): Owner(\n    (part): Owner(...)\n  )\n)")
    var visited: [Module] = []
    owner.apply { visited.append($0) }
    #expect(visited.count == 2 && visited[0] === owned && visited[1] === owner)
    owned.part = nil
  }
}
