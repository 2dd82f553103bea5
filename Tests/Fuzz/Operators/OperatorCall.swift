import Backplane

/// A call of one overload, as it can be written down.
struct OperatorCall: CustomStringConvertible {
  let signature: OperatorSignature
  /// A value for each parameter; nil where none is given.
  var values: [ValueRecipe?]

  var parameters: [OperatorSignature.Parameter] { signature.parameters }

  var isHuge: Bool { values.contains { $0?.isHuge ?? false } }

  /// The arguments of `call`: by position up to the first that is left out, then by name.
  func make(on device: Device, leaves: inout [Tensor]) -> (positional: [Argument], keywords: [String: Argument]) {
    var positional: [Argument] = []
    var keywords: [String: Argument] = [:]
    var isPositional = true
    for (parameter, value) in zip(parameters, values) {
      if parameter.isKeywordOnly || value == nil { isPositional = false }
      guard let value else { continue }
      if isPositional, parameter.type == .anys, case .list(let values) = value {
        positional += values.map { $0.make(on: device, leaves: &leaves) }
        continue
      }
      let argument = value.make(on: device, leaves: &leaves)
      if isPositional { positional.append(argument) } else { keywords[parameter.name] = argument }
    }
    return (positional, keywords)
  }

  var description: String {
    let arguments = zip(parameters, values).compactMap { parameter, value in value.map { "\(parameter.name)=\($0)" } }
    return "\(signature.name)(\(arguments.joined(separator: ", ")))"
  }

  /// Calls the operator, prints what it gives, and where gradients are wanted goes backward through it.
  ///
  /// - Returns: Whether the call itself succeeded; errors are of no interest here, for there is to be one.
  func run(on device: Device, looksAtResults: Bool) -> BackplaneError? {
    do {
      var results: [Tensor] = []
      let leaves = try withErrors {
        try withDevice(device) {
          var leaves: [Tensor] = []
          let (positional, keywords) = make(on: device, leaves: &leaves)
          let result = try call(signature.name, positional, keywords)
          results = result.flattened.compactMap(\.tensor)
          return leaves
        }
      }
      if looksAtResults { OperatorCall.look(at: results, backward: !leaves.isEmpty) }
      return nil
    } catch let error as BackplaneError {
      return error
    } catch {
      return BackplaneError(.internal, "\(error)")
    }
  }

  private static func look(at results: [Tensor], backward: Bool) {
    for result in results.prefix(4) {
      try? withErrors { _ = "\(result)" }
      guard backward, result.requiresGrad, result.numel <= 1 << 20 else { continue }
      try? withErrors { result.backward(gradient: .onesLike(result), retainGraph: true) }
    }
  }
}
