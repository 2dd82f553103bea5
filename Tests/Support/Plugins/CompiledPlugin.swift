import Foundation

/// Plugins in C that tests compile when they run, with the toolchain's clang.
package enum CompiledPlugin {
  package static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "Fixtures")
  package static let header = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../Sources/BackendAPI/include").standardizedFileURL

  /// A fresh folder, removed when the test's process ends normally or not at all: it lies in the temporary folder.
  package static func makeFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("backplane-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Compiles a source of the fixtures into a shared library.
  ///
  /// - Parameter options: Further arguments, such as libraries to link.
  package static func compile(
    _ source: String, in folder: URL = fixtures, _ defines: [String] = [], options: [String] = [], to file: URL
  ) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["clang", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O0", "-I\(header.path)"]
      + defines.map { "-D\($0)" } + [folder.appendingPathComponent(source).path, "-o", file.path] + options
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CompilationFailed(source: source, defines: defines) }
  }

  package struct CompilationFailed: Error {
    let source: String
    let defines: [String]
  }
}
