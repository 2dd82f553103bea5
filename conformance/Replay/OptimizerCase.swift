import Backplane
import Text

extension CaseFile {
  /// What is wrong with the parameters after the steps of an optimizer, or nil.
  func optimizerDifference(_ call: Case, on device: Device) throws(BackplaneError) -> String? {
    var values = CaseValues(tensors, on: device)
    let parameters = try values.tensors(call.details["parameters"])
    for parameter in parameters { parameter.requiresGrad_() }
    let optimizer = try Backplane.optimizer(call.op, parameters, values.keywords(call.keywords))
    let targets = try values.tensors(call.details["targets"])
    let steps = call.details["gradients"]?.array ?? []
    let expected = call.details["after"]?.array ?? []
    guard targets.isEmpty ? steps.count == expected.count : targets.count == parameters.count else {
      return "the case has \(steps.count) gradients, \(targets.count) targets and \(expected.count) results"
    }
    let comparison = CaseComparison(
      values: values, relativeTolerance: call.relativeTolerance, absoluteTolerance: call.absoluteTolerance)
    for (step, after) in expected.enumerated() {
      if targets.isEmpty {
        let grads = try values.tensors(steps[step])
        guard grads.count == parameters.count else { return "step \(step) has \(grads.count) gradients" }
        for (parameter, grad) in zip(parameters, grads) { parameter.grad = grad }
        optimizer.step()
      } else {
        optimizer.step {
          optimizer.zeroGrad()
          let losses = zip(parameters, targets).map { (($0 - $1) ** 2).sum() / 2 }
          let loss = losses.dropFirst().reduce(losses[0], +)
          loss.backward()
          return loss
        }
      }
      let wanted = try values.tensors(after)
      guard wanted.count == parameters.count else { return "step \(step) has \(wanted.count) results" }
      for (i, (parameter, wanted)) in zip(parameters, wanted).enumerated() {
        if let wrong = try comparison.difference(parameter, wanted) {
          return "parameter \(i) after step \(step): \(wrong)"
        }
      }
    }
    return nil
  }
}

extension CaseValues {
  /// The tensors that a list describes; none where there is no list.
  func tensors(_ list: JSON?) throws(BackplaneError) -> [Tensor] {
    var result: [Tensor] = []
    for value in list?.array ?? [] { result.append(try tensor(value)) }
    return result
  }
}
