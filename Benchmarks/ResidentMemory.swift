import Glibc

/// The resident memory that a workload takes, measured in a process that runs no other.
enum ResidentMemory {
  static let argument = "--memory-of"
  /// Steps after which a workload takes no more memory than before.
  private static let runs = 5

  /// What the child measures, in MiB: the peak above what was resident before the workload's inputs were made; of the
  /// start of a process, the peak up to its first result.
  static func taken(by name: String) throws -> Double {
    try ProcessStart.firstResult()
    if name == ProcessStart.name { return try megabytes("VmHWM") }
    guard let workload = (Workload.all + Workload.accelerator).first(where: { $0.name == name }) else {
      throw Complaint("no workload is named so")
    }
    try forgetPeak()
    let start = try megabytes("VmRSS")
    try workload.run(runs, on: .default)
    return try megabytes("VmHWM") - start
  }

  /// The peak is counted anew: what starting took is no part of the workload.
  private static func forgetPeak() throws {
    guard let file = fopen("/proc/self/clear_refs", "w") else { throw failure("/proc/self/clear_refs") }
    // What is written arrives when the file is closed.
    fputs("5", file)
    guard fclose(file) == 0 else { throw failure("/proc/self/clear_refs") }
  }

  /// Of the kind that proc_pid_status(5) calls VmRSS, now, or VmHWM, at the peak.
  private static func megabytes(_ kind: String) throws -> Double {
    guard let file = fopen("/proc/self/status", "r") else { throw failure("/proc/self/status") }
    defer { fclose(file) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, file) > 0 {
      let words = String(cString: line!).split(whereSeparator: \.isWhitespace)
      if words.count > 1, words[0] == kind + ":", let kibibytes = Double(words[1]) { return kibibytes / 1024 }
    }
    throw Complaint("/proc/self/status has no \(kind)")
  }

  private static func failure(_ file: String) -> Complaint { Complaint("\(file): \(String(cString: strerror(errno)))") }
}
