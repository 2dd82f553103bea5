import Glibc

/// This program once more, with other arguments, in a process that may die: what it reports is read line by line.
///
/// Results come through a pipe of their own, so that what a plugin prints cannot be taken for one. The time limits
/// are kept from here: code that hangs cannot keep them itself. They count processor time, so that a machine with more to
/// do than this breaks none.
public final class Child {
  public struct SpawnError: Error, CustomStringConvertible {
    public let description: String
  }

  private let process: pid_t
  private let results: Int32
  /// What it writes to its standard output and standard error. They are files: a pipe that nobody empties blocks.
  private let output: UnsafeMutablePointer<FILE>
  private let errors: UnsafeMutablePointer<FILE>
  private let note: UnsafeMutablePointer<CChar>
  private var pending: [UInt8] = []
  /// Why it was stopped, if it was.
  private var overdue: String?

  public init(_ arguments: [String]) throws(SpawnError) {
    // A program that cannot have more files still has some to write: what was opened is closed.
    var opened: [UnsafeMutablePointer<FILE>] = []
    var ends: [Int32] = []
    func failure(_ what: String, _ code: Int32 = errno) -> SpawnError {
      for file in opened { fclose(file) }
      for end in ends { close(end) }
      return SpawnError(description: "cannot start a process: \(what): \(String(cString: strerror(code)))")
    }
    func temporaryFile() throws(SpawnError) -> UnsafeMutablePointer<FILE> {
      guard let file = tmpfile() else { throw failure("tmpfile") }
      opened.append(file)
      return file
    }
    let output = try temporaryFile(), errors = try temporaryFile(), noteFile = try temporaryFile()
    (self.output, self.errors) = (output, errors)
    guard ftruncate(fileno(noteFile), off_t(Worker.noteBytes)) == 0,
      let memory = mmap(nil, Worker.noteBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(noteFile), 0),
      memory != MAP_FAILED
    else { throw failure("mmap") }
    note = memory.assumingMemoryBound(to: CChar.self)

    var pair: [Int32] = [0, 0]
    guard pipe(&pair) == 0 else { throw failure("pipe") }
    ends = pair
    results = ends[0]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Copies above the numbers that they become: none overwrites another before it is copied.
    var copies: [Int32] = []
    defer { for copy in copies { close(copy) } }
    for (source, target) in [
      (fileno(output), 1), (fileno(errors), 2), (ends[1], Worker.results), (fileno(noteFile), Worker.note),
    ] {
      let copy = fcntl(source, F_DUPFD_CLOEXEC, 16)
      guard copy >= 0 else { throw failure("fcntl") }
      copies.append(copy)
      posix_spawn_file_actions_adddup2(&actions, copy, target)
    }
    for descriptor in ends + [fileno(output), fileno(errors), fileno(noteFile)] {
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }
    var words: [UnsafeMutablePointer<CChar>?] =
      ([CommandLine.arguments.first ?? ""] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    // What the runtime would print of a crash says nothing of a plugin; who wants it sets the variable.
    setenv("SWIFT_BACKTRACE", "enable=no", 0)
    var process = pid_t()
    var code = posix_spawn(&process, "/proc/self/exe", &actions, nil, &words, environ)
    // A machine that is out of processes may have some in a moment.
    for attempt in 0..<5 where code == EAGAIN {
      usleep(100_000 << attempt)
      code = posix_spawn(&process, "/proc/self/exe", &actions, nil, &words, environ)
    }
    guard code == 0 else { throw failure("spawn", code) }
    close(ends[1])
    fclose(noteFile)
    self.process = process
  }

  deinit {
    close(results)
    fclose(output)
    fclose(errors)
    munmap(note, Worker.noteBytes)
  }

  /// The next line that the child reports, in fields; nil at the end, or where none comes in time: the child is then
  /// killed, and `wait` tells so.
  ///
  /// - Parameter seconds: How much processor time it may use meanwhile, and how long do nothing (but at least 5 s); 0 for
  ///   as much as it takes.
  public func next(within seconds: Double) -> [String]? {
    var watch: Watch?
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeSubrange(...end)
        return Worker.fields(line)
      }
      var event = pollfd(fd: results, events: Int16(POLLIN), revents: 0)
      let ready = poll(&event, 1, seconds > 0 ? Child.pollMilliseconds : -1)
      if ready < 0 && errno == EINTR { continue }
      if ready == 0 {
        // Most lines come at once: what looks at the processor time begins with the first that does not.
        if watch == nil { watch = Watch(process, seconds: seconds) }
        overdue = watch?.verdict()
        if overdue == nil { continue }
      }
      if ready <= 0 {
        kill(process, SIGKILL)
        return nil
      }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = read(results, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return nil }
      pending += buffer[..<count]
    }
  }

  private static let pollMilliseconds: Int32 = 200

  /// How a child ended.
  public struct Ending {
    /// In words: "the process died of signal 6 (Aborted)".
    public let description: String
    /// What it had entered and not left: the function of a plugin.
    public let place: String?
    /// The first line of what it wrote about its end.
    public let lastWords: String
    public let isOverdue: Bool
    public let isOrdinary: Bool

    /// With the place, and the last words.
    public var sentence: String {
      description + (place.map { " in \($0)" } ?? "") + (lastWords.isEmpty ? "" : ": \(lastWords)")
    }
  }

  /// Waits for the end, and says how it came.
  public func wait() -> Ending {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7f
    let code = status >> 8 & 0xff
    let description =
      if let overdue {
        "the process was stopped: \(overdue)"
      } else if signal != 0 {
        "the process died of signal \(signal) (\(String(cString: strsignal(signal))))"
      } else {
        "the process ended with status \(code)"
      }
    note[Worker.noteBytes - 1] = 0
    let place = String(cString: note)
    return Ending(
      description: description, place: place.isEmpty ? nil : place, lastWords: lastWords(),
      isOverdue: overdue != nil, isOrdinary: overdue == nil && signal == 0 && code == 0)
  }

  /// Writes to this process's standard error what the child wrote to its own.
  public func forwardErrors() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    var offset: off_t = 0
    while true {
      let count = pread(fileno(errors), &buffer, buffer.count, offset)
      guard count > 0 else { return }
      _ = write(STDERR_FILENO, buffer, count)
      offset += count
    }
  }

  private func lastWords() -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = pread(fileno(errors), &buffer, buffer.count, 0)
    guard count > 0 else { return "" }
    let lines = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
    return String(lines.first { $0.contains("Fatal error") } ?? lines.first ?? "")
  }
}
