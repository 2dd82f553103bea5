import Glibc

/// A regular file that is read by position, piece by piece.
///
/// It is not mapped: where another program cuts a mapped file short, the next access ends the process. Every read
/// checks that the file is still as it was when it was opened, so that what is read belongs to what was checked.
final class InputFile {
  let path: String
  let byteCount: Int
  private let descriptor: Int32
  private let opened: Version

  /// What a change of the contents changes too.
  private struct Version: Equatable {
    let byteCount: Int
    let seconds: Int
    let nanoseconds: Int

    init(_ status: stat) {
      byteCount = Int(status.st_size)
      seconds = status.st_mtim.tv_sec
      nanoseconds = status.st_mtim.tv_nsec
    }
  }

  /// - Parameter isKept: Whether it stays open after the call that opens it. Times of change are as coarse as the
  ///   kernel's clock: of a file written in this very tick a later change would not show, so the tick is waited out.
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason.
  init(_ path: String, isKept: Bool = false) throws(BackplaneError) {
    try BackplaneError.checkPath(path)
    // Not to wait for a writer, should it be a pipe.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .file(path, systemReason()) }
    var status = stat()
    var reason = fstat(descriptor, &status) == 0 ? nil : systemReason()
    if reason == nil, status.st_mode & S_IFMT != S_IFREG {
      reason = status.st_mode & S_IFMT == S_IFDIR ? "it is a directory" : "it is not a regular file"
    }
    if isKept, reason == nil {
      var turns = 0
      while turns < 20, InputFile.isOfThisTick(status) {
        usleep(1000)
        turns += 1
      }
      if fstat(descriptor, &status) != 0 { reason = systemReason() }
    }
    if let reason {
      close(descriptor)
      throw .file(path, reason)
    }
    self.path = path
    self.descriptor = descriptor
    opened = Version(status)
    byteCount = opened.byteCount
  }

  deinit { close(descriptor) }

  private static func isOfThisTick(_ status: stat) -> Bool {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    return now.tv_sec == status.st_mtim.tv_sec && now.tv_nsec <= status.st_mtim.tv_nsec
  }

  /// Throws if the file is no longer the one that was opened.
  func checkUnchanged() throws(BackplaneError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .file(path, systemReason()) }
    guard Version(status) == opened else { throw .file(path, "it was changed while it was open") }
  }

  /// Fills the whole of `target` with the bytes from `offset` on, which must lie within the file.
  func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws(BackplaneError) {
    var filled = 0
    while filled < target.count {
      let count = pread(descriptor, target.baseAddress! + filled, target.count - filled, offset + filled)
      if count < 0 {
        if errno == EINTR { continue }
        throw .file(path, systemReason())
      }
      guard count > 0 else { throw .file(path, "it was cut short while it was open") }
      filled += count
    }
    try checkUnchanged()
  }

  /// Passes on the bytes of a range, which must lie within the file.
  func withBytes<Result>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(BackplaneError) -> Result
  ) throws(BackplaneError) -> Result {
    try checkUnchanged()
    let bytes = try HostBytes(range.count, for: path)
    defer { withExtendedLifetime(bytes) {} }
    try read(bytes.buffer, at: range.lowerBound)
    return try body(UnsafeRawBufferPointer(bytes.buffer))
  }

  /// The whole file in memory, to be given back with `munmap`; changes of it stay there.
  func mapped() throws(BackplaneError) -> UnsafeMutableRawBufferPointer {
    try checkUnchanged()
    guard byteCount > 0 else { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
    guard let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED
    else { throw .file(path, "it cannot be mapped: \(systemReason())") }
    return UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
  }
}

extension BackplaneError {
  /// An error that names a file and what is wrong with it.
  static func file(_ path: String, _ reason: String) -> BackplaneError {
    BackplaneError(.file, "\(path): \(reason)")
  }

  /// Names the file, or what in it, beside what a device says, such as that it has no room.
  static func naming<Result>(
    _ path: String, _ body: () throws(BackplaneError) -> Result
  ) throws(BackplaneError) -> Result {
    do {
      return try body()
    } catch {
      throw BackplaneError(error.kind, "\(path): \(error.message)")
    }
  }

  /// Throws for a name that the system would take for a shorter one.
  static func checkPath(_ path: String) throws(BackplaneError) {
    guard !path.utf8.contains(0) else {
      throw .file(String(path.prefix { $0 != "\0" }), "a name with a NUL character in it is none of a file")
    }
  }
}

/// What the last failed system call says of itself.
func systemReason() -> String { String(cString: strerror(errno)) }
