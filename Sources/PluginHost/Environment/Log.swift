import Glibc

/// Lines for the person who runs the program, on standard error, filtered by `BACKPLANE_LOG`.
package enum Log {
  package enum Level: Int32 {
    case error = 1
    case warning, info, debug

    package init?(name: String) {
      switch name {
      case "error": self = .error
      case "warning": self = .warning
      case "info": self = .info
      case "debug": self = .debug
      default: return nil
      }
    }
  }

  private static let threshold = Environment.log.flatMap { Level(name: $0) } ?? .warning

  package static func write(_ level: Level, _ message: @autoclosure () -> String) {
    guard level.rawValue <= threshold.rawValue else { return }
    let line = "backplane: \(level): \(message())\n"
    _ = line.withCString { Glibc.write(2, $0, strlen($0)) }
  }
}
