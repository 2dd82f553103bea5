import Glibc

/// What a process has used of the processors, with all that it has started: a compiler that it waits for works for it.
enum ProcessorTime {
  /// In seconds; what has ended counts once its parent has waited for it. And whether a thread is running, waits for a
  /// processor, or for a disk: it would go on if the machine let it.
  static func used(by process: pid_t) -> (seconds: Double, wantsMore: Bool) {
    var ticks: [pid_t: Int] = [:]
    var parents: [pid_t: pid_t] = [:]
    for id in numbers(in: "/proc") {
      guard let fields = fields(of: "/proc/\(id)/stat") else { continue }
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
    let family = ticks.keys.filter(belongs)
    let sum = family.reduce(0) { $0 + (ticks[$1] ?? 0) }
    let wantsMore = family.contains { id in
      numbers(in: "/proc/\(id)/task").contains { thread in
        ["R", "D"].contains(fields(of: "/proc/\(id)/task/\(thread)/stat")?[0])
      }
    }
    return (Double(sum) / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1)), wantsMore)
  }

  /// The entries of a folder that are numbers: of processes, or of a process's threads.
  private static func numbers(in folder: String) -> [pid_t] {
    guard let listing = opendir(folder) else { return [] }
    defer { closedir(listing) }
    var numbers: [pid_t] = []
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if let number = pid_t(name) { numbers.append(number) }
    }
    return numbers
  }

  /// The fields of a `stat` file from the third on: the name before them may hold anything.
  private static func fields(of path: String) -> [Substring]? {
    guard let file = fopen(path, "re") else { return nil }
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
/// none, and sleeps whenever one looks; one that merely has to share the processors is seen waiting for them.
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
    start = (Watch.now(), ProcessorTime.used(by: process).seconds)
    stretch = start
  }

  /// Why it is to be stopped, or nil.
  mutating func verdict() -> String? {
    let (used, wantsMore) = ProcessorTime.used(by: process)
    let now = (wall: Watch.now(), used: used)
    if now.used - start.used >= limit { return "no end within \(Watch.text(limit)) s of processor time" }
    let idleSeconds = max(limit, Watch.leastIdleSeconds)
    if wantsMore { stretch = now }
    if now.wall - stretch.wall >= idleSeconds {
      if now.used - stretch.used < Watch.idleShare * (now.wall - stretch.wall) {
        return "no end, and nothing done within \(Watch.text(idleSeconds)) s"
      }
      stretch = now
    }
    let longest = Watch.wallFactor * idleSeconds
    return !wantsMore && now.wall - start.wall >= longest ? "no end within \(Watch.text(longest)) s" : nil
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
