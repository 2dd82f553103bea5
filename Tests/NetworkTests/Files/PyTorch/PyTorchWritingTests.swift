import Backplane
import Foundation
import TestSupport
import Testing

/// Files as `torch.load(weights_only=True)` opens them; that it does is seen by hand, here that they come back.
@Suite struct PyTorchWritingTests {
  @Test(arguments: testDevices) func valuesComeBack(_ device: Device) throws {
    let folder = try TemporaryFolder()
    let base = Tensor.arange(12, dtype: .float32, device: device)
    var run: Checkpoint = [
      "epoch": 7, "best": 0.93, "nothing": nil, "flag": true, "big": 1_099_511_627_776, "negative": -5, "low": -70000,
      "word": 300, "least": .int(.min), "names": ["cat", "dog", ["née", "née"]], 3: "three", "empty": [], "none": [:],
      "tuple": .tuple([1, .tuple([2.5, "x"]), .tuple([1, 2, 3, 4]), .tuple([])]), "bytes": .bytes([0, 255, 10]),
      "dtype": .dtype(.bfloat16), "complex": .complex(1, -2), "infinite": .double(-.infinity),
      "long": .string(String(repeating: "é", count: 200)),
    ]
    run["many"] = .list((0..<300).map { .string("\($0)") })
    run["base"] = .tensor(base)
    run["slice"] = .tensor(base[.stride(from: 2, to: 8, by: 2)])
    run["transposed"] = .tensor(base.reshape(3, 4).t())
    run["bits"] = .tensor(base.view(.int32))
    let flags = Tensor([0, 1, 1], dtype: .uint8, device: device)
    run["flags"] = .tuple([.tensor(flags), .tensor(flags.view(.bool))])
    run["zeros"] = .tensor(Tensor.zeros([3, 0], device: device))
    run["twice"] = .list([.tensor(base), .tensor(base)])
    run["parameter"] = .tensor(Tensor([1.0, 2], device: device).requiresGrad_())
    for dtype in DType.allCases { run["\(dtype)"] = .tensor(Tensor([1, 0, 3], dtype: dtype, device: device)) }
    let path = folder.path("run.pt")
    try save(run, to: path)
    let read = try Checkpoint(contentsOf: path, device: device)
    #expect("\(read)" == "\(run)")
    func tensor(_ key: String) throws -> Tensor { try #require(read[key]?.tensor) }
    #expect(try tensor("slice").sharesStorage(with: tensor("base")) && tensor("slice").strides == [2])
    #expect(try tensor("transposed").sharesStorage(with: tensor("base")) && tensor("transposed").strides == [1, 4])
    #expect(try tensor("bits").sharesStorage(with: tensor("base")) && tensor("bits").dtype == .int32)
    #expect(try tensor("parameter").requiresGrad && read["twice"]?[0]?.tensor === read["twice"]?[1]?.tensor)
    // The same values give the same bytes.
    let other = folder.path("other.pt")
    try save(read, to: other)
    #expect(try Data(contentsOf: URL(fileURLWithPath: other)) == Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(folder.contents == ["other.pt", "run.pt"])
  }

  /// The pickle of a state dict, instruction by instruction, and its elements at a place that is well aligned.
  @Test func theBytesOfTheFormat() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model.pth")
    try save(["w": Tensor([[1.0, 2]], device: "reference")] as StateDict, to: path)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let pickle =
      "\u{80}\u{2}ccollections\nOrderedDict\nq\u{0})R(X\u{1}\u{0}\u{0}\u{0}wq\u{1}ctorch._utils\n_rebuild_tensor_v2\nq\u{2}"
      + "((X\u{7}\u{0}\u{0}\u{0}storageq\u{3}ctorch\nFloatStorage\nq\u{4}X\u{1}\u{0}\u{0}\u{0}0q\u{5}"
      + "X\u{3}\u{0}\u{0}\u{0}cpuq\u{6}K\u{2}tQK\u{0}K\u{1}K\u{2}\u{86}K\u{2}K\u{1}\u{86}\u{89}h\u{0})RtRq\u{7}u."
    let expected = pickle.unicodeScalars.map { UInt8($0.value) }
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: expected) })
    #expect(start % 64 == 0)
    let elements = [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40] as [UInt8]
    let place = try #require(bytes.indices.first { $0 > start && bytes[$0...].starts(with: elements) })
    #expect(place % 64 == 0)
    let text = String(decoding: bytes, as: UTF8.self)
    for name in ["archive/data.pkl", "archive/byteorder", "archive/data/0", "archive/version"] {
      #expect(text.contains(name))
    }
    let mapped = try load(path, device: "cpu", mmap: true)
    #expect(mapped["w"]?.toArray(Float.self) == [1, 2])
  }

  /// The state of an optimizer in PyTorch's form.
  @Test func optimizers() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("run.pt")
    try withDevice("reference") {
      func made() -> (Linear, Adam, SGD) {
        let model = Linear(3, 2)
        let groups = [ParameterGroup([model.weight]), ParameterGroup([model.bias!], [.lr: 0.5])]
        return (model, Adam(model.parameters(), lr: 0.02), SGD(groups, lr: 0.1, momentum: 0.9, nesterov: true))
      }
      let (model, adam, sgd) = made()
      for optimizer: Optimizer in [adam, sgd] {
        optimizer.zeroGrad()
        model(Tensor.ones([4, 3])).sum().backward()
        optimizer.step()
      }
      let saved = Checkpoint(adam)
      #expect(saved["param_groups"]?[0]?["params"].map { "\($0)" } == "[0, 1]")
      #expect(saved["param_groups"]?[0]?["betas"].map { "\($0)" } == "(0.9, 0.999)")
      #expect(saved["state"]?[1]?["step"]?.tensor?.dtype == .float32)
      #expect(Checkpoint(sgd)["param_groups"]?[1]?["nesterov"]?.bool == true)
      try save(["adam": saved, "sgd": Checkpoint(sgd)], to: path)
      let (_, adam2, sgd2) = made()
      let read = try Checkpoint(contentsOf: path)
      try adam2.load(read["adam"])
      try sgd2.load(read["sgd"])
      for (a, b) in [(adam, adam2), (sgd, sgd2)] as [(Optimizer, Optimizer)] {
        #expect(a.stateDict().keys == b.stateDict().keys)
        for (key, value) in a.stateDict() {
          #expect(b.stateDict()[key]?.toArray(Double.self) == value.toArray(Double.self))
        }
      }
      // What does not fit changes nothing.
      let before = adam2.stateDict().map { "\($0.key) \($0.value)" }
      #expect(
        errorMessage { try adam2.load(read["sgd"]) }
          == "loaded state dict has a different number of parameter groups: 2, but the optimizer has 1")
      #expect(
        errorMessage { try adam2.load(read["lion"]) } == "nothing to load into Adam: the checkpoint has no such part")
      #expect(errorKind { try adam2.load(["param_groups": [["params": [0, 1]]]]) } == .state)
      #expect(errorKind { try adam2.load(["param_groups": [["params": [0]]]]) } == .state)
      #expect(adam2.stateDict().map { "\($0.key) \($0.value)" } == before)
    }
  }
}
