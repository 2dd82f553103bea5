import Glibc
import PluginHost

/// A line on standard error that shows how far a task has come, as tqdm does: nothing where that is no terminal.
///
/// ```swift
/// let bar = ProgressBar(total: 1000, description: "writing")
/// for _ in 0..<10 { bar.update(100) }
/// bar.close()
/// ```
public final class ProgressBar {
  /// How many elements there are, if that is known.
  public let total: Int?
  /// How many are done.
  public private(set) var count = 0

  private var description: String
  private var postfix = ""
  private let leave: Bool
  private let isShown: Bool
  private let width: Int
  private let clock: () -> Double
  private let write: (String) -> Void
  private var begin: Double
  private var lastShown = -Double.infinity
  private var lastLength = 0
  private var isClosed = false

  /// Seconds between two lines.
  private static let interval = 0.1

  /// Makes a bar, which shows itself from the start.
  ///
  /// - Parameters:
  ///   - total: How many elements there are, if that is known.
  ///   - description: What stands in front.
  ///   - leave: Whether the bar stays when it is closed.
  public convenience init(total: Int? = nil, description: String = "", leave: Bool = true) {
    self.init(
      total: total, description: description, leave: leave, isShown: isatty(STDERR_FILENO) == 1,
      width: ProgressBar.terminalWidth(), clock: ProgressBar.seconds
    ) { text in
      var text = text
      // A line that cannot be written is not worth an error.
      _ = text.withUTF8 { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
  }

  /// For tests: on a terminal that is none, at times that are told.
  package init(
    total: Int?, description: String, leave: Bool, isShown: Bool, width: Int, clock: @escaping () -> Double,
    write: @escaping (String) -> Void
  ) {
    (self.total, self.description, self.leave, self.isShown) = (total, description, leave, isShown)
    (self.width, self.clock, self.write) = (width, clock, write)
    begin = clock()
    show()
  }

  deinit { close() }

  /// Begins anew, at nothing.
  func start() {
    (count, begin, lastShown, isClosed) = (0, clock(), -.infinity, false)
    show()
  }

  /// Notes that more elements are done.
  public func update(_ more: Int = 1) {
    count &+= more
    showIfDue()
  }

  /// Puts another text in front of the bar.
  public func setDescription(_ text: String) {
    description = text
    showIfDue()
  }

  /// Puts a text behind the bar.
  public func setPostfix(_ text: String) {
    postfix = text
    showIfDue()
  }

  /// Puts numbers behind the bar, in the order of their names.
  public func setPostfix(_ numbers: [String: Double]) {
    guard isShown else { return }
    setPostfix(
      numbers.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.short(3))" }
        .joined(separator: ", "))
  }

  /// Shows the bar for the last time.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    guard isShown else { return }
    if leave {
      show()
      write("\n")
    } else {
      write("\r" + String(repeating: " ", count: lastLength) + "\r")
    }
  }

  // MARK: The line

  private func showIfDue() {
    guard isShown, clock() - lastShown >= ProgressBar.interval else { return }
    show()
  }

  private func show() {
    guard isShown else { return }
    lastShown = clock()
    let line = ProgressBar.line(
      count, of: total, seconds: lastShown - begin, description: description, postfix: postfix, width: width)
    // What of the last line is longer is wiped out.
    write("\r" + line.padded(to: lastLength))
    lastLength = line.count
  }

  /// The line, which is not longer than the terminal is wide.
  package static func line(
    _ count: Int, of total: Int?, seconds: Double, description: String, postfix: String, width: Int
  ) -> String {
    let rate = seconds > 0 && count > 0 ? Double(count) / seconds : nil
    let speed = rate.map { $0 >= 1 ? "\(three($0))it/s" : "\(three(1 / $0))s/it" } ?? "?it/s"
    let front = description.isEmpty ? "" : "\(description): "
    let end = (postfix.isEmpty ? "" : ", \(postfix)") + "]"
    guard let total, total > 0, count <= total else {
      return String("\(front)\(count)it [\(time(seconds)), \(speed)\(end)".prefix(width))
    }
    let left = rate.map { time(Double(total - count) / $0) } ?? "?"
    let percent = "\(100 * Double(count) / Double(total))".prefix { $0 != "." }
    let head = front + String(repeating: " ", count: max(0, 3 - percent.count)) + "\(percent)%|"
    let tail = "| \(count)/\(total) [\(time(seconds))<\(left), \(speed)\(end)"
    let room = width - head.count - tail.count
    guard room > 0 else { return String((head.dropLast() + tail.dropFirst()).prefix(width)) }
    return head + filled(Double(count) / Double(total), room) + tail
  }

  /// So much of a bar, to an eighth of a character.
  private static func filled(_ part: Double, _ width: Int) -> String {
    let eighths = Int(part * Double(width) * 8)
    let (whole, rest) = (min(eighths / 8, width), eighths % 8)
    var result = String(repeating: "█", count: whole)
    if whole < width {
      result.append([" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][rest])
      result += String(repeating: " ", count: width - whole - 1)
    }
    return result
  }

  private static func three(_ value: Double) -> String { value.fixed(value < 100 ? 2 : value < 1000 ? 1 : 0) }

  /// `mm:ss`, or `h:mm:ss`.
  private static func time(_ seconds: Double) -> String {
    guard seconds >= 0, seconds < 1e9 else { return "?" }
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let whole = Int(seconds)
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return (hours > 0 ? "\(hours):" : "") + "\(two(minutes)):\(two(whole % 60))"
  }

  private static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func terminalWidth() -> Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 10 else { return 80 }
    return Int(size.ws_col) - 1
  }
}
