import Backplane

/// From the start of a process to its first result: the program runs itself.
enum ProcessStart {
  static let name = "process_start"
  static let argument = "--first-result"

  /// On the default device.
  static func firstResult() throws {
    let sum = try withErrors { (Tensor([1.0, 2.0]) + Tensor([3.0, 4.0])).toArray(Float.self) }
    guard sum == [4, 6] else { throw Complaint("wrong result: the first sum is \(sum)") }
  }

  /// What the child does.
  static func child() -> Int32 {
    do {
      try firstResult()
      return 0
    } catch {
      return error is Complaint ? 1 : 2
    }
  }

  static var workload: Workload {
    Workload(name: name) { device in
      let process = ChildProcess([argument], device: device)
      var status: Int32 = 0
      return Workload.Job {
        status = try process.run()
      } check: {
        guard status == 0 else {
          throw Complaint("wrong result: the process ended with wait status \(status)")
        }
      }
    }
  }
}
