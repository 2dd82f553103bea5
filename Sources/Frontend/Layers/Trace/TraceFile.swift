import Glibc

/// A file of trace events, in the JSON object form of Chrome's trace format. Written as it grows, in large pieces.
final class TraceFile: Sendable {
  private struct State {
    var descriptor: Int32
    var pending: [UInt8] = []
    var isFirst = true
    /// Threads in the order of their first call.
    var threads: [pthread_t: Int] = [:]
  }

  private static let pieceBytes = 1 << 16
  let path: String
  private let start: UInt64
  private let state: Lock<State>

  init(_ path: String) throws(BackplaneError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw BackplaneError(.file, "\(path): the trace cannot be written: \(String(cString: strerror(errno)))")
    }
    self.path = path
    start = TraceFile.now()
    state = Lock(State(descriptor: descriptor))
    state.withLock { $0.pending = Array("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[".utf8) }
    let name = jsonQuoted(CommandLine.arguments.first ?? "program")
    append("{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":\(getpid()),\"tid\":0,\"args\":{\"name\":\(name)}}")
  }

  /// Nanoseconds of the clock that never goes back.
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// A complete event.
  ///
  /// - Parameter arguments: Names with values in JSON.
  func add(_ name: String, category: String, from begin: UInt64, to end: UInt64, _ arguments: [(String, String)]) {
    let begin = max(begin, start)
    let words = arguments.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
    append(
      "{\"name\":\(jsonQuoted(name)),\"cat\":\(jsonQuoted(category)),\"ph\":\"X\","
        + "\"ts\":\(TraceFile.microseconds(begin - start)),"
        + "\"dur\":\(TraceFile.microseconds(max(end, begin) - begin)),"
        + "\"pid\":\(getpid()),\"tid\":\(threadNumber()),\"args\":{\(words)}}")
  }

  private func threadNumber() -> Int {
    state.withLock { state in
      let next = state.threads.count + 1
      let number = state.threads[pthread_self()] ?? next
      state.threads[pthread_self()] = number
      return number
    }
  }

  /// Completes the file.
  func close() {
    state.withLock { state in
      guard state.descriptor >= 0 else { return }
      state.pending += Array("\n]}\n".utf8)
      write(&state)
      guard state.descriptor >= 0 else { return }
      Glibc.close(state.descriptor)
      state.descriptor = -1
    }
  }

  private func append(_ event: String) {
    state.withLock { state in
      guard state.descriptor >= 0 else { return }
      state.pending += Array((state.isFirst ? "\n" : ",\n").utf8)
      state.pending += Array(event.utf8)
      state.isFirst = false
      if state.pending.count >= TraceFile.pieceBytes { write(&state) }
    }
  }

  /// A disk that is full ends the trace, not the program.
  private func write(_ state: inout State) {
    var written = 0
    while written < state.pending.count {
      let count = state.pending.withUnsafeBytes {
        Glibc.write(state.descriptor, $0.baseAddress! + written, $0.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        Log.write(.error, "\(path): the trace ends early: \(String(cString: strerror(errno)))")
        Glibc.close(state.descriptor)
        state.descriptor = -1
        break
      }
      written += count
    }
    state.pending.removeAll(keepingCapacity: true)
  }

  private static func microseconds(_ nanoseconds: UInt64) -> String {
    let rest = String(nanoseconds % 1000)
    return "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - rest.utf8.count))\(rest)"
  }
}
