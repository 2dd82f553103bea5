import Glibc
import Synchronization

/// Writes a file that appears under its name only when it is complete: a reader sees the old contents or the new, also
/// after a crash.
struct AtomicFile: ~Copyable {
  private static let counter = Atomic<Int>(0)

  private let path: String
  private let temporaryPath: String
  private var descriptor: Int32

  init(_ path: String) throws(BackplaneError) {
    let target = try AtomicFile.target(path)
    let number = AtomicFile.counter.add(1, ordering: .relaxed).newValue
    let temporary = "\(target).\(getpid()).\(number).tmp"
    let opened = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard opened >= 0 else { throw .file(path, systemReason()) }
    self.path = target
    temporaryPath = temporary
    descriptor = opened
  }

  deinit {
    // Not committed: nothing is left behind.
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporaryPath)
    }
  }

  /// The file that the name stands for: a link keeps pointing to it. What is no regular file, such as a device, is not
  /// replaced by one.
  private static func target(_ path: String) throws(BackplaneError) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return path }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .file(path, status.st_mode & S_IFMT == S_IFDIR ? "it is a directory" : "it is not a regular file")
    }
    guard let resolved = realpath(path, nil) else { throw .file(path, systemReason()) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(BackplaneError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw .file(path, systemReason())
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Puts the file in its place.
  mutating func commit() throws(BackplaneError) {
    guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else { throw .file(path, systemReason()) }
    close(descriptor)
    descriptor = -1
  }
}
