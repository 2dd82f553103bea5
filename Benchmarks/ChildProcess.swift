import Backplane
import Glibc

/// This program once more, with other arguments and a device as its default.
struct ChildProcess {
  private let arguments: [String]
  private let device: String

  init(_ arguments: [String], device: Device) {
    self.arguments = ["benchmarks"] + arguments
    self.device = "BACKPLANE_DEVICE=\(device)"
  }

  /// Runs it to its end, and returns its wait status.
  func run() throws -> Int32 {
    let words = arguments.map { strdup($0) }, own = strdup(device)
    defer { for string in words + [own] { free(string) } }
    var variables = [own]
    var variable = environ
    while let entry = variable.pointee {
      if strncmp(entry, "BACKPLANE_DEVICE=", 17) != 0 { variables.append(entry) }
      variable += 1
    }
    var child = pid_t()
    let code = posix_spawn(&child, "/proc/self/exe", nil, nil, words + [nil], variables + [nil])
    guard code == 0 else { throw Complaint("cannot start: \(String(cString: strerror(code)))") }
    var status: Int32 = 0
    while waitpid(child, &status, 0) == -1 && errno == EINTR {}
    return status
  }
}
