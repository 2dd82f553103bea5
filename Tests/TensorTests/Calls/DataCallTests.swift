import Backplane
import TestSupport
import Testing

/// Tensors of data, moving and numbers in place of tensors, by PyTorch's names.
@Suite struct DataCallTests {
  private func made(_ name: String, _ arguments: [Argument], _ keywords: [String: Argument] = [:]) throws -> Tensor {
    try #require(try call(name, arguments, keywords).tensor)
  }

  @Test(arguments: ["tensor", "as_tensor", "asarray"]) func nestedLists(_ name: String) throws {
    let x = try made(name, [[[1, 2, 3], [4, 5, 6]]])
    #expect(x.shape == [2, 3] && x.dtype == .int64 && x.toArray(Int.self) == [1, 2, 3, 4, 5, 6])
    #expect(try made(name, [[1, 2.5]]).dtype == .float32)
    #expect(try made(name, [[true, false]]).dtype == .bool)
    #expect(try made(name, [[true, 2]]).toArray(Int.self) == [1, 2])
    #expect(try made(name, [.list([.complex(1, 2), 3])]).dtype == .complex64)
    #expect(try made(name, [3]).shape == [])
    #expect(try made(name, [[]]).shape == [0])
    #expect(try made(name, [[[], []]]).shape == [2, 0])
    #expect(try made(name, [[]]).dtype == .float32)
    #expect(try made(name, [[1, 2]], ["dtype": .dtype(.float64)]).dtype == .float64)
    #expect(try made(name, [[1, 2]], ["device": "reference"]).device == "reference")
    #expect(try made(name, [.list([.tensor(Tensor(2.0)), 1])]).toArray(Double.self) == [2, 1])
  }

  /// PyTorch's methods by the name of their class too.
  @Test func methods() throws {
    let x = Tensor([1.0, 2], device: "cpu")
    #expect(try made("Tensor.to", [.tensor(x), "reference"]).device == "reference")
    #expect(try made("Tensor.to", [.tensor(x)], ["dtype": .dtype(.float64), "copy": true]).dtype == .float64)
    #expect(try made("Tensor.add_", [.tensor(x), 1]) === x && x.toArray(Int.self) == [2, 3])
    #expect(errorMessage { _ = try call("Tensor.nope", [.tensor(x)]) } == "there is no operator 'Tensor.nope'")
  }

  @Test func aTensorIsCopiedOrNot() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let copied = try made("tensor", [.tensor(x)])
    #expect(!copied.sharesStorage(with: x) && !copied.requiresGrad)
    #expect(try made("as_tensor", [.tensor(x)]) === x)
    #expect(try made("asarray", [.tensor(x)], ["copy": true]).sharesStorage(with: x) == false)
    #expect(try made("as_tensor", [.tensor(x)], ["dtype": .dtype(.float64)]).dtype == .float64)
    #expect(try made("tensor", [[1.0]], ["requires_grad": true]).requiresGrad)
  }

  @Test func whatIsNoTensor() {
    let cases: [(Argument, String)] = [
      ([[1, 2], [3]], "expected sequence of length 2 at dim 1 (got 1)"),
      ([[1], 2], "expected sequence at dim 1 (got int)"),
      ([1, [2]], "expected a number at dim 1 (got list)"),
      (["a"], "new(): invalid data type 'str'"),
      (.list([.tensor(Tensor([1, 2]))]), "only one element tensors can be converted to Python scalars"),
    ]
    for (data, message) in cases { #expect(errorMessage { _ = try call("tensor", [data]) } == message) }
  }

  @Test func limitsOfData() {
    #expect(errorMessage { _ = try call("tensor", [[300]], ["dtype": .dtype(.int8)]) }.contains("without overflow"))
    var deep: Argument = [1]
    for _ in 0..<200 { deep = [deep] }
    #expect(errorMessage { _ = try call("tensor", [deep]) }.contains("nested deeper"))
  }

  @Test func to() throws {
    let x = Tensor([1.0, 2])
    func to(_ arguments: [Argument], _ keywords: [String: Argument] = [:]) throws -> Tensor {
      try made("to", [.tensor(x)] + arguments, keywords)
    }
    #expect(try to(["reference"]).device == "reference")
    #expect(try to([.device("reference")]).device == "reference")
    #expect(try to([.dtype(.int32)]).dtype == .int32)
    #expect(try to([], ["dtype": .dtype(.float16)]).dtype == .float16)
    let both = try to(["reference", .dtype(.float64)])
    #expect(both.device == "reference" && both.dtype == .float64)
    let named = try to([], ["device": "reference", "dtype": .dtype(.int64), "non_blocking": true])
    #expect(named.device == "reference" && named.dtype == .int64)
    #expect(try to([.tensor(named)]).dtype == .int64)
    #expect(try to([.tensor(named)]).device == "reference")
    #expect(try to(["cpu"]) === x)
    #expect(try to([.dtype(.float32)]) === x)
    for copy in [
      try to(["cpu"], ["copy": true]), try to([.dtype(.float32)], ["copy": true]), try to([.tensor(x)], ["copy": true]),
    ] {
      #expect(copy !== x && !copy.sharesStorage(with: x) && copy.equal(x))
    }
    #expect(try made("cpu", [.tensor(named)]).device == "cpu")
  }

  @Test func toInSwift() throws {
    try withErrors {
      let x = Tensor([1.0, 2], requiresGrad: true)
      let far = x.to(device: "reference", dtype: .float64, nonBlocking: true)
      #expect(far.device == "reference" && far.dtype == .float64)
      far.sum().backward()
      #expect(x.grad!.device == "cpu" && x.grad!.toArray(Float.self) == [1, 1])
      #expect(x.to("reference", .float16).dtype == .float16 && x.to(dtype: .int32).dtype == .int32)
      #expect(x.to(far).device == "reference" && x.to(far).dtype == .float64)
      #expect(x.to("cpu") === x && x.to(device: "cpu") === x && x.to(.float32) === x && x.to(x) === x)
      #expect(!x.to("cpu", copy: true).sharesStorage(with: x) && !x.to(.float32, copy: true).sharesStorage(with: x))
      #expect(!x.to(x, copy: true).sharesStorage(with: x) && !x.to("cpu", .float32, copy: true).sharesStorage(with: x))
      let model = Linear(2, 1).to(device: "reference", dtype: .float64)
      #expect(model.weight.device == "reference" && model.weight.dtype == .float64)
      #expect(model.cpu().float().weight.dtype == .float32 && model.double().bias!.device == "cpu")
    }
  }

  /// The four kinds of arithmetic take two numbers, as in PyTorch.
  @Test func twoNumbers() throws {
    let cases: [(String, [Argument], [String: Argument], DType, Double)] = [
      ("add", [2, 3], [:], .int64, 5), ("add", [2, 2.5], [:], .float32, 4.5),
      ("add", [2, 3], ["alpha": 4], .int64, 14),
      ("sub", [2, 3], [:], .int64, -1), ("mul", [2, true], [:], .int64, 2), ("multiply", [2, 0.5], [:], .float32, 1),
      ("div", [12, 8], [:], .float32, 1.5), ("div", [12, 5], ["rounding_mode": "floor"], .int64, 2),
      ("div", [-12, 5], ["rounding_mode": "trunc"], .int64, -2), ("true_divide", [1, 2], [:], .float32, 0.5),
      ("divide", [-12, 5], ["rounding_mode": "floor"], .int64, -3), ("floor_divide", [7, 2], [:], .int64, 3),
      ("floor_divide", [7.5, 2], [:], .float32, 3),
    ]
    for (name, arguments, keywords, dtype, value) in cases {
      let result = try made(name, arguments, keywords)
      #expect(result.shape == [] && result.dtype == dtype && result.item() == value, "\(name) of \(arguments)")
    }
  }

  @Test func aNumberBeforeATensor() throws {
    let x = Argument.tensor(Tensor([5, 7]))
    #expect(try made("div", [12, x], ["rounding_mode": "trunc"]).toArray(Int.self) == [2, 1])
    #expect(try made("div", [-12, x], ["rounding_mode": "floor"]).toArray(Int.self) == [-3, -2])
    #expect(try made("divide", [12, x]).dtype == .float32)
    #expect(try made("floor_divide", [12, x]).toArray(Int.self) == [2, 1])
    #expect(try call("result_type", [1, 2.5]).flattened.count == 1)
  }

  @Test(arguments: testDevices) func aNewTensorIsAsItsModel(_ device: Device) throws {
    let model = Tensor([1.5], dtype: .float64, device: device)
    let made = try call("new_tensor", [.tensor(model), [1, 2]]).tensor!
    #expect(made.dtype == .float64 && made.device == device && made.toArray(Double.self) == [1, 2])
    let other = try call("new_tensor", [.tensor(model), .tensor(Tensor([3]))], ["dtype": .dtype(.int32)]).tensor!
    #expect(other.dtype == .int32 && other.device == device && other.toArray(Int.self) == [3])
  }

  @Test func namesOfNumPy() throws {
    let x = Tensor([[1.0, 2], [3, 4]])
    #expect(try call("sum", [.tensor(x)], ["axis": 0, "keepdims": true]).tensor!.shape == [1, 2])
    #expect(try call("argmax", [.tensor(x)], ["axis": 1]).tensor!.toArray(Int.self) == [1, 1])
    #expect(errorMessage { _ = try call("sum", [.tensor(x)], ["dim": 0, "axis": 0]) }.contains("'axis'"))
    #expect(errorMessage { _ = try call("nn.functional.softmax", [.tensor(x)], ["axis": 0]) }.contains("'axis'"))
  }
}
