import Backplane
import Foundation
import TestSupport
import Testing

/// Plugins that are wrong when they are opened: each is turned down with its file and the reason, or works where the
/// ABI says so.
@Suite struct FaultyTableTests {
  static let refused: [Fault] = [
    Fault("NO_ENTRY_POINT", says: "no Backplane plugin: it does not export bp_plugin_open_v1"),
    Fault("OTHER_ENTRY_POINT", says: "built for another ABI: it exports bp_plugin_open_v2"),
    Fault("NOTHING_FILLED_IN", says: "it opened, but did not fill in its table"),
    Fault("REFUSES", "CODE=BP_ERROR_INVALID_ARGUMENT", says: "refused to open: the coprocessor is not plugged in"),
    Fault("REFUSES", "CODE=BP_ERROR_UNSUPPORTED", says: "refused to open: the coprocessor is not plugged in"),
    Fault("REFUSES", "CODE=BP_ERROR_OUT_OF_MEMORY", says: "refused to open: the coprocessor is not plugged in"),
    Fault("REFUSES", "CODE=BP_ERROR_DEVICE_LOST", says: "refused to open: the coprocessor is not plugged in"),
    Fault("REFUSES", "CODE=BP_ERROR_UNAVAILABLE", says: "refused to open: the coprocessor is not plugged in"),
    Fault("REFUSES", "CODE=BP_ERROR_ABI_MISMATCH", says: "refused to open: the coprocessor is not plugged in"),
    Fault("REFUSES", "CODE=BP_ERROR_INTERNAL", says: "refused to open: the coprocessor is not plugged in"),
    Fault("REFUSES", "CODE=99", says: "not plugged in (unknown status 99 [BP-2.1])"),
    Fault("REFUSES", "CODE=-5", says: "not plugged in (unknown status -5 [BP-2.1])"),
    Fault("REFUSES_WITHOUT_A_MESSAGE", says: "internal error, without a message [BP-2.2]"),
    Fault("MESSAGE_UNTERMINATED", says: "refused to open: " + String(repeating: "x", count: 488)),
    Fault("MESSAGE_NOT_UTF8", says: "no \u{FFFD}\u{FFFD} and no \u{FFFD}[31mred"),
    Fault("WRONG_MAGIC", says: "its table lacks the magic number"),
    Fault("OTHER_MAJOR", says: "built for ABI 2, this program speaks ABI 1"),
    Fault("NEGATIVE_MINOR", says: "its ABI minor version is -1 [BP-10.6]"),
    Fault("STRUCT_SIZE", "SIZE=0", says: "its table says struct_size 0;"),
    Fault("STRUCT_SIZE", "SIZE=24", says: "its table says struct_size 24;"),
    Fault("STRUCT_SIZE", "SIZE=offsetof(bp_plugin,execute)", says: "[BP-10.6]"),
    Fault("STRUCT_SIZE", "SIZE=sizeof(bp_plugin)+8", says: "[BP-10.6]"),
    Fault("STRUCT_SIZE", "SIZE=0xdeadbeef", says: "its table says struct_size 3735928559;"),
    Fault("WRITES_PAST_THE_TABLE", says: "it wrote past the"),
    Fault("NEGATIVE_DEVICE_COUNT", says: "it claims -1 devices"),
    Fault("HUGE_DEVICE_COUNT", says: "it claims 1000000000 devices; 0 to 4096 are allowed [BP-10.6]"),
    Fault("NAME_WITH_SLASH", says: "its name '../etc/passwd' is not of the form"),
    Fault("NAME_NOT_UTF8", says: "its name 'b\u{FFFD}(' is not of the form"),
    Fault("NAME_EMPTY", says: "its name '' is not of the form"),
    Fault("NAME_TOO_LONG", says: "its name 'a23456789012345678901234567890123' is not of the form"),
    Fault("NO_NAME", says: "it has no name [BP-10.6]"),
    Fault("NO_VERSION", says: "it has no version [BP-10.6]"),
    Fault("VERSION_NOT_UTF8", says: "its version '1.\u{FFFD}' is not UTF-8 [BP-10.6]"),
  ]

  static let required = [
    "device_info", "memory_info", "alloc", "free", "copy_from_host", "copy_to_host", "query_op", "execute",
  ]
  static let streams = [
    "stream_create", "stream_destroy", "stream_query", "stream_synchronize", "stream_wait", "event_create",
    "event_destroy", "event_record", "event_query", "event_synchronize",
  ]

  private func expectRefusal(_ defines: [String], _ reason: String) throws {
    let plugin = try FaultyPlugin("table", defines)
    let message = errorMessage { try Plugin.load(plugin.file.path) }
    #expect(message.hasPrefix(plugin.file.path + ": "))
    #expect(message.contains(reason))
    #expect(!isAvailable(plugin.device))
    HealthyDevices.expectToWork()
  }

  @Test(arguments: refused) func aFaultyTableIsTurnedDown(_ fault: Fault) throws {
    try expectRefusal(fault.defines, fault.message!)
  }

  @Test(arguments: required) func aMissingFunctionIsNamed(_ function: String) throws {
    try expectRefusal(
      ["FAULT_MISSING", "MEMBER=\(function)"], "the required function \(function) is missing [BP-10.6]")
  }

  @Test(arguments: streams) func aMissingStreamFunctionIsNamed(_ function: String) throws {
    try expectRefusal(
      ["STREAMS", "FAULT_MISSING", "MEMBER=\(function)"],
      "the function \(function) is missing: all or none [BP-9.6]")
  }

  @Test func aLoneStreamFunctionIsNamed() throws {
    try expectRefusal(
      ["FAULT_ONLY", "MEMBER=event_query"],
      "it has event_query, but the function stream_create is missing: all or none [BP-9.6]")
  }

  @Test(arguments: [
    Fault("NEWER_MINOR", says: nil), Fault("NEWER_TABLE", says: nil), Fault("NEWER_TABLE", "STREAMS", says: nil),
    Fault("MEMBERS_BEHIND_STRUCT_SIZE", says: nil), Fault("DESCRIPTION_NOT_UTF8", says: nil),
  ])
  func whatTheABIAllowsWorks(_ fault: Fault) throws {
    let plugin = try FaultyPlugin("table", fault.defines)
    #expect(throws: Never.self) { try Plugin.load(plugin.file.path) }
    let a = Tensor([1.0, 2, 3], device: plugin.device)
    #expect((a + a * 2).toArray(Double.self) == [3, 6, 9])
    HealthyDevices.expectToWork()
  }

  @Test func noDeviceHasItsReason() throws {
    let plugin = try FaultyPlugin("table", ["FAULT_NO_DEVICES"])
    try Plugin.load(plugin.file.path)
    let message = errorMessage { _ = Tensor.ones([1], device: plugin.device) }
    #expect(message == "device '\(plugin.name):0' is not available: no \u{FFFD}river")
    HealthyDevices.expectToWork()
  }

  @Test func twoPluginsOfOneNameAreAnErrorThatNamesBoth() throws {
    let plugin = try FaultyPlugin("table", [])
    let other = plugin.folder.appendingPathComponent("libbackplane-other.so")
    try CompiledPlugin.compile("misbehaving-table.c", ["NAME=\"\(plugin.name)\""], to: other)
    try Plugin.load(plugin.file.path)
    let message = errorMessage { try Plugin.load(other.path) }
    #expect(message.contains("two plugins are named '\(plugin.name)'"))
    #expect(message.contains(plugin.file.path) && message.contains(other.path))
    HealthyDevices.expectToWork()
  }

  /// In a folder, a plugin is looked for under its file's name: another one in there is told, with both names.
  @Test func aNameThatDiffersFromTheFilesIsTold() throws {
    let plugin = try FaultyPlugin("table", [])
    let other = plugin.folder.appendingPathComponent("libbackplane-other.so")
    try FileManager.default.copyItem(at: plugin.file, to: other)
    let run = try Program("backplane", ["devices"], environment: ["BACKPLANE_PLUGIN_PATH": plugin.folder.path])
    #expect(run.signal == nil && run.output.contains("\(plugin.name):0") && run.output.contains("cpu"))
    let both = run.output + run.errors
    #expect(both.contains("\(other.path): the file is named for 'other', the plugin in it calls itself"))
    #expect(both.contains("as does \(plugin.file.path)"))
  }
}
