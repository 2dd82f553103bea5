import Backplane
import Glibc
import Isolation

/// The child's side: reads one input after the other, within limits of memory and of its own processor's time.
enum FileFuzzWorker {
  /// What reading may take beyond four times the file.
  private static let allowance = 64 << 20
  private static let secondsPerInput = 20

  static func run<Format: FileFormat>(_ type: Format.Type, _ options: FileFuzzOptions) throws {
    let format = Format()
    let folder = try ScratchFolder()
    defer { folder.remove() }
    // What is loaded once, the device's plugin and zlib, is no input's.
    try saveNPZ(["x": Tensor.zeros([1000], device: options.device)], to: folder.output, compressed: true)
    _ = try loadNPZ(folder.output, device: options.device)
    let base = peakMemory()
    limitAddressSpace()
    var refused = 0
    func stop(before index: Int) {
      Worker.leave()
      Worker.report(["next", "\(index)", "\(refused)"])
    }
    for index in options.first..<options.first + options.count {
      Worker.enter("\(index)")
      limitProcessorTime()
      let (bytes, isRefused) = try read(format, options, index, folder)
      refused += isRefused ? 1 : 0
      let growth = peakMemory() - base
      if growth > allowance + 4 * bytes {
        Worker.report(["finding", "\(index)", "reading \(bytes) bytes took \(growth) bytes of memory"])
        // The peak stays: what comes after has to be measured anew.
        return stop(before: index + 1)
      }
    }
    stop(before: options.first + options.count)
  }

  /// Reads one input and reports what is wrong; its length, and whether it was refused.
  private static func read<Format: FileFormat>(
    _ format: Format, _ options: FileFuzzOptions, _ index: Int, _ folder: ScratchFolder
  ) throws -> (byteCount: Int, isRefused: Bool) {
    let bytes = Format.input(format, seed: options.seed, index: index)
    try folder.write(bytes)
    let file = FileUnderTest(
      path: folder.input, bytes: bytes, target: folder.output, device: options.device, isWritten: index % 4 == 0)
    do {
      if let problem = try format.read(file) { Worker.report(["finding", "\(index)", problem]) }
    } catch let error as BackplaneError {
      if let problem = problem(error, file) { Worker.report(["finding", "\(index)", problem]) }
      return (bytes.count, true)
    }
    return (bytes.count, false)
  }

  /// What is wrong with an error.
  private static func problem(_ error: BackplaneError, _ file: FileUnderTest) -> String? {
    guard error.kind == .file || error.kind == .outOfMemory else { return "an error of kind \(error.kind): \(error)" }
    if !error.message.contains(file.path) { return "the error does not name the file: \(error)" }
    if error.message.utf8.count > 2000 { return "an error of \(error.message.utf8.count) bytes" }
    return error.message.contains("\n") ? "an error of several lines: \(error)" : nil
  }

  // MARK: Limits

  /// The most memory that was in use at one time, in bytes.
  private static func peakMemory() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  /// Memory that is asked for and not touched counts too: what goes far beyond the allowance is refused.
  private static func limitAddressSpace() {
    guard let file = fopen("/proc/self/statm", "re") else { return }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, Int32(line.count), file) != nil else { return }
    let pages = strtol(line, nil, 10)
    let limit = rlim_t(pages * sysconf(Int32(_SC_PAGESIZE)) + 4 * allowance)
    var limits = rlimit(rlim_cur: limit, rlim_max: limit)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits)
  }

  /// Begins the input's time, at the end of which the process is killed.
  private static func limitProcessorTime() {
    var timer = itimerval()
    timer.it_value.tv_sec = secondsPerInput
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
  }
}

/// Where an input lies while it is read: in memory, where there is a file system of that kind.
private struct ScratchFolder {
  private let path: String
  let input: String
  let output: String

  init() throws {
    let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(parent)/backplane-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FileFuzzOptions.Failure("\(parent): no folder can be made in it") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    (input, output) = (path + "/input", path + "/output")
  }

  /// The file is given an age: a reader waits until a file is not quite new.
  func write(_ bytes: [UInt8]) throws {
    let descriptor = open(input, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw FileFuzzOptions.Failure("\(input) cannot be written")
    }
    let times = [timespec(tv_sec: 1_000_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000_000, tv_nsec: 0)]
    futimens(descriptor, times)
    close(descriptor)
  }

  func remove() {
    unlink(input)
    unlink(output)
    rmdir(path)
  }
}
