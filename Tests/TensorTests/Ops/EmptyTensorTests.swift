import Backplane
import TestSupport
import Testing

/// Operators of tensors without elements; values of PyTorch 2.15.
@Suite struct EmptyTensorTests {
  private func shapes(_ parts: [Tensor]) -> [Shape] { parts.map(\.shape) }

  @Test(arguments: testDevices) func partsOfNothing(_ device: Device) throws {
    func z(_ shape: Int...) -> Tensor { Tensor.zeros(shape, device: device) }
    try withErrors {
      #expect(shapes(z(0).chunk(3)) == [[0], [0], [0]])
      #expect(shapes(z(2, 0).chunk(2, dim: 1)) == [[2, 0], [2, 0]])
      #expect(shapes(z(0, 2).chunk(1)) == [[0, 2]])
      #expect(shapes(z(5).chunk(7)) == [[1], [1], [1], [1], [1]])
      #expect(shapes(z(5).chunk(4)) == [[2], [2], [1]])
      #expect(shapes(z(5).chunk(.max)) == [[1], [1], [1], [1], [1]])
      #expect(shapes(z(0).split(2)) == [[0]])
      #expect(shapes(z(0).split(0)) == [[0]])
      #expect(shapes(z(0).split([])) == [])
      #expect(shapes(z(0).split([0, 0])) == [[0], [0]])
      #expect(shapes(z(0).tensorSplit(3)) == [[0], [0], [0]])
      #expect(shapes(z(0).tensorSplit([1, 2])) == [[0], [0], [0]])
      #expect(shapes(z(5).tensorSplit([4, 2])) == [[4], [0], [3]])
      #expect(shapes(z(0).unbind()) == [])
      #expect(shapes(z(2, 0).unbind()) == [[0], [0]])
      #expect(shapes(z(2, 0).hsplit(2)) == [[2, 0], [2, 0]])
      #expect(shapes(z(0, 3).vsplit(2)) == [[0, 3], [0, 3]])
    }
    #expect(
      errorMessage { _ = z(2).split(0) }
        == "split_size can only be 0 if dimension size is 0, but got dimension size of 2")
    #expect(errorMessage { _ = z(0).chunk(1 << 40) } != "(no error)")
  }

  /// A norm of nothing is 0, where that is neutral.
  @Test(arguments: testDevices) func matrixNorms(_ device: Device) throws {
    func z(_ shape: Int...) -> Tensor { Tensor.zeros(shape, device: device) }
    try withErrors {
      for order in [1, .p(.infinity)] as [Linalg.Order] { checkMatrixNorms(order, device) }
      #expect(Linalg.matrixNorm(z(0, 3), .fro).item() == 0)
      #expect(Linalg.matrixNorm(z(3, 0), .p(-.infinity)).item() == 0)
      #expect(Linalg.matrixNorm(z(0, 3), -1).item() == 0)
      #expect(Linalg.norm(z(0)).item() == 0 && Linalg.norm(z(0), 0).item() == 0)
      #expect(Linalg.norm(z(0, 3), .p(.infinity), dim: [1]).shape == [0])
    }
    for (x, order) in [(z(3, 0), -1), (z(0, 3), .p(-.infinity))] as [(Tensor, Linalg.Order)] {
      #expect(errorMessage { _ = Linalg.matrixNorm(x, order) }.hasPrefix("amin(): Expected reduction dim"))
    }
    #expect(
      errorMessage { _ = Linalg.vectorNorm(z(0), -1) }
        == "linalg.vector_norm cannot compute the -1 norm on an empty tensor because the operation does not have an identity"
    )
    #expect(
      errorMessage { _ = Linalg.norm(z(0), .p(.infinity)) }.contains("cannot compute the inf norm on an empty tensor"))
  }

  /// Norms of singular values.
  @Test(arguments: factorizationDevices) func spectralNorms(_ device: Device) throws {
    try withErrors {
      checkMatrixNorms(2, device)
      #expect(Linalg.matrixNorm(Tensor.zeros([0, 3], device: device), .nuc).item() == 0)
    }
    for shape in [[0, 3], [0, 0]] {
      let x = Tensor.zeros(shape, device: device)
      #expect(errorMessage { _ = Linalg.matrixNorm(x, -2) }.hasPrefix("amin(): Expected reduction dim"))
    }
  }

  private func checkMatrixNorms(_ order: Linalg.Order, _ device: Device) {
    func z(_ shape: Int...) -> Tensor { Tensor.zeros(shape, device: device) }
    for x in [z(0, 3), z(3, 0), z(0, 0)] {
      #expect(Linalg.matrixNorm(x, order).toArray(Double.self) == [0])
      #expect(Linalg.norm(x, order).toArray(Double.self) == [0])
    }
    #expect(Linalg.matrixNorm(z(2, 0, 3), order).toArray(Double.self) == [0, 0])
    #expect(Linalg.matrixNorm(z(0, 2, 3), order).shape == [0])
    #expect(Linalg.matrixNorm(z(2, 3, 0), order, keepDim: true).shape == [2, 1, 1])
  }

  @Test(arguments: testDevices) func statistics(_ device: Device) throws {
    func z(_ shape: Int...) -> Tensor { Tensor.zeros(shape, device: device) }
    try withErrors {
      for value in [z(0).mean(), z(0).std(), z(0).var(), z(0).median(), z(0).nanmedian(), z(1).std(), z(0).nanmean()] {
        #expect(value.shape == [] && "\(value.item())" == "nan")
      }
      #expect(z(0, 3).std(0).toArray(Double.self).allSatisfy { $0.isNaN })
      #expect(z(0, 3).std(1).shape == [0] && z(3, 0).mean(0).shape == [0])
      #expect(z(0).sum().item() == 0 && z(0).prod().item() == 1)
      #expect(z(0).logsumexp(0).item() == -.infinity)
      #expect(z(0).all().item(Bool.self) && !z(0).any().item(Bool.self))
      #expect(z(0, 3).max(1).values.shape == [0] && z(0, 3).argmax(1).shape == [0])
      #expect(z(0, 3).median(1).indices.shape == [0] && z(0, 3).mode(1).values.shape == [0])
    }
    let needed = "Expected reduction dim to be specified for input.numel() == 0"
    #expect(errorMessage { _ = z(0).max() }.hasPrefix("max(): \(needed)"))
    #expect(errorMessage { _ = z(0).amax() }.hasPrefix("amax(): \(needed)"))
    #expect(errorMessage { _ = z(0).argmin() }.hasPrefix("argmin(): \(needed)"))
    for (name, body) in [
      ("max", { _ = z(0, 3).max(0) }), ("amin", { _ = z(0, 3).amin(0) }), ("aminmax", { _ = z(0, 3).aminmax(dim: 0) }),
      ("median", { _ = z(0, 3).median(0) }), ("mode", { _ = z(0).mode() }),
    ] as [(String, () -> Void)] {
      #expect(errorMessage(body) == "\(name)(): Expected reduction dim 0 to have non-zero size.")
      #expect(errorKind(body) == .index)
    }
  }

  /// A vector has no channels, and is right if it has no elements.
  @Test(arguments: testDevices) func batchNormOfOneDimension(_ device: Device) throws {
    func z(_ shape: Int...) -> Tensor { Tensor.zeros(shape, device: device) }
    try withErrors {
      #expect(F.batchNorm(z(0), z(0), z(0), training: true).shape == [0])
      #expect(F.batchNorm(z(0), z(0), z(0), weight: z(0), bias: z(0)).shape == [0])
      #expect(F.batchNorm(z(0, 3), z(3), z(3) + 1).shape == [0, 3])
      #expect(F.batchNorm(z(2, 0), z(0), z(0), training: true).shape == [2, 0])
    }
    #expect(errorMessage { _ = F.batchNorm(z(3), z(3), z(3)) } != "(no error)")
    #expect(errorMessage { _ = F.batchNorm(z(0), z(3), z(3)) } == "running_mean should contain 0 elements not 3")
  }

  @Test(arguments: testDevices) func bools(_ device: Device) throws {
    let x = Tensor([true, false], device: device)
    let (first, second) = (Tensor([0, 0], device: device), Tensor([1], device: device))
    let yes = Tensor([true], device: device)
    func bools(_ x: Tensor) -> [Bool] {
      #expect(x.dtype == .bool)
      return x.toArray(Bool.self)
    }
    try withErrors {
      #expect(bools(x.indexAdd(0, second, yes)) == [true, true])
      #expect(bools(x.indexAdd(0, second, yes, alpha: 2)) == [true, true])
      #expect(bools(x.indexAdd(0, first, Tensor([true, true], device: device))) == [true, false])
      #expect(bools(x.clone().indexAdd_(0, second, yes)) == [true, true])
      #expect(bools(x.scatterAdd(0, second, yes)) == [true, true])
      #expect(bools(x.put(second, yes, accumulate: true)) == [true, true])
      #expect(bools(x.clone().indexPut_([second], yes, accumulate: true)) == [true, true])
      #expect(bools(x ** true) == [true, false])
      #expect(bools(x ** false) == [true, true])
      #expect(bools(x ** Tensor([[true], [false]], device: device)) == [true, false, true, true])
      #expect(bools(true ** x) == [true, true])
      #expect(bools(false ** x) == [false, true])
      #expect((x ** 2).dtype == .int64 && (x ** 2.0).dtype == .float32)
    }
    #expect(errorMessage { _ = x.indexAdd(0, second, yes, alpha: 1.5) } != "(no error)")
  }

  /// A truth between the brackets is a mask over a new dimension of extent 1.
  @Test(arguments: testDevices) func truthsAsIndices(_ device: Device) throws {
    let x = Tensor.arange(6, device: device).view(2, 3)
    try withErrors {
      #expect(x[true].shape == [1, 2, 3] && x[false].shape == [0, 2, 3])
      #expect(x[true, true].shape == [1, 2, 3] && x[false, true].shape == [0, 2, 3])
      #expect(x[0, true].shape == [1, 3] && x[true, 0].shape == [1, 3])
      #expect(x[..., true].shape == [2, 3, 1] && x[.newAxis, true].shape == [1, 1, 2, 3])
      #expect(x[true, Tensor([0, 1], device: device)].shape == [2, 3])
      #expect(Tensor(5.0, device: device)[true].shape == [1] && Tensor(5.0, device: device)[false].shape == [0])
    }
  }

  @Test(arguments: testDevices) func truthsAsIndicesByName(_ device: Device) throws {
    let x = Tensor.arange(6, device: device).view(2, 3)
    func shape(_ index: Argument, _ x: Tensor) throws -> Shape {
      try call("__getitem__", [.tensor(x), index]).tensor!.shape
    }
    #expect(try shape(true, x) == [1, 2, 3])
    #expect(try shape(nil, x) == [1, 2, 3])
    #expect(try shape(false, x) == [0, 2, 3])
    #expect(try shape([true], x) == [1, 2, 3])
    #expect(try shape([true, 0], x) == [1, 3])
    #expect(try shape([0, true], x) == [1, 3])
    #expect(try shape([nil, true], x) == [1, 1, 2, 3])
    #expect(try shape([true, false], x) == [1, 3])
    #expect(try shape([true], Tensor(5.0, device: device)) == [1])
    #expect(
      errorMessage { _ = try call("__getitem__", [.tensor(x), [true, true, false]]) }.hasPrefix("The shape of the mask")
    )
  }
}
