import Backplane
import Foundation
import TestSupport
import Testing

/// Files that another program changes while they are open: an error that names the file, never a signal.
@Suite struct ChangedFileTests {
  private let x = Tensor.arange(100_000, device: "reference")

  private func descriptor(_ path: String) -> Int32 { open(path, O_WRONLY) }

  /// The message of reading after `change`, for both formats.
  private func messages(_ change: (String) -> Void) throws -> [(path: String, message: String)] {
    let folder = try TemporaryFolder()
    let (tensors, arrays, packed) = (folder.path("t"), folder.path("t.npz"), folder.path("c.npz"))
    try save(["x": x], to: tensors)
    try saveNPZ(["x": x], to: arrays)
    try saveNPZ(["x": x], to: packed, compressed: true)
    let (a, b, c) = (try Safetensors(tensors), try NPZ(arrays), try NPZ(packed))
    for path in [tensors, arrays, packed] { change(path) }
    return [
      (tensors, errorMessage { _ = try a.tensor("x", device: "reference") }),
      (arrays, errorMessage { _ = try b.tensor("x", device: "reference") }),
      (packed, errorMessage { _ = try c.tensor("x", device: "reference") }),
    ]
  }

  @Test(arguments: [0, 1, 300, 5000]) func cutShort(_ count: Int) throws {
    for (path, message) in try messages({ truncate($0, count) }) {
      #expect(message == "\(path): it was changed while it was open")
    }
  }

  /// The same bytes, even: what was checked at opening is not sure any more.
  @Test func writtenAgainInPlace() throws {
    let result = try messages { path in
      let bytes = FileManager.default.contents(atPath: path)!
      let descriptor = descriptor(path)
      _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
      close(descriptor)
    }
    for (path, message) in result { #expect(message == "\(path): it was changed while it was open") }
  }

  @Test func grown() throws {
    for (path, message) in try messages({ truncate($0, 1 << 24) }) {
      #expect(message == "\(path): it was changed while it was open")
    }
  }

  /// What is replaced, as saving does, or removed is read to its end as it was.
  @Test func replaced() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t")
    try save(["x": x], to: path)
    let file = try Safetensors(path)
    try save(["x": x * 2], to: path)
    #expect(try file.tensor("x", device: "reference").toArray(Int.self) == x.toArray(Int.self))
    try FileManager.default.removeItem(atPath: path)
    #expect(try file.tensor("x", device: "reference").toArray(Int.self) == x.toArray(Int.self))
  }
}
