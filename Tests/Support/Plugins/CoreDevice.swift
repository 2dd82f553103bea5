import Backplane
import Foundation

/// The plugins of `core.c`: the reference without what a plugin need not have.
package enum CoreDevice {
  /// Compiles a plugin, "core", "exacting", "meagre", "distant" or "disordered", into a folder, where a copy of the reference lies beside it.
  package static func compile(_ name: String, into folder: URL) throws -> URL {
    let file = folder.appendingPathComponent("libbackplane-\(name).so")
    // A copy: the reference itself may be in the process, and is opened once [BP-10.1].
    let reference = folder.appendingPathComponent("reference-of-\(name).so")
    guard let original = explain("reference").plugin?.file else { throw CocoaError(.fileNoSuchFile) }
    try FileManager.default.copyItem(at: URL(fileURLWithPath: original), to: reference)
    let kind = name == "core" ? [] : [name.uppercased()]
    let defines = ["REFERENCE=\"\(reference.path)\"", "NAME=\"\(name)\""] + kind
    try CompiledPlugin.compile("core.c", defines, to: file)
    return file
  }

  /// Loads the plugin of a name into the test's process.
  package static func load(_ name: String) -> Device {
    // What is mapped stays when its folder goes.
    let folder = try! CompiledPlugin.makeFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try! Plugin.load(compile(name, into: folder).path)
    return Device(name)
  }
}
