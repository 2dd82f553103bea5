import Glibc

/// A whole file in memory, read-only, its pages read as they are touched.
///
/// The file must not be cut short while it is mapped: what programs here write replaces a file as a whole.
final class MappedFile {
  let path: String
  let bytes: UnsafeRawBufferPointer

  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason.
  init(_ path: String) throws(BackplaneError) {
    self.path = path
    // Not to wait for a writer, should it be a pipe.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .file(path, systemReason()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .file(path, systemReason()) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .file(path, status.st_mode & S_IFMT == S_IFDIR ? "it is a directory" : "it is not a regular file")
    }
    let count = Int(status.st_size)
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
      throw .file(path, systemReason())
    }
    bytes = UnsafeRawBufferPointer(start: memory, count: count)
  }

  deinit {
    if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
  }
}

extension BackplaneError {
  /// An error that names a file and what is wrong with it.
  static func file(_ path: String, _ reason: String) -> BackplaneError {
    BackplaneError(.file, "\(path): \(reason)")
  }
}

/// What the last failed system call says of itself.
func systemReason() -> String { String(cString: strerror(errno)) }
