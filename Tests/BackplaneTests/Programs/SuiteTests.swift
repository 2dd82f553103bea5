import Foundation
import Testing

/// `conformance` on plugins that end the process they are in.
@Suite struct SuiteTests {
  private struct Report: Decodable {
    struct Totals: Decodable {
      let passed: Int
      let failed: Int
    }

    struct Failure: Decodable {
      let `case`: String
      let `operator`: String?
      let findings: [String]
    }

    let totals: Totals
    let failures: [Failure]
  }

  private func run(fault: Int, _ options: [String] = []) throws -> (run: Program, report: Report) {
    let folder = try TemporaryFolder()
    let plugin = try CompiledFile.damaged(fault: fault)
    let run = try Program(
      "conformance",
      ["--plugin", plugin.path] + options + ["--level", "core", "--fuzz", "0", "--report", folder.path("report")])
    withExtendedLifetime(plugin) {}
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.path("report/report.json")))
    return (run, try JSONDecoder().decode(Report.self, from: data))
  }

  @Test func aCrashFailsItsOperatorAlone() throws {
    let (run, report) = try run(fault: 7)
    #expect(run.status == 1)
    #expect(report.failures.allSatisfy { $0.operator == "MUL" })
    #expect(report.failures.contains { $0.findings[0].contains("died of signal 11 (Segmentation fault) in execute") })
    #expect(report.totals.passed > 6000)
    #expect(run.lastLine.hasPrefix("\(report.totals.passed) passed, \(report.totals.failed) failed"))
  }

  @Test func aHangFailsItsCase() throws {
    let (run, report) = try run(fault: 16, ["--op", "MUL,ADD", "--case-seconds", "1"])
    #expect(run.status == 1)
    #expect(report.failures.allSatisfy { $0.operator == "MUL" } && !report.failures.isEmpty)
    #expect(report.failures[0].findings[0].contains("no end within 1 s in execute"))
  }

  @Test func tooManyDeathsEndTheRun() throws {
    let (run, report) = try run(fault: 8)
    #expect(run.status == 1)
    #expect(run.output.contains("the run was stopped: the process died 20 times"))
    #expect(report.totals.failed >= 20)
  }

  @Test func aCrashWhileOpeningIsStatus2() throws {
    let plugin = try CompiledFile.damaged(fault: 1)
    let run = try Program("conformance", ["--plugin", plugin.path])
    withExtendedLifetime(plugin) {}
    #expect(run.status == 2)
    #expect(run.errors.contains("died of signal 6 (Aborted) in bp_plugin_open_v1"))
  }

  /// What it runs, it runs alike in this process and in another.
  @Test func inProcessIsTheSame() throws {
    let arguments = ["--device", "reference", "--op", "ADD,EXP", "--level", "core", "--seed", "7"]
    let apart = try Program("conformance", arguments)
    let here = try Program("conformance", arguments + ["--in-process"])
    #expect(apart.status == 0 && here.status == 0)
    #expect(apart.output == here.output)
  }
}
