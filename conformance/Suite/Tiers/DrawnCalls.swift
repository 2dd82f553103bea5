/// Random calls of the operators whose entries draw them (``OperatorEntry/drawn``): each a case of T4 by itself.
///
/// Their extents depend on one another and on the params, so that a failing call is not shrunk operand by operand: smaller
/// calls are drawn until one fails.
enum DrawnCalls {
  /// The greatest extent, about, that a call is drawn with.
  private static let greatestSize = 24
  /// How many calls of each size are tried in search of a smaller one that fails.
  private static let triesPerSize = 6

  /// Whether a case of T4 is a call of this kind: one in four, where all operators are asked for.
  static func has(_ index: Int, _ level: Conformance.Level) -> Bool { level == .full && index % 4 == 3 }

  static func run(_ index: Int, _ subject: Subject) throws(PluginError) -> Outcome {
    let id = "T4.\(index)"
    var random = RandomSource(seed: subject.seed, id: id)
    let entries = OperatorCatalogue.all.filter { $0.drawn != nil }
    guard let entry = entries.randomElement(using: &random),
      let signature = entry.signatures.randomElement(using: &random)
    else { return .skipped("no operator draws its calls") }
    let size = random.oneIn(3) ? greatestSize : random.int(1...8)
    let outcome = try call(entry, signature, size, id, subject)
    guard case .failed(let findings, let worst) = outcome else { return outcome }
    guard subject.shrinksLeft > 0 else {
      return .failed(findings.map { $0 + " (not shrunk: alone it will be)" }, worstUlps: worst)
    }
    subject.shrinksLeft -= 1
    for smaller in 1..<size {
      for attempt in 0..<triesPerSize {
        let again = try call(entry, signature, smaller, "\(id).\(smaller).\(attempt)", subject)
        if case .failed(let smallest, _) = again { return .failed(smallest, worstUlps: worst) }
      }
    }
    return outcome
  }

  private static func call(
    _ entry: OperatorEntry, _ signature: Signature, _ size: Int, _ id: String, _ subject: Subject
  ) throws(PluginError) -> Outcome {
    let drawn = OperatorCase(id) { random in entry.drawn!(signature, size, &random) }
    return try OperatorTier.run(entry, signature, drawn, id, subject)
  }
}
