import Backplane
import Text

/// How a case ended.
public enum CaseStatus: String, Sendable {
  case pass
  case fail
  /// There is no operator of the name.
  case unsupported
}

public struct CaseVerdict: Sendable {
  public let id: String
  public let status: CaseStatus
  /// What went wrong; empty for a pass.
  public let message: String

  public init(id: String, status: CaseStatus, message: String) {
    self.id = id
    self.status = status
    self.message = message
  }
}

extension CaseFile {
  /// Runs one case through the frontend's public operators, and its gradients.
  public func run(_ call: Case, on device: Device) -> CaseVerdict {
    guard isKnown(call) else {
      let kind = call.kind == .operation ? "operator" : call.kind.rawValue
      return CaseVerdict(id: call.id, status: .unsupported, message: "there is no \(kind) '\(call.op)'")
    }
    let message: String?
    do {
      message = try withErrors {
        switch call.kind {
        case .operation: try difference(call, on: device)
        case .module: try moduleDifference(call, on: device)
        case .optimizer: try optimizerDifference(call, on: device)
        case .schedule: try scheduleDifference(call, on: device)
        }
      }
    } catch let error as BackplaneError {
      message = error.message
    } catch {
      message = "\(error)"
    }
    return CaseVerdict(id: call.id, status: message == nil ? .pass : .fail, message: message ?? "")
  }

  private func isKnown(_ call: Case) -> Bool {
    switch call.kind {
    case .operation: !operatorSignatures(call.op).isEmpty
    case .module: moduleSignature(call.op) != nil
    case .optimizer: optimizerSignature(call.op) != nil
    case .schedule: scheduleSignature(call.op) != nil
    }
  }

  /// Makes what a call is given, and forgets it.
  package func readArguments(of call: Case, on device: Device) throws(BackplaneError) {
    var values = CaseValues(tensors, on: device)
    _ = try values.arguments(call.arguments)
    _ = try values.keywords(call.keywords)
  }

  /// What is wrong, or nil.
  private func difference(_ call: Case, on device: Device) throws(BackplaneError) -> String? {
    var values = CaseValues(tensors, on: device)
    values.copiesLeaves = call.op.hasSuffix("_") && !call.op.hasSuffix("__")
    var arguments: [Argument]
    let keywords: [String: Argument]
    do throws(BackplaneError) {
      arguments = try values.arguments(call.arguments)
      keywords = try values.keywords(call.keywords)
    } catch {
      // A call that has to fail may do so by an argument that cannot even be made.
      if call.error != nil, error.kind == .shape { return nil }
      throw error
    }
    arguments = CaseFile.inDocumentedOrder(arguments, of: call.op)
    if let expected = call.error {
      return failureMissing(expected) { () throws(BackplaneError) in
        try Backplane.call(call.op, arguments, keywords)
      }
    }

    let results = try Backplane.call(call.op, arguments, keywords).flattened
    let comparison = CaseComparison(
      values: values, relativeTolerance: call.relativeTolerance, absoluteTolerance: call.absoluteTolerance)
    if let wrong = try comparison.difference(results, call.outputs) { return wrong }
    return try gradientDifference(call, results, values, comparison)
  }

  /// PyTorch's samples call `where` as the method of a tensor: input, condition, other. Where the condition is not the
  /// only bool, the types do not tell.
  private static func inDocumentedOrder(_ arguments: [Argument], of op: String) -> [Argument] {
    guard op == "where", arguments.count == 3, arguments.allSatisfy({ $0.tensor?.dtype == .bool }) else {
      return arguments
    }
    return [arguments[1], arguments[0], arguments[2]]
  }

  /// Nil if the call fails with an error that says why.
  func failureMissing(_ expected: String, _ body: () throws(BackplaneError) -> Argument) -> String? {
    do throws(BackplaneError) {
      let result = try body()
      return "expected an error (\(expected)), got \(result.kind)"
    } catch {
      if error.kind == .internal { return "expected an error that says why, got: \(error.message)" }
      return error.message.isEmpty ? "the error has no message" : nil
    }
  }

  private func gradientDifference(
    _ call: Case, _ results: [Argument], _ values: CaseValues, _ comparison: CaseComparison
  ) throws(BackplaneError) -> String? {
    guard let expected = call.gradients, !values.differentiated.isEmpty else { return nil }
    guard expected.count == values.differentiated.count else {
      return "the case has \(expected.count) gradients for \(values.differentiated.count) tensors"
    }
    let wanted = zip(values.differentiated, expected).enumerated().map { ("gradient \($0)", $1.0, $1.1) }
    return try gradientDifference(of: wanted, call, results, values, comparison)
  }

  /// - Parameter wanted: Tensors with what their gradients are called, and what these have to be.
  func gradientDifference(
    of wanted: [(name: String, tensor: Tensor, expected: JSON)], _ call: Case, _ results: [Argument],
    _ values: CaseValues, _ comparison: CaseComparison
  ) throws(BackplaneError) -> String? {
    let inputs = wanted.map(\.tensor)
    var outputs: [Tensor] = []
    var cotangents: [Tensor?] = []
    for (result, cotangent) in zip(results, call.cotangents) {
      guard case .tensor(let tensor) = result, case .object = cotangent else { continue }
      guard tensor.requiresGrad else { continue }
      outputs.append(tensor)
      cotangents.append(try values.tensor(cotangent))
    }
    let gradients: [Tensor?] =
      outputs.isEmpty
      ? inputs.map { _ in nil }
      : grad(outputs, inputs, gradOutputs: cotangents, allowUnused: true)
    for ((name, _, expected), gradient) in zip(wanted, gradients) {
      if case .null = expected {
        if let gradient, gradient.numel > 0, gradient.abs().max().item() != 0 { return "\(name): expected none" }
        continue
      }
      // No gradient is a gradient of zero.
      let wanted = try values.tensor(expected)
      let got = gradient ?? Tensor.zerosLike(wanted)
      if let wrong = try comparison.difference(got, wanted) { return "\(name): \(wrong)" }
    }
    return nil
  }
}
