import BackendAPI
import Backplane
import Foundation
import TestSupport
import Testing

@Suite struct LoadingTests {
  @Test(arguments: [
    ("nosuch", "no plugin for device 'nosuch': known devices: "),
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

  /// However many threads ask, and by whatever name: a plugin is opened once [BP-10.1].
  @Test func loadingIsIdempotent() throws {
    let plugin = try FaultyPlugin("table", ["FAULT_COUNTS_ITS_OPENINGS"])
    let link = plugin.folder.appendingPathComponent("another-name.so")
    try FileManager.default.linkItem(at: plugin.file, to: link)
    let symbolic = plugin.folder.appendingPathComponent("symbolic.so")
    try FileManager.default.createSymbolicLink(at: symbolic, withDestinationURL: plugin.file)
    let paths = [plugin.file.path, link.path, symbolic.path]
    DispatchQueue.concurrentPerform(iterations: 32) { i in
      let version = (try? Plugin.load(paths[i % 3]))?.version
      #expect(version == "opening 1")
      #expect(isAvailable(plugin.device))
    }
  }

  /// What an entry point answered stays, since it is called once.
  @Test func aRefusalIsRemembered() throws {
    let plugin = try FaultyPlugin("table", ["FAULT_REFUSES", "CODE=BP_ERROR_UNAVAILABLE"])
    let first = errorMessage { try Plugin.load(plugin.file.path) }
    #expect(errorMessage { try Plugin.load(plugin.file.path) } == first)
  }

  @Test func registeringTwiceIsOnce() throws {
    let open: bp_plugin_open_function = { _, _, error in bp_fail(error, BP_ERROR_UNAVAILABLE, "not today") }
    let first = errorMessage { try Plugin.register(open) }
    #expect(first == "registered plugin: the plugin refused to open: not today")
    #expect(errorMessage { try Plugin.register(open) } == first)
  }

  /// A plugin written with Backplane may think of using it while it is being opened: an error, no deadlock.
  @Test(.timeLimit(.minutes(1))) func aPluginThatAsksForDevicesWhileItOpensGetsAnError() {
    let message = errorMessage {
      try Plugin.register { _, _, error in
        let reason = errorMessage { _ = Tensor.zeros([1], device: "opened-by-nobody") }
        #expect(explain("cpu").description.contains(reason) && !isAvailable("cpu"))
        return bp_fail(error, BP_ERROR_INTERNAL, reason)
      }
    }
    #expect(message.contains("a plugin asked for a device while plugins and devices were being opened"))
    #expect(isAvailable("cpu"))
  }
}
