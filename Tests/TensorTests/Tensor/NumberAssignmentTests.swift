import Backplane
import TestSupport
import Testing

/// Numbers assigned to parts of tensors, in every form of an index.
@Suite struct NumberAssignmentTests {
  @Test(arguments: testDevices) func literals(_ device: Device) throws {
    try withErrors {
      let x = Tensor.zeros([2, 3], device: device)
      func values() -> [Double] { x.toArray(Double.self) }
      x[Tensor([[true, false, true], [false, false, true]], device: device)] = 7
      #expect(values() == [7, 0, 7, 0, 0, 7])
      x[0, 1] = 2.5
      #expect(values() == [7, 2.5, 7, 0, 0, 7])
      x[1, ...] = -1
      #expect(values() == [7, 2.5, 7, -1, -1, -1])
      x[..., 0] = true
      #expect(values() == [1, 2.5, 7, 1, -1, -1])
      x[.all, 1..<3] = 0.5
      #expect(values() == [1, 0.5, 0.5, 1, 0.5, 0.5])
      x[0] = 4
      x[-1, .stride(by: 2)] = 5
      #expect(values() == [4, 4, 4, 5, 0.5, 5])
      x[Tensor([0, 1], device: device), Tensor([2, 0], device: device)] = 6
      #expect(values() == [4, 4, 6, 6, 0.5, 5])
      x[[1]] = 8
      x[.newAxis, 0, 0] = 9
      #expect(values() == [9, 4, 6, 8, 8, 8])
      x[0, 1, ...] = 3
      x[x > 7] = 0
      #expect(values() == [0, 3, 6, 0, 0, 0])
      x[...] = -2
      #expect(values() == [-2, -2, -2, -2, -2, -2])
      x[true] = 1
      x[false] = 2
      #expect(values() == [1, 1, 1, 1, 1, 1])
    }
  }

  @Test func variablesAndExpressions() throws {
    try withErrors {
      let x = Tensor.zeros([4])
      let (count, factor, single) = (3, 0.5, Float(2))
      x[0] = count
      x[1] = factor * 3
      x[2] = single
      x[3] = -Double.infinity
      #expect(x.toArray(Double.self) == [3, 1.5, 2, -.infinity])
      x[0] = x[1].item()
      x[3] = UInt8(7)
      #expect(x.toArray(Double.self) == [1.5, 1.5, 2, 7])
    }
  }

  /// What is read is a tensor as before.
  @Test func readingIsUnchanged() throws {
    try withErrors {
      let x = Tensor([[1.0, 2], [3, 4]])
      let sum = x[0] + 1
      let mixed = 2 * x[0] - x[1] / x[0, 1] + 0.5 * -x[1]
      #expect(sum.toArray(Double.self) == [2, 3] && mixed.toArray(Double.self) == [-1, 0])
      x[0] += 1
      x[1] *= x[0]
      #expect(x.toArray(Double.self) == [2, 3, 6, 12])
      #expect(x[0].sum().item() == 5 && (x[1] > 6).toArray(Bool.self) == [false, true])
      var y = x[0]
      y -= 1
      x[1] = x[0]
      #expect(x.toArray(Double.self) == [1, 2, 1, 2])
    }
  }

  @Test func aNumberHasNoGradientAndTakesThatOfWhatWasThere() throws {
    try withErrors {
      let x = Tensor([1.0, 2, 3], requiresGrad: true)
      let y = x * 2
      y[1] = 5
      y.sum().backward()
      #expect(x.grad!.toArray(Double.self) == [2, 0, 2])
    }
  }

  @Test func typesOfNumbers() throws {
    try withErrors {
      let i = Tensor.zeros([3], dtype: .int64)
      i[0] = 3.9
      i[1...] = 2
      #expect(i.toArray(Int.self) == [3, 2, 2])
      let b = Tensor([false, false])
      b[0] = 1
      #expect(b.dtype == .bool && b.toArray(Bool.self) == [true, false])
    }
    let leaf = Tensor([1.0, 2], requiresGrad: true)
    #expect(errorMessage { leaf[0] = 1 } != "(no error)")
    #expect(errorMessage { Tensor.zeros([2])[5] = 1 } == "index 5 is out of bounds for dimension 0 with size 2")
  }
}
