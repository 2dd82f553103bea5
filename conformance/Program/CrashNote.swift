import Glibc

/// Tells which case was running when a plugin brings the process down.
enum CrashNote {
  private static let capacity = 512
  // Written by the one thread that runs the cases; read by the handler, which runs when it has stopped.
  nonisolated(unsafe) private static let note = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)

  static func install() {
    note.initialize(repeating: 0, count: capacity)
    for signal in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP] {
      Glibc.signal(signal) { _ in
        // Only what may be called in a handler.
        _ = write(STDOUT_FILENO, CrashNote.note, strlen(CrashNote.note))
        _exit(1)
      }
    }
  }

  /// Notes the case about to run, and how those before it ended.
  static func set(_ id: String, passed: Int, failed: Int, skipped: Int) {
    let text =
      Progress.erasure + "FAIL \(id): the plugin crashed; the cases after it did not run\n"
      + "\(passed) passed, \(failed + 1) failed, \(skipped) skipped\n"
    for (i, byte) in text.utf8.prefix(capacity - 1).enumerated() { note[i] = CChar(bitPattern: byte) }
    note[min(text.utf8.count, capacity - 1)] = 0
  }
}
