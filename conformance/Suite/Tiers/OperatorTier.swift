import BackendAPI

/// T2: every operator over its types, layouts and values, against the reference.
enum OperatorTier {
  static func checks(_ entry: OperatorEntry, _ signature: Signature) -> [Check] {
    let prefix = "T2.\(entry.name).\(signature.label)"
    var checks: [Check] = []
    let cases = entry.cases(signature)
    if let sample = cases.first {
      checks.append(
        Check(id: "\(prefix).claim", entry: entry, signature: signature) { subject throws(PluginError) in
          try claim(entry, signature, sample, subject)
        })
    }
    for operatorCase in cases + Golden.cases(entry, signature) {
      let id = "\(prefix).\(operatorCase.label)"
      checks.append(
        Check(id: id, entry: entry, signature: signature) { subject throws(PluginError) in
          try run(entry, signature, operatorCase, id, subject)
        })
    }
    return checks
  }

  /// Core operators over core types are claimed, and what is not claimed is refused.
  private static func claim(
    _ entry: OperatorEntry, _ signature: Signature, _ sample: OperatorCase, _ subject: Subject
  ) throws(PluginError) -> Outcome {
    var random = RandomSource(seed: subject.seed, id: "claim")
    let operation = sample.build(&random)
    let capability = try subject.capability(of: operation, entry)
    if capability.isSupported { return .passed(worstUlps: nil) }
    if entry.isCore && signature.isCore {
      return .failed(
        [
          "\(entry.name) \(signature.label): a core operator over core types is not claimed: \(capability.reason)"
        ],
        worstUlps: nil)
    }
    do throws(PluginError) {
      _ = try OperationRun(operation, entry, on: subject.device, capability)
      return .failed(
        ["\(entry.name) \(signature.label): query_op says \"not supported\", execute says OK"], worstUlps: nil
      )
    } catch {
      // A type that the operator's own definition admits is not an argument error.
      guard error.code == BP_ERROR_UNSUPPORTED else {
        return .failed(
          ["\(entry.name) \(signature.label): not claimed: expected UNSUPPORTED [BP-5.3], got \(error)"],
          worstUlps: nil)
      }
      return .skipped(capability.reason)
    }
  }

  /// Runs one operation on the device and holds it against what the case or the reference says.
  static func run(
    _ entry: OperatorEntry, _ signature: Signature, _ operatorCase: OperatorCase, _ id: String,
    _ subject: Subject
  ) throws(PluginError) -> Outcome {
    var random = RandomSource(seed: subject.seed, id: id)
    let operation = operatorCase.build(&random)
    let capability = try subject.capability(of: operation, entry)
    guard capability.isSupported else { return .skipped(capability.reason) }
    if operation.sharedInput != nil && !capability.has(BP_OP_INFO_IN_PLACE) {
      return .skipped("in place is not claimed")
    }
    let dense = operation.dense
    let expected: [ElementArray]
    if let golden = operatorCase.golden {
      expected = golden
    } else {
      let reference = try subject.reference.query(dense.query(entry))
      guard reference.isSupported else {
        return try runAlone(operation, entry, signature, capability, subject)
      }
      do throws(PluginError) {
        expected = try OperationRun(dense, entry, on: subject.reference, reference).outputs
      } catch {
        throw PluginError("the reference failed: \(error)")
      }
    }

    let description = Description(entry, signature, operation)
    let got: OperationRun
    do throws(PluginError) {
      got = try OperationRun(operation, entry, on: subject.device, capability)
    } catch {
      return .failed(
        ["\(description.call): claimed by query_op, refused by execute [BP-5.2]: \(error)"], worstUlps: nil)
    }
    var findings = got.trespasses.map { "\(description.call): \($0)" }
    let rule = operatorCase.accuracy ?? Accuracy.rule(for: entry, signature)
    let (differences, worst) = compare(expected, got.outputs, rule, operation, dense, description)
    findings += differences
    if capability.has(BP_OP_INFO_DETERMINISTIC) {
      let again = try OperationRun(operation, entry, on: subject.device, capability)
      if again.outputs != got.outputs {
        findings.append("\(description.call): claimed deterministic, gives other bits the second time")
      }
    }
    let measured = signature.outputs[0].format != nil ? worst : nil
    return findings.isEmpty ? .passed(worstUlps: measured) : .failed(findings, worstUlps: measured)
  }

  /// What can be said without a reference: that the claim is kept and nothing else is touched.
  private static func runAlone(
    _ operation: Operation, _ entry: OperatorEntry, _ signature: Signature, _ capability: Capability,
    _ subject: Subject
  ) throws(PluginError) -> Outcome {
    let call = Description(entry, signature, operation).call
    do throws(PluginError) {
      let got = try OperationRun(operation, entry, on: subject.device, capability)
      if got.trespasses.isEmpty { return .skipped("the reference does not do it") }
      return .failed(got.trespasses.map { "\(call): \($0)" }, worstUlps: nil)
    } catch {
      return .failed(["\(call): claimed by query_op, refused by execute [BP-5.2]: \(error)"], worstUlps: nil)
    }
  }

  /// What differs by more than the rule allows, and the greatest difference in units in the last place.
  static func compare(
    _ expected: [ElementArray], _ got: [ElementArray], _ rule: Accuracy, _ operation: Operation,
    _ dense: Operation, _ description: Description
  ) -> (findings: [String], worstUlps: Double) {
    if case .judged(let judge) = rule {
      let judgement = judge(
        Judgement.Problem(
          inputs: dense.inputs.map(\.elements), inputShapes: operation.inputs.map(\.layout.shape),
          outputShapes: operation.outputs.map(\.layout.shape), params: operation.params, expected: expected, got: got))
      return (judgement.findings.map { "\(description.call): \($0)" }, judgement.worst)
    }
    var findings: [String] = []
    var worst = 0.0
    let bounds = bounds(rule, operation, dense, expected)
    for i in expected.indices {
      let comparison = Comparison(
        expected[i], got[i], rule,
        bounds: bounds.map { ($0.errors[i], $0.scales[i], $0.grantsLastRounding) })
      worst = max(worst, comparison.worstUlps)
      if let finding = description.finding(comparison, output: i, expected[i], got[i]) {
        findings.append(finding)
      }
    }
    return (findings, worst)
  }

  private static func bounds(
    _ rule: Accuracy, _ operation: Operation, _ dense: Operation, _ expected: [ElementArray]
  ) -> Conditioning.Bounds? {
    guard case .bounded(let bounds) = rule else { return nil }
    return bounds(
      Conditioning.Problem(
        inputs: dense.inputs.map(\.elements), inputShapes: operation.inputs.map(\.layout.shape),
        initial: dense.outputs.map(\.elements), outputShapes: operation.outputs.map(\.layout.shape),
        params: operation.params, expected: expected))
  }
}

/// The words of a failure.
struct Description {
  private let operation: Operation
  /// "ADD float32 [7, 5] strides [1, 7], [7, 5] -> [7, 5]".
  let call: String
  private let isElementwise: Bool

  init(_ entry: OperatorEntry, _ signature: Signature, _ operation: Operation) {
    self.operation = operation
    isElementwise = entry.family == .elementwise || entry.name == "COPY"
    func list(_ operands: [Operand]) -> String {
      operands.map { $0.isImmediate ? "immediate \($0.layout.shape)" : $0.layout.description }.joined(
        separator: ", ")
    }
    let params = operation.params.description
    call =
      "\(entry.name) \(signature.label) \(list(operation.inputs)) -> \(list(operation.outputs))"
      + (operation.sharedInput.map { " in place of input \($0)" } ?? "")
      + (params.isEmpty ? "" : " (\(params))")
  }

  func finding(_ comparison: Comparison, output: Int, _ expected: ElementArray, _ got: ElementArray)
    -> String?
  {
    guard let failure = comparison.firstFailure else { return nil }
    let i = failure.index
    let place = operation.outputs[output].layout.coordinates(i)
    var values = ""
    if isElementwise {
      let inputs = operation.inputs.enumerated().map { "in\($0) \($1.elements.description(i))" }
      values = " of " + inputs.joined(separator: ", ")
    }
    let scale = failure.scale.map { " of terms up to \($0)" } ?? ""
    let ulps = failure.ulps.isFinite ? " (\(Ulps.text(failure.ulps)) ulp\(scale))" : ""
    let count = comparison.failures > 1 ? "; \(comparison.failures) of \(expected.count) elements differ" : ""
    return
      "\(call): out\(output)\(place)\(values): expected \(expected.description(i)), got \(got.description(i))"
      + "\(ulps), allowed \(failure.allowed)\(count)"
  }
}
