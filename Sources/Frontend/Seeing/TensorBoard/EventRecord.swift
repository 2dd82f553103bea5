/// The frame of an event in a file: its length, a checksum of that, the event, a checksum of it.
///
/// https://www.tensorflow.org/tutorials/load_data/tfrecord
enum EventRecord {
  static func bytes(_ event: [UInt8]) -> [UInt8] {
    let length = withUnsafeBytes(of: UInt64(event.count).littleEndian) { Array($0) }
    return length + checksum(length) + event + checksum(event)
  }

  /// CRC-32C, rotated and added to, so that a checksum of what has checksums in it is a good one.
  private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
    var crc = UInt32.max
    for byte in bytes { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
    crc = ~crc
    let masked = (crc >> 15 | crc << 17) &+ 0xA282_EAD8
    return withUnsafeBytes(of: masked.littleEndian) { Array($0) }
  }

  /// Of Castagnoli's polynomial.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82F6_3B78 }
  }
}

/// Writes messages of protocol buffers.
///
/// https://protobuf.dev/programming-guides/encoding
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  private mutating func variable(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  private mutating func key(_ field: UInt64, _ kind: UInt64) { variable(field << 3 | kind) }

  mutating func integer(_ field: UInt64, _ value: Int) {
    key(field, 0)
    variable(UInt64(bitPattern: Int64(value)))
  }

  mutating func double(_ field: UInt64, _ value: Double) {
    key(field, 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func float(_ field: UInt64, _ value: Float) {
    key(field, 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// A text, or a message within.
  mutating func bytes(_ field: UInt64, _ value: [UInt8]) {
    key(field, 2)
    variable(UInt64(value.count))
    bytes += value
  }

  mutating func doubles(_ field: UInt64, _ values: [Double]) {
    key(field, 2)
    variable(UInt64(8 * values.count))
    for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
  }
}

/// The distribution of numbers in TensorBoard's classes, whose limits grow by a tenth from 1e-12 on.
struct EventHistogram {
  let message: [UInt8]

  /// The upper limits of the classes, below 0 too.
  private static let limits: [Double] = {
    var positive: [Double] = []
    var limit = 1e-12
    while limit < 1e20 {
      positive.append(limit)
      limit *= 1.1
    }
    return positive.reversed().map { -$0 } + [0] + positive
  }()

  /// - Parameter numbers: Finite, and at least one.
  init(_ numbers: [Double]) {
    let limits = EventHistogram.limits
    var counts = [Double](repeating: 0, count: limits.count + 1)
    for number in numbers { counts[EventHistogram.place(number)] += 1 }
    // The classes that have something in them, and an empty one in front, where the first begins.
    let first = max(counts.firstIndex { $0 > 0 }! - 1, 0)
    let last = counts.lastIndex { $0 > 0 }!
    var writer = ProtobufWriter()
    writer.double(1, numbers.min()!)
    writer.double(2, numbers.max()!)
    writer.double(3, Double(numbers.count))
    writer.double(4, numbers.reduce(0, +))
    writer.double(5, numbers.reduce(0) { $0 + $1 * $1 })
    writer.doubles(6, (first...last).map { $0 < limits.count ? limits[$0] : .greatestFiniteMagnitude })
    writer.doubles(7, Array(counts[first...last]))
    message = writer.bytes
  }

  /// The class that a number is in: the first whose limit is above it.
  private static func place(_ number: Double) -> Int {
    var (low, high) = (0, limits.count)
    while low < high {
      let middle = (low + high) / 2
      if limits[middle] > number { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
