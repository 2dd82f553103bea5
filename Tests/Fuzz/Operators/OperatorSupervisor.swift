import Backplane
import Dispatch
// stdout is a C global that nothing here replaces.
@preconcurrency import Glibc
import Isolation
import Synchronization

/// The parent's side: starts children, goes on after what ended one, and tells what was found.
struct OperatorSupervisor {
  /// How long a child may tell nothing, in seconds of the clock: only what waits for ever takes so long.
  private static let silence = 900.0
  /// What ends so many calls of one operator ends the others too.
  private static let mostDeathsOfOperator = 25

  private let options: OperatorFuzzOptions

  init(_ options: OperatorFuzzOptions) { self.options = options }

  /// What all jobs have found so far.
  private struct Tally {
    var calls = 0
    var successes = 0
    var deaths = 0
    var overdue = 0
    var defects = 0
    /// Calls over tensors of 2^50 elements that were ended.
    var endless = 0
    var lacking: [String] = []
    var overloads = (all: 0, called: 0)
    var slowest: [(seconds: Double, text: String)] = []
    var largest: [(bytes: Int, text: String)] = []
    var problem: String?

    var findings: Int { deaths + overdue + defects }
  }

  private final class Shared: Sendable {
    let tally = Mutex(Tally())
    /// A child that starts between another's pipe and its flags would hold that pipe open.
    let starting = Mutex(())
  }

  func run() -> Int32 {
    // One thread: the processor time of a call is then that of its work.
    setenv("BACKPLANE_CPU_THREADS", "1", 1)
    setenv("OPENBLAS_NUM_THREADS", "1", 1)
    let plan = options.plan
    let shared = Shared()
    DispatchQueue.concurrentPerform(iterations: options.jobs) { job in supervise(job, plan, shared) }
    return shared.tally.withLock { summarize($0, plan) }
  }

  private func supervise(_ job: Int, _ plan: [(name: String, cases: Range<Int>)], _ shared: Shared) {
    guard var index = plan.indices.first(where: { $0 % options.jobs == job }) else { return }
    var number = plan[index].cases.lowerBound
    var deaths: [Int: Int] = [:]
    while index < plan.count {
      let arguments =
        ["operators", OperatorWorker.option, "\(job)", "\(index)", "\(number)"] + options.arguments
      let child: Child
      do {
        child = try shared.starting.withLock { _ in try Child(arguments) }
      } catch {
        shared.tally.withLock { $0.problem = "\(error)" }
        return
      }
      // The successes of a child that dies are those of the operators that it finished.
      var next: (index: Int, number: Int)?
      lines: while let line = child.next(within: OperatorSupervisor.silence), let word = line.first {
        let rest = line.dropFirst()
        switch word {
        case "operator" where rest.count == 2 && number == plan[index].cases.lowerBound || Int(rest[1]) != index:
          note(coverage: rest[2], of: plan[Int(rest[1]) ?? 0].name, shared)
        case "done" where rest.count == 2:
          guard let done = Int(rest[1]) else { break }
          let begun = done == index ? number : plan[done].cases.lowerBound
          shared.tally.withLock {
            $0.calls += plan[done].cases.upperBound - begun
            $0.successes += Int(rest[2]) ?? 0
          }
        case "again" where rest.count == 3:
          guard let at = Int(rest[1]), let then = Int(rest[2]) else { break }
          shared.tally.withLock {
            $0.calls += then - (at == index ? number : plan[at].cases.lowerBound)
            $0.successes += Int(rest[3]) ?? 0
          }
          next = (at, then)
        case "slow" where rest.count == 2:
          guard let place = OperatorWorker.Place(rest[1]), let seconds = Double(rest[2]), !place.isHuge else { break }
          shared.tally.withLock { $0.slowest.append((seconds, text(place, plan))) }
        case "large" where rest.count == 2:
          guard let place = OperatorWorker.Place(rest[1]), let bytes = Int(rest[2]) else { break }
          shared.tally.withLock { $0.largest.append((bytes, text(place, plan))) }
        case "defect" where rest.count == 2:
          guard let place = OperatorWorker.Place(rest[1]) else { break }
          shared.tally.withLock { $0.defects += 1 }
          print("DEFECT  \(text(place, plan))\n        \(rest[2])")
        case "call", "outcome": print(rest.joined())
        case "error": shared.tally.withLock { $0.problem = rest.joined() }
        case "end": next = (plan.count, 0)
        default: break
        }
      }
      let ending = child.wait()
      if let next {
        (index, number) = next
        if index < plan.count, number >= plan[index].cases.upperBound { (index, number) = following(index, plan) }
        continue
      }
      guard let note = ending.place, let place = OperatorWorker.Place(note) else {
        shared.tally.withLock { $0.problem = $0.problem ?? ending.sentence }
        return
      }
      let begun = place.index == index ? number : plan[place.index].cases.lowerBound
      let isOverTime = ending.description.contains("signal \(SIGPROF) ")
      shared.tally.withLock {
        if let number = place.number { $0.calls += number + 1 - begun }
        if isOverTime, place.isHuge {
          $0.endless += 1
        } else if isOverTime || ending.isOverdue {
          $0.overdue += 1
        } else {
          $0.deaths += 1
        }
      }
      if isOverTime, !place.isHuge {
        print("TIME    \(text(place, plan))")
      } else if !isOverTime {
        print("DEATH   \(text(place, plan))\n        \(ending.description): \(ending.lastWords)")
        deaths[place.index, default: 0] += 1
      }
      fflush(stdout)
      (index, number) = (place.index, (place.number ?? plan[place.index].cases.upperBound) + 1)
      if number >= plan[index].cases.upperBound || deaths[index, default: 0] >= OperatorSupervisor.mostDeathsOfOperator
      {
        (index, number) = following(index, plan)
      }
    }
  }

  /// The next operator of a job.
  private func following(_ index: Int, _ plan: [(name: String, cases: Range<Int>)]) -> (Int, Int) {
    let next = index + options.jobs
    return (next, next < plan.count ? plan[next].cases.lowerBound : 0)
  }

  private func note(coverage: String, of name: String, _ shared: Shared) {
    shared.tally.withLock {
      $0.overloads.all += coverage.count
      $0.overloads.called += coverage.count { $0 == "1" }
      for (i, mark) in coverage.enumerated() where mark == "0" { $0.lacking.append("\(operatorSignatures(name)[i])") }
    }
  }

  private func text(_ place: OperatorWorker.Place, _ plan: [(name: String, cases: Range<Int>)]) -> String {
    let name = plan[place.index].name
    guard let number = place.number else { return "--op \(name) --seed \(options.seed)  \(place.call)" }
    return "--op \(name) --seed \(options.seed) --case \(number)  \(place.call)"
  }

  private func summarize(_ tally: Tally, _ plan: [(name: String, cases: Range<Int>)]) -> Int32 {
    if !tally.lacking.isEmpty {
      print("No call was found that succeeds:")
      for signature in tally.lacking.sorted() { print("  \(signature)") }
    }
    for (seconds, text) in tally.slowest.sorted(by: { $0.seconds > $1.seconds }).prefix(10) {
      print("SLOW    \((seconds * 10).rounded() / 10) s: \(text)")
    }
    for (bytes, text) in tally.largest.sorted(by: { $0.bytes > $1.bytes }).prefix(10) {
      print("LARGE   \(bytes >> 20) MiB: \(text)")
    }
    print(
      "\(tally.calls) calls of \(plan.count) operators on \(options.device), seed \(options.seed): "
        + "\(tally.deaths) deaths, \(tally.overdue) over \(Int(CallLimits.seconds)) s, \(tally.defects) defects; "
        + "\(tally.successes) succeeded, \(tally.endless) over huge tensors were ended; "
        + "\(tally.overloads.called) of \(tally.overloads.all) overloads have a call that succeeds")
    if let problem = tally.problem {
      print("could not go on: \(problem)")
      return 2
    }
    return tally.findings == 0 ? 0 : 1
  }
}
