import Glibc

/// The environment variables that Backplane reads, each once per use.
enum Environment {
  /// `BACKPLANE_DEVICE`: the default device.
  static var device: String? { variable("BACKPLANE_DEVICE") }
  /// `BACKPLANE_PLUGIN_PATH`: colon-separated plugin files and folders.
  static var pluginPath: [String] {
    variable("BACKPLANE_PLUGIN_PATH")?.split(separator: ":").map(String.init) ?? []
  }
  /// `BACKPLANE_FALLBACK`: the device that takes operators another one lacks.
  static var fallback: String? { variable("BACKPLANE_FALLBACK") }
  /// `BACKPLANE_LOG`: error, warning, info or debug.
  static var log: String? { variable("BACKPLANE_LOG") }
  /// `BACKPLANE_RECORD`: the case file to write the operator calls to.
  static var record: String? { variable("BACKPLANE_RECORD") }
  /// `BACKPLANE_VALIDATE`: 1, log or fatal.
  static var validate: String? { variable("BACKPLANE_VALIDATE") }
  /// `BACKPLANE_TRACE`: the file to write the trace to.
  static var trace: String? { variable("BACKPLANE_TRACE") }

  /// An empty value counts as unset, as in `BACKPLANE_DEVICE= program`.
  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }
}

/// Lines for the person who runs the program, on standard error, filtered by `BACKPLANE_LOG`.
enum Log {
  enum Level: Int32 {
    case error = 1
    case warning, info, debug
  }

  private static let threshold: Level =
    switch Environment.log {
    case "error": .error
    case "info": .info
    case "debug": .debug
    default: .warning
    }

  static func write(_ level: Level, _ message: @autoclosure () -> String) {
    guard level.rawValue <= threshold.rawValue else { return }
    let line = "backplane: \(level): \(message())\n"
    _ = line.withCString { Glibc.write(2, $0, strlen($0)) }
  }
}
