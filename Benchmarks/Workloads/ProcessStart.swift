import Backplane
import Glibc

/// From the start of a process to its first result: the program runs itself.
enum ProcessStart {
  static let argument = "--first-result"

  /// What the child does.
  static func child() -> Int32 {
    do {
      let sum = try withErrors { (Tensor([1.0, 2.0]) + Tensor([3.0, 4.0])).toArray(Float.self) }
      return sum == [4, 6] ? 0 : 1
    } catch {
      return 2
    }
  }

  static var workload: Workload {
    Workload(name: "process_start") { device in
      var environment = [strdup("BACKPLANE_DEVICE=\(device)")]
      var variable = environ
      while let entry = variable.pointee {
        if strncmp(entry, "BACKPLANE_DEVICE=", 17) != 0 { environment.append(entry) }
        variable += 1
      }
      environment.append(nil)
      let variables = environment
      let arguments = [strdup("benchmarks"), strdup(argument), nil]
      var status: Int32 = 0
      return Workload.Job {
        var child = pid_t()
        let code = posix_spawn(&child, "/proc/self/exe", nil, nil, arguments, variables)
        guard code == 0 else { throw Complaint("cannot start: \(String(cString: strerror(code)))") }
        while waitpid(child, &status, 0) == -1 && errno == EINTR {}
      } check: {
        guard status == 0 else {
          throw Complaint("wrong result: the process ended with wait status \(status)")
        }
      }
    }
  }
}
