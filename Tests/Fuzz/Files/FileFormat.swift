import Backplane

/// A format whose reader is tried.
protocol FileFormat: Sendable {
  static var name: String { get }

  init()

  /// A small file: sound, or one that lies about itself.
  func make(_ random: inout FileRandom) -> [UInt8]

  /// Opens the file, reads all that is in it, and writes that again. An error is as good as a result, if it is of the
  /// kind that it should be.
  ///
  /// - Returns: What is wrong with what was read, or nil.
  func read(_ file: FileUnderTest) throws -> String?
}

extension FileFormat {
  /// The input of a number.
  static func input(_ format: Self, seed: UInt64, index: Int) -> [UInt8] {
    var random = FileRandom(seed: seed, format: name, index: index)
    let bytes = format.make(&random)
    if random.oneIn(3) { return bytes }
    return FileDamage.damaged(bytes, &random) { format.make(&$0) }
  }
}

/// A file on disk, and where what was read of it can be written again.
struct FileUnderTest {
  let path: String
  let bytes: [UInt8]
  let target: String
  let device: Device
  /// Whether to write it again; that takes longer than reading.
  let isWritten: Bool

  /// What is wrong with a tensor, or nil.
  func problem(_ tensor: Tensor, _ name: String) throws -> String? {
    try tensor.withUnsafeBytes { bytes in
      if tensor.dtype == .bool, bytes.contains(where: { $0 > 1 }) { return "\(name): a bool that is neither 0 nor 1" }
      return bytes.count == tensor.numel * tensor.dtype.byteCount ? nil : "\(name): \(bytes.count) bytes"
    }
  }

  /// What is wrong with tensors that were written and read again, or nil.
  func difference(_ tensors: [String: Tensor], _ again: [String: Tensor]) throws -> String? {
    if tensors.count != again.count { return "\(tensors.count) tensors were written, \(again.count) read again" }
    for (name, tensor) in tensors {
      guard let other = again[name], other.dtype == tensor.dtype, other.shape == tensor.shape else {
        return "\(name) was written and read again as another"
      }
      let isEqual = try tensor.withUnsafeBytes { a in try other.withUnsafeBytes { b in a.elementsEqual(b) } }
      if !isEqual { return "\(name) was written and read again with other elements" }
    }
    return nil
  }
}
