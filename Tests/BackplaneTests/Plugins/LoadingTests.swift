import Backplane
import Foundation
import Testing

@Suite struct LoadingTests {
  /// What is wrong with a plugin, and what the message must say.
  static let faults: [(Int, String)] = [
    (1, "built for another ABI: it exports bp_plugin_open_v2"),
    (2, "does not export bp_plugin_open_v1"),
    (3, "lacks the magic number"),
    (4, "built for ABI 2, this program speaks ABI 1"),
    (5, "struct_size 24"),
    (6, "struct_size 1073741824"),
    (7, "the required function execute is missing"),
    (8, "its name is not of the form"),
    (9, "it claims -1 devices"),
    (10, "it claims 1000000000 devices"),
    (11, "the coprocessor is not plugged in"),
    (12, "internal error, without a message"),
    (13, "lacks the magic number"),
    (14, "the required function stream_destroy is missing"),
  ]

  @Test(arguments: faults) func aFaultyPluginIsTurnedDown(_ fault: Int, _ reason: String) throws {
    let folder = try CompiledPlugin.makeFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("libbackplane-faulty.so")
    try CompiledPlugin.compile("misbehaving.c", ["FAULT=\(fault)"], to: file)
    let message = errorMessage { try Plugin.load(file.path) }
    #expect(message.contains(reason))
    #expect(message.contains(file.path))
    #expect(Tensor([1, 2]).sum().item() == 3)
  }

  @Test func whatIsNoLibraryIsTurnedDown() throws {
    let folder = try CompiledPlugin.makeFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = folder.appendingPathComponent("libbackplane-text.so")
    try "not a library".write(to: text, atomically: true, encoding: .utf8)
    #expect(errorMessage { try Plugin.load(text.path) }.contains(text.path))
    #expect(errorMessage { try Plugin.load(folder.path) }.contains("not a regular file"))
    #expect(errorMessage { try Plugin.load("/no/such/file.so") }.contains("No such file"))
    let link = folder.appendingPathComponent("libbackplane-link.so")
    try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "/no/such/file.so")
    #expect(errorMessage { try Plugin.load(link.path) }.contains("No such file"))
  }

  @Test(arguments: [
    ("nosuch", "no plugin for device 'nosuch': known devices: cpu, reference"),
    ("cpu:7", "device index out of range: 'cpu:7'; the plugin cpu has cpu:0"),
    ("cpu:x", "Invalid device string: 'cpu:x'"),
    ("cpu:-1", "Invalid device string"),
    ("cpu:0:0", "Invalid device string"),
    ("", "Invalid device string"),
    ("../cpu", "Invalid device string"),
    ("CPU", "Invalid device string"),
  ])
  func aDeviceStringThatNamesNothing(_ string: String, _ message: String) {
    #expect(errorMessage { _ = Tensor.zeros([1], device: Device(string)) }.hasPrefix(message))
    #expect(!isAvailable(Device(string)))
    #expect(!explain(Device(string)).isAvailable)
  }

  @Test func devicesAreFound() {
    #expect(deviceCount("cpu") == 1)
    #expect(deviceCount("nosuch") == 0)
    #expect(isAvailable("cpu:0") && isAvailable("reference"))
    let all = Device.all().devices
    #expect(all.contains { $0.device == "cpu" && $0.plugin.file?.hasSuffix("libbackplane-cpu.so") == true })
    #expect(Device("cuda") == Device("cuda:0"))
    #expect(explain("cpu").description.contains("libbackplane-cpu.so"))
  }

  @Test func thirtyTwoThreadsGetOneDevice() {
    DispatchQueue.concurrentPerform(iterations: 32) { _ in
      #expect(Tensor.ones([3], device: "reference").sum().item() == 3)
    }
  }
}
