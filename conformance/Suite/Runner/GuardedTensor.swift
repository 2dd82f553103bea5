import BackendAPI

/// A tensor in a device buffer with guard zones around it. Everything that is not an element (the
/// zones, the lead, the gaps between strided elements) holds a pattern that must survive.
final class GuardedTensor {
  private static let guardBytes = 256

  let dtype: DType
  let layout: Layout
  private let device: Device
  private let buffer: bp_buffer
  private var image: [UInt8]
  private let offsets: [Int]

  /// Elements row-major in `layout` without its broadcast axes; nil fills an output with a pattern
  /// that no result should have.
  init(_ dtype: DType, _ layout: Layout, _ elements: ElementArray?, on device: Device) throws(PluginError) {
    self.dtype = dtype
    self.layout = layout
    self.device = device
    let (size, apart) = (dtype.size, layout.withoutBroadcast)
    offsets = apart.offsets
    image = GuardedTensor.pattern(2 * GuardedTensor.guardBytes + layout.span * size)
    buffer = try device.borrow(image.count)
    let bytes = elements?.bytes ?? Array(repeating: 0xba, count: offsets.count * size)
    if apart.isContiguous {
      if let first = offsets.first {
        let start = GuardedTensor.guardBytes + first * size
        image.replaceSubrange(start..<start + bytes.count, with: bytes)
      }
    } else {
      for (i, offset) in offsets.enumerated() {
        let start = GuardedTensor.guardBytes + offset * size
        for j in 0..<size { image[start + j] = bytes[i * size + j] }
      }
    }
    try device.copyFromHost(buffer, offset: 0, image)
  }

  deinit { device.giveBack(buffer, bytes: image.count) }

  var view: View {
    View(
      dtype: dtype.rawValue, layout: layout, buffer: buffer,
      byteOffset: GuardedTensor.guardBytes + layout.origin * dtype.size)
  }

  /// What changed in the buffer of an input; nil if nothing did.
  func changeOfInput() throws(PluginError) -> String? {
    let now = try read()
    guard now != image, let place = zip(now, image).enumerated().first(where: { $1.0 != $1.1 }) else {
      return nil
    }
    return "\(describe(place.offset)) changed from \(place.element.1) to \(place.element.0) [BP-4.5]"
  }

  /// The elements of an output, row-major, and what changed around them; nil if nothing did.
  func output() throws(PluginError) -> (elements: ElementArray, change: String?) {
    let now = try read()
    let size = dtype.size
    var bytes: [UInt8] = []
    bytes.reserveCapacity(offsets.count * size)
    if layout.isContiguous, let first = offsets.first {
      let start = GuardedTensor.guardBytes + first * size
      let range = start..<start + offsets.count * size
      bytes += now[range]
      if now[..<range.lowerBound] == image[..<range.lowerBound]
        && now[range.upperBound...] == image[range.upperBound...]
      {
        return (ElementArray(dtype, bytes: bytes), nil)
      }
    } else {
      for offset in offsets {
        let start = GuardedTensor.guardBytes + offset * size
        for j in 0..<size { bytes.append(now[start + j]) }
      }
    }
    var expected = image
    for (i, offset) in offsets.enumerated() {
      let start = GuardedTensor.guardBytes + offset * size
      for j in 0..<size { expected[start + j] = bytes[i * size + j] }
    }
    var change: String?
    if expected != now, let place = zip(now, expected).enumerated().first(where: { $1.0 != $1.1 }) {
      change = "\(describe(place.offset)) was written [BP-4.5]"
    }
    return (ElementArray(dtype, bytes: bytes), change)
  }

  private func read() throws(PluginError) -> [UInt8] {
    try device.copyToHost(buffer, offset: 0, count: image.count)
  }

  private func describe(_ byte: Int) -> String {
    let inside = byte - GuardedTensor.guardBytes
    let end = layout.span * dtype.size
    if inside < 0 { return "byte \(-inside) before the tensor" }
    if inside >= end { return "byte \(inside - end + 1) past the tensor" }
    return "byte \(inside) of the tensor's span"
  }

  private static func pattern(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
      for i in 0..<count { bytes[i] = UInt8(truncatingIfNeeded: i &* 37 ^ 0xa5) }
      initialized = count
    }
  }
}
