import Backplane

/// How often a workload is run: as often as the peers' script does, since a device that is kept at work runs slower.
struct Pace {
  /// The first always, the others within the limit.
  let warmUps: Int
  let least: Int
  let most: Int
  /// Time after which there are no more runs than the least.
  let limit: Duration

  static let processor = Pace(warmUps: 3, least: 5, most: 400, limit: .milliseconds(600))
  static let accelerator = Pace(warmUps: 5, least: 3, most: 30, limit: .seconds(1))
  static let step = Pace(warmUps: 3, least: 5, most: 400, limit: .seconds(2))
  static let training = Pace(warmUps: 5, least: 3, most: 100, limit: .seconds(1))
}

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
  var pace = Pace.processor
  /// Makes the inputs on the device.
  let prepare: (Device) throws -> Job

  static var all: [Workload] {
    dispatch + elementwise + matrixProducts + reductions + selection + movement + factorizations
      + fourier + random + convolutions + normalizations
      + attentionWorkloads + training + networks + [ProcessStart.workload]
  }

  /// The median time of one run, at the workload's pace.
  func median(on device: Device) throws -> Double {
    let clock = ContinuousClock()
    return try noGrad {
      let job = try withErrors { try prepare(device) }
      func time() throws -> Double { try clock.measure { try perform(job, on: device) } / .seconds(1) }
      _ = try time()
      var start = clock.now
      for _ in 1..<pace.warmUps where clock.now - start < pace.limit { _ = try time() }
      var times: [Double] = []
      start = clock.now
      while times.count < pace.least || (times.count < pace.most && clock.now - start < pace.limit) {
        times.append(try time())
      }
      try withErrors { try job.check() }
      times.sort()
      let middle = times.count / 2
      return (times.count % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2)
        / Double(repetitions)
    }
  }

  /// Runs it so many times, without a check.
  func run(_ times: Int, on device: Device) throws {
    try noGrad {
      let job = try withErrors { try prepare(device) }
      for _ in 0..<times { try perform(job, on: device) }
    }
  }

  /// One run, to its end on the device.
  private func perform(_ job: Job, on device: Device) throws {
    try withErrors {
      for _ in 0..<repetitions { try job.run() }
    }
    try synchronize(device)
  }
}
