import Foundation
import Testing

/// The errors that the compiler finds in a source that imports Backplane, by file and line: the file is "" unless the source
/// names another by `#sourceLocation`.
package struct CompilerErrors {
  package private(set) var messages: [String: [Int: [String]]] = [:]

  package init(in source: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Array(source.utf8), "Source.swift")
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
      .standardizedFileURL
    let builds = [Program.folder] + ["release", "debug"].map { package.appendingPathComponent(".build/\($0)") }
    let products = try #require(
      builds.first {
        FileManager.default.fileExists(atPath: $0.appendingPathComponent("Modules/Backplane.swiftmodule").path)
      }, "the module Backplane lies in none of \(builds.map(\.path))")
    // What is wrong goes with the output: there may be more of it than a pipe holds that nobody reads.
    var arguments = [
      "sh", "-c", "exec \"$@\" 2>&1", "sh", "swiftc", "-typecheck", "-swift-version", "6", "-I",
      products.appendingPathComponent("Modules").path,
    ]
    // The modules of C that it imports: each has a map of its own, or one that the build has made.
    arguments += ["-I", package.appendingPathComponent("Sources/BackendAPI/include").path]
    for folder in try FileManager.default.contentsOfDirectory(atPath: products.path).sorted() {
      let map = products.appendingPathComponent("\(folder)/module.modulemap").path
      if FileManager.default.fileExists(atPath: map) { arguments += ["-Xcc", "-fmodule-map-file=\(map)"] }
    }
    let compiler = try withExtendedLifetime(folder) {
      try Program(at: URL(fileURLWithPath: "/usr/bin/env"), arguments + [file])
    }
    for line in compiler.output.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 3)
      guard parts.count == 4, parts[3].hasPrefix(" error:"), let number = Int(parts[1]) else { continue }
      messages[parts[0] == file ? "" : String(parts[0]), default: [:]][number, default: []].append(
        String(parts[3].dropFirst(8)))
    }
    try #require(compiler.status == 0 || !messages.isEmpty, "the compiler failed:\n\(compiler.output)")
  }
}
