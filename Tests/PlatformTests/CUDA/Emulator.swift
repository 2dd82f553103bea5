import Foundation
import TestSupport

/// The emulated CUDA libraries of Tests/CUDAEmulator, built once for all tests of a run.
enum Emulator {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../..").standardizedFileURL
  static let sources = root.appendingPathComponent("Tests/CUDAEmulator")

  private static let built = Result<URL, any Error> {
    let folder = try CompiledPlugin.makeFolder()
    try run([root.appendingPathComponent("scripts/cuda-emulator").path, folder.path])
    return folder
  }

  /// The folder of the libraries.
  static func folder() throws -> URL { try built.get() }

  /// The environment of a program that finds the libraries, and keeps compiled kernels among them.
  static func environment(_ settings: [String: String] = [:]) throws -> [String: String] {
    let folder = try folder().path
    return ["LD_LIBRARY_PATH": folder, "BACKPLANE_CUDA_CACHE": "\(folder)/cache"].merging(settings) { $1 }
  }

  struct CommandFailed: Error {
    let command: [String]
  }

  /// Runs a command to its end, which has to be a good one.
  static func run(_ command: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CommandFailed(command: command) }
  }

  /// A file of NVIDIA's pip packages or of the toolkit, nil where there is none.
  static func find(_ file: String) -> String? {
    let environment = ProcessInfo.processInfo.environment
    var folders = [environment["BACKPLANE_NVRTC"], "/usr/local/cuda/lib64", "/usr/local/cuda/include"].compactMap { $0 }
    if let python = environment["VIRTUAL_ENV"].map({ "\($0)/lib" }) {
      for version in (try? FileManager.default.contentsOfDirectory(atPath: python)) ?? [] {
        let packages = "\(python)/\(version)/site-packages/nvidia"
        for package in (try? FileManager.default.contentsOfDirectory(atPath: packages)) ?? [] {
          folders += ["\(packages)/\(package)/lib", "\(packages)/\(package)/include"]
        }
      }
    }
    // Beside the libraries that BACKPLANE_NVRTC names lie the headers.
    folders += folders.map { "\($0)/../include" }
    return folders.map { "\($0)/\(file)" }.first { FileManager.default.fileExists(atPath: $0) }
  }
}
