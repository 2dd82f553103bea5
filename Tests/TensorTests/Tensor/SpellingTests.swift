import Backplane
import Foundation
import TestSupport
import Testing

/// PyTorch's spellings: those that are taken beside ours, and those of which the compiler names ours.
@Suite struct SpellingTests {
  @Test(arguments: testDevices) func sizes(_ device: Device) throws {
    try withErrors {
      let x = Tensor.ones(2, 3, device: device)
      #expect(x.shape == [2, 3] && x.size() == [2, 3] && x.size == x.shape && "\(x.size)" == "[2, 3]")
      #expect(x.size(-1) == 3 && x.size(dim: 0) == 2)
      #expect(Tensor.zeros(x.shape, dtype: .long, device: device).toArray(Int.self) == [0, 0, 0, 0, 0, 0])
      #expect(Tensor.empty(4, device: device).shape == [4] && Tensor.empty(x.shape, device: device).shape == [2, 3])
      #expect(
        Tensor.rand(2, 1, device: device).shape == [2, 1] && Tensor.randn(x.shape, device: device).shape == [2, 3])
      #expect(Tensor.randn(3, requiresGrad: true).requiresGrad)
      #expect(Tensor.full(x.shape, 2.5, device: device).sum().item() == 15)
      #expect(Tensor.randint(2, 3, size: [2], device: device).toArray(Int.self) == [2, 2])
      #expect(Tensor.linspace(0, 1, 3, device: device).toArray(Double.self) == [0, 0.5, 1])
      let y = Tensor.arange(6, device: device)
      #expect(y.view(x.shape).shape == [2, 3] && y.reshape(x.t().shape).shape == [3, 2])
      #expect(y[0].expand(x.shape).shape == [2, 3])
    }
    #expect(errorMessage { _ = Tensor.ones(2, -1) } == "Trying to create tensor with negative dimension -1: [2, -1]")
    #expect(errorMessage { _ = Tensor(1.0).size(0) } == "Dimension specified as 0 but tensor has no dimensions")
  }

  @Test(arguments: testDevices) func dimensionsWithALabel(_ device: Device) throws {
    try withErrors {
      let x = Tensor([[1.0, 5, 3], [4, 2, 6]], device: device)
      func same(_ a: Tensor, _ b: Tensor) { #expect(a.equal(b) && a.shape == b.shape) }
      same(x.sum(dim: 1), x.sum(1))
      same(x.sum(dim: [0, 1], keepDim: true), x.sum([0, 1], keepDim: true))
      same(x.mean(dim: -1, keepDim: true), x.mean(-1, keepDim: true))
      same(x.prod(dim: 0), x.prod(0))
      same(x.max(dim: 1).indices, x.max(1).indices)
      same(x.min(dim: 0).values, x.min(0).values)
      same(x.amax(dim: [0]), x.amax([0]))
      same(x.argmax(dim: 1), x.argmax(1))
      same(x.argmin(dim: nil), x.argmin())
      same(x.std(dim: 1), x.std(1))
      same(x.var(dim: [0, 1], correction: 0), x.var([0, 1], correction: 0))
      same((x > 2).all(dim: 1), (x > 2).all(1))
      same((x > 5).any(dim: 0), (x > 5).any(0))
      same(x.softmax(dim: 1), x.softmax(1))
      same(x.logSoftmax(dim: 0), x.logSoftmax(0))
      same(x.logsumexp(dim: 1), x.logsumexp(1))
      same(x.cumsum(dim: 1), x.cumsum(1))
      same(x.cummax(dim: 1).values, x.cummax(1).values)
      same(x.sort(dim: 1, descending: true).values, x.sort(1, descending: true).values)
      same(x.argsort(dim: 0), x.argsort(0))
      same(x.median(dim: 1).values, x.median(1).values)
      same(x.countNonzero(dim: 0), x.countNonzero(0))
      same(x.unsqueeze(dim: 0).squeeze(dim: 0), x)
      same(x.select(dim: 1, index: 2), x.select(1, 2))
      same(x.narrow(dim: 1, start: 1, length: 2), x.narrow(1, 1, 2))
      same(x.gather(dim: 1, index: x.argsort(1)), x.sort(1).values)
      same(x.flip(dims: [0]), x.flip(0))
      same(x.permute(dims: [1, 0]), x.t())
      same(x.flatten(startDim: 0), x.flatten())
    }
  }

  @Test(arguments: testDevices) func comparisons(_ device: Device) throws {
    try withErrors {
      let x = Tensor([1.0, 2, 3], device: device), y = Tensor([3.0, 2, 1], device: device)
      func bools(_ x: Tensor) -> [Bool] { x.toArray(Bool.self) }
      #expect(bools(x > 1) == [false, true, true] && bools(x >= y) == [false, true, true])
      #expect(bools(x < 2.5) == [true, true, false] && bools(x <= y) == [true, true, false])
      #expect(bools(1 < x) == [false, true, true] && bools(2 >= x) == [true, true, false])
      #expect(bools(3 <= x) == [false, false, true] && bools(2 > x) == [true, false, false])
      #expect(bools(2 * x + 3 < y * 4 - 1) == [true, false, false])
      #expect(x[x > 1].shape == [2])
      #expect(Tensor.where(x > 1, x, 0).toArray(Double.self) == [0, 2, 3])
      #expect(Tensor.where(x > 1, -1, y).toArray(Double.self) == [3, -1, -1])
      #expect(Tensor.where(x > 1, x, y).toArray(Double.self) == [3, 2, 3])
      #expect(Tensor.where(x > 1, 1, 0).dtype == .int64)
    }
  }

  @Test func numbersOfATensor() throws {
    try withErrors {
      #expect("\(Tensor([10]).item(Scalar.self))" == "10" && "\(Tensor(true).item(Scalar.self))" == "true")
      #expect("\(Tensor(2.5).item(Scalar.self))" == "2.5")
      #expect(Tensor(ComplexFloat(1, 2)).item(Scalar.self) == .complex(1, 2))
      #expect(Tensor(Int.max).item(Int.self) == Int.max && Tensor(Int.max).item(Scalar.self) == .int(.max))
      #expect(Tensor([10]).item() == 10)
    }
  }

  /// Each line of `Fixtures/Spellings.swift.txt` is refused with the message that stands behind it, and with no other.
  @Test func theCompilerNamesOurs() throws {
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/Spellings.swift.txt")
    let lines = try String(contentsOf: fixture, encoding: .utf8).components(separatedBy: "\n")
    let errors = try CompilerErrors(in: lines.joined(separator: "\n")).messages[""] ?? [:]
    for (i, line) in lines.enumerated() {
      let expected = line.components(separatedBy: "// ").dropFirst().first
      let found = errors[i + 1] ?? []
      #expect(found.count == (expected == nil ? 0 : 1), "\(line): \(found)")
      if let expected { #expect(found.first?.contains(expected) == true, "\(line): \(found)") }
    }
  }
}
