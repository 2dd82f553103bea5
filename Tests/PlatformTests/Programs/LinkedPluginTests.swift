import Foundation
import TestSupport
import Testing

/// Plugins that are parts of a program: `digits` brings cpu and reference along.
@Suite struct LinkedPluginTests {
  /// One epoch of the example, alone in a folder: no plugin lies beside it.
  private func digits(_ device: String, plugins: String? = nil) throws -> Program {
    let folder = try TemporaryFolder()
    let program = folder.url.appendingPathComponent("digits")
    try FileManager.default.copyItem(at: Program.folder.appendingPathComponent("digits"), to: program)
    return try Program(
      at: program, ["--epochs", "1", "--save", folder.path("weights"), "--device", device],
      environment: plugins.map { ["BACKPLANE_PLUGIN_PATH": $0] } ?? [:])
  }

  @Test(arguments: ["cpu", "reference"]) func aProgramNeedsNoFile(_ device: String) throws {
    let run = try digits(device)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.lastLine.contains(" on \(device) (linked into the program) "))
  }

  @Test func aFileThatTheUserNamesComesFirst() throws {
    let run = try digits("cpu", plugins: Program.folder.path)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.lastLine.contains(" on cpu (libbackplane-cpu.so) "))
  }

  @Test func otherDevicesAreFoundAsEver() throws {
    let run = try digits("nosuch")
    #expect(run.status == 2)
    #expect(run.errors.contains("no plugin for device 'nosuch'"))
    #expect(run.errors.contains("(the program itself) (linked into the program)"))
  }
}
