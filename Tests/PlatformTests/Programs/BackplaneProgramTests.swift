import Backplane
import Foundation
import TestSupport
import Testing

/// The `backplane` program.
@Suite struct BackplaneProgramTests {
  @Test func devicesAreListedAsJSON() throws {
    let run = try Program("backplane", ["devices", "--json"])
    #expect(run.status == 0)
    let list = try JSONDecoder().decode(DeviceList.self, from: Data(run.output.utf8))
    #expect(list.backplane_version == backplaneVersion)
    #expect(list.default_device == "cpu")
    // Where there is no graphics processor, the CUDA plugin says so, and is the only one to fail.
    #expect(list.failures.allSatisfy { $0.message.contains("NVIDIA") })
    for name in ["cpu", "reference"] {
      let device = try #require(list.devices.first { $0.device == name })
      #expect(device.plugin == name)
      #expect(device.plugin_file?.hasSuffix("/libbackplane-\(name).so") == true)
      #expect(device.abi_version.hasPrefix("1."))
      #expect(!device.name.isEmpty && !device.plugin_version.isEmpty)
      #expect(try #require(device.memory_total) >= #require(device.memory_free))
    }
  }

  @Test func operatorsAreListed() throws {
    let all = try Program("backplane", ["operators"])
    #expect(
      all.status == 0 && all.output.contains("nn.functional.linear(Tensor input, Tensor weight, Tensor? bias=None)\n"))
    let one = try Program("backplane", ["operators", "clamp_min"])
    #expect(one.output == "clamp_min(Tensor input, Scalar min)\nclamp_min(Tensor input, Tensor min)\n")
    let none = try Program("backplane", ["operators", "nosuch"])
    #expect(none.status == 2 && none.errors.contains("there is no operator 'nosuch'"))
  }

  @Test func devicesAreListedForPeople() throws {
    let run = try Program("backplane", ["devices"], environment: ["BACKPLANE_DEVICE": "reference"])
    #expect(run.status == 0)
    #expect(run.output.contains("reference (default)\n"))
    #expect(run.output.contains("/libbackplane-cpu.so\n"))
  }

  @Test func aFileThatIsNoPluginIsToldOf() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(Array("not a library".utf8), "libbackplane-text.so")
    let run = try Program(
      "backplane", ["devices", "--json"], environment: ["BACKPLANE_PLUGIN_PATH": folder.url.path])
    let list = try JSONDecoder().decode(DeviceList.self, from: Data(run.output.utf8))
    let failure = try #require(list.failures.first { $0.message.contains(folder.path("libbackplane-text.so")) })
    #expect(failure.kind == "plugin")
    #expect(list.devices.contains { $0.device == "cpu" })
  }

  @Test func aPluginPathThatNamesNothingIsAnError() throws {
    let run = try Program("backplane", ["devices"], environment: ["BACKPLANE_PLUGIN_PATH": "/no/such/folder"])
    #expect(run.status == 2)
    #expect(run.signal == nil)
    #expect(run.errors.contains("/no/such/folder"))
  }

  @Test func explainNamesEveryPath() throws {
    let cpu = try Program("backplane", ["explain", "cpu"])
    #expect(cpu.status == 0)
    #expect(cpu.lastLine.hasPrefix("cpu is available: "))
    #expect(cpu.output.contains(Program.folder.path + "/libbackplane-reference.so"))

    let other = try Program("backplane", ["explain", "nosuch:3"])
    #expect(other.status == 2)
    #expect(other.signal == nil)
    #expect(other.output.contains("/usr/lib/backplane"))
    #expect(other.lastLine == "nosuch:3 is not available")
    #expect(other.errors.contains("nosuch:3"))
  }

  @Test func versionAndHelp() throws {
    #expect(try Program("backplane", ["--version"]).output == "backplane \(backplaneVersion)\n")
    let help = try Program("backplane", ["--help"])
    #expect(help.status == 0)
    #expect(help.output.contains("backplane explain DEVICE"))
  }

  @Test(arguments: ["devices", "explain", "check", "operators", "new-plugin"], ["--help", "-h"])
  func everyCommandHasHelp(_ command: String, _ option: String) throws {
    for arguments in [[command, option], [command, "name", option], ["help", command]] {
      let run = try Program("backplane", arguments)
      #expect(run.status == 0 && run.errors.isEmpty)
      #expect(run.output.hasPrefix("usage: backplane \(command)") && run.output.contains("Exit status: 0"))
    }
  }

  @Test(arguments: ["compare", "record", "replay"]) func everyCommandOfTheSuiteHasHelp(_ command: String) throws {
    let run = try Program("conformance", [command, "--help"])
    #expect(run.status == 0 && run.errors.isEmpty && run.output.contains("conformance \(command) "))
  }

  /// That what was printed has arrived is a part of success.
  @Test(
    arguments: [
      ("backplane", "operators"), ("backplane", "operators add"), ("backplane", "devices --json"),
      ("backplane", "devices"), ("backplane", "explain cpu"), ("backplane", "--help"), ("backplane", "--version"),
      ("backplane", "check --obligations"), ("conformance", "--list"), ("conformance", "--help"),
      ("conformance", "--tolerances"), ("conformance", "--device reference --op ADD --level core"),
      ("digits", "--help"), ("benchmarks", "--list"),
    ])
  func aFullDiskIsAnError(_ program: String, _ arguments: String) throws {
    let file = Program.folder.appendingPathComponent(program).path
    let run = try Program(at: URL(fileURLWithPath: "/bin/sh"), ["-c", "exec \"$0\" \(arguments) > /dev/full", file])
    #expect(run.status == (program == "digits" ? 1 : 2) && run.signal == nil)
    #expect(run.errors.contains("\(program): standard output: "), "\(run.errors)")
  }

  @Test(
    arguments: [
      ([], "a command is missing"), (["frobnicate"], "frobnicate"), (["--frob"], "--frob"),
      (["devices", "--xml"], "--xml"), (["explain"], "DEVICE is missing"),
      (["explain", "cpu", "more"], "more"),
      (["explain", "--all"], "--all"), (["--version", "more"], "more"), (["explain", ""], "''"),
      (["explain", "cpu:x"], "cpu:x"),
    ] as [([String], String)])
  func badUsageIsStatus2(_ arguments: [String], _ named: String) throws {
    let run = try Program("backplane", arguments)
    #expect(run.status == 2)
    #expect(run.signal == nil)
    #expect(run.errors.contains(named))
  }
}

/// What `backplane devices --json` prints.
private struct DeviceList: Decodable {
  struct Device: Decodable {
    let device: String
    let name: String
    let details: String
    let memory_total: Int?
    let memory_free: Int?
    let plugin: String
    let plugin_version: String
    let plugin_file: String?
    let abi_version: String
  }

  struct Failure: Decodable {
    let kind: String
    let message: String
  }

  let backplane_version: String
  let default_device: String
  let devices: [Device]
  let failures: [Failure]
}
