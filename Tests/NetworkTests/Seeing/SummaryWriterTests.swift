import Backplane
import Foundation
import TestSupport
import Testing

/// Event files, byte by byte; TensorBoard's reader has read what is written here.
@Suite struct SummaryWriterTests {
  /// The events of a file, whose frames are checked here by another way of computing the checksum.
  private func events(_ path: String) throws -> [[UInt8]] {
    var rest = ArraySlice([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    var events: [[UInt8]] = []
    func number(_ count: Int) -> UInt64 {
      let value = rest.prefix(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      rest = rest.dropFirst(count)
      return value
    }
    while !rest.isEmpty {
      let head = Array(rest.prefix(8))
      let count = Int(number(8))
      #expect(number(4) == UInt64(masked(head)))
      events.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
      #expect(number(4) == UInt64(masked(events.last!)))
    }
    return events
  }

  private func masked(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }
    crc = ~crc
    return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
  }

  @Test func theBytesOfEvents() throws {
    let folder = try TemporaryFolder()
    let writer = try SummaryWriter(folder.path("runs/first"), ".suffix") { 1.5 }
    try writer.addScalar("loss", 0.5, 300)
    try writer.addText("note", "hé", 1)
    try writer.addScalars("all", ["b": 1, "a": 2])
    try writer.addScalar("t", Tensor(2.0, device: "reference"))
    try writer.flush()
    writer.close()
    #expect(writer.path.hasPrefix(folder.path("runs/first/events.out.tfevents.1.")) && writer.path.hasSuffix(".suffix"))
    let events = try events(writer.path)
    let time: [UInt8] = [0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F]
    #expect(events[0] == time + [0x1A, 13] + Array("brain.Event:2".utf8))
    #expect(
      events[1] == time + [0x10, 0xAC, 2, 0x2A, 13, 0x0A, 11, 0x0A, 4] + Array("loss".utf8) + [0x15, 0, 0, 0, 0x3F])
    let text = Array("note/text_summary".utf8)
    #expect(
      events[2] == time + [0x10, 1, 0x2A, 46, 0x0A, 44, 0x0A, 17] + text
        + [0x4A, 8, 0x0A, 6, 0x0A, 4] + Array("text".utf8)
        + [0x42, 13, 0x08, 7, 0x12, 4, 0x12, 2, 0x08, 1, 0x42, 3, 0x68, 0xC3, 0xA9])
    #expect(events.count == 6 && String(decoding: events[3], as: UTF8.self).contains("all/a"))
    #expect(errorMessage { try writer.addScalar("x", 1) } == "\(writer.path): it is closed")
  }

  /// The classes that PyTorch's SummaryWriter makes of the same numbers.
  @Test func histograms() throws {
    let folder = try TemporaryFolder()
    let writer = try SummaryWriter(folder.path("run"), "") { 0 }
    try writer.addHistogram("h", Tensor([0.5, 0.5, 0.5625, 0.625], device: "reference"), 3)
    let event = try events(writer.path)[1]
    func bytes(_ numbers: [Double]) -> [UInt8] {
      numbers.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) } }
    }
    let sums: [(UInt8, Double)] = [(0x09, 0.5), (0x11, 0.625), (0x19, 4), (0x21, 2.1875), (0x29, 1.20703125)]
    let limits = [0.47069243095356195, 0.5177616740489182, 0.56953784145381, 0.6264916255991911]
    let histogram =
      sums.flatMap { [$0.0] + bytes([$0.1]) } + [0x32, 32] + bytes(limits) + [0x3A, 32] + bytes([0, 2, 1, 1])
    #expect(
      event == [0x09] + bytes([0]) + [0x10, 3, 0x2A, 120, 0x0A, 118, 0x0A, 1, 0x68, 0x2A, 113] + histogram)
    for kind: Tensor in [Tensor.zeros([0], device: "reference"), Tensor([Double.nan], device: "reference")] {
      #expect(errorKind { try writer.addHistogram("h", kind) } == .value)
    }
  }

  @Test func whatCannotBeWritten() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write([1], "file")
    #expect(errorKind { _ = try SummaryWriter(logDir: file) } == .file)
    #expect(errorKind { _ = try SummaryWriter(logDir: file + "/below") } == .file)
    let two = try (0..<2).map { _ in try SummaryWriter(logDir: folder.path("run")) }
    #expect(two[0].path != two[1].path)
  }
}
