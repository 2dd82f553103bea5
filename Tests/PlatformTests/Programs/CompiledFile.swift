import Foundation
import TestSupport

/// A shared object made for one test, and removed with the last reference to it.
final class CompiledFile {
  private let folder: TemporaryFolder
  let path: String

  private init(_ folder: TemporaryFolder, _ name: String, _ arguments: [String]) throws {
    self.folder = folder
    path = folder.path(name)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["clang", "-shared", "-fPIC"] + arguments + ["-o", path]
    try process.run()
    process.waitUntilExit()
    struct CompilationFailed: Error { let arguments: [String] }
    guard process.terminationStatus == 0 else { throw CompilationFailed(arguments: arguments) }
  }

  /// `damaged.c` with one fault: the reference plugin, damaged.
  static func damaged(fault: Int, hidesSymbols: Bool = true) throws -> CompiledFile {
    let folder = try TemporaryFolder()
    // A copy: the plugin itself may be in the process, and is opened once.
    let original = folder.path("original.so")
    try FileManager.default.copyItem(
      atPath: Program.folder.appendingPathComponent("libbackplane-reference.so").path, toPath: original)
    let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let map = here.appendingPathComponent("../../../Plugins/exports.map").standardizedFileURL.path
    return try CompiledFile(
      folder, "libbackplane-damaged.so",
      ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-I\(CompiledPlugin.header.path)"]
        + ["-DREFERENCE=\"\(original)\"", "-DFAULT=\(fault)"]
        + (hidesSymbols ? ["-Wl,--version-script=\(map)"] : [])
        + [here.appendingPathComponent("Fixtures/damaged.c").path])
  }

  /// A few lines of assembly.
  static func assembled(_ source: String, _ flags: [String] = []) throws -> CompiledFile {
    let folder = try TemporaryFolder()
    let text = try folder.write(Array(source.utf8), "source.s")
    return try CompiledFile(folder, "libbackplane-assembled.so", ["-nostdlib", text] + flags)
  }
}
