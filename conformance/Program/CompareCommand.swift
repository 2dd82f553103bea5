import ConformanceSuite

/// `conformance compare A.json B.json`.
enum CompareCommand {
  static let help = """
    Prints what changed between the report.json of two runs.

      conformance compare A.json B.json

    Exit status: 0 nothing got worse, 1 something fails in B that did not in A, 2 a file cannot be read.
    """

  static func run(_ arguments: [String]) -> Int32 {
    if arguments.contains("--help") || arguments.contains("-h") {
      print(help)
      return 0
    }
    guard arguments.count == 2, !arguments.contains(where: { $0.hasPrefix("-") }) else {
      return complain("compare takes the report.json of two runs: conformance compare A.json B.json")
    }
    do throws(FileError) {
      let comparison = ReportComparison(
        try SavedReport(file: arguments[0]), try SavedReport(file: arguments[1]))
      for line in comparison.lines { print(line) }
      return comparison.isWorse ? 1 : 0
    } catch {
      return complain("\(error)")
    }
  }
}
