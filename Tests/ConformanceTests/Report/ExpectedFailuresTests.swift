import ConformanceSuite
import Foundation
import TestSupport
import Testing

extension PluginTests {
  /// EXP is off by four units for float32: the list decides which of its failures count.
  @Test func listedFailuresAreSkippedAndListedPassesFail() throws {
    let selection = Conformance.Selection(operators: ["EXP"])
    let plain = try runDamagedEXP(nil, selection)
    let failing = try #require(plain.failures.first?.id)
    let ids = Set(plain.failures.map(\.id))
    let passing = try #require(
      Conformance.ids(selection).first { $0.hasPrefix("T2.EXP.float32.") && !ids.contains($0) })

    let all = plain.failures.map { "\($0.id)  # table is coarse\n" }.joined()
    let listed = try runDamagedEXP(expected("# known\n\n" + all), selection)
    #expect(listed.failed == 0)
    #expect(listed.skipped == plain.skipped + plain.failed)
    #expect(listed.expectedFailures.map(\.id) == plain.failures.map(\.id))
    for result in listed.expectedFailures {
      guard case .skipped(let reason) = result.outcome else { Issue.record("\(result)"); continue }
      #expect(reason == "expected failure: table is coarse")
      #expect(result.expectedFindings?.isEmpty == false)
    }

    let stale = try runDamagedEXP(expected(all + "\(passing) # gone"), selection)
    #expect(stale.failures.map(\.id) == [passing])
    guard case .failed(let findings, _) = stale.failures[0].outcome else { return }
    #expect(findings == ["passed unexpectedly: remove it from known.txt (\(passing))"])

    // Of the cases of a pattern each counts for itself.
    let pattern = try runDamagedEXP(expected("\(failing.dropLast())* # a pattern"), selection)
    #expect(pattern.expectedFailures.contains { $0.id == failing })
  }

  private func expected(_ text: String) throws -> ExpectedFailures? {
    try ExpectedFailures(Array(text.utf8), path: "known.txt", among: Conformance.ids())
  }

  private func runDamagedEXP(_ expected: ExpectedFailures?, _ selection: Conformance.Selection) throws -> Report {
    let defect = try #require(Defect.all.first { $0.name == "exp off by four ulp" })
    let reference = try Plugins.device("reference")
    let damaged = DamagedPlugin(reference.plugin.table)
    defect.plant(damaged)
    let device = try Device(Plugin(table: damaged.table, source: "reference with \(defect.name)"))
    return try Conformance(of: device, against: reference, selection).run(expecting: expected)
  }
}

private let ids = ["T1.alloc.zero", "T2.ADD.float32.n1", "T2.ADD.float32.n17", "T2.EXP.float16.n1"]

@Test(arguments: [
  ("T2.ADD.float32.n2 # reason", "known.txt:1: the suite has no case T2.ADD.float32.n2"),
  ("\nT9.* # reason", "known.txt:2: the suite has no case T9.*"),
  ("T2.ADD.float32.n1", "known.txt:1: T2.ADD.float32.n1 has no reason"),
  ("T2.ADD.float32.n1 #  ", "known.txt:1: T2.ADD.float32.n1 has no reason"),
  ("# comment\r\nT1.alloc.zero T2.* # two", "known.txt:2: T1.alloc.zero T2.* is more than one case"),
])
func aBadLineIsNamed(_ text: String, _ message: String) {
  let error = #expect(throws: FileError.self) {
    try ExpectedFailures(Array(text.utf8), path: "known.txt", among: ids)
  }
  #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
}

@Test(arguments: [
  ("*", 4), ("T2.*", 3), ("*n1", 2), ("T2.ADD.*.n1*", 2), ("T2.*.n*7", 1), ("T1.alloc.zero", 1), ("*.*.*.*", 3),
])
func patternsMatchWholeIDs(_ pattern: String, _ count: Int) throws {
  let expected = try ExpectedFailures(Array("\(pattern) # reason".utf8), path: "known.txt", among: ids)
  let failed = ids.map { id in
    expected.judge(CaseResult(id: id, operatorName: nil, types: nil, outcome: .failed(["wrong"], worstUlps: nil)))
  }
  #expect(failed.count { $0.expectedFindings == ["wrong"] } == count)
}

/// A pattern of many stars takes no exponential time.
@Test func patternsOfManyStarsAreQuick() throws {
  let name = String(repeating: "a", count: 1000)
  let pattern = String(repeating: "a*", count: 100) + "b"
  #expect(throws: FileError.self) {
    try ExpectedFailures(Array("\(pattern) # reason".utf8), path: "known.txt", among: [name])
  }
}

@Test func whatIsSkippedIsNotJudged() throws {
  let expected = try ExpectedFailures(Array("* # reason".utf8), path: "known.txt", among: ids)
  let result = expected.judge(CaseResult(id: ids[0], operatorName: nil, types: nil, outcome: .skipped("not offered")))
  guard case .skipped("not offered") = result.outcome else { Issue.record("\(result)"); return }
  #expect(result.expectedFindings == nil)
}

@Test func anUnreadableListEndsTheRun() throws {
  try RecordedRun.withFolder { folder throws in
    let file = folder.appendingPathComponent("known.txt")
    func status(_ text: [UInt8]) throws -> Int32 {
      try Data(text).write(to: file)
      return try Program("conformance", ["--device", "cpu", "--op", "ADD", "--expected-failures", file.path]).status
    }
    #expect(try status(Array("T2.NOTHING.* # no such operator\n".utf8)) == 2)
    #expect(try status([0xff, 0xfe]) == 2)
    // The line names a case of the suite that is not among the selected ones: no error.
    #expect(try status(Array("T2.EXP.float32.n17 # not run\n".utf8)) == 0)
    // It passes.
    #expect(try status(Array("T2.ADD.float32.n17 # gone\n".utf8)) == 1)
    let missing = ["--device", "cpu", "--op", "ADD", "--expected-failures", folder.path + "/none"]
    #expect(try Program("conformance", missing).status == 2)
  }
}

/// The last line of the program stays what scripts look for, and a pipe sees no progress line.
@Test func theProgramWritesItsReport() throws {
  try RecordedRun.withFolder { folder throws in
    let run = try Program("conformance", ["--device", "cpu", "--op", "ADD", "--report", folder.path])
    #expect(run.status == 0)
    #expect(run.output.split(separator: "\n").last?.hasSuffix(" skipped") == true)
    #expect(!run.output.contains("\r") && !run.output.contains("\u{1b}"))
    for name in ["report.json", "junit.xml", "report.html"] {
      #expect(FileManager.default.fileExists(atPath: folder.path + "/" + name))
    }
    let report = folder.path + "/report.json"
    #expect(try Program("conformance", ["compare", report, report]).status == 0)
    #expect(try Program("conformance", ["--device", "cpu", "--report", "/proc/none"]).status == 2)
  }
}
