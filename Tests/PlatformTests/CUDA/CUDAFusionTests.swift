import Foundation
import TestSupport
import Testing

/// The CUDA plugin's extension "backplane.fusion/1" on the emulator: a program in C executes random programs fused, and
/// step by step.
@Suite struct CUDAFusionTests {
  private static let program = Result<URL, any Error> {
    let program = try Emulator.folder().appendingPathComponent("fusion")
    try Emulator.run([
      "clang", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I\(CompiledPlugin.header.path)",
      Emulator.sources.appendingPathComponent("Fusion/fusion.c").path, "-o", program.path, "-ldl", "-lm", "-pthread",
    ])
    return program
  }

  @Test(arguments: ["forward", "reverse"]) func programsAreEqualToTheirSteps(order: String) throws {
    let plugin = Program.folder.appendingPathComponent("libbackplane-cuda.so").path
    let run = try Program(
      at: CUDAFusionTests.program.get(), [plugin, "0", "12"],
      environment: try Emulator.environment(["CUDA_EMULATOR_ORDER": order]))
    #expect(run.output == "passed\n" && run.status == 0, "\(run.output) \(run.errors)")
  }
}
