// stdout is a C global that nothing here replaces.
@preconcurrency import Glibc

/// The child's side: how a process that `Child` started reports, and notes what it is about to call.
public enum Worker {
  /// The descriptors that `Child` gives.
  static let results: Int32 = 3
  static let note: Int32 = 4
  static let noteBytes = 1024

  // Written by the thread that calls plugins; whoever reads it waits until this process has ended.
  nonisolated(unsafe) private static var place: UnsafeMutablePointer<CChar>?
  nonisolated(unsafe) private static var printed: off_t = 0

  /// Begins; false in a process that no `Child` started.
  public static func start() -> Bool {
    guard fcntl(results, F_GETFD) >= 0,
      let memory = mmap(nil, noteBytes, PROT_READ | PROT_WRITE, MAP_SHARED, note, 0), memory != MAP_FAILED
    else { return false }
    place = memory.assumingMemoryBound(to: CChar.self)
    // What is loaded here starts programs of its own; they have no part in this.
    for descriptor in [results, note] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    return true
  }

  /// Reports a line of fields, which may hold anything.
  public static func report(_ fields: [String]) {
    let line = fields.map(escaped).joined(separator: "\t") + "\n"
    let bytes = Array(line.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(results, $0.baseAddress! + written, $0.count - written) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      written += count
    }
  }

  /// Notes where the process is, should it end there; anywhere but in a child it does nothing.
  public static func enter(_ name: String) {
    guard let place else { return }
    var i = 0
    for byte in name.utf8.prefix(noteBytes - 1) {
      place[i] = CChar(bitPattern: byte)
      i += 1
    }
    place[i] = 0
  }

  public static func leave() { place?[0] = 0 }

  /// What was printed to standard output since last asked, its start, or nil.
  public static func newOutput() -> String? {
    fflush(stdout)
    var status = stat()
    guard place != nil, fstat(1, &status) == 0, status.st_size > printed else { return nil }
    var bytes = [UInt8](repeating: 0, count: min(Int(status.st_size - printed), 60))
    let count = pread(1, &bytes, bytes.count, printed)
    printed = status.st_size
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
  }

  // MARK: - Lines

  private static func escaped(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): bytes += "\\\\".utf8
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\t"): bytes += "\\t".utf8
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func fields(_ line: String) -> [String] {
    line.utf8.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { field in
      var bytes: [UInt8] = []
      var isEscaped = false
      for byte in field {
        if isEscaped {
          bytes.append(byte == UInt8(ascii: "n") ? 10 : byte == UInt8(ascii: "t") ? 9 : byte)
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else {
          bytes.append(byte)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
