import Synchronization

/// The plans of the lengths that were last made: making one takes longer than a transform.
struct FourierPlans<Real: BinaryFloatingPoint & BitwiseCopyable>: ~Copyable, Sendable {
  private struct Kept {
    var plans: [Int: FourierPlan<Real>] = [:]
    var bytes = 0
  }

  private static var most: Int { 64 }
  private static var mostBytes: Int { 64 << 20 }
  private let kept = Mutex(Kept())

  func plan(_ n: Int, _ make: () -> FourierPlan<Real>) -> FourierPlan<Real> {
    if let plan = kept.withLock({ $0.plans[n] }) { return plan }
    let plan = make()
    kept.withLock { kept in
      if kept.plans.count >= Self.most || kept.bytes + plan.bytes > Self.mostBytes { kept = Kept() }
      if kept.plans.updateValue(plan, forKey: n) == nil { kept.bytes += plan.bytes }
    }
    return plan
  }
}
