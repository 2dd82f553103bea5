import Text

extension RunRecord {
  /// The format of `report.json`; a change that a reader must know of changes the number.
  public static let format = "backplane-conformance-report/1"

  /// `report.json`; the README tells what its members mean.
  package var json: JSON { json(rows) }

  func json(_ rows: [Row]) -> JSON {
    .object(
      summary(rows) + [
        ("cases", .object(rows.map { ($0.name, JSON.object(RunRecord.cases($0))) }))
      ])
  }

  /// Everything but the ids of all cases, which are most of the file.
  func summary(_ rows: [Row]) -> [(String, JSON)] {
    let totals = totals
    return [
      ("format", .string(RunRecord.format)),
      ("suite_version", .string(Conformance.version)),
      ("started", .string(started)),
      ("seconds", .number((seconds * 10).rounded() / 10)),
      // Not every reader of JSON keeps 64 bits of a number.
      ("seed", .string("\(seed)")),
      ("level", .string(selection.level.rawValue)),
      ("operators", selection.operators.map { .array($0.map(JSON.string)) } ?? .null),
      ("case", selection.caseID.map(JSON.string) ?? .null),
      ("shard", selection.shard.map { JSON.string("\($0)") } ?? .null),
      (
        "plugin",
        .object([
          ("file", .string(plugin.file)), ("sha256", plugin.sha256.map(JSON.string) ?? .null),
          ("name", .string(plugin.name)), ("version", .string(plugin.version)),
          ("abi_version", .string(plugin.abi)), ("device", .string(plugin.device)),
          ("device_name", .string(plugin.deviceName)),
        ])
      ),
      (
        "machine",
        .object([
          ("cpu", .string(machine.cpu)), ("cores", .integer(machine.cores)), ("system", .string(machine.system)),
        ])
      ),
      ("interruption", interruption.map(JSON.string) ?? .null),
      ("totals", .object(RunRecord.counts(totals))),
      ("rows", .array(rows.map(RunRecord.row))),
      ("failures", .array(results.compactMap(failure))),
      ("expected_failures", .array(results.compactMap(expectedFailure))),
    ]
  }

  private static func counts(_ counts: Counts) -> [(String, JSON)] {
    [
      ("passed", .integer(counts.passed)), ("failed", .integer(counts.failed)),
      ("skipped", .integer(counts.skipped)), ("expected_failures", .integer(counts.expectedFailures)),
    ]
  }

  private static func row(_ row: Row) -> JSON {
    let family = row.operatorName.flatMap(OperatorCatalogue.entry)?.family.rawValue
    return .object(
      [
        ("tier", .string(row.tier)), ("operator", row.operatorName.map(JSON.string) ?? .null),
        ("family", family.map(JSON.string) ?? .null), ("types", row.types.map(JSON.string) ?? .null),
      ] + counts(row.counts) + [
        ("worst_ulp", row.worstUlps.map(JSON.number) ?? .null),
        ("reason", row.reason.map(JSON.string) ?? .null),
      ])
  }

  private func failure(_ result: CaseResult) -> JSON? {
    guard case .failed(let findings, let ulps) = result.outcome else { return nil }
    return .object([
      ("case", .string(result.id)), ("operator", result.operatorName.map(JSON.string) ?? .null),
      ("findings", .array(findings.map(JSON.string))), ("worst_ulp", ulps.map(JSON.number) ?? .null),
      ("replay", .string(replay(result.id))),
    ])
  }

  private func expectedFailure(_ result: CaseResult) -> JSON? {
    guard let findings = result.expectedFindings, case .skipped(let reason) = result.outcome else { return nil }
    return .object([
      ("case", .string(result.id)), ("operator", result.operatorName.map(JSON.string) ?? .null),
      ("reason", .string(reason)), ("findings", .array(findings.map(JSON.string))),
      ("replay", .string(replay(result.id))),
    ])
  }

  /// The ends of the ids, by outcome; of the skipped, by reason.
  private static func cases(_ row: Row) -> [(String, JSON)] {
    var (passed, failed, expected): ([JSON], [JSON], [JSON]) = ([], [], [])
    var skipped: [(String, JSON)] = []
    var reasons: [String: [JSON]] = [:]
    var order: [String] = []
    for result in row.results {
      let label = JSON.string(row.label(result))
      switch result.outcome {
      case .passed: passed.append(label)
      case .failed: failed.append(label)
      case .skipped where result.expectedFindings != nil: expected.append(label)
      case .skipped(let reason):
        if reasons[reason] == nil { order.append(reason) }
        reasons[reason, default: []].append(label)
      }
    }
    skipped = order.map { ($0, .array(reasons[$0] ?? [])) }
    var members: [(String, JSON)] = []
    if !passed.isEmpty { members.append(("passed", .array(passed))) }
    if !failed.isEmpty { members.append(("failed", .array(failed))) }
    if !expected.isEmpty { members.append(("expected_failures", .array(expected))) }
    if !skipped.isEmpty { members.append(("skipped", .object(skipped))) }
    return members
  }
}
