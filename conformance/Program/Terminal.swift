import ConformanceSuite
import Glibc

/// What a run shows.
struct Terminal {
  let isVerbose: Bool
  /// What to type to run a case alone, up to its id.
  let replay: String
  let seed: UInt64

  /// Whether `show` prints something.
  func shows(_ result: CaseResult) -> Bool {
    if case .failed = result.outcome { true } else { isVerbose }
  }

  func show(_ result: CaseResult) {
    switch result.outcome {
    case .passed(let ulps):
      if isVerbose {
        print("pass \(result.id)\(ulps.map { $0 > 0 ? " (\(Ulps.text($0)) ulp)" : "" } ?? "")")
      }
    case .failed(let findings, _):
      for finding in findings {
        print("FAIL \(result.id): \(finding) | \(replay) --case \(result.id) --seed \(seed)")
      }
    case .skipped(let reason):
      if isVerbose { print("skip \(result.id): \(reason)") }
    }
  }

  func showTable(_ report: Report) {
    var lines = [["operator", "cases", "failed", "skipped", "worst ulp", "outcome", "types"]]
    for row in report.rows {
      let outcome = row.failed > 0 ? "FAIL" : row.passed > 0 ? "pass" : "unsupported"
      lines.append([
        row.name, "\(row.passed + row.failed)", "\(row.failed)", "\(row.skipped)",
        row.worstUlps.map(Ulps.text) ?? "-", outcome, Terminal.types(row.types),
      ])
    }
    let widths = lines[0].indices.map { column in lines.map { $0[column].utf8.count }.max() ?? 0 }
    for line in lines {
      let cells = zip(line, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.utf8.count)
        return (1...4).contains(column) ? padding + cell.0 : cell.0 + padding
      }
      print(cells.joined(separator: "  "))
    }
  }

  /// Apart from the rest: they are skipped, yet something is wrong.
  func showExpectedFailures(_ report: Report) {
    for result in report.expectedFailures {
      if case .skipped(let reason) = result.outcome { print("\(result.id): \(reason)") }
    }
  }

  /// The conversions of COPY are too many to name.
  private static func types(_ types: [String]) -> String {
    types.count <= 12 ? types.joined(separator: " ") : "\(types.count) combinations"
  }
}
