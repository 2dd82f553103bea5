import Backplane
import Foundation
import TestSupport
import Testing

/// Archives that lie about themselves.
@Suite struct HostileNPZTests {
  private func archive(_ folder: TemporaryFolder, compressed: Bool = false) throws -> [UInt8] {
    let path = folder.path("whole.npz")
    let (a, b) = (Tensor([1, 2, 3], device: "reference"), Tensor([4.0], device: "reference"))
    try saveNPZ(["a": a, "b": b], to: path, compressed: compressed)
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// The place of the n-th entry of the directory.
  private func entry(_ n: Int, of bytes: [UInt8]) -> Int {
    bytes.indices.dropLast(4).filter { Array(bytes[$0..<$0 + 4]) == [0x50, 0x4B, 1, 2] }[n]
  }

  /// A size of 2^61 - 1, which times anything is none.
  @Test func sizesBeyondAllNumbers() throws {
    let folder = try TemporaryFolder()
    for size in [1 << 61 - 1, 1 << 61, Int.max / 4 - 1, Int.max / 4, Int.max] as [Int] {
      for stored in [0, 10, size] {
        let path = try folder.write(HostileNPZTests.announcing(size, stored: stored), "t.npz")
        let kind = errorKind { _ = try loadNPZ(path, device: "reference") }
        #expect(kind == .file || kind == .outOfMemory)
      }
    }
  }

  /// An archive of one compressed member whose 64-bit sizes are given; its data are a block of the deflate format that
  /// holds the array's header.
  private static func announcing(_ byteCount: Int, stored: Int? = nil) -> [UInt8] {
    func number(_ value: Int, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(value >> (8 * $0) & 0xFF) } }
    let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(byteCount),), }"
    let head = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
    let data = [0] + number(head.count, 2) + number(~head.count & 0xFFFF, 2) + head
    let sizes = number(byteCount &+ head.count, 8) + number(stored ?? data.count, 8)
    let common = [45, 0, 0, 8, 8, 0, 0, 0, 0x21, 0, 0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8) + [5, 0]
    let extra = [1, 0, 16, 0] + sizes
    let local = [0x50, 0x4B, 3, 4] + common + number(extra.count, 2) + Array("x.npy".utf8) + extra + data
    let central =
      [0x50, 0x4B, 1, 2, 45, 0] + common + number(extra.count, 2) + [UInt8](repeating: 0, count: 14)
      + Array("x.npy".utf8) + extra
    let end = [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0] + number(central.count, 4) + number(local.count, 4) + [0, 0]
    return local + central + end
  }

  /// 100 MB, nearly all of it a hole, that are to become 100 GB, or what this machine might just hold.
  @Test(arguments: [100_000_000_000, 8_000_000_000, 2_000_000_000]) func announcedAndNotThere(_ byteCount: Int) throws {
    let folder = try TemporaryFolder()
    let stored = 100_000_000
    let bytes = HostileNPZTests.announcing(byteCount, stored: stored)
    let directory = try #require(bytes.indices.first { Array(bytes[$0...].prefix(4)) == [0x50, 0x4B, 1, 2] })
    let start = bytes[..<directory].count
    let path = try folder.write(Array(bytes[..<directory]), "t.npz")
    // The data begin behind the member's head; what they lack is a hole.
    let data = 30 + 5 + 20
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seek(toOffset: UInt64(data + stored))
    var rest = Array(bytes[start...])
    rest.replaceSubrange(
      rest.count - 6..<rest.count - 2, with: withUnsafeBytes(of: UInt32(data + stored)) { Array($0) })
    try file.write(contentsOf: Data(rest))
    try file.close()
    let run = try Program("fuzz", ["files", "--format", "npz", "--read", path])
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    #expect(
      run.output.contains(byteCount > 1 << 35 ? "array \"x\": " : "its compressed data are damaged"), "\(run.output)")
  }

  /// What is wrong with one array is no matter of the others.
  @Test func oneOfTwo() throws {
    let folder = try TemporaryFolder()
    for (offset, value, reason) in [
      (8, 1, "it is encrypted"), (10, 12, "compression method 12 is neither stored nor deflated"),
      (24, 77, "its two sizes differ"), (16, 0, "its checksum is wrong"), (42, 1, "it is not at byte 1"),
    ] as [(Int, UInt8, String)] {
      var bytes = try archive(folder)
      bytes[entry(0, of: bytes) + offset] = value
      let path = try folder.write(bytes, "t.npz")
      let file = try NPZ(path)
      #expect(file.names == ["a", "b"])
      #expect(try file.tensor("b", device: "reference").item() == 4)
      let message = errorMessage { _ = try file.tensor("a", device: "reference") }
      #expect(message.hasPrefix("\(path): array \"a\": ") && message.contains(reason), "\(message)")
    }
  }

  @Test func twoOfOneName() throws {
    let folder = try TemporaryFolder()
    var bytes = try archive(folder)
    for i in bytes.indices.dropLast(5) where Array(bytes[i..<i + 5]) == Array("b.npy".utf8) { bytes[i] = 0x61 }
    let path = try folder.write(bytes, "t.npz")
    #expect(errorMessage { _ = try NPZ(path) } == "\(path): two arrays are named \"a\"")
  }

  /// Data of one array within another's.
  @Test func overlapping() throws {
    let folder = try TemporaryFolder()
    var bytes = try archive(folder)
    let (first, second) = (entry(0, of: bytes), entry(1, of: bytes))
    // The second's data are said to reach to the directory and beyond.
    for i in 0..<4 { bytes[second + 20 + i] = bytes[first + 42 + i] | 0x70 }
    let path = try folder.write(bytes, "t.npz")
    #expect(errorKind { _ = try loadNPZ(path, device: "reference") } == .file)
  }
}
