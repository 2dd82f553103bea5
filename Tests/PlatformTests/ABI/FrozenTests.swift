import Backplane
import Foundation
import TestSupport
import Testing

/// Plugins and hosts that were written for an earlier minor version, compiled with its header, against today's other
/// side.
@Suite struct FrozenTests {
  private static func folder(_ version: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Frozen/\(version)")
  }

  /// Compiles a frozen source with the header beside it.
  private static func compile(_ source: String, of version: String, _ options: [String], to file: URL) throws {
    let folder = folder(version)
    try Emulator.run(
      ["clang", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-I\(folder.path)"]
        + [folder.appendingPathComponent(source).path, "-o", file.path, "-ldl", "-lm"] + options)
  }

  private static func plugin(
    _ name: String, source: String = "plugin.c", of version: String = "1.0", _ options: [String] = []
  ) throws -> URL {
    let file = try CompiledPlugin.makeFolder().appendingPathComponent("libbackplane-\(name).so")
    try compile(source, of: version, ["-shared", "-fPIC", "-DNAME=\"\(name)\""] + options, to: file)
    return file
  }

  private static let plugins = [
    "frozen": Result { try plugin("frozen") },
    "frozen-streams": Result { try plugin("frozen-streams", ["-DSTREAMS"]) },
    "frozen-core-0": Result { try plugin("frozen-core-0", source: "core.c", of: "1.0") },
    "frozen-core-1": Result { try plugin("frozen-core-1", source: "core.c", of: "1.1") },
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

  /// Whole devices of earlier versions: what networks are made of now is decomposed for them.
  @Test(arguments: ["frozen-core-0", "frozen-core-1"]) func anOldDeviceLearnsTheDigits(_ name: String) throws {
    let folder = try TemporaryFolder()
    let plugin = try FrozenTests.plugins[name]!.get()
    func losses(_ device: String) throws -> [Double] {
      let path = folder.path(device)
      let arguments = ["--epochs", "1", "--losses", path, "--save", folder.path("weights"), "--device", device]
      let run = try Program("digits", arguments, environment: ["BACKPLANE_PLUGIN_PATH": plugin.path])
      #expect(run.status == 0, "\(run.errors)")
      return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { Double($0) }
    }
    let (old, cpu) = (try losses(name), try losses("cpu"))
    #expect(old.count == 23 && cpu.count == 23)
    for (a, b) in zip(old, cpu) { #expect(abs(a - b) <= 1e-4 * abs(b)) }
  }

  @Test(arguments: ["frozen-core-0", "frozen-core-1"])
  func anOldDeviceTrainsAConvolutionalNetwork(_ name: String) throws {
    try Plugin.load(FrozenTests.plugins[name]!.get().path)
    func losses(_ device: Device) -> [Double] {
      let generator = Generator(seed: 3)
      func normal(_ shape: [Int], _ scale: Double) -> Tensor {
        (Tensor.randn(shape, device: "cpu", generator: generator) * scale).to(device)
      }
      let images = normal([4, 1, 12, 12], 1)
      let labels = Tensor([0, 1, 2, 1], dtype: .int64, device: device)
      let parameters = [
        normal([6, 1, 3, 3], 0.3), normal([6], 0.1), normal([6], 1), normal([6], 0.1), normal([3, 216], 0.1),
      ].map { $0.requiresGrad_() }
      let optimizer = SGD(parameters, lr: 0.1, momentum: 0.9)
      return (0..<4).map { _ in
        optimizer.zeroGrad()
        var x = F.conv2d(images, parameters[0], parameters[1], padding: 1)
        x = F.batchNorm(x, nil, nil, weight: parameters[2], bias: parameters[3], training: true)
        x = F.maxPool2d(F.relu(x), 2).flatten(1)
        let loss = F.crossEntropy(F.linear(x, parameters[4]), labels)
        loss.backward()
        optimizer.step()
        return loss.item()
      }
    }
    let (old, cpu) = (losses(Device(name)), losses("cpu"))
    #expect(old[3] < old[0])
    for (a, b) in zip(old, cpu) { #expect(abs(a - b) <= 1e-4 * abs(b)) }
  }

  private static let hosts = Dictionary(
    uniqueKeysWithValues: ["1.0", "1.1"].map { version in
      (
        version,
        Result {
          let file = try CompiledPlugin.makeFolder().appendingPathComponent("host")
          try compile("host.c", of: version, [], to: file)
          return file
        }
      )
    })

  /// What a host knows of the table: the required functions, those and host_pointer, and wrap_host, all of 1.0's, and
  /// more than there is.
  @Test(arguments: ["cpu", "reference", "frozen"], ["128", "136", "144", "232", "512"])
  func anOldHostIsServed(_ name: String, _ known: String) throws {
    let file =
      try FrozenTests.plugins[name]?.get() ?? Program.folder.appendingPathComponent("libbackplane-\(name).so")
    for (version, host) in FrozenTests.hosts where name != "frozen" || version == "1.0" {
      for minor in [[], ["9"]] {
        let run = try Program(at: host.get(), [file.path, known] + minor)
        #expect(run.output == "served\n" && run.status == 0, "\(version): \(run.output)\(run.errors)")
      }
    }
  }
}
