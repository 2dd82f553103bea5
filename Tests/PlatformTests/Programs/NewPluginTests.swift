import Foundation
import TestSupport
import Testing

/// `backplane new-plugin`: what it writes builds with one command, and is right.
@Suite struct NewPluginTests {
  private static let hasRust = isInstalled("rustc")
  private static let hasSwift = isInstalled("swiftc")
  private static let hasCPP = isInstalled("c++")

  private static func isInstalled(_ compiler: String) -> Bool {
    ProcessInfo.processInfo.environment["PATH", default: ""].split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(compiler)") }
  }

  @Test func aPluginInC() throws { try buildAndConform("c", "my-chip") }

  @Test(.enabled(if: hasCPP, "there is no c++ to build the C++ plugin with"))
  func aPluginInCPP() throws { try buildAndConform("c++", "kit-cpp") }

  @Test(.enabled(if: hasRust, "there is no rustc to build the Rust plugin with"))
  func aPluginInRust() throws { try buildAndConform("rust", "kit-rust") }

  @Test(.enabled(if: hasSwift, "there is no swiftc to build the Swift plugin with"))
  func aPluginInSwift() throws { try buildAndConform("swift", "kit-swift") }

  private func buildAndConform(_ language: String, _ name: String) throws {
    let folder = try TemporaryFolder()
    let made = try Program(
      "backplane", ["new-plugin", name, "--language", language, "--output", folder.path("deep/plugin")])
    try #require(made.status == 0, "\(made.errors)")
    let plugin = folder.path("deep/plugin")

    // The header comes from pkg-config, as an installation gives it.
    _ = try folder.write(
      Array("Name: header\nDescription: test\nVersion: 1.0\nCflags: -I\(CompiledPlugin.header.path)\n".utf8),
      "backplane-backend.pc")
    let make = Process()
    make.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    make.arguments = [
      "PKG_CONFIG_PATH=\(folder.url.path)", "make", "-C", plugin, "CFLAGS=-O1 -Wall -Wextra -Werror",
      "CXXFLAGS=-O1 -Wall -Wextra -Werror", "RUSTFLAGS=-C opt-level=1 -D warnings", "SWIFTFLAGS=-O -warnings-as-errors",
    ]
    let log = Pipe()
    make.standardOutput = log
    make.standardError = log
    try make.run()
    let messages = log.readText()
    make.waitUntilExit()
    try #require(make.terminationStatus == 0, "\(messages)")

    let library = "\(plugin)/libbackplane-\(name).so"
    let run = try Program("conformance", ["--plugin", library, "--level", "core"])
    #expect(run.status == 0, "\(run.output.suffix(2000))\(run.errors)")
    #expect(run.lastLine.contains("passed, 0 failed"))
    let devices = try Program("backplane", ["explain", name], environment: ["BACKPLANE_PLUGIN_PATH": library])
    #expect(devices.status == 0 && devices.lastLine.hasPrefix("\(name):0 is available"))
  }

  @Test func nothingIsLeftOfThePlaceholder() throws {
    let folder = try TemporaryFolder()
    for language in ["c", "c++", "rust", "swift"] {
      let target = folder.path(language)
      let made = try Program("backplane", ["new-plugin", "other", "--language", language, "--output", target])
      #expect(made.status == 0)
      let files = try FileManager.default.subpathsOfDirectory(atPath: target)
      #expect(files.contains("Makefile") && files.contains("README.md") && files.contains(".gitignore"))
      for file in files {
        guard let text = try? String(contentsOfFile: "\(target)/\(file)", encoding: .utf8) else { continue }
        #expect(!text.contains("mychip"), "\(language): \(file)")
      }
    }
  }

  /// Every template on disk is in the program: a file that is added and not listed would be lost.
  @Test func everyTemplateIsInTheProgram() throws {
    let templates = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../Sources/CLI/Templates").standardizedFileURL
    let list = try String(contentsOf: templates.appendingPathComponent("templates.c"), encoding: .utf8)
    for folder in ["c", "c++", "common", "rust", "swift"] {
      for file in try FileManager.default.subpathsOfDirectory(atPath: templates.appendingPathComponent(folder).path) {
        var isFolder: ObjCBool = false
        let path = templates.appendingPathComponent(folder).appendingPathComponent(file).path
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        #expect(isFolder.boolValue || list.contains("#embed \"\(folder)/\(file)\""), "\(folder)/\(file)")
      }
    }
  }

  @Test func aFolderThatIsNotEmptyIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(Array("mine".utf8), "file")
    let run = try Program("backplane", ["new-plugin", "mychip", "--output", folder.url.path])
    #expect(run.status == 2)
    #expect(run.errors.contains("'\(folder.url.path)' is there and not empty"))
    #expect(folder.contents == ["file"])
  }

  @Test func aFolderThatCannotBeMadeIsNamed() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Array("mine".utf8), "file")
    let run = try Program("backplane", ["new-plugin", "mychip", "--output", "\(file)/plugin"])
    #expect(run.status == 2)
    #expect(run.errors.contains("cannot write") && run.errors.contains(file))
  }

  @Test(
    arguments: [
      ([], "NAME is missing"), (["My"], "'My' cannot be a plugin's name"), (["9a"], "'9a' cannot"),
      (["a/b"], "'a/b' cannot"), ([String(repeating: "a", count: 33)], "cannot be a plugin's name"),
      (["a", "--language", "cobol"], "no template in 'cobol', only in c, c++, rust, swift"),
      (["a", "--language"], "--language needs a value"), (["a", "--colour", "red"], "unknown option '--colour'"),
      (["a", "b"], "unexpected argument 'b'"), (["a", "--output", "x", "--output", "y"], "--output is given twice"),
    ] as [([String], String)])
  func badUsageIsStatus2(_ arguments: [String], _ named: String) throws {
    let run = try Program("backplane", ["new-plugin"] + arguments)
    #expect(run.status == 2)
    #expect(run.signal == nil)
    #expect(run.errors.contains(named))
  }
}
