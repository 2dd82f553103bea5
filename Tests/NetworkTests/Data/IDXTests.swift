import Backplane
import TestSupport
import Testing

@Suite struct IDXTests {
  /// The bytes of a file of the given type, extents and elements.
  private func file(_ type: UInt8, _ extents: [UInt32], _ elements: [UInt8]) -> [UInt8] {
    [0, 0, type, UInt8(extents.count)] + extents.flatMap { bigEndian($0) } + elements
  }

  private func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  @Test(arguments: testDevices) func types(_ device: Device) throws {
    let folder = try TemporaryFolder()
    func read(_ bytes: [UInt8]) throws -> Tensor { try IDX.read(folder.write(bytes), device: device) }

    let bytes = try read(file(0x08, [2, 3], [0, 1, 2, 253, 254, 255]))
    #expect(bytes.dtype == .uint8 && bytes.shape == [2, 3] && bytes.device == device)
    #expect(bytes.toArray(Int.self) == [0, 1, 2, 253, 254, 255])
    #expect(try read(file(0x09, [2], [0x80, 0x7F])).toArray(Int.self) == [-128, 127])
    #expect(
      try read(file(0x0B, [2], bigEndian(Int16(-2)) + bigEndian(Int16(300)))).toArray(Int.self) == [-2, 300])
    #expect(
      try read(file(0x0C, [1, 1, 2], bigEndian(Int32(-70000)) + bigEndian(Int32(5)))).toArray(Int.self)
        == [-70000, 5])
    let float = try read(file(0x0D, [1], bigEndian(Float(1.5).bitPattern)))
    #expect(float.dtype == .float32 && float.toArray(Float.self) == [1.5])
    let double = try read(file(0x0E, [1], bigEndian((-0.1).bitPattern)))
    #expect(double.dtype == .float64 && double.toArray(Double.self) == [-0.1])
    #expect(try read(file(0x08, [], [7])).item() == 7)
    #expect(try read(file(0x08, [3, 0, 2], [])).shape == [3, 0, 2])
  }

  @Test func damagedFiles() throws {
    let folder = try TemporaryFolder()
    func message(_ bytes: [UInt8]) throws -> String {
      let path = try folder.write(bytes)
      let error = #expect(throws: BackplaneError.self) { try IDX.read(path, device: "reference") }
      #expect(error?.kind == .file)
      let text = error?.message ?? ""
      #expect(text.hasPrefix(path))
      return text
    }
    let good = file(0x0C, [2], bigEndian(Int32(1)) + bigEndian(Int32(2)))
    for count in 0..<good.count { _ = try message(Array(good.prefix(count))) }
    #expect(try message(Array(good.dropLast())).hasSuffix("it is truncated"))
    #expect(try message(good + [0]).hasSuffix("it is too long"))
    #expect(try message([0x1F, 0x8B, 8, 0, 0, 0]).contains("gzip"))
    #expect(try message(Array("<html>no such page".utf8)).contains("begins with 3c 68 74 6d"))
    #expect(try message(file(0x0A, [1], [1])).contains("known type"))
    #expect(try message([1] + good.dropFirst()).contains("known type"))
    #expect(try message(file(0x08, [UInt32](repeating: 1, count: 17), [1])).contains("17 dimensions"))
    // Extents that would take more memory than there is, or overflow.
    #expect(try message(file(0x0E, [.max], [1])).contains("truncated"))
    #expect(try message(file(0x0E, [.max, .max, .max, .max], [1])).contains("absurd"))
    #expect(try message(file(0x0E, [.max, .max, .max, 0], [])).contains("absurd"))
  }

  @Test func filesThatCannotBeRead() throws {
    let folder = try TemporaryFolder()
    func message(_ path: String) -> String {
      errorMessage { _ = try IDX.read(path, device: "reference") }
    }
    let missing = folder.path("missing")
    #expect(message(missing) == "\(missing): No such file or directory")
    #expect(message(folder.url.path) == "\(folder.url.path): it is a directory")
    #expect(message("/dev/null") == "/dev/null: it is not a regular file")
    #expect(message("").hasSuffix("No such file or directory"))
  }
}
