/// A number that all groups of an optimizer share, or one for each.
public enum GroupNumbers: Sendable {
  /// One number for all groups.
  case one(Double)
  /// A number for each group.
  case each([Double])

  /// A number for each group of an optimizer.
  ///
  /// - Parameter name: What the numbers are called in the message about a wrong number of them.
  func values(for optimizer: Optimizer, _ name: String) throws(BackplaneError) -> [Double] {
    let count = optimizer.parameterGroups.count
    switch self {
    case .one(let value): return Array(repeating: value, count: count)
    case .each(let values):
      guard values.count == count else {
        throw BackplaneError(
          .value,
          "\(name) must have the same length as optimizer.param_groups. \(name) has \(values.count) values, param_groups "
            + "has \(count).")
      }
      return values
    }
  }
}

/// What stands for a number of each group: one for all of them, or a list.
public protocol PerGroup {
  /// The numbers.
  var _numbers: GroupNumbers { get }
}

extension GroupNumbers: PerGroup { public var _numbers: GroupNumbers { self } }
extension Double: PerGroup { public var _numbers: GroupNumbers { .one(self) } }
extension Int: PerGroup { public var _numbers: GroupNumbers { .one(Double(self)) } }
extension Array: PerGroup where Element == Double { public var _numbers: GroupNumbers { .each(self) } }

/// The momentum of an optimizer, which is β₁ where it has one, as cycles change it.
struct CycledMomentum {
  let option: ParameterGroup.Option

  /// - Throws: Where the optimizer has no momentum.
  init(of optimizer: Optimizer) throws(BackplaneError) {
    if optimizer.defaults[.beta1] != nil {
      option = .beta1
    } else if optimizer.defaults[.momentum] != nil {
      option = .momentum
    } else {
      throw BackplaneError(
        .value, "optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    }
  }

  /// Begins at the greatest momentum, and notes the bounds in the groups.
  func begin(_ optimizer: Optimizer, base: GroupNumbers, max: GroupNumbers) throws(BackplaneError) {
    let bases = try base.values(for: optimizer, "base_momentum")
    let greatest = try max.values(for: optimizer, "max_momentum")
    for i in optimizer.parameterGroups.indices {
      optimizer.parameterGroups[i][option] = greatest[i]
      optimizer.parameterGroups[i][.maxMomentum] = greatest[i]
      optimizer.parameterGroups[i][.baseMomentum] = bases[i]
    }
  }
}
