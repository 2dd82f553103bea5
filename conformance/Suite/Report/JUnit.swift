extension RunRecord {
  /// `junit.xml`: a suite per tier and operator, as CI systems show them.
  public var junit: String { junit(rows) }

  func junit(_ rows: [Row]) -> String {
    var suites: [(name: String, rows: [Row])] = []
    for row in rows {
      let name = row.operatorName.map { "\(row.tier).\($0)" } ?? row.tier
      if suites.last?.name != name { suites.append((name, [])) }
      suites[suites.count - 1].rows.append(row)
    }
    let totals = totals
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text +=
      "<testsuites name=\"\(Markup.escaped("conformance \(plugin.device)"))\" "
      + "\(RunRecord.attributes(totals)) time=\"\(seconds)\">\n"
    for suite in suites {
      var counts = Counts()
      for result in suite.rows.flatMap(\.results) { counts.add(result) }
      text += "  <testsuite name=\"\(Markup.escaped(suite.name))\" \(RunRecord.attributes(counts))>\n"
      for row in suite.rows { for result in row.results { text += testCase(result, in: row) } }
      text += "  </testsuite>\n"
    }
    if let interruption {
      // Without it, a run of which nothing is left would look like a good one.
      text +=
        "  <testsuite name=\"run\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n"
        + "    <testcase classname=\"run\" name=\"end\"><error message=\"\(Markup.escaped(interruption))\"/></testcase>\n"
        + "  </testsuite>\n"
    }
    return text + "</testsuites>\n"
  }

  private static func attributes(_ counts: Counts) -> String {
    "tests=\"\(counts.passed + counts.failed + counts.skipped)\" failures=\"\(counts.failed)\" errors=\"0\" "
      + "skipped=\"\(counts.skipped)\""
  }

  private func testCase(_ result: CaseResult, in row: Row) -> String {
    let start =
      "    <testcase classname=\"\(Markup.escaped(row.name))\" name=\"\(Markup.escaped(row.label(result)))\""
    switch result.outcome {
    case .passed: return start + "/>\n"
    case .skipped(let reason):
      return start + "><skipped message=\"\(Markup.escaped(reason))\"/></testcase>\n"
    case .failed(let findings, _):
      let body = (findings + [replay(result.id)]).joined(separator: "\n")
      return start + "><failure message=\"\(Markup.escaped(findings.first ?? ""))\">\(Markup.escaped(body))"
        + "</failure></testcase>\n"
    }
  }
}

/// Text for XML and HTML.
enum Markup {
  /// For content and for attributes in quotes. What XML 1.0 forbids even as a reference (most control
  /// characters and two that are none) becomes U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\r": result += "&#13;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case "\u{00}"..<"\u{20}", "\u{fffe}", "\u{ffff}": result += "\u{fffd}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
