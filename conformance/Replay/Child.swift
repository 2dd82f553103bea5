import Backplane
import Glibc

/// This program once more, with other arguments; its output is read line by line.
final class Child {
  private let process: pid_t
  private let output: Int32
  /// What it writes to its standard error: the last words of one that dies.
  private let errors: UnsafeMutablePointer<FILE>
  private var pending: [UInt8] = []

  init(_ arguments: [String]) throws(BackplaneError) {
    func failure(_ what: String, _ code: Int32) -> BackplaneError {
      BackplaneError(.internal, "cannot start a process for the cases: \(what): \(String(cString: strerror(code)))")
    }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw failure("pipe", errno) }
    output = ends[0]
    guard let errors = tmpfile() else { throw failure("tmpfile", errno) }
    self.errors = errors
    for descriptor in ends + [fileno(errors)] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_adddup2(&actions, fileno(errors), 2)
    var words: [UnsafeMutablePointer<CChar>?] = (["conformance"] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let code = posix_spawn(&process, "/proc/self/exe", &actions, nil, &words, environ)
    close(ends[1])
    guard code == 0 else { throw failure("spawn", code) }
    self.process = process
  }

  deinit {
    close(output)
    fclose(errors)
  }

  /// The next line of output; nil at its end.
  func nextLine() -> String? {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeSubrange(...end)
        return line
      }
      var buffer = [UInt8](repeating: 0, count: 65536)
      let count = read(output, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return nil }
      pending += buffer[..<count]
    }
  }

  /// Waits for the end, and says how it came.
  func wait() -> String {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7f
    if signal == SIGALRM { return "the process was stopped: the case took too long" }
    let end =
      signal != 0
      ? "the process died of signal \(signal) (\(String(cString: strsignal(signal))))"
      : "the process ended with status \(status >> 8 & 0xff)"
    let words = lastWords()
    return words.isEmpty ? end : "\(end): \(words)"
  }

  /// The first line of what it wrote about its end.
  private func lastWords() -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = pread(fileno(errors), &buffer, buffer.count, 0)
    guard count > 0 else { return "" }
    let lines = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
    return String(lines.first { $0.contains("Fatal error") } ?? lines.first ?? "")
  }
}
