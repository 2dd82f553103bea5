import Backplane

import struct ConformanceSuite.RandomSource

/// Calls of an operator that succeed, found by trying: they are what hostile values are put into.
///
/// What is tried depends on the signature alone, so that an operator has the same base calls in every run.
struct BaseCalls {
  /// Enough of them to meet the operator's cases.
  private static let wanted = 8
  /// How many calls are tried once there is one, and as long as there is none.
  private static let patience = (some: 60, none: 900)

  /// For each overload the calls that succeed; none where no attempt did.
  let overloads: [[OperatorCall]]

  init(_ name: String, on device: Device) {
    overloads = operatorSignatures(name).enumerated().map { index, signature in
      var random = RandomSource(seed: 0, id: "\(name)/\(index)")
      var found: [OperatorCall] = []
      for values in KnownCalls.calls(of: name) where values.count <= signature.parameters.count {
        let rest = [ValueRecipe?](repeating: nil, count: signature.parameters.count - values.count)
        let known = OperatorCall(signature: signature, values: values + rest)
        if known.run(on: device, looksAtResults: false) == nil { found.append(known) }
      }
      if !found.isEmpty {
        found += found.map { BaseCalls.furnished($0, on: device, &random) }
        return found
      }
      var attempts = 0
      while found.count < BaseCalls.wanted,
        attempts < (found.isEmpty ? BaseCalls.patience.none : BaseCalls.patience.some)
      {
        attempts += 1
        let candidate = BaseCalls.candidate(signature, &random)
        guard candidate.run(on: device, looksAtResults: false) == nil else { continue }
        found.append(BaseCalls.furnished(candidate, on: device, &random))
      }
      return found
    }
  }

  /// A call with the parameters that have no default.
  private static func candidate(_ signature: OperatorSignature, _ random: inout RandomSource) -> OperatorCall {
    var values = OrdinaryValues(&random)
    return OperatorCall(
      signature: signature,
      values: signature.parameters.map { parameter in
        parameter.defaultValue != nil || parameter.isOptional ? nil : values.value(for: parameter, &random)
      })
  }

  /// The call with some of its other parameters as well, where it succeeds with them.
  private static func furnished(
    _ base: OperatorCall, on device: Device, _ random: inout RandomSource
  ) -> OperatorCall {
    var result = base
    for (i, parameter) in base.parameters.enumerated() where result.values[i] == nil && random.oneIn(2) {
      var values = OrdinaryValues(&random)
      var changed = result
      changed.values[i] = values.value(for: parameter, &random)
      if changed.run(on: device, looksAtResults: false) == nil { result = changed }
    }
    return result
  }
}
