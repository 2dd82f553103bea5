import Glibc

/// Where the events of a trace go: a file, which several programs may write to, or a device or a pipe.
///
/// A file is complete after each addition: the next one writes over its end, and one program at a time. What programs of
/// one job (a process group, such as a `make` and all that it runs) trace is added up; a trace that an earlier job has
/// left is replaced, unless a program is still writing it.
struct TraceDestination {
  private static let end = Array("\n]}\n".utf8)
  private let descriptor: Int32
  private let isRegular: Bool
  /// Of what is no file: whether something has been written.
  private var hasBegun = false

  /// Nil with `errno` set where the path cannot be written.
  init?(_ path: String) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else { return nil }
    isRegular = status.st_mode & S_IFMT == S_IFREG
    guard isRegular else { return }
    lock(F_WRLCK)
    // Whoever writes here holds the file; one that nobody holds is left over.
    let isLeftOver = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    let beginning = TraceDestination.beginning(job: isLeftOver ? TraceDestination.job : nil)
    if !read(beginning.count, at: 0).elementsEqual(beginning) { ftruncate(descriptor, 0) }
    flock(descriptor, LOCK_SH)
    lock(F_UNLCK)
  }

  /// Adds events, which are separated by commas. False with `errno` set where not all could be written.
  mutating func add(_ events: [UInt8]) -> Bool {
    guard isRegular else {
      let separator = hasBegun ? Array(",\n".utf8) : TraceDestination.beginning(job: TraceDestination.job)
      hasBegun = true
      return write(separator + events, at: nil)
    }
    lock(F_WRLCK)
    defer { lock(F_UNLCK) }
    let end = TraceDestination.end
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return false }
    var place = Int(status.st_size)
    var separator = TraceDestination.beginning(job: TraceDestination.job)
    if place > 0 {
      if read(end.count, at: place - end.count).elementsEqual(end) { place -= end.count }
      separator = Array(",\n".utf8)
    }
    if write(separator + events + end, at: place) { return true }
    // What was there before stays whole.
    let reason = errno
    ftruncate(descriptor, place)
    if place > 0 { _ = write(end, at: place) }
    errno = reason
    return false
  }

  /// Ends what has no end yet.
  func close() -> Bool {
    let isWhole = isRegular || !hasBegun || write(TraceDestination.end, at: nil)
    return Glibc.close(descriptor) == 0 && isWhole
  }

  /// - Parameter job: Nil for what the beginnings of all jobs have in common.
  private static func beginning(job: String?) -> [UInt8] {
    Array(
      "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"job\":\"\(job.map { "\($0)\"},\"traceEvents\":[\n" } ?? "")".utf8)
  }

  /// The process group, and when its leader began: numbers are used again.
  private static let job: String = {
    let leader = getpgrp()
    guard let file = fopen("/proc/\(leader)/stat", "re") else { return "\(leader)" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    // The name is in parentheses and may hold some; the start is the 22nd field, the 20th after it.
    let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
    return fields.count > 19 ? "\(leader)-\(fields[19])" : "\(leader)"
  }()

  /// Waits for, or gives up, the right to write.
  private func lock(_ kind: Int32) {
    var range = flock()
    range.l_type = Int16(kind)
    range.l_whence = Int16(SEEK_SET)
    while fcntl(descriptor, F_SETLKW, &range) < 0 && errno == EINTR {}
  }

  private func read(_ count: Int, at place: Int) -> [UInt8] {
    guard place >= 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    let found = pread(descriptor, &bytes, count, place)
    return Array(bytes.prefix(max(found, 0)))
  }

  private func write(_ bytes: [UInt8], at place: Int?) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        let (start, rest) = (bytes.baseAddress! + written, bytes.count - written)
        return place.map { pwrite(descriptor, start, rest, $0 + written) } ?? Glibc.write(descriptor, start, rest)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      written += count
    }
    return true
  }
}
