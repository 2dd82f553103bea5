import Glibc

/// A file in memory: tensors can be parts of it, of which the system reads what is looked at. Changes stay in memory.
///
/// Unlike what ``InputFile`` reads, it is not proof against a program that cuts the file short: the next access to what
/// is gone ends the process. Callers ask for it by name.
final class MappedFile {
  private let file: InputFile
  /// Empty of an empty file.
  private let bytes: UnsafeMutableRawBufferPointer

  init(_ file: InputFile) throws(BackplaneError) {
    self.file = file
    bytes = try file.mapped()
  }

  deinit { if let base = bytes.baseAddress { munmap(base, bytes.count) } }

  /// The storage that a part of the file is, on a device that takes host memory in place, or nil elsewhere and where
  /// elements would not be aligned.
  func storage(_ range: Range<Int>, _ dtype: DType, on context: DeviceContext) throws(BackplaneError) -> Storage? {
    guard context.wrapsHostMemory, let base = bytes.baseAddress, !range.isEmpty, range.upperBound <= bytes.count,
      range.lowerBound % dtype.byteCount == 0
    else { return nil }
    let part = UnsafeMutableRawBufferPointer(rebasing: bytes[range])
    // Of a bool every byte but 0 stands for true.
    guard dtype != .bool || BoolBytes.areNormal(UnsafeRawBufferPointer(part)) else { return nil }
    try file.checkUnchanged()
    return try Storage(wrapping: base + range.lowerBound, byteCount: range.count, owner: self, on: context)
  }

  /// The tensor that a part of the file is, or nil where it has to be read.
  func tensor(
    at offset: Int, _ layout: Layout, _ dtype: DType, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor? {
    let range = offset..<offset + layout.count * dtype.byteCount
    guard let storage = try storage(range, dtype, on: context) else { return nil }
    return Tensor(storage: storage, offset: 0, layout: layout, dtype: dtype)
  }
}
