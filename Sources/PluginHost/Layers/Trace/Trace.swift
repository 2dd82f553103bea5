import Glibc

/// Writes the calls to plugins to a file that Perfetto and Chrome open.
///
/// `BACKPLANE_TRACE=trace.json` traces a whole program. In code:
///
/// ```swift
/// try Trace.start(to: "trace.json")
/// print(Tensor([1, 2, 3], device: "cpu").exp())
/// Trace.stop()
/// ```
///
/// Each call is a complete event: its name is the operator's or the function's, its category the plugin's name, its
/// arguments the operands, bytes, device, stream and status. On a plugin with streams the time is that of giving the
/// work to the device, and the waiting shows in `stream_synchronize`.
///
/// Programs of one job, such as those that a `make` runs, may trace to one file: their events are added up, each under its
/// process. A trace that an earlier job has left is replaced.
///
/// Only plugins that are opened while a trace is running, or with ``PluginLayer/trace``, are traced.
public enum Trace {
  private struct State {
    var file: TraceFile?
    var hasExitHandler = false
  }

  private static let state = Lock(State())

  /// `BACKPLANE_TRACE` is looked at when the first plugin is opened.
  private static let startsFromEnvironment: Void = {
    guard let path = Environment.trace else { return }
    do throws(BackplaneError) { try open(path) } catch {
      Log.write(.error, "BACKPLANE_TRACE: \(error.message); the program goes on without a trace")
    }
  }()

  /// Begins a trace.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file`` where the file cannot be written, or another
  ///   trace is running.
  public static func start(to path: String) throws(BackplaneError) {
    startsFromEnvironment
    try open(path)
  }

  /// Ends the trace and completes its file; without one does nothing. A program's end does the same.
  public static func stop() {
    let file = state.withLock { state in
      defer { state.file = nil }
      return state.file
    }
    file?.close()
  }

  /// Whether a trace is being written.
  public static var isRunning: Bool {
    startsFromEnvironment
    return file != nil
  }

  static var file: TraceFile? { state.withLock { $0.file } }

  private static func open(_ path: String) throws(BackplaneError) {
    try state.withLock { state throws(BackplaneError) in
      if let running = state.file {
        throw BackplaneError(.file, "\(path): a trace is being written already, to \(running.path)")
      }
      state.file = try TraceFile(path)
      if !state.hasExitHandler {
        state.hasExitHandler = true
        atexit { Trace.stop() }
      }
    }
  }
}
