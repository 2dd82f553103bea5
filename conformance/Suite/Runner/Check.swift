/// One case of any tier: an id, and what is done.
struct Check: Sendable {
  let id: String
  /// The operator and its types, for tier T2.
  var entry: OperatorEntry?
  var signature: Signature?
  let body: @Sendable (Subject) throws(PluginError) -> Outcome

  func result(_ outcome: Outcome) -> CaseResult {
    CaseResult(id: id, operatorName: entry?.name, types: signature?.label, outcome: outcome)
  }

  /// A check of a tier other than T2: it returns what it found wrong.
  static func tier(_ id: String, _ body: @escaping @Sendable (Subject) throws(PluginError) -> [String])
    -> Check
  {
    Check(id: id) { subject throws(PluginError) in
      let findings = try body(subject)
      return findings.isEmpty ? .passed(worstUlps: nil) : .failed(findings, worstUlps: nil)
    }
  }

  /// A check of something that a plugin may lack: nil means that it does.
  static func optional(_ id: String, _ body: @escaping @Sendable (Subject) throws(PluginError) -> [String]?)
    -> Check
  {
    Check(id: id) { subject throws(PluginError) in
      guard let findings = try body(subject) else { return .skipped("not offered") }
      return findings.isEmpty ? .passed(worstUlps: nil) : .failed(findings, worstUlps: nil)
    }
  }
}

/// What the checks of a run share.
final class Subject {
  let device: Device
  let reference: Device
  let seed: UInt64
  private var capabilities: [String: Capability] = [:]
  /// Failing fuzz cases still to be shrunk: of a plugin that gets everything wrong, a few say enough.
  var shrinksLeft = 10
  /// What steps of a program may be, once it has been asked.
  var fusibleOperators: FusibleOperators?

  init(_ device: Device, reference: Device, seed: UInt64) {
    self.device = device
    self.reference = reference
    self.seed = seed
  }

  /// What `query_op` says of an operation; that it says the same of all operations with these types
  /// is checked on the way [BP-5.4].
  func capability(of operation: Operation, _ entry: OperatorEntry) throws(PluginError) -> Capability {
    let answer = try device.query(operation.query(entry))
    // The optimizer steps take any number of parameters, the types of all being one.
    let types = (operation.inputs + operation.outputs).map { "\($0.dtype.rawValue)" }.joined(separator: ",")
    let key = "\(entry.id):\(operation.inputs.count):\(types)"
    if let first = capabilities[key] {
      if first.isSupported != answer.isSupported || first.flags != answer.flags {
        device.plugin.violate("query_op answers the same types differently from call to call [BP-5.4]")
      }
    } else {
      capabilities[key] = answer
    }
    return answer
  }
}
