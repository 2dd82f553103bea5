import Backplane
import Foundation
import TestSupport
import Testing

/// Files of torch.save that are damaged, or mean ill.
@Suite struct HostilePyTorchTests {
  /// An archive with a pickle.
  private func archive(_ pickle: [UInt8], _ folder: TemporaryFolder) throws -> String {
    // The older layout needs no archive around it.
    var bytes: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    bytes += [0x80, 2, 0x4D, 0xE9, 3, 0x2E, 0x80, 2, 0x7D, 0x2E] + pickle + [0x80, 2, 0x5D, 0x2E]
    return try folder.write(bytes, "t.pt")
  }

  private func message(_ pickle: String, _ folder: TemporaryFolder) throws -> String {
    let path = try archive(pickle.unicodeScalars.map { UInt8($0.value) }, folder)
    let message = errorMessage { _ = try Checkpoint(contentsOf: path, device: "reference") }
    #expect(message.hasPrefix("\(path): "), "\(message)")
    return String(message.dropFirst(path.count + 2))
  }

  /// A pickle that would run a command is refused where it names the function, and nothing changes.
  @Test func codeIsNotExecuted() throws {
    let folder = try TemporaryFolder()
    let refused =
      "Weights only load failed. Unsupported global: GLOBAL os.system was not an allowed global by default: nothing but "
      + "tensors, numbers, texts and containers of these is loaded, and nothing is executed"
    #expect(
      try message("\u{80}\u{2}cos\nsystem\nX\u{4}\u{0}\u{0}\u{0}true\u{85}R.", folder) == "pickle, byte 27: \(refused)")
    #expect(
      try message("\u{80}\u{4}\u{8C}\u{2}os\u{8C}\u{6}system\u{93}\u{8C}\u{4}true\u{85}R.", folder)
        == "pickle, byte 39: \(refused)")
    for name in ["builtins\neval", "__builtin__\nexec", "torch\nload", "torch.hub\nload", "torch\nos.system", "a\n\n"] {
      #expect(try message("\u{80}\u{2}c\(name)\n.", folder).contains("Unsupported global: GLOBAL"))
    }
    for fixture in ["command.pt", "module.pt"] {
      let path = FileFixtures.path(fixture)
      let message = errorMessage { _ = try Checkpoint(contentsOf: path) }
      #expect(message.hasPrefix("\(path): data.pkl, byte ") && message.contains("Unsupported global: GLOBAL "))
    }
    #expect(
      errorMessage { _ = try Checkpoint(contentsOf: FileFixtures.path("uint16.pt")) }.hasSuffix(
        "the data type torch.uint16 is unknown here"))
  }

  /// A model that fails to load what a file holds, or another model's, is what it was.
  @Test func aFailedLoadChangesNothing() throws {
    let folder = try TemporaryFolder()
    let model = withDevice("reference") { Sequential(Linear(3, 4), Linear(4, 2)) }
    let before = model.stateDict().map { $0.value.toArray(Float.self) }
    let run = try Checkpoint(contentsOf: FileFixtures.path("run.pt"), device: "reference")
    let message = errorMessage { try model.load(run["model"]) }
    #expect(message.contains("Missing key(s) in state_dict: \"0.weight\", \"0.bias\", \"1.weight\", \"1.bias\"."))
    #expect(message.contains("Unexpected key(s) in state_dict: \"weight\", \"bias\"."))
    #expect(errorMessage { try model.load(run["module"]) }.contains("Expected state_dict to be dict-like, got None"))
    #expect(errorKind { try model.load(run["epoch"]) } == .state)
    // One parameter of another shape.
    var changed = Checkpoint(model.stateDict().map { (key: $0.key, value: $0.value + 1) })
    changed["1.bias"] = .tensor(Tensor.zeros([3], device: "reference"))
    #expect(errorMessage { try model.load(changed) }.contains("size mismatch for 1.bias"))
    for name in ["command.pt", "module.pt", "run.pt"] {
      #expect(errorKind { try model.load(load(FileFixtures.path(name), device: "reference")) } == .file)
    }
    try save(model.stateDict(), to: folder.path("whole.pt"))
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path("whole.pt"))))
    for count in stride(from: 0, to: whole.count, by: 97) {
      let path = try folder.write(Array(whole[..<count]), "cut.pt")
      #expect(errorKind { try model.load(load(path, device: "reference")) } == .file)
    }
    #expect(model.stateDict().map { $0.value.toArray(Float.self) } == before)
  }

  @Test func damagedPickles() throws {
    let folder = try TemporaryFolder()
    let cases = [
      ("\u{80}\u{9}N.", "pickle, byte 25: protocol 9 is unknown"), ("N", "a stack that is not of one value"),
      ("]q\u{0}h\u{0}a.", "[0]: it contains itself"),
      ("h\u{7}.", "nothing is memorized as 7"), ("K\u{1}K\u{2}a.", "parts of what has none"),
      ("e.", "there is no mark"),
      ("(K\u{1}u.", "a key without a value"), ("}(]Nu.", "a dictionary's key is neither text nor a whole number"),
      ("X\u{FF}\u{FF}\u{FF}\u{7F}a", "2147483647 bytes are announced"),
      ("X\u{1}\u{0}\u{0}\u{0}\u{FF}.", "a string is not UTF-8"),
      ("K\u{1}Q.", "Only persistent_load of storage is allowed"),
      ("ctorch\nTensor\n.", "a class or function is no value"),
      ("\u{8A}\u{9}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{1}.", "a whole number of 9 bytes is too large"),
      ("ctorch._utils\n_rebuild_tensor_v2\n)R.", "a tensor without a storage"), ("i", "Unsupported operand 105"),
    ]
    for (pickle, part) in cases {
      let message = try message(pickle, folder)
      #expect(message.contains(part), "\(pickle.debugDescription): \(message)")
    }
    #expect(
      try message(String(repeating: "]", count: 300) + String(repeating: "a", count: 299) + ".", folder).contains(
        "nested more than"))
  }

  /// A hundred lists, each the last one twice over, mean more values than memory holds.
  @Test func fewBytesOfManyValues() throws {
    let folder = try TemporaryFolder()
    var pickle = "]q\u{0}"
    for i in UInt8(1)..<100 {
      let last = "h\(Unicode.Scalar(i - 1))"
      pickle += "0(\(last)\(last)lq\(Unicode.Scalar(i))"
    }
    #expect(try message(pickle + ".", folder).contains("more values than a file of its size can mean"))
  }

  /// Tensors that reach beyond their storage, and storages that reach beyond the file.
  @Test func tensorsThatLie() throws {
    let folder = try TemporaryFolder()
    func tensor(count: String, offset: String, size: String, stride: String) -> String {
      "ctorch._utils\n_rebuild_tensor_v2\n((X\u{7}\u{0}\u{0}\u{0}storagectorch\nFloatStorage\nX\u{1}\u{0}\u{0}\u{0}0"
        + "X\u{3}\u{0}\u{0}\u{0}cpu\(count)NtQ\(offset)\(size)\(stride)\u{89}NtR."
    }
    let least = "\u{8A}\u{8}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{7F}"
    for (count, offset, size, stride, part) in [
      ("K\u{2}", "K\u{0}", "K\u{3}\u{85}", "K\u{1}\u{85}", "reaches beyond its storage of 2 elements"),
      ("K\u{2}", "K\u{1}", "K\u{2}\u{85}", "K\u{1}\u{85}", "reaches beyond its storage"),
      ("K\u{2}", "K\u{0}", "K\u{2}\u{85}", "\(least)\u{85}", "are absurd"),
      ("K\u{2}", "K\u{0}", "K\u{3}\u{85}", "\(least)\u{85}", "strides"),
      ("K\u{2}", "K\u{0}", "\(least)\u{85}", "K\u{0}\u{85}", "none of a tensor"),
      ("K\u{2}", "\(least)", "K\u{1}\u{85}", "K\u{1}\u{85}", "offset"),
      ("\(least)", "K\u{0}", "K\u{1}\u{85}", "K\u{1}\u{85}", "not as PyTorch writes it"),
      ("K\u{2}", "K\u{0}", "K\u{1}\u{85}", "K\u{1}K\u{1}\u{86}", "1 sizes and 2 strides"),
      ("K\u{2}", "K\u{0}", "K\u{2}\u{85}", "K\u{1}\u{85}", "there are no data of storage 0"),
    ] {
      let message = try message(tensor(count: count, offset: offset, size: size, stride: stride), folder)
      #expect(message.contains(part), "\(message)")
    }
  }
}
