import Foundation
import TestSupport
import Testing

/// A device that has the core operators alone, for which the frontend decomposes all others; and one that moreover wants
/// contiguous operands and a workspace.
@Suite struct CoreDeviceTests {
  private struct Entry: Decodable {
    let id: String
    let status: String
    let message: String
  }

  /// Factorizations have no decomposition [BP-6.1].
  private static let factorizations = "core operators only"

  private func replay(_ cases: String, _ device: String, fallback: String = "") throws -> [Entry] {
    let folder = try CompiledPlugin.makeFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = try CoreDevice.compile(device, into: folder)
    let report = folder.appendingPathComponent("report.json")
    let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Cases/\(cases).safetensors").path
    _ = try Program(
      "conformance", ["replay", sample, "--device", device, "--report", report.path],
      environment: ["BACKPLANE_PLUGIN_PATH": file.path, "BACKPLANE_FALLBACK": fallback])
    return try JSONDecoder().decode([Entry].self, from: Data(contentsOf: report))
  }

  @Test(arguments: ["core", "exacting"]) func theSampleByDecompositions(_ device: String) throws {
    let entries = try replay("sample", device)
    #expect(entries.count == 1613)
    let failed = entries.filter { $0.status != "pass" && !$0.message.contains(CoreDeviceTests.factorizations) }
    #expect(Set(failed.map(\.id)).isSubset(of: ReplayTests.unrepeatable), "\(failed.map { "\($0.id): \($0.message)" })")
    #expect(entries.filter { $0.status == "pass" }.count >= 1553)
  }

  /// What another device computes comes back, whatever the one that lacks it wants.
  @Test(arguments: ["core", "exacting"]) func theSampleWithAFallback(_ device: String) throws {
    let entries = try replay("sample", device, fallback: "cpu")
    #expect(Set(entries.filter { $0.status != "pass" }.map(\.id)) == Set(ReplayTests.unrepeatable))
  }

  @Test(arguments: ["core", "exacting"]) func sequencesByDecompositions(_ device: String) throws {
    let failed = try replay("sequences", device).filter { $0.status != "pass" }
    #expect(failed.isEmpty, "\(failed.map { "\($0.id): \($0.message)" })")
  }
}
