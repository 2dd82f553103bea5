import BackendAPI
import ConformanceSuite
import Foundation
import Testing
import Text

extension PluginTests {
  /// The numbers of `report.json` are those of the run, and its cases are those of the suite.
  @Test func reportHoldsTheRun() throws {
    let device = try Plugins.device("cpu")
    let selection = Conformance.Selection(operators: ["ADD", "EXP"])
    var record = RunRecord(TestedPlugin(device), selection, seed: 7, command: "conformance --device cpu")
    let run = try Conformance(of: device, against: Plugins.device("reference"), selection, seed: 7)
    let report = run.run({ record.add($0) })
    try RecordedRun.withFolder { folder throws in
      try ReportFiles(folder: folder.path + "/new/folder").write(record)
      let file = folder.appendingPathComponent("new/folder/report.json")
      let json = try JSON.read(Array(Data(contentsOf: file)))
      #expect(json["format"]?.string == "backplane-conformance-report/1")
      #expect(json["suite_version"]?.string == Conformance.version)
      #expect(json["seed"]?.string == "7")
      #expect(json["level"]?.string == "full")
      #expect(json["operators"]?.array?.map(\.string) == ["ADD", "EXP"])
      #expect(json["plugin"]?["name"]?.string == "cpu")
      #expect(json["plugin"]?["abi_version"]?.string == "\(BP_ABI_MAJOR).\(BP_ABI_MINOR)")
      #expect(json["plugin"]?["device"]?.string == "cpu:0")
      let library = try Data(contentsOf: URL(fileURLWithPath: device.plugin.source))
      #expect(json["plugin"]?["sha256"]?.string == SHA256.hexadecimal(Array(library)))
      #expect(json["machine"]?["cores"]?.integer ?? 0 > 0)
      #expect(json["machine"]?["system"]?.string?.hasPrefix("Linux ") == true)
      #expect(json["totals"]?["passed"]?.integer == report.passed)
      #expect(json["totals"]?["failed"]?.integer == 0)
      #expect(json["totals"]?["skipped"]?.integer == report.skipped)
      for row in report.rows {
        let rows = try #require(json["rows"]?.array).filter { $0["operator"]?.string == row.name }
        #expect(rows.compactMap { $0["passed"]?.integer }.reduce(0, +) == row.passed)
        #expect(rows.compactMap { $0["worst_ulp"]?.number }.max() == row.worstUlps)
        #expect(rows.compactMap { $0["types"]?.string }.count == rows.count)
      }
      let ids = try #require(json["cases"]?.members).flatMap { row, outcomes in
        (outcomes.members ?? []).flatMap { name, labels in
          (labels.array ?? (labels.members ?? []).flatMap { $0.1.array ?? [] }).map { "\(row).\($0.string ?? "")" }
        }
      }
      #expect(ids.sorted() == Conformance.ids(selection).sorted())
      #expect(
        try xmlProblem(String(contentsOf: folder.appendingPathComponent("new/folder/junit.xml"), encoding: .utf8))
          == nil)
    }
  }
}

@Test func failuresStandInEveryFormat() throws {
  let record = RecordedRun.record(failing: ["n2"])
  let failure = try #require(record.json["failures"]?.array?.first)
  #expect(failure["case"]?.string == "T2.ADD.float32.n2")
  #expect(failure["findings"]?.array?.map(\.string) == ["expected 1, got 2"])
  #expect(failure["worst_ulp"]?.number == .infinity)
  // All 64 bits of a seed.
  let replay = "conformance --plugin mychip.so --case T2.ADD.float32.n2 --seed 18446744073709551615"
  #expect(failure["replay"]?.string == replay)
  #expect(record.junit.contains("<testsuite name=\"T2.ADD\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\">"))
  #expect(
    record.junit.contains("<testcase classname=\"T2.ADD.float32\" name=\"n2\"><failure message=\"expected 1, got 2\">"))
  #expect(record.html.contains(replay))
}

/// What a plugin says of itself and of its errors stays text in all three files.
@Test func hostileTextStaysText() throws {
  let hostile = RecordedRun.hostile
  let record = RecordedRun.record(
    RecordedRun.plugin(name: hostile), failing: ["n1"], unsupported: ["n3"], message: hostile)
  let json = try JSON.read(Array(record.json.text().utf8))
  #expect(json["plugin"]?["name"]?.string == hostile)
  #expect(json["failures"]?.array?.first?["findings"]?.array?.first?.string == hostile)
  #expect(xmlProblem(record.junit) == nil)
  #expect(record.junit.contains("skipped message=\"&lt;/script&gt;"))
  let html = record.html
  // Those of the page itself, and no other.
  #expect(html.components(separatedBy: "<script").count == 3)
  #expect(html.components(separatedBy: "</script").count == 3)
  #expect(!html.contains("<!-- "))
  let data = try #require(
    html.components(separatedBy: "id=\"report\">").last?.components(separatedBy: "</script>").first)
  #expect(try JSON.read(Array(data.utf8))["plugin"]?["name"]?.string == hostile)
}

/// Nothing of the page comes from elsewhere.
@Test func thePageNeedsNoOtherFile() {
  let html = RecordedRun.record().html
  for word in ["src=", "href=", "http:", "https:", "@import", "url("] { #expect(!html.contains(word), "\(word)") }
}

@Test func aFolderThatCannotBeMadeIsAnError() {
  #expect(throws: FileError.self) { try ReportFiles(folder: "/proc/self/no/folder") }
  #expect(throws: FileError.self) { try ReportFiles(folder: "/proc/self/exe") }
}

/// What does not fit on the disk is an error, although it shows only when the file is closed.
@Test func aFullDiskIsAnError() throws {
  try RecordedRun.withFolder { folder throws in
    let file = folder.path + "/report.html"
    try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "/dev/full")
    let error = #expect(throws: FileError.self) {
      try ReportFiles(folder: folder.path).write(RecordedRun.record())
    }
    #expect(error?.description == "\(file): No space left on device")
  }
}

@Test func xmlCheckSeesWhatIsWrong() {
  let start = "<?xml version=\"1.0\"?>\n"
  #expect(xmlProblem(start + "<a b=\"c &amp; d\">e<f/></a>\n") == nil)
  for text in ["<a>", "<a></b>", "<a/><b></b>x", "<a b=\"<\"></a>", "<a>&x</a>", "<a>\u{1}</a>", "<a b=c></a>"] {
    #expect(xmlProblem(start + text) != nil, "\(text)")
  }
}
