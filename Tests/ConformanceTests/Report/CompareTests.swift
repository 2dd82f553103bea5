import ConformanceSuite
import Foundation
import TestSupport
import Testing

@Test func compareTellsWhatChanged() throws {
  let first = try RecordedRun.saved(
    RecordedRun.record(labels: ["n1", "n2", "n3", "n4", "old"], failing: ["n1"], unsupported: ["n4"]))
  let second = try RecordedRun.saved(
    RecordedRun.record(
      labels: ["n1", "n2", "n3", "n4", "new"], failing: ["n2"], unsupported: ["n3"], ulps: 0.75))
  let comparison = ReportComparison(first, second)
  #expect(comparison.isWorse)
  #expect(comparison.newlyFailing == ["T2.ADD.float32.n2"])
  #expect(comparison.newlyPassing == ["T2.ADD.float32.n1"])
  #expect(comparison.newlyUnsupported == ["T2.ADD.float32.n3"])
  #expect(comparison.newlySupported == ["T2.ADD.float32.n4"])
  #expect(comparison.onlyInFirst == ["T2.ADD.float32.old"])
  #expect(comparison.onlyInSecond == ["T2.ADD.float32.new"])
  #expect(comparison.lines.contains("totals: 4 -> 4 passed, 1 -> 1 failed, 1 -> 1 skipped, 0 -> 0 expected to fail"))
  #expect(comparison.lines.last == "worse: 1 newly failing")
}

@Test func compareTellsWorstDifferences() throws {
  let comparison = try ReportComparison(
    RecordedRun.saved(RecordedRun.record()), RecordedRun.saved(RecordedRun.record(ulps: 2)))
  #expect(!comparison.isWorse)
  #expect(comparison.lines.contains("  ADD: 0.5 -> 2"))
}

/// A case that is new and fails fails in B and not in A.
@Test func compareCountsANewCaseThatFails() throws {
  let comparison = try ReportComparison(
    RecordedRun.saved(RecordedRun.record()),
    RecordedRun.saved(RecordedRun.record(labels: ["n1", "n2", "n3", "n4"], failing: ["n4"])))
  #expect(comparison.isWorse)
}

@Test func compareOfEqualRunsFindsNothing() throws {
  let saved = try RecordedRun.saved(RecordedRun.record(failing: ["n1"]))
  let comparison = ReportComparison(saved, saved)
  #expect(!comparison.isWorse)
  #expect(comparison.lines.contains("nothing changed"))
}

/// Files may come from anywhere; a terminal shall not take what stands in them for a command.
@Test func comparePrintsNoControlCharacters() throws {
  let hostile = try RecordedRun.saved(
    RecordedRun.record(RecordedRun.plugin(name: RecordedRun.hostile), labels: [RecordedRun.hostile]))
  let lines = ReportComparison(try RecordedRun.saved(RecordedRun.record()), hostile).lines
  #expect(lines.joined().unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
}

@Test func aTruncatedReportIsAnError() throws {
  let bytes = Array(RecordedRun.record(failing: ["n1"]).json.text().utf8)
  for count in 0..<bytes.count {
    #expect(throws: FileError.self) { try SavedReport(Array(bytes[..<count]), path: "cut.json") }
  }
}

/// Any change of one byte is read or turned down.
@Test func aDamagedReportNeverCrashes() throws {
  let bytes = Array(RecordedRun.record(failing: ["n1"], unsupported: ["n2"]).json.text().utf8)
  let good = try SavedReport(bytes, path: "good.json")
  for i in bytes.indices {
    for byte: UInt8 in [0, 0x22, 0x30, 0x7b, 0x5d, 0xff] {
      var damaged = bytes
      damaged[i] = byte
      if let saved = try? SavedReport(damaged, path: "damaged.json") { _ = ReportComparison(good, saved).lines }
    }
  }
}

@Test(arguments: [
  "{}", "[]", "3", #"{"format": 3}"#, #"{"format": "backplane-conformance-report/2"}"#,
  #"{"format": "backplane-conformance-report/1"}"#,
])
func aFileThatIsNoReportIsAnError(_ text: String) {
  #expect(throws: FileError.self) { try SavedReport(Array(text.utf8), path: "no.json") }
}

@Test func compareEndsWithItsStatus() throws {
  try RecordedRun.withFolder { folder throws in
    func write(_ name: String, _ text: String) throws -> String {
      let file = folder.appendingPathComponent(name)
      try Data(text.utf8).write(to: file)
      return file.path
    }
    let good = try write("good.json", RecordedRun.record().json.text())
    let bad = try write("bad.json", RecordedRun.record(failing: ["n1"]).json.text())
    let broken = try write("broken.json", String(RecordedRun.record().json.text().prefix(300)))
    #expect(try Program("conformance", ["compare", bad, good]).status == 0)
    let worse = try Program("conformance", ["compare", good, bad])
    #expect(worse.status == 1)
    #expect(worse.output.contains("newly failing: 1\n  T2.ADD.float32.n1\n"))
    for file in [broken, folder.path, folder.path + "/none.json", "/dev/null"] {
      let failed = try Program("conformance", ["compare", good, file])
      #expect(failed.status == 2)
      #expect(failed.errors.hasPrefix("conformance: \(file): "), "\(failed.errors)")
    }
    #expect(try Program("conformance", ["compare", good]).status == 2)
  }
}
