import Backplane
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  @Test(arguments: testDevices) func roundTrip(_ device: Device) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("tensors.safetensors")
    let matrix = Tensor([[1.0, 2, 3], [4, 5, 6]], device: device)
    let tensors: [String: Tensor] = [
      "matrix": matrix, "transposed": matrix.t(), "row": matrix.select(0, 1),
      "expanded": matrix.select(0, 0).expand(2, 3),
      "scalar": Tensor(7, device: device), "empty": Tensor.zeros([3, 0], device: device),
      "flags": Tensor([true, false], device: device), "naïve \"quoted\"\n": Tensor([1.0], device: device),
    ]
    try save(tensors, to: path, metadata: ["format": "pt", "note": "a\tb\u{1}\\ é 😀"])
    let loaded = try load(path, device: device)
    #expect(loaded.keys.sorted() == tensors.keys.sorted())
    for (name, tensor) in tensors {
      let other = try #require(loaded[name])
      #expect(other.shape == tensor.shape && other.dtype == tensor.dtype && other.device == device)
      #expect(other.toArray(Double.self) == tensor.toArray(Double.self) && other.isContiguous)
    }
    let file = try Safetensors(path)
    #expect(file.metadata == ["format": "pt", "note": "a\tb\u{1}\\ é 😀"])
    #expect(
      file.shape("transposed") == [3, 2] && file.dtype("scalar") == .int64 && file.shape("none") == nil)
    #expect(try file.tensor("row", device: device).toArray(Float.self) == [4, 5, 6])
    #expect(
      errorMessage { _ = try file.tensor("none", device: device) } == "\(path): there is no tensor \"none\"")
    #expect(folder.contents == ["tensors.safetensors"])
  }

  /// Types move as bytes, whatever the device computes in.
  @Test(arguments: [
    DType.bool, .uint8, .int8, .int16, .int32, .int64, .float16, .bfloat16, .float32, .float64, .complex64,
  ])
  func types(_ dtype: DType) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t")
    let x = Tensor([1.0, 0, 3], shape: [3], dtype: dtype, device: "reference")
    try save(["x": x], to: path)
    let y = try load(path, device: "reference")["x"]!
    #expect(y.dtype == dtype && y.toArray(Double.self) == x.toArray(Double.self))
  }

  /// What the format's own implementation writes for the same tensors.
  @Test func theBytesOfTheFormat() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t")
    let tensors: StateDict = [
      "b": Tensor([1.0, 2], device: "reference"), "flag": Tensor([true], device: "reference"),
      "a": Tensor([[3.0]], device: "reference"), "n": Tensor([5], device: "reference"),
    ]
    try save(tensors, to: path)
    let json =
      #"{"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]},"#
      + #""b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]},"flag":{"dtype":"BOOL","shape":[1],"data_offsets":[20,21]}}"#
    let padded = json + String(repeating: " ", count: (8 - json.utf8.count % 8) % 8)
    var expected =
      withUnsafeBytes(of: UInt64(padded.utf8.count).littleEndian) { Array($0) } + Array(padded.utf8)
    expected += [5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 1]
    let written = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(Array(written) == expected)
    try save(Dictionary(uniqueKeysWithValues: tensors.map { ($0.key, $0.value) }), to: path)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == written)
  }

  @Test func nothingAtAll() throws {
    let folder = try TemporaryFolder()
    try save([:] as StateDict, to: folder.path("empty"))
    #expect(try load(folder.path("empty"), device: "reference").isEmpty)
  }

  @Test func whatCannotBeSaved() throws {
    let folder = try TemporaryFolder()
    let x = Tensor([1.0], device: "reference")
    let path = folder.path("t")
    try save(["x": x], to: path)
    func message(_ body: () throws -> Void) -> String { errorMessage(body) }
    let complex = Tensor([1.0], shape: [1], dtype: .complex128, device: "reference")
    #expect(message { try save(["x": complex], to: path) }.contains("no data type complex128"))
    #expect(message { try save(["__metadata__": x], to: path) }.contains("__metadata__"))
    #expect(
      message { try save([(key: "x", value: x), (key: "x", value: x)], to: path) }.contains("two tensors"))
    let long = String(repeating: "n", count: 5000)
    #expect(message { try save([long: x], to: path) }.contains("a name of 5000 bytes"))
    #expect(message { try save(["x": x], to: path, metadata: [long: ""]) }.contains("a name of 5000 bytes"))
    let nowhere = folder.path("no/such/folder")
    #expect(message { try save(["x": x], to: nowhere) } == "\(nowhere): No such file or directory")
    #expect(message { try save(["x": x], to: folder.url.path) }.hasSuffix("it is a directory"))
    #expect(message { try save(["x": x], to: "/dev/null") }.hasSuffix("it is not a regular file"))
    // What was there is still there, and nothing else.
    #expect(try load(path, device: "reference")["x"]!.item() == 1)
    #expect(folder.contents == ["t"])
  }

  @Test func aLinkKeepsPointing() throws {
    let folder = try TemporaryFolder()
    let x = Tensor([1.0], device: "reference")
    try save(["x": x], to: folder.path("target"))
    try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "target")
    try save(["x": x * 2], to: folder.path("link"))
    #expect(try load(folder.path("target"), device: "reference")["x"]!.item() == 2)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")) == "target")
  }
}
