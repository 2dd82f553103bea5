import Glibc
import Text

/// A trace that is being written, in the JSON object form of Chrome's trace format. It is written as it grows, in large
/// pieces.
final class TraceFile: Sendable {
  private struct State {
    /// Nil at the end.
    var destination: TraceDestination?
    /// Events that are not written yet.
    var pending: [UInt8] = []
    /// Threads in the order of their first call.
    var threads: [pthread_t: Int] = [:]
  }

  private static let pieceBytes = 1 << 16
  let path: String
  private let start: UInt64
  private let state: Lock<State>

  init(_ path: String) throws(BackplaneError) {
    guard let destination = TraceDestination(path) else {
      throw BackplaneError(.file, "\(path): the trace cannot be written: \(String(cString: strerror(errno)))")
    }
    self.path = path
    start = TraceFile.now()
    state = Lock(State(destination: destination))
    let name = jsonQuoted(CommandLine.arguments.first ?? "program")
    append("{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":\(getpid()),\"tid\":0,\"args\":{\"name\":\(name)}}")
  }

  /// Nanoseconds of the clock that never goes back, which all programs of the machine share.
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
        + "\"ts\":\(TraceFile.microseconds(begin)),"
        + "\"dur\":\(TraceFile.microseconds(max(end, begin) - begin)),"
        + "\"pid\":\(getpid()),\"tid\":\(threadNumber()),\"args\":{\(words)}}")
  }

  /// A moment with a text, such as a line that a plugin logs in a call.
  func note(_ text: String, category: String) {
    append(
      "{\"name\":\(jsonQuoted(text)),\"cat\":\(jsonQuoted(category)),\"ph\":\"i\",\"s\":\"t\","
        + "\"ts\":\(TraceFile.microseconds(max(TraceFile.now(), start))),\"pid\":\(getpid()),"
        + "\"tid\":\(threadNumber())}")
  }

  private func threadNumber() -> Int {
    state.withLock { state in
      let next = state.threads.count + 1
      let number = state.threads[pthread_self()] ?? next
      state.threads[pthread_self()] = number
      return number
    }
  }

  /// Writes what is left, and ends the trace.
  func close() {
    state.withLock { state in
      if !state.pending.isEmpty { write(&state) }
      guard let destination = state.destination else { return }
      state.destination = nil
      if !destination.close() { complain() }
    }
  }

  private func append(_ event: String) {
    state.withLock { state in
      guard state.destination != nil else { return }
      if !state.pending.isEmpty { state.pending += Array(",\n".utf8) }
      state.pending += Array(event.utf8)
      if state.pending.count >= TraceFile.pieceBytes { write(&state) }
    }
  }

  /// A disk that is full ends the trace, not the program.
  private func write(_ state: inout State) {
    if state.destination?.add(state.pending) == false {
      complain()
      _ = state.destination?.close()
      state.destination = nil
    }
    state.pending.removeAll(keepingCapacity: true)
  }

  private func complain() {
    Log.write(.error, "\(path): the trace ends early: \(String(cString: strerror(errno)))")
  }

  private static func microseconds(_ nanoseconds: UInt64) -> String {
    let rest = String(nanoseconds % 1000)
    return "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - rest.utf8.count))\(rest)"
  }
}
