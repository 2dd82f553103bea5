import ConformanceSuite
import Foundation

/// Runs that no plugin took part in.
enum RecordedRun {
  /// Texts that a plugin might use, each of which means something to one of the formats.
  static let hostile =
    "</script><script>document.body.dataset.ready='no'</script> <!-- \"'&amp; ]]> \u{1}\u{1b}[31m\u{0} é"

  static func plugin(name: String = "mychip") -> TestedPlugin {
    TestedPlugin(
      file: "/plugins/libbackplane-\(name).so", sha256: String(repeating: "0a", count: 32), name: name,
      version: "1.2", abi: "1.0", device: "\(name):0", deviceName: "\(name) device")
  }

  /// A run of some cases of ADD, each passed with 0.5 ulp if not in one of the lists, and of one of tier T1.
  static func record(
    _ plugin: TestedPlugin = plugin(), labels: [String] = ["n1", "n2", "n3"], failing: Set<String> = [],
    unsupported: Set<String> = [], ulps: Double = 0.5, message: String = "expected 1, got 2"
  ) -> RunRecord {
    var record = RunRecord(
      plugin, on: Machine(cpu: "chip \"x\" <3", cores: 2, system: "Linux"), Conformance.Selection(), seed: .max,
      command: "conformance --plugin mychip.so")
    record.seconds = 1.5
    record.add(CaseResult(id: "T1.alloc.zero", operatorName: nil, types: nil, outcome: .passed(worstUlps: nil)))
    for label in labels {
      let outcome: Outcome =
        failing.contains(label)
        ? .failed([message], worstUlps: .infinity)
        : unsupported.contains(label) ? .skipped(message) : .passed(worstUlps: ulps)
      record.add(
        CaseResult(id: "T2.ADD.float32.\(label)", operatorName: "ADD", types: "float32", outcome: outcome))
    }
    return record
  }

  static func saved(_ record: RunRecord, path: String = "report.json") throws -> SavedReport {
    try SavedReport(Array(record.json.text().utf8), path: path)
  }

  /// A folder for the time of a call.
  static func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("backplane-report-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}
