import ConformanceSuite
// stdout is a C global that nothing here replaces.
@preconcurrency import Glibc

/// The line at the foot of a terminal that tells how far a run has come; elsewhere nothing.
struct Progress {
  private static let isShown =
    isatty(STDOUT_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"
  /// What erases the line; empty where there is none.
  static let erasure = isShown ? "\r\u{1b}[K" : ""

  private let total: Int
  private var done = 0
  private var lastShown = 0.0

  init(total: Int) { self.total = total }

  /// Erases the line, before something else is printed.
  func clear() { fputs(Progress.erasure, stdout) }

  /// Shows the case about to run: where a plugin hangs, the line tells in what.
  mutating func start(_ id: String, failed: Int) {
    done += 1
    guard Progress.isShown else { return }
    let now = Progress.seconds()
    // Often enough to look alive, seldom enough to cost nothing.
    guard now - lastShown > 0.05 || done == total else { return }
    lastShown = now
    // Tier, operator and types; the cases of one combination take no time.
    let place = id.split(separator: ".").prefix(3).joined(separator: ".")
    let failures = failed > 0 ? ", \(failed) failed" : ""
    let text = "\(done)/\(total) (\(done * 100 / max(total, 1))%) \(place)\(failures)"
    // A longer line would wrap, and then not be erased.
    fputs(Progress.erasure + text.prefix(max(Progress.width() - 1, 1)), stdout)
    fflush(stdout)
  }

  /// Seconds of a clock that only goes forward.
  static func seconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }

  private static func width() -> Int {
    var size = winsize()
    return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
