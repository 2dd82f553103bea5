import BackendAPI
import Backplane
import Foundation
import TestSupport
import Testing

/// The CUDA plugin on the emulator, and without a driver.
///
/// To compile a kernel takes the emulator longer than to run it, so these are parts of the cases;
/// `BACKPLANE_TEST_SHARD=1/1` runs them all, in about an hour.
@Suite(.serialized) struct CUDAPluginTests {
  private func conformance(
    _ arguments: [String], shard: String? = nil, _ settings: [String: String] = [:]
  ) throws -> Program {
    let chosen = shard.map { ProcessInfo.processInfo.environment["BACKPLANE_TEST_SHARD"] ?? $0 }
    return try Program(
      "conformance", ["--device", "cuda:0"] + (chosen.map { ["--shard", $0] } ?? []) + arguments,
      environment: try Emulator.environment(settings))
  }

  @Test func withoutADriverThePluginSaysSo() throws {
    guard dlopen("libcuda.so.1", RTLD_LAZY) == nil else { return }
    let run = try Program("backplane", ["explain", "cuda:0"])
    #expect((run.output + run.errors).contains("Found no NVIDIA driver: libcuda.so.1"))
    #expect(run.signal == nil)
  }

  /// A run of the suite with a driver that can compile nothing.
  private func conformanceWithoutNVRTC(_ arguments: [String]) throws -> Program {
    let folder = try CompiledPlugin.makeFolder()
    try FileManager.default.copyItem(
      at: Emulator.folder().appendingPathComponent("libcuda.so.1"), to: folder.appendingPathComponent("libcuda.so.1"))
    return try Program(
      "conformance", ["--device", "cuda:0"] + arguments,
      environment: ["LD_LIBRARY_PATH": folder.path, "VIRTUAL_ENV": "", "CONDA_PREFIX": ""])
  }

  @Test func withoutNVRTCTheFirstOperatorSaysWhatIsMissing() throws {
    let run = try conformanceWithoutNVRTC(["--op", "ADD"])
    #expect(run.signal == nil)
    #expect(run.output.contains("Found no NVRTC, which compiles the kernels: libnvrtc.so.13"))
  }

  /// The suite passes over what the plugin lacks; what it claims fails where nothing can be compiled.
  @Test func everyFunctionHasAKernel() throws {
    let names = (UnaryFunction.all.map(\.op) + BinaryFunction.all.map(\.op)).map { String(cString: bp_op_name($0.id)) }
    let run = try conformanceWithoutNVRTC(["--shard", "1/16", "--op", Set(names).sorted().joined(separator: ",")])
    let lines = run.output.split(separator: "\n").map { $0.split(separator: " ") }
    for name in names {
      let line = try #require(lines.first { $0.first.map(String.init) == name }, "no line of \(name)")
      #expect(!line.contains("unsupported"), "\(name) has no kernel")
    }
  }

  @Test(arguments: ["forward", "reverse"]) func everyCasePasses(order: String) throws {
    let run = try conformance([], shard: "1/128", ["CUDA_EMULATOR_ORDER": order])
    #expect(run.lastLine.contains(" 0 failed"), "\(run.output.suffix(4000))")
    #expect(run.status == 0)
  }

  // MARK: - Every way of what has several

  private static let convolutions = "CONVOLUTION,CONVOLUTION_INPUT,CONVOLUTION_WEIGHT"

  @Test(arguments: ["direct", "tiles", "cudnn"]) func convolutionsAreRightEveryWay(way: String) throws {
    let run = try conformance(
      ["--op", CUDAPluginTests.convolutions], shard: "1/24", ["BACKPLANE_CUDA_CONVOLUTION": way])
    #expect(run.status == 0 && run.lastLine.contains(" 0 failed"), "\(run.output.suffix(4000))")
  }

  @Test func theTraceNamesTheWayOfAConvolution() throws {
    let folder = try TemporaryFolder()
    let settings = ["BACKPLANE_CUDA_CONVOLUTION": "tiles", "BACKPLANE_TRACE": folder.path("trace.json")]
    let run = try Program(
      "networks", ["digits-cnn", "--device", "cuda:0", "--steps", "1"],
      environment: try Emulator.environment(settings))
    #expect(run.status == 0, "\(run.errors)")
    let trace = try String(contentsOfFile: folder.path("trace.json"), encoding: .utf8)
    for op in ["CONVOLUTION", "CONVOLUTION_INPUT", "CONVOLUTION_WEIGHT"] {
      #expect(trace.contains(try Regex("\"\(op) of float32, [^\"]*: tiles\"")), "no way of \(op)")
    }
  }

  @Test func withoutCUDNNConvolutionsAreThePluginsOwn() throws {
    let folder = try CompiledPlugin.makeFolder()
    let libraries = ["libcuda.so.1", "libnvrtc.so.13", "libcublas.so.13"]
    for library in libraries {
      try FileManager.default.copyItem(
        at: Emulator.folder().appendingPathComponent(library), to: folder.appendingPathComponent(library))
    }
    let run = try conformance(
      ["--op", "CONVOLUTION"], shard: "2/24",
      ["BACKPLANE_CUDA_CONVOLUTION": "cudnn", "LD_LIBRARY_PATH": folder.path, "VIRTUAL_ENV": "", "CONDA_PREFIX": ""])
    #expect(run.status == 0 && run.lastLine.contains(" 0 failed"), "\(run.output.suffix(4000))")
  }

  /// Of 16-bit types the kernels on matrix units are those that other tests run.
  @Test func withoutMatrixUnitsOtherKernelsAreRight() throws {
    let run = try conformance(
      ["--op", CUDAPluginTests.convolutions], shard: "1/48",
      ["CUDA_EMULATOR_CAPABILITY": "75", "BACKPLANE_CUDA_CONVOLUTION": "tiles"])
    #expect(run.status == 0 && run.lastLine.contains(" 0 failed"), "\(run.output.suffix(4000))")
  }

  @Test(arguments: ["digits", "select"]) func sortsAreRightEveryWay(way: String) throws {
    let run = try conformance(["--op", "TOPK"], shard: "1/48", ["BACKPLANE_CUDA_ORDER": way])
    #expect(run.status == 0 && run.lastLine.contains(" 0 failed"), "\(run.output.suffix(4000))")
  }

  @Test(arguments: ["no-barrier", "no-sync", "grid"])
  func aDefectMakesCasesFail(defect: String) throws {
    let run = try conformance(["--op", "SUM"], shard: "1/4", ["CUDA_EMULATOR_DEFECT": defect])
    #expect(run.status == 1 && run.signal == nil)
  }

  @Test(arguments: ["launch:7", "alloc:3", "lost:5"])
  func anErrorIsReportedAndTheProcessLives(failure: String) throws {
    let run = try conformance(["--op", "ADD"], shard: "1/4", ["CUDA_EMULATOR_FAIL": failure])
    #expect(run.status == 1 && run.signal == nil)
  }

  @Test func devicesCopyToOneAnother() throws {
    let run = try conformance(["--tier", "T1", "--verbose"], ["CUDA_EMULATOR_DEVICES": "2"])
    #expect(run.output.contains("pass T1.copy.peer"), "\(run.output)")
    #expect(run.status == 0)
  }

  @Test func theDigitsAreLearned() throws {
    let folder = try TemporaryFolder()
    let run = try Program(
      "digits", ["--device", "cuda:0", "--save", folder.path("weights")], environment: try Emulator.environment())
    let words = run.lastLine.split(separator: " ")
    #expect(words.count > 2 && words[0] == "test" && Double(words[2]) ?? 0 >= 96, "\(run.lastLine) \(run.errors)")
    #expect(run.lastLine.contains("on cuda:0 (libbackplane-cuda.so)"))
  }

  @Test func aDamagedModuleIsMadeAgain() throws {
    let cache = try TemporaryFolder()
    let settings = ["BACKPLANE_CUDA_CACHE": cache.url.path]
    let arguments = ["--op", "NEG", "--level", "core"]
    #expect(try conformance(arguments, settings).status == 0)
    #expect(!cache.contents.isEmpty)
    for (i, name) in cache.contents.enumerated() {
      let file = cache.url.appendingPathComponent(name)
      var bytes = try Data(contentsOf: file)
      if i % 2 == 0 { bytes = bytes.prefix(100) } else { bytes[bytes.count / 2] ^= 0xFF }
      try bytes.write(to: file)
    }
    #expect(try conformance(arguments, settings).status == 0)
  }

  /// What lies in the cache runs: it is made for the user alone, and not taken from where others can write.
  @Test func theCacheIsTheUsersAlone() throws {
    let folder = try TemporaryFolder()
    let cache = folder.path("new/cache")
    func mode(_ path: String) -> mode_t {
      var status = stat()
      return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }
    func contents() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: cache).sorted() }
    func run(_ op: String) throws {
      let run = try conformance(["--op", op, "--level", "core"], ["BACKPLANE_CUDA_CACHE": cache])
      #expect(run.status == 0, "\(run.output.suffix(2000))")
    }
    try run("NEG")
    let files = try contents()
    #expect(!files.isEmpty && files.allSatisfy { !$0.hasPrefix(".") })
    #expect(mode(cache) == 0o700 && files.allSatisfy { mode("\(cache)/\($0)") == 0o600 })
    // A file that others could have written is made again.
    let open = "\(cache)/\(files[0])"
    #expect(chmod(open, 0o666) == 0)
    try run("NEG")
    #expect(try contents() == files && mode(open) == 0o600)
    // A folder that others can write is neither read nor written.
    #expect(chmod(cache, 0o777) == 0)
    try run("ABS")
    #expect(try contents() == files)
  }

  private static let nvrtc = Emulator.find("libnvrtc.so.13")

  /// Whatever the suite needs compiled has to please NVIDIA's compiler as well.
  @Test(.enabled(if: nvrtc != nil, "needs NVIDIA's NVRTC: set BACKPLANE_NVRTC to its folder"))
  func kernelsCompileWithNVRTC() throws {
    for (capability, shard) in [("80", "1/1024"), ("90", "2/1024")] {
      let cache = try CompiledPlugin.makeFolder()
      let run = try conformance(
        [], shard: shard,
        [
          "CUDA_EMULATOR_NVRTC": CUDAPluginTests.nvrtc!, "CUDA_EMULATOR_CAPABILITY": capability,
          "BACKPLANE_CUDA_CACHE": cache.path,
        ])
      #expect(run.status == 0 && run.lastLine.contains(" 0 failed"), "\(run.output.suffix(4000))")
    }
  }

  private static let header = Emulator.find("cublas_v2.h")

  @Test(.enabled(if: header != nil, "needs NVIDIA's headers: set BACKPLANE_NVRTC to the folder of its libraries"))
  func declarationsAgreeWithNVIDIAs() throws {
    let folder = URL(fileURLWithPath: CUDAPluginTests.header!).deletingLastPathComponent().path
    let checks = Emulator.sources.appendingPathComponent("Checks").path
    try Emulator.run([
      "clang++", "-std=c++17", "-fsyntax-only", "-w", "-I\(folder)",
      "-I\(Emulator.root.path)/Plugins/CUDABackend/CUDATypes", "-idirafter", checks, "\(checks)/headers.cpp",
    ])
  }
}
