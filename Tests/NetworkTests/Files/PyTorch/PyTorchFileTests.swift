import Backplane
import Foundation
import TestSupport
import Testing

/// Files that PyTorch wrote: Fixtures/pytorch.py.
@Suite struct PyTorchFileTests {
  @Test(arguments: ["samples.pt", "samples-old.pt"], [false, true]) func tensors(_ name: String, _ mmap: Bool) throws {
    for device: Device in ["cpu", "reference"] {
      let saved = try Checkpoint(contentsOf: FileFixtures.path(name), device: device, mmap: mmap)
      func tensor(_ key: String) throws -> Tensor { try #require(saved[key]?.tensor) }
      let matrix = try tensor("matrix"), transposed = try tensor("transposed")
      #expect(matrix.toArray(Float.self) == [1, 2, 3, 4, 5, 6] && matrix.shape == [2, 3] && matrix.device == device)
      #expect(transposed.strides == [1, 3] && transposed.sharesStorage(with: matrix))
      #expect(transposed.toArray(Float.self) == [1, 4, 2, 5, 3, 6])
      let slice = try tensor("slice"), base = try tensor("base")
      #expect(slice.sharesStorage(with: base) && slice.storageOffset == 2 && slice.strides == [2])
      #expect(slice.toArray(Float.self) == [2, 4, 6] && !slice.sharesStorage(with: matrix))
      base.zero_()
      #expect(slice.toArray(Float.self) == [0, 0, 0])
      let expanded = try tensor("expanded")
      #expect(expanded.strides == [0, 0] && expanded.toArray(Float.self) == [Float](repeating: 7, count: 6))
      #expect(try tensor("scalar").dtype == .int64 && tensor("scalar").dim == 0 && tensor("scalar").item() == 3)
      #expect(try tensor("empty").shape == [3, 0])
      for dtype in DType.allCases {
        let x = try tensor("\(dtype)")
        #expect(x.dtype == dtype && x.toArray(Double.self) == (dtype == .bool ? [1, 0, 1] : [1, 0, 3]), "\(dtype)")
      }
    }
    // Of what is mapped, changes stay in memory.
    let again = try Checkpoint(contentsOf: FileFixtures.path(name), device: "cpu")
    #expect(again["base"]?.tensor?.toArray(Float.self) == (0..<12).map { Float($0) })
  }

  @Test(arguments: ["run.pt", "run-old.pt", "run-protocol5.pt"]) func nestedValues(_ name: String) throws {
    let run = try Checkpoint(contentsOf: FileFixtures.path(name), device: "reference")
    #expect(
      run.dictionary?.keys.map(\.description) == [
        "'model'", "'optimizer'", "'scheduler'", "'epoch'", "'best'", "'big'", "'negative'", "'none'", "'flag'",
        "'name'",
        "'tuple'", "'list'", "'size'", "'device'", "'dtype'", "'bytes'", "'set'", "'complex'", "3", "'parameter'",
        "'shared'",
      ])
    #expect(run["epoch"]?.int == 7 && run["best"]?.double == 0.93 && run["big"]?.int == 1 << 40)
    #expect(run["negative"]?.int == -5 && run["none"]?.isNull == true && run["flag"]?.bool == true)
    #expect(run["name"]?.string == "né" && run[3]?.string == "three" && run["device"]?.string == "cuda:1")
    #expect("\(run["tuple"]!) \(run["list"]!) \(run["size"]!)" == "(1, (2.5, 'x')) [1, 'a', [None]] (2, 3)")
    #expect("\(run["set"]!) \(run["complex"]!) \(run["dtype"]!)" == "[1] (1.0+2.0j) torch.bfloat16")
    guard case .bytes([0, 255])? = run["bytes"] else { throw BackplaneError(.file, "\(run["bytes"]!)") }
    #expect(
      "\(run["scheduler"]!)"
        == "{'milestones': {30: 1, 80: 1}, 'gamma': 0.1, 'base_lrs': [0.01], 'last_epoch': 0, '_step_count': 1, "
        + "'_is_initial': False, '_get_lr_called_within_step': False, '_last_lr': [0.01]}")
    let parameter = try #require(run["parameter"]?.tensor)
    #expect(parameter.requiresGrad && parameter.isLeaf && parameter.toArray(Float.self) == [1, 2])
    let weight = try #require(run["model"]?["weight"]?.tensor)
    #expect(!weight.requiresGrad && run["shared"]?.tensor?.sharesStorage(with: weight) == true)
    #expect(run["optimizer"]?["state"]?[0]?["step"]?.double == 2)
  }

  /// NumPy's numbers, as old checkpoints have losses; elements of the other byte order; a state dict by name.
  @Test func otherFiles() throws {
    let numbers = try Checkpoint(contentsOf: FileFixtures.path("numpy.pt"))
    #expect("\(numbers)" == "{'loss': 0.5, 'count': 3, 'flag': True}")
    for mmap in [false, true] {
      let big = try load(FileFixtures.path("big.pt"), device: "cpu", mmap: mmap)
      #expect(big["a"]?.toArray(Float.self) == [1, -2.5])
    }
    let message = errorMessage { _ = try load(FileFixtures.path("run.pt"), device: "reference") as [String: Tensor] }
    #expect(
      message
        == "\(FileFixtures.path("run.pt")): it holds nested values, which Checkpoint(contentsOf:) reads: no state dict: "
        + "'model' is a dict, where a tensor of a name was expected")
  }

  /// What PyTorch trained is trained on.
  @Test func aRunIsContinued() throws {
    let run = try Checkpoint(contentsOf: FileFixtures.path("run.pt"), device: "reference")
    let model = withDevice("reference") { Linear(3, 2) }
    let optimizer = Adam(model.parameters())
    try model.load(run["model"])
    try optimizer.load(run["optimizer"])
    #expect(optimizer.parameterGroups[0].lr == 0.01 && optimizer.parameterGroups[0][.beta2] == 0.99)
    #expect(optimizer[state: model.weight].step == 2)
    optimizer.zeroGrad()
    model(Tensor.ones([4, 3], device: "reference")).pow(2).sum().backward()
    optimizer.step()
    // The third step of Fixtures/pytorch.py, taken in PyTorch.
    let expected: [Float] = [
      0.47003266, -1.0299674, 1.9700326, 0.22019972, 2.9701998, -0.7798003, 0.97003269, -2.0298002,
    ]
    for (a, b) in zip(model.weight.toArray(Float.self) + model.bias!.toArray(Float.self), expected) {
      #expect(abs(a - b) <= 1e-6, "\(a) \(b)")
    }
  }
}
