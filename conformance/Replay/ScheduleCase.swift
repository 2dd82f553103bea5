import Backplane
import Text

extension CaseFile {
  /// What is wrong with the learning rates that a schedule sets, or nil.
  func scheduleDifference(_ call: Case, on device: Device) throws(BackplaneError) -> String? {
    var values = CaseValues(tensors, on: device)
    let groups = (call.details["lr"]?.array ?? []).compactMap(\.number).map { lr in
      ParameterGroup([Tensor.zeros([1], device: device).requiresGrad_()], [.lr: lr])
    }
    let optimizer = SGD(groups, momentum: 0.9)
    let schedule = try Backplane.schedule(
      call.op, optimizer, values.arguments(call.arguments), values.keywords(call.keywords))
    let metrics = call.details["metrics"]?.array?.compactMap(\.number)
    for (step, expected) in (call.details["lrs"]?.array ?? []).enumerated() {
      if step > 0 {
        optimizer.step()
        if let plateau = schedule as? ReduceLROnPlateau {
          guard let metrics, step <= metrics.count else { return "the case has no metric for step \(step)" }
          plateau.step(metrics[step - 1])
        } else {
          schedule.step()
        }
      }
      let rates = optimizer.parameterGroups.map(\.lr), wanted = (expected.array ?? []).compactMap(\.number)
      guard rates.count == wanted.count else { return "expected \(wanted.count) rates, got \(rates.count)" }
      for (i, (rate, wanted)) in zip(rates, wanted).enumerated()
      where !((rate - wanted).magnitude <= call.absoluteTolerance + call.relativeTolerance * wanted.magnitude) {
        return "rate \(i) after step \(step): expected \(wanted), got \(rate)"
      }
    }
    return nil
  }
}
