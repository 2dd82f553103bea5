/// The base of schedules that functions of the epoch define.
public class FunctionLR: LRScheduler {
  private let functions: GroupFunctions

  /// Makes a schedule of one function for all groups.
  public init(_ optimizer: Optimizer, _ lrLambda: @escaping (Int) -> Double, lastEpoch: Int = -1) {
    functions = .one(lrLambda)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  /// Makes a schedule of a function for each group.
  public init(_ optimizer: Optimizer, _ lrLambda: [(Int) -> Double], lastEpoch: Int = -1) {
    functions = .each(lrLambda)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  private enum GroupFunctions {
    case one((Int) -> Double)
    case each([(Int) -> Double])
  }

  public override func check() throws(BackplaneError) {
    let count = optimizer.parameterGroups.count
    guard case .each(let functions) = functions, functions.count != count else { return }
    throw BackplaneError(.value, "Expected \(count) lr_lambdas, but got \(functions.count)")
  }

  /// Each learning rate times its function of the epoch.
  fileprivate func scaled(_ rates: [Double]) -> [Double] {
    switch functions {
    case .one(let function): rates.map { $0 * function(lastEpoch) }
    case .each(let functions): zip(rates, functions).map { $0 * $1(lastEpoch) }
    }
  }
}

/// Multiplies the learning rates of the beginning by a function of the epoch.
///
/// ```swift
/// let schedule = LambdaLR(optimizer) { epoch in 1 / Double(1 + epoch) }
/// ```
public final class LambdaLR: FunctionLR {
  public override func getLr() -> [Double] { scaled(baseLrs) }
}

/// Multiplies the learning rates by a function of the epoch, every epoch.
///
/// ```swift
/// let schedule = MultiplicativeLR(optimizer) { epoch in epoch < 10 ? 1 : 0.95 }
/// ```
public final class MultiplicativeLR: FunctionLR {
  public override func getLr() -> [Double] { isInitial ? rates : scaled(rates) }
}
