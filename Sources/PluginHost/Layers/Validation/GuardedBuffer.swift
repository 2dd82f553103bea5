import BackendAPI
import Glibc

/// A buffer of the plugin with a guard zone before and after what the host asked for. Wrapped host memory has none.
///
/// Offsets are those of the plugin's buffer: the host's byte 0 is byte `guardBytes`.
final class GuardedBuffer: Sendable {
  let inner: bp_buffer
  let device: Int32
  /// As the host asked for.
  let bytes: Int
  let guardBytes: Int
  /// The address of the plugin's buffer, where the host can reach it; an integer, since it is only a number until the
  /// layer has the device to itself.
  private let address: UInt

  init(inner: bp_buffer, device: Int32, bytes: Int, guardBytes: Int, address: UnsafeMutableRawPointer?) {
    self.inner = inner
    self.device = device
    self.bytes = bytes
    self.guardBytes = guardBytes
    self.address = UInt(bitPattern: address)
  }

  var innerBytes: Int { bytes + 2 * guardBytes }
  var base: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: address) }
  var zones: [Range<Int>] {
    guardBytes == 0 ? [] : [0..<guardBytes, guardBytes + bytes..<innerBytes]
  }

  /// What a guard zone holds at an offset.
  static func pattern(_ offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: offset &* 37 ^ 0xa5) }

  static func pattern(_ range: Range<Int>) -> [UInt8] { range.map(pattern) }

  /// An offset seen from the host's bytes, in words.
  func place(_ offset: Int) -> String {
    let inside = offset - guardBytes
    if inside < 0 { return "byte \(-inside) before the buffer" }
    if inside >= bytes { return "byte \(inside - bytes + 1) past the buffer of \(bytes) bytes" }
    return "byte \(inside) of the buffer of \(bytes) bytes"
  }
}

/// Handles that are never used twice, so that one that was given back is known as such.
struct Handles<Object> {
  private var live: [UInt64: Object] = [:]
  private var last: UInt64
  private let first: UInt64

  /// - Parameter kind: Tells handles of one kind from those of others.
  init(kind: UInt8) {
    first = UInt64(kind) << 48 | 0x5641 << 32
    last = first
  }

  mutating func add(_ object: Object) -> UInt64 {
    last += 1
    live[last] = object
    return last
  }

  subscript(handle: UInt64) -> Object? { live[handle] }
  mutating func remove(_ handle: UInt64) -> Object? { live.removeValue(forKey: handle) }
  var objects: Dictionary<UInt64, Object>.Values { live.values }

  /// Why a handle is not a live one, in words. Handles count from 1.
  func fault(_ handle: UInt64) -> String {
    handle > first && handle <= last
      ? "#\(handle - first) was given back already" : "\(handle) is none that the plugin gave out"
  }
}
