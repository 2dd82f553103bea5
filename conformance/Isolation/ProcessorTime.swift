import Glibc

/// What a process has used of the processors, with all that it has started: a compiler that it waits for works for it.
enum ProcessorTime {
  /// In seconds; what has ended counts once its parent has waited for it.
  static func used(by process: pid_t) -> Double {
    var ticks: [pid_t: Int] = [:]
    var parents: [pid_t: pid_t] = [:]
    guard let listing = opendir("/proc") else { return 0 }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard let id = pid_t(name), let fields = fields(of: id) else { continue }
      parents[id] = pid_t(fields[1])
      // utime, stime, cutime, cstime
      ticks[id] = fields[11...14].reduce(0) { $0 + (Int($1) ?? 0) }
    }
    func belongs(_ id: pid_t) -> Bool {
      var id = id
      // A number that is used again while the list is read could make a circle.
      for _ in 0..<parents.count where id != process {
        guard let parent = parents[id] else { return false }
        id = parent
      }
      return id == process
    }
    let sum = ticks.reduce(0) { belongs($1.key) ? $0 + $1.value : $0 }
    return Double(sum) / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
  }

  /// The fields of /proc/ID/stat from the third on: the name before them may hold anything.
  private static func fields(of id: pid_t) -> [Substring]? {
    guard let file = fopen("/proc/\(id)/stat", "re") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
    return fields.count > 14 ? fields : nil
  }
}

/// Whether a process takes too long, however busy the machine is.
///
/// What counts is the processor time that it uses. A process that waits for something that never comes uses next to
/// none, which one that merely has to share the processors does not get down to.
struct Watch {
  /// Less than this share of a processor is doing nothing.
  private static let idleShare = 0.01
  private static let leastIdleSeconds = 5.0
  /// What does a little now and then has an end too.
  private static let wallFactor = 20.0

  private let process: pid_t
  private let limit: Double
  private let start: (wall: Double, used: Double)
  /// Where the present stretch of time began, which is looked at as a whole.
  private var stretch: (wall: Double, used: Double)

  /// - Parameter seconds: Of processor time.
  init(_ process: pid_t, seconds: Double) {
    self.process = process
    limit = seconds
    start = (Watch.now(), ProcessorTime.used(by: process))
    stretch = start
  }

  /// Why it is to be stopped, or nil.
  mutating func verdict() -> String? {
    let now = (wall: Watch.now(), used: ProcessorTime.used(by: process))
    if now.used - start.used >= limit { return "no end within \(Watch.text(limit)) s of processor time" }
    let idleSeconds = max(limit, Watch.leastIdleSeconds)
    if now.wall - stretch.wall >= idleSeconds {
      if now.used - stretch.used < Watch.idleShare * (now.wall - stretch.wall) {
        return "no end, and nothing done within \(Watch.text(idleSeconds)) s"
      }
      stretch = now
    }
    let longest = Watch.wallFactor * idleSeconds
    return now.wall - start.wall >= longest ? "no end within \(Watch.text(longest)) s" : nil
  }

  private static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() && seconds < 1e9 ? "\(Int(seconds))" : "\(seconds)"
  }

  private static func now() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }
}
