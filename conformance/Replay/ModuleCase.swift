import Backplane
import Text

extension CaseFile {
  /// What is wrong with a module that is made, loaded and called as a case says, or nil.
  func moduleDifference(_ call: Case, on device: Device) throws(BackplaneError) -> String? {
    var values = CaseValues(tensors, on: device)
    if let expected = call.error {
      return failureMissing(expected) { () throws(BackplaneError) in
        // The calls within are over only when they have been looked at.
        try rethrowing { try withErrors { try .list(moduleResults(call, on: device, &values).results) } }
      }
    }
    let (module, results) = try moduleResults(call, on: device, &values)
    let comparison = CaseComparison(
      values: values, relativeTolerance: call.relativeTolerance, absoluteTolerance: call.absoluteTolerance)
    if let wrong = try comparison.difference(results, call.outputs) { return wrong }
    if let wrong = try gradientDifference(module, call, results, values, comparison) { return wrong }
    let after = module.stateDict()
    for (key, expected) in call.details["state_after"]?.members ?? [] {
      guard let got = after[key] else { return "there is no state '\(key)'" }
      if let wrong = try comparison.difference(got, values.tensor(expected)) { return "\(key) afterwards: \(wrong)" }
    }
    return nil
  }

  /// The module of a case, and what it gives for the case's arguments.
  private func moduleResults(
    _ call: Case, on device: Device, _ values: inout CaseValues
  ) throws(BackplaneError) -> (module: Module, results: [Argument]) {
    let (given, named) = (try values.arguments(call.arguments), try values.keywords(call.keywords))
    // No other device is needed.
    let module = try rethrowing {
      try withDevice(device) { try Backplane.module(call.op, given, named) }
    }
    module.to(device)
    var state = StateDict()
    for (key, value) in call.details["state"]?.members ?? [] { state[key] = try values.tensor(value) }
    // The samples are made in the type that they are of; a module of arguments alone would be of float32.
    if let dtype = state.values.lazy.map(\.dtype).first(where: { $0.isFloatingPoint || $0.isComplex }) {
      module.to(dtype)
    }
    // A case of a mistake need not have a state.
    if call.error == nil || !state.isEmpty { try module.load(state) }
    if case .bool(let training) = call.details["training"] { module.train(training) }

    let arguments = try values.arguments(call.details["forward_args"]?.array ?? [])
    let keywords = try values.keywords(call.details["forward_kwargs"]?.members ?? [])
    return (module, try module.call(arguments, keywords).flattened)
  }

  private func rethrowing<Result>(_ body: () throws -> Result) throws(BackplaneError) -> Result {
    do {
      return try body()
    } catch let error as BackplaneError {
      throw error
    } catch {
      throw BackplaneError(.internal, "\(error)")
    }
  }

  /// Of the tensors that went in, and of the parameters.
  private func gradientDifference(
    _ module: Module, _ call: Case, _ results: [Argument], _ values: CaseValues, _ comparison: CaseComparison
  ) throws(BackplaneError) -> String? {
    var wanted: [(name: String, tensor: Tensor, expected: JSON)] = []
    if let expected = call.gradients {
      guard expected.count == values.differentiated.count else {
        return "the case has \(expected.count) gradients for \(values.differentiated.count) tensors"
      }
      for (i, (tensor, gradient)) in zip(values.differentiated, expected).enumerated() {
        wanted.append(("gradient \(i)", tensor, gradient))
      }
    }
    let parameters = Dictionary(module.namedParameters().map { ($0.name, $0.parameter) }) { first, _ in first }
    for (key, gradient) in call.details["parameter_grads"]?.members ?? [] {
      guard let parameter = parameters[key] else { return "there is no parameter '\(key)'" }
      wanted.append(("gradient of \(key)", parameter, gradient))
    }
    return wanted.isEmpty ? nil : try gradientDifference(of: wanted, call, results, values, comparison)
  }
}
