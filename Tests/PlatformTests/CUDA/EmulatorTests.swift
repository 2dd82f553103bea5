import Foundation
import TestSupport
import Testing

/// The emulator by itself: its own program, which uses each of the libraries.
@Suite struct EmulatorTests {
  private static let smoke = Result<String, any Error> {
    let folder = try Emulator.folder()
    let program = folder.appendingPathComponent("smoke").path
    let libraries = ["libcuda.so.1", "libnvrtc.so.13", "libcublas.so.13", "libcudnn.so.9"].map {
      folder.appendingPathComponent($0).path
    }
    try Emulator.run(
      [
        "clang", "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-c23-extensions", "-Wno-unused-const-variable",
        "-Wno-unused-function", "-I\(Emulator.root.path)/Plugins/CUDABackend/CUDATypes",
        Emulator.sources.appendingPathComponent("Smoke/smoke.c").path,
      ] + libraries + ["-o", program])
    return program
  }

  private func smoke(_ arguments: [String], _ settings: [String: String] = [:]) throws -> Program {
    let environment = try Emulator.environment(settings)
    // A program's name is relative to the folder of the others.
    let up = String(repeating: "../", count: Program.folder.pathComponents.count - 1)
    return try Program(up + EmulatorTests.smoke.get(), arguments, environment: environment)
  }

  @Test(arguments: ["forward", "reverse"]) func kernelsRunInEitherOrder(order: String) throws {
    let run = try smoke([], ["CUDA_EMULATOR_ORDER": order])
    #expect(run.output == "passed\n" && run.status == 0)
  }

  @Test(arguments: [("past_end", "700"), ("far_away", "700"), ("diverge", "719")])
  func mistakesAreFound(kernel: String, code: String) throws {
    let run = try smoke([kernel])
    #expect(run.lastLine == code)
    #expect(run.errors.contains("CUDA emulator: "))
  }

  @Test(arguments: ["no-barrier", "no-sync", "grid"]) func defectsAreFelt(defect: String) throws {
    let run = try smoke([], ["CUDA_EMULATOR_DEFECT": defect])
    #expect(run.status == 1 && run.output.hasPrefix("failed: "))
  }

  @Test(arguments: ["launch:2", "alloc:3", "lost:2"]) func errorsComeAsAsked(failure: String) throws {
    let run = try smoke([], ["CUDA_EMULATOR_FAIL": failure])
    #expect(run.status == 1 && run.signal == nil && run.output.hasPrefix("failed: "))
  }
}
