import Glibc

/// What one call may take: this process's time and memory, whatever else the machine does.
enum CallLimits {
  /// Processor time, in seconds.
  static let seconds = 6.0
  /// What calls over tensors of 2^50 elements get: honest work, which nobody can wait for.
  static let secondsOfHugeCalls = 0.3
  /// Address space beyond what the process has taken when the limit is set.
  static let bytes = 4 << 30

  /// Sets the limit of memory; core files would be written for every death.
  static func limitMemory() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    let limit = rlim_t(addressSpace() + bytes)
    var space = rlimit(rlim_cur: limit, rlim_max: limit)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &space)
  }

  /// From now on the process may use so much processor time before SIGPROF ends it; 0 takes the limit back.
  static func limitTime(_ seconds: Double) {
    let whole = seconds.rounded(.down)
    var timer = itimerval(
      it_interval: timeval(), it_value: timeval(tv_sec: Int(whole), tv_usec: Int((seconds - whole) * 1e6)))
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
  }

  /// Processor time of this process so far, in seconds.
  static func time() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// The most memory that the process ever held, in bytes.
  static func peak() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss << 10
  }

  /// The address space that the process has taken, in bytes.
  static func addressSpace() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    return strtol(line, nil, 10) * sysconf(Int32(_SC_PAGESIZE))
  }
}
