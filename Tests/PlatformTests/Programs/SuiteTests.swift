import Foundation
import TestSupport
import Testing

/// `conformance` on plugins that end the process they are in.
@Suite struct SuiteTests {
  private struct Report: Decodable {
    struct Totals: Decodable {
      let passed: Int
      let failed: Int
      let skipped: Int
    }

    struct Failure: Decodable {
      let `case`: String
      let `operator`: String?
      let findings: [String]
    }

    let interruption: String?
    let totals: Totals
    let failures: [Failure]
  }

  private func run(fault: Int, _ options: [String] = []) throws -> (run: Program, report: Report) {
    let folder = try TemporaryFolder()
    let plugin = try CompiledFile.damaged(fault: fault)
    let run = try Program(
      "conformance",
      ["--plugin", plugin.path] + options
        + ["--level", "core", "--fuzz", "0", "--fusion", "0", "--report", folder.path("report")])
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

  /// One that waits for something that never comes, and one that computes for ever: with a limit on processor time, either
  /// is found on a machine that is as busy as can be.
  @Test(arguments: [
    (16, "no end, and nothing done within 5 s in execute"), (21, "no end within 1 s of processor time in execute"),
  ])
  func aHangFailsItsCase(_ fault: Int, _ words: String) throws {
    let (run, report) = try run(fault: fault, ["--op", "MUL,ADD", "--case-seconds", "1"])
    #expect(run.status == 1)
    #expect(report.failures.allSatisfy { $0.operator == "MUL" } && !report.failures.isEmpty)
    #expect(report.failures.first?.findings[0].contains(words) == true, "\(run.output)")
  }

  /// "A failure is one line", whatever a plugin says.
  @Test func aMessageInSeveralLinesIsToldInOne() throws {
    let (run, report) = try run(fault: 22, ["--op", "MUL"])
    let words = "kernel.cl:1: error: no such thing; kernel.cl:2: note: declared here"
    #expect(run.output.contains("refused by execute [BP-5.2]: INTERNAL: \(words) | conformance --plugin"))
    #expect(run.output.split(separator: "\n").allSatisfy { !$0.hasPrefix("kernel.cl") && !$0.hasPrefix("  kernel.cl") })
    #expect(report.failures.allSatisfy { $0.findings.allSatisfy { $0.contains(words) && !$0.contains("\n") } })
  }

  /// Where no process can be started, or nothing opened, the report says so.
  @Test func aRunThatCannotBeginLeavesAReport() throws {
    let reference = Program.folder.appendingPathComponent("libbackplane-reference.so").path
    let missing = try CompiledFile.damaged(fault: 15)
    for (limit, plugin, words) in [
      ("6", reference, "cannot start a process: "), ("1024", "/etc/passwd", "/etc/passwd: "),
      ("1024", missing.path, "the plugin has no devices: nobody plugged it in"),
    ] {
      let folder = try TemporaryFolder()
      let run = try Program(
        at: URL(fileURLWithPath: "/bin/sh"),
        [
          "-c", "ulimit -n \(limit); exec \"$@\"", "sh", Program.folder.appendingPathComponent("conformance").path,
          "--plugin", plugin, "--op", "ADD", "--report", folder.path("report"),
        ])
      #expect(run.status == 2 && run.errors.contains(words), "\(run.errors)")
      let data = try Data(contentsOf: URL(fileURLWithPath: folder.path("report/report.json")))
      let report = try JSONDecoder().decode(Report.self, from: data)
      #expect(report.interruption?.contains(words) == true && report.totals.passed == 0 && report.totals.failed == 0)
      let junit = try String(contentsOfFile: folder.path("report/junit.xml"), encoding: .utf8)
      #expect(junit.contains("errors=\"1\"") && junit.contains("<error message=\""))
    }
  }

  @Test func tooManyDeathsEndTheRun() throws {
    let (run, report) = try run(fault: 8)
    #expect(run.status == 1)
    #expect(run.output.contains("the run was stopped: the process died 20 times"))
    #expect(report.interruption?.hasPrefix("the process died 20 times") == true && report.totals.skipped > 0)
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
