import Backplane
import TestSupport
import Testing

/// Copies of views, places and shapes, and operators under second names.
@Suite struct SecondNameTests {
  @Test(arguments: testDevices) func copiesOfViewsShareNothing(_ device: Device) {
    let x = Tensor([[1.0, 2], [3, 4]], device: device), z = Tensor([ComplexFloat(1, 2)], device: device)
    let pairs: [(Tensor, Tensor)] = [
      (aliasCopy(x), x), (detachCopy(x), x), (asStridedCopy(x, [2], [3]), x.asStrided([2], [3])),
      (diagonalCopy(x, offset: 1), x.diagonal(offset: 1)), (expandCopy(x, [3, 2, 2]), x.expand(3, 2, 2)),
      (permuteCopy(x, [1, 0]), x.t()), (selectCopy(x, -1, 0), x.select(1, 0)), (sliceCopy(x, start: 1), x[1...]),
      (squeezeCopy(x[..<1]), x[0]), (unsqueezeCopy(x, 0), x.unsqueeze(0)), (tCopy(x), x.t()),
      (transposeCopy(x, 0, 1), x.t()), (unfoldCopy(x, 0, 1, 1), x.unfold(0, 1, 1)), (viewCopy(x, [4]), x.view(4)),
      (viewCopy(x, .int32), x.view(.int32)), (viewAsComplexCopy(x), x.viewAsComplex()),
      (viewAsRealCopy(z), z.viewAsReal()), (x.narrowCopy(0, 1, 1), x.narrow(0, 1, 1)),
      (splitCopy(x, 1)[1], x[1...]), (splitWithSizesCopy(x, [1, 1], dim: 1)[0], x.narrow(1, 0, 1)),
      (unbindCopy(x)[1], x[1]),
    ]
    for (i, (copy, view)) in pairs.enumerated() {
      #expect(copy.equal(view) && copy.isContiguous && !copy.sharesStorage(with: x), "pair \(i)")
    }
    #expect(errorKind { _ = viewCopy(x, [5]) } == .shape)
  }

  @Test func copiesTakePartInGradients() {
    let x = Tensor([1.0, 2, 3], requiresGrad: true)
    (unbindCopy(x)[1] * 5 + sliceCopy(x, start: 1).sum() + expandCopy(x, [2, 3]).sum()).backward()
    #expect(x.grad!.toArray(Double.self) == [2, 8, 3])
  }

  @Test func copiesByName() throws {
    let x = Tensor([[1.0, 2], [3, 4]])
    let names = [
      "alias", "detach", "t", "squeeze", "unbind",
    ]
    for name in names {
      let copy = try call("\(name)_copy", [.tensor(x)]).tensor!
      #expect(!copy.sharesStorage(with: x), "\(name)_copy")
    }
    #expect(try call("split_copy", [.tensor(x), 1]).flattened.count == 2)
    #expect(try call("view_as_complex_copy", [.tensor(x)]).tensor!.dtype == .complex64)
    #expect(try call("view_copy", [.tensor(x), .dtype(.int32)]).tensor!.dtype == .int32)
  }

  @Test(arguments: testDevices) func placesOfElements(_ device: Device) {
    let places = unravelIndex(Tensor([7, -1, 3, -9, 8], device: device), [2, 4])
    #expect(places.map { $0.toArray(Int.self) } == [[1, 1, 0, 1, 0], [3, 3, 3, 3, 0]])
    #expect(unravelIndex(Tensor(7, dtype: .uint8, device: device), [12])[0].dtype == .int64)
    #expect(unravelIndex(Tensor([7], device: device), []).isEmpty)
    #expect(unravelIndex(Tensor.empty([0], dtype: .int64, device: device), [0, 3]).count == 2)
    #expect(unravelIndex(Tensor([1], device: device), [1 << 40, 1 << 40])[1].item(Int.self) == 1)
  }

  @Test func misuseOfPlaces() {
    let i = Tensor([0])
    #expect(
      errorMessage { _ = unravelIndex(Tensor([7.0]), [2]) }
        == "expected 'indices' to be integer dtype, but got torch.float32")
    #expect(errorMessage { _ = unravelIndex(i, [-3]) } == "'shape' cannot have negative values, but got (-3,)")
    #expect(
      errorMessage { _ = unravelIndex(i, [0, 3]) }.contains("cannot have zero dimensions when 'indices' is non-empty"))
    #expect(errorMessage { _ = unravelIndex(i, [2, 1 << 40, 1 << 40]) }.contains("does not fit a 64-bit integer"))
  }

  @Test func shapesThatBroadcast() throws {
    #expect(broadcastShapes([2, 1], [3]) == [2, 3])
    #expect(broadcastShapes().isEmpty)
    #expect(broadcastShapes([0], [1]) == [0])
    #expect(broadcastShapes([Int.max], [1]) == [Int.max])
    #expect(
      errorMessage { _ = broadcastShapes([2, 1], [3], [5]) }
        == "Attempting to broadcast a dimension of length 5 at -1! Mismatching argument at index 2 had (5,); but expected "
        + "shape should be broadcastable to [2, 3]")
    #expect(
      errorMessage { _ = broadcastShapes([2], [-1]) } == "Attempting to broadcast a dimension with negative length!")
    guard case .list(let shape) = try call("broadcast_shapes", [[2, 1], [1, 3], 3]) else {
      Issue.record("no list")
      return
    }
    #expect(shape.compactMap { if case .int(let extent) = $0 { Int(extent) } else { nil } } == [2, 3])
    #expect(throws: BackplaneError.self) { try call("broadcast_shapes", [[2, 1], "x"]) }
  }

  @Test(arguments: testDevices) func paddingAndNumbers(_ device: Device) {
    let x = Tensor([1.0, 2], device: device)
    #expect(constantPadNd(x, [1, 1], value: 3).toArray(Double.self) == [3, 1, 2, 3])
    #expect(constantPadNd(x, [-1, 1]).toArray(Double.self) == [2, 0])
    #expect(errorMessage { _ = constantPadNd(x, [1]) } == "Length of pad must be even but instead it equals 1")
    #expect(
      errorMessage { _ = constantPadNd(x, [1, 1, 1, 1]) }.contains("no more than twice the number of dimensions"))
    #expect(errorMessage { _ = constantPadNd(x, [-2, -1]) }.contains("negative padding"))
    for amounts in [[Int.max, 1], [Int.min, Int.min], [1 << 60, 0], [-3, 5]] {
      #expect(errorKind { _ = constantPadNd(x, amounts) } != nil, "\(amounts)")
    }
    let three = scalarTensor(3, device: device)
    #expect(three.dtype == .float32 && three.shape == [] && three.item() == 3)
    #expect(scalarTensor(true, dtype: .bool, device: device).dtype == .bool)
  }

  @Test func inPlaceByName() throws {
    let x = Tensor([[1.0, 2], [3, 4]])
    try call("clamp_", [.tensor(x)], ["max": 3])
    try call("tril_", [.tensor(x)])
    try call("cumsum_", [.tensor(x), 0])
    try call("addmm_", [.tensor(x), .tensor(Tensor.eye(2)), .tensor(Tensor.eye(2))], ["alpha": 10])
    try call("index_add_", [.tensor(x), 0, .tensor(Tensor([1])), .tensor(Tensor([[1.0, 1]]))])
    #expect(x.toArray(Double.self) == [11, 0, 5, 14])
    try call("selu_", [.tensor(x)])
    let n = Tensor([1, 2])
    #expect(throws: BackplaneError.self) { try call("lerp_", [.tensor(n), .tensor(x[0]), 0.5]) }
    #expect(n.toArray(Int.self) == [1, 2])
    let w = Tensor([1.0, 5], requiresGrad: true), y = w * 1
    try call("clamp_", [.tensor(y), 0, 2])
    y.sum().backward()
    #expect(w.grad!.toArray(Double.self) == [1, 0])
  }

  @Test func secondNames() throws {
    let x = Tensor([[[1.0, 2, 3]]]), w = Tensor([[[1.0, 1]]])
    #expect(try call("conv1d", [.tensor(x), .tensor(w)]).tensor!.toArray(Double.self) == [3, 5])
    #expect(try call("max_pool1d", [.tensor(x), 2]).tensor!.toArray(Double.self) == [2])
    #expect(try call("special.softmax", [.tensor(x)], ["dim": 1]).tensor!.toArray(Double.self) == [1, 1, 1])
    #expect(try call("unsafe_chunk", [.tensor(x), 3, 2]).flattened.count == 3)
  }

  @Test func propertiesByName() throws {
    let x = Tensor.ones([2, 3])
    func int(_ name: String, _ arguments: [Argument] = []) throws -> Int64? {
      if case .int(let value) = try call(name, [.tensor(x)] + arguments) { value } else { nil }
    }
    #expect(try int("numel") == 6)
    #expect(try int("dim") == 2)
    #expect(try int("size", [-1]) == 3)
    #expect(try int("stride", [0]) == 3)
    #expect(try int("element_size") == 4)
    #expect(try call("size", [.tensor(x)]).flattened.count == 2)
    #expect(throws: BackplaneError.self) { try call("size", [.tensor(Tensor(1.0)), 0]) }
    #expect(throws: BackplaneError.self) { try call("is_nonzero", [.tensor(x)]) }
  }
}
