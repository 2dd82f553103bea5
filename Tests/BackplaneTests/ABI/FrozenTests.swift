import Backplane
import Foundation
import Testing

/// Plugins and a host that were written for an earlier minor version, compiled with its header, against today's other
/// side.
@Suite struct FrozenTests {
  private static let frozen = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Frozen/1.0")

  /// Compiles a frozen source with the header beside it.
  private static func compile(_ source: String, _ options: [String], to file: URL) throws {
    try Emulator.run(
      ["clang", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-I\(frozen.path)"]
        + [frozen.appendingPathComponent(source).path, "-o", file.path, "-ldl"] + options)
  }

  private static func plugin(_ name: String, _ options: [String]) throws -> URL {
    let file = try CompiledPlugin.makeFolder().appendingPathComponent("libbackplane-\(name).so")
    try compile("plugin.c", ["-shared", "-fPIC", "-DNAME=\"\(name)\""] + options, to: file)
    return file
  }

  private static let plugins = [
    "frozen": Result { try plugin("frozen", []) },
    "frozen-streams": Result { try plugin("frozen-streams", ["-DSTREAMS"]) },
  ]

  @Test(arguments: ["frozen", "frozen-streams"]) func anOldPluginWorks(_ name: String) throws {
    try Plugin.load(FrozenTests.plugins[name]!.get().path)
    let device = Device(name)
    let a = Tensor([[1.0, 2], [3, 4]], device: device)
    #expect((a + a.t() * 2).toArray(Double.self) == [3, 8, 7, 12])
    #expect(a.matmul(a).toArray(Double.self) == [7, 10, 15, 22])
    #expect(a.long().matmul(a.long()).cpu().toArray(Int.self) == [7, 10, 15, 22])
    a.add_(a)
    #expect(a[1].toArray(Double.self) == [6, 8])
    #expect(errorKind { _ = a.exp() } == .unsupported)
    #expect(errorKind { _ = Tensor.empty([1 << 30], device: device) } == .outOfMemory)
  }

  @Test(arguments: ["frozen", "frozen-streams"], [["--tier", "T0,T1"], ["--op", "COPY,FILL,ADD,MUL,MATMUL"]])
  func anOldPluginConforms(_ name: String, _ selection: [String]) throws {
    let run = try Program("conformance", ["--plugin", FrozenTests.plugins[name]!.get().path] + selection)
    #expect(run.status == 0 && run.lastLine.contains(" 0 failed"), "\(run.output)\(run.errors)")
  }

  private static let host = Result {
    let file = try CompiledPlugin.makeFolder().appendingPathComponent("host")
    try compile("host.c", [], to: file)
    return file
  }

  /// What a host knows of the table: the required functions, those and host_pointer, and wrap_host, all of 1.0's, and
  /// more than there is.
  @Test(arguments: ["cpu", "reference", "frozen"], ["128", "136", "144", "232", "512"])
  func anOldHostIsServed(_ name: String, _ known: String) throws {
    let file =
      try FrozenTests.plugins[name]?.get() ?? Program.folder.appendingPathComponent("libbackplane-\(name).so")
    for minor in [[], ["9"]] {
      let run = try Program(at: FrozenTests.host.get(), [file.path, known] + minor)
      #expect(run.output == "served\n" && run.status == 0, "\(run.output)\(run.errors)")
    }
  }
}
