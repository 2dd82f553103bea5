import Backplane
import Foundation
import TestSupport
import Testing

@Suite struct CheckpointTests {
  private func run(_ device: Device) -> Checkpoint {
    let base = Tensor.arange(6, dtype: .float32, device: device)
    var run: Checkpoint = [
      "epoch": 7, "best": 1.0, "nothing": nil, "flag": false, "names": ["cat", ["née"]], 3: "three",
      "tuple": .tuple([1, .tuple([2.5, "x"])]), "bytes": .bytes([0, 255, 10]), "dtype": .dtype(.bfloat16),
      "complex": .complex(1, -.infinity), "infinite": .double(.infinity), "least": .int(.min), "$odd": 1, "empty": [:],
    ]
    run["model"] = Checkpoint(["weight": base.reshape(2, 3), "bias": base[0..<2]] as StateDict)
    run["list"] = .list([.tensor(base), .tensor(base), .tensor(base + 1)])
    run["model.weight"] = .tensor(base * 2)
    run["parameter"] = .tensor(Tensor([1.0, 2], device: device).requiresGrad_())
    return run
  }

  @Test(arguments: testDevices) func nestedValuesInSafetensors(_ device: Device) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("run.safetensors")
    let run = run(device)
    try save(run, to: path)
    let read = try Checkpoint(contentsOf: path, device: device)
    #expect("\(read)" == "\(run)")
    #expect(read["parameter"]?.tensor?.requiresGrad == true)
    #expect(read["list"]?[0]?.tensor === read["list"]?[1]?.tensor)
    // Other programs find the tensors under dotted names.
    let names = try Safetensors(path).names.sorted()
    #expect(
      names == ["list.0", "list.2", "model.bias", "model.weight", "model.weight#2", "parameter"], "\(names)")
    let flat: [String: Tensor] = try load(path, device: device)
    #expect(flat["model.bias"]?.toArray(Float.self) == [0, 1])
    // The same bytes again.
    let other = folder.path("other.safetensors")
    try save(read, to: other)
    #expect(try Data(contentsOf: URL(fileURLWithPath: other)) == Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// A state dict is a plain file of the format, whichever way it is saved, and every format gives it back.
  @Test(arguments: ["m.safetensors", "m.pt", "m.pth", "m.ckpt", "m.bin", "m.pth.tar", "m.npz", "m", "m.PT"])
  func stateDicts(_ name: String) throws {
    let folder = try TemporaryFolder()
    let model = withDevice("reference") { Linear(3, 2) }
    try save(model.stateDict(), to: folder.path(name))
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.path(name)))
    try save(Checkpoint(model.stateDict()), to: folder.path(name))
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path(name))) == whole)
    if name == "m.safetensors" { #expect(try Safetensors(folder.path(name)).metadata.isEmpty) }
    let other = withDevice("reference") { Linear(3, 2) }
    try other.load(load(folder.path(name), device: "reference"))
    #expect(other.weight.toArray(Float.self) == model.weight.toArray(Float.self))
    try other.load(Checkpoint(contentsOf: folder.path(name), device: "reference"))
    let again: Checkpoint = try load(folder.path(name), device: "reference")
    #expect(again.dictionary?.count == 2)
    // By its contents, where the name says nothing.
    let copy = try folder.write([UInt8](whole), "copy")
    if !name.hasSuffix("npz") { try other.load(load(copy, device: "reference")) }
  }

  @Test func oneTensor() throws {
    let folder = try TemporaryFolder()
    let x = Tensor([[1.0, 2], [3, 4]], device: "reference").t()
    for name in ["x.pt", "x.npy", "x.safetensors"] {
      try save(x, to: folder.path(name))
      let read = try Checkpoint(contentsOf: folder.path(name), device: "reference").tensor
      #expect(read?.toArray(Float.self) == [1, 3, 2, 4], "\(name)")
    }
  }

  @Test func whatDoesNotFitTheFormat() throws {
    let folder = try TemporaryFolder()
    func message(_ name: String, _ body: (String) throws -> Void) -> String {
      let path = folder.path(name)
      let message = errorMessage { try body(path) }
      #expect(message.hasPrefix("\(path): "), "\(message)")
      return String(message.dropFirst(path.count + 2))
    }
    let x = Tensor([1.0], device: "reference")
    #expect(
      message("t.npz") { try save(["a": 1] as Checkpoint, to: $0) }
        == "an .npz file holds tensors by name: no state dict: 'a' is an int, where a tensor of a name was expected")
    #expect(message("t.npy") { try save(["a": x], to: $0) }.hasPrefix("a .npy file holds one tensor"))
    #expect(message("t.gguf") { try save(["a": x], to: $0) } == "GGUF files are read, and not written")
    #expect(
      message("t.pt") { try save(["a": x], to: $0, metadata: ["a": "b"]) }.hasPrefix("only safetensors files have"))
    var deep: Checkpoint = 1
    for _ in 0..<20 { deep = [deep] }
    #expect(message("t.safetensors") { try save(deep, to: $0) }.contains("values nested more than 14 deep"))
    #expect(errorKind { _ = try Checkpoint(contentsOf: folder.path("none.pt")) } == .file)
    #expect(folder.contents == [])
    for note in ["{", "{\"$tensor\":\"a\"}", "{\"$more\":1}", "{\"$pairs\":[[1]]}", "{\"$bytes\":\"0\"}"] {
      try save(["b": x], to: folder.path("t.safetensors"), metadata: ["backplane.values": note])
      #expect(errorKind { _ = try Checkpoint(contentsOf: folder.path("t.safetensors")) } == .file, "\(note)")
    }
  }

  @Test func partsOfValues() {
    var run: Checkpoint = ["a": 1, "b": [1.5, "x"]]
    #expect(run["b"]?[0]?.double == 1.5 && run["b"]?[2] == nil && run["b"]?[-1] == nil && run["c"]?["d"] == nil)
    run["c"] = 2
    run["a"] = nil
    run["b"]?["x"] = true
    #expect("\(run)" == "{'b': {'x': True}, 'c': 2}" && run["c"]?.double == 2 && run["c"]?.string == nil)
    #expect(run.dictionary?[1].key == "c" && run.dictionary?.values.count == 2)
    #expect(errorKind { _ = run.dictionary?[2] } == .index)
    #expect(Checkpoint.tensor(Tensor(3, device: "reference")).int == 3 && Checkpoint.double(2.5).int == nil)
    let quoted: Checkpoint = ["it's \\ \n": .tuple([nil])]
    #expect("\(quoted)" == #"{'it\'s \\ \n': (None,)}"#)
  }

  /// Tensors that are the file itself in memory: on the device cpu what is aligned is not copied, elsewhere it is read.
  @Test func mappedFiles() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("m.safetensors")
    let x = Tensor.arange(1000, dtype: .float32, device: "reference")
    try save(["x": x, "flag": Tensor([true, false], device: "reference")], to: path)
    for device: Device in ["cpu", "reference", "core"] {
      let read: [String: Tensor] = try load(path, device: device, mmap: true)
      #expect(read["x"]?.toArray(Float.self) == x.toArray(Float.self))
      #expect(read["flag"]?.toArray(Bool.self) == [true, false])
      read["x"]?.zero_()
    }
    let file = try Safetensors(path, mmap: true)
    let mapped = try file.tensor("x", device: "cpu")
    // A file that is replaced stays what it was for those that look at it.
    try save(["x": x + 1], to: path)
    #expect(mapped.toArray(Float.self) == x.toArray(Float.self))
    #expect(try load(path, device: "cpu", mmap: true)["x"]?[0].item() == 1)
  }
}
