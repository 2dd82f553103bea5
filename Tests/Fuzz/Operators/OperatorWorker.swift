import Backplane
import Glibc
import Isolation

/// The child's side: makes the calls, and tells before each where it is.
enum OperatorWorker {
  static let option = "--worker"

  /// - Parameter arguments: The job, the place in the plan, the case to begin with; then the parent's own.
  static func main(_ arguments: [String]) -> Int32 {
    guard arguments.count >= 3, let job = Int(arguments[0]), let first = Int(arguments[1]),
      let firstCase = Int(arguments[2]), let options = try? OperatorFuzzOptions(Array(arguments.dropFirst(3))),
      Worker.start()
    else { return 2 }
    let device = Device(options.device)
    let foreign = options.device == "reference" ? "cpu" : "reference"
    for name in [options.device, foreign] where isAvailable(Device(name)) {
      _ = try? withErrors {
        Tensor.ones([64, 64], device: Device(name)).matmul(.ones([64, 64], device: Device(name)))
      }
    }
    guard isAvailable(device) else {
      Worker.report(["error", "there is no device \(device)"])
      return 2
    }
    CallLimits.limitMemory()
    let start = CallLimits.addressSpace()
    let plan = options.plan
    for index in first..<plan.count where index % options.jobs == job {
      Worker.enter(Place(index, number: nil, isHuge: false, "base calls").text)
      CallLimits.limitTime(60)
      let op = FuzzedOperator(
        plan[index].name, seed: options.seed, on: device, foreignDevice: isAvailable(Device(foreign)) ? foreign : nil)
      CallLimits.limitTime(0)
      Worker.report(["operator", "\(index)", op.bases.overloads.map { $0.isEmpty ? "0" : "1" }.joined()])
      var successes = 0
      for number in (index == first ? firstCase : plan[index].cases.lowerBound)..<plan[index].cases.upperBound {
        let call = op.call(number)
        let place = Place(index, number: number, isHuge: call.isHuge, "\(call)")
        if options.number != nil { Worker.report(["call", "\(call)"]) }
        Worker.enter(place.text)
        let peak = CallLimits.peak()
        let time = CallLimits.time()
        CallLimits.limitTime(call.isHuge ? CallLimits.secondsOfHugeCalls : CallLimits.seconds)
        manualSeed(options.seed)
        let error = call.run(on: device, looksAtResults: true)
        CallLimits.limitTime(0)
        let seconds = CallLimits.time() - time
        if seconds > 0.5 { Worker.report(["slow", place.text, "\(seconds)"]) }
        if CallLimits.peak() - peak > 1 << 29 { Worker.report(["large", place.text, "\(CallLimits.peak() - peak)"]) }
        if error == nil { successes += 1 }
        if let error, error.kind == .internal { Worker.report(["defect", place.text, error.message]) }
        if options.number != nil { Worker.report(["outcome", error.map { "\($0.kind): \($0)" } ?? "succeeds"]) }
        if CallLimits.addressSpace() - start > 1 << 30 {
          try? emptyCache(device)
          if CallLimits.addressSpace() - start > 1 << 30 {
            // What is kept for good would make later calls fail.
            Worker.report(["again", "\(index)", "\(number + 1)", "\(successes)"])
            return 0
          }
        }
      }
      Worker.report(["done", "\(index)", "\(successes)"])
    }
    Worker.leave()
    Worker.report(["end"])
    return 0
  }

  /// Where a child is, as its note says: which case of the plan, and what it calls.
  struct Place {
    let index: Int
    /// Nil while base calls are tried.
    let number: Int?
    let isHuge: Bool
    let call: String

    init(_ index: Int, number: Int?, isHuge: Bool, _ call: String) {
      self.index = index
      self.number = number
      self.isHuge = isHuge
      self.call = call
    }

    var text: String { "\(index) \(number ?? -1) \(isHuge ? 1 : 0) \(call)" }

    init?(_ text: String) {
      let parts = text.split(separator: " ", maxSplits: 3)
      guard parts.count == 4, let index = Int(parts[0]), let number = Int(parts[1]) else { return nil }
      self.init(index, number: number < 0 ? nil : number, isHuge: parts[2] == "1", String(parts[3]))
    }
  }
}
