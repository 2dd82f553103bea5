import Backplane

import struct ConformanceSuite.RandomSource

/// An operator with its base calls, which gives the calls of its numbered cases.
struct FuzzedOperator {
  let name: String
  let bases: BaseCalls
  private let hostile: HostileValues
  private let seed: UInt64
  private let signatures: [OperatorSignature]

  init(_ name: String, seed: UInt64, on device: Device, foreignDevice: String?) {
    self.name = name
    self.seed = seed
    bases = BaseCalls(name, on: device)
    hostile = HostileValues(foreignDevice: foreignDevice)
    signatures = operatorSignatures(name)
  }

  /// A case's call: a base call in which one argument, sometimes two, are replaced.
  ///
  /// It depends on the operator, the seed and the case's number alone.
  func call(_ number: Int) -> OperatorCall {
    var random = RandomSource(seed: seed, id: "\(name)#\(number)")
    let overload = number % signatures.count
    let calls = bases.overloads[overload]
    var result: OperatorCall
    if calls.isEmpty {
      var values = OrdinaryValues(&random)
      result = OperatorCall(
        signature: signatures[overload],
        values: signatures[overload].parameters.map { $0.defaultValue == nil ? values.value(for: $0, &random) : nil })
    } else {
      result = random.element(calls)
    }
    let count = result.parameters.count
    guard count > 0 else { return result }
    if random.oneIn(5) {
      for i in result.values.indices {
        result.values[i] = result.values[i]?._mapTensors {
          var recipe = $0
          recipe.requiresGrad = recipe.dtype.isFloatingPoint || recipe.dtype.isComplex
          return recipe
        }
      }
    }
    // Each in turn, so that few cases come to all; then another now and then.
    replace((number / signatures.count) % count, in: &result, &random)
    if random.oneIn(3) { replace(random.int(0...(count - 1)), in: &result, &random) }
    return result
  }

  private func replace(_ i: Int, in call: inout OperatorCall, _ random: inout RandomSource) {
    let parameter = call.parameters[i]
    let keepsGradient = call.values[i]?.tensor?.requiresGrad ?? false
    call.values[i] = hostile.value(for: parameter, instead: call.values[i], &random)
    if keepsGradient {
      call.values[i] = call.values[i]?._mapTensors {
        var recipe = $0
        recipe.requiresGrad = recipe.dtype.isFloatingPoint || recipe.dtype.isComplex
        return recipe
      }
    }
  }
}
