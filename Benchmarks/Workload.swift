import Backplane

/// One thing to measure.
struct Workload {
  /// What is run again and again, and how its last result is checked.
  struct Job {
    let run: () throws -> Void
    let check: () throws -> Void
  }

  let name: String
  /// How often one timed run repeats the work: for work that is shorter than the clock is exact.
  var repetitions = 1
  /// Makes the inputs on the device.
  let prepare: (Device) throws -> Job

  static var all: [Workload] {
    dispatch + elementwise + matrixProducts + reductions + movement + random + training + [
      ProcessStart.workload
    ]
  }

  /// The median time of one run, by the method of the peers' script: three runs to warm up, then runs for
  /// 0.6 seconds, at least 5 and at most 400 of them.
  func median(on device: Device) throws -> Double {
    let clock = ContinuousClock()
    return try noGrad {
      let job = try withErrors { try prepare(device) }
      func time() throws -> Double {
        let duration = try clock.measure {
          try withErrors {
            for _ in 0..<repetitions { try job.run() }
          }
          try synchronize(device)
        }
        return duration / .seconds(1)
      }
      for _ in 0..<3 { _ = try time() }
      var times: [Double] = []
      let start = clock.now
      while times.count < 5 || (times.count < 400 && clock.now - start < .milliseconds(600)) {
        times.append(try time())
      }
      try withErrors { try job.check() }
      times.sort()
      let middle = times.count / 2
      return (times.count % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2)
        / Double(repetitions)
    }
  }
}
