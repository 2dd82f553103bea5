import Backplane
import Foundation
import TestSupport
import Testing

/// A plugin with one fault, compiled for one test, and gone with it.
final class FaultyPlugin: Sendable {
  let folder: URL
  let file: URL
  let name: String
  var device: Device { Device(type: name, index: 0) }

  /// - Parameters:
  ///   - kind: `table` or `device`: which of the misbehaving sources.
  ///   - defines: The fault, and what it needs.
  init(_ kind: String, _ defines: [String], options: [String] = []) throws {
    // Names are for the whole process.
    name = "p" + UUID().uuidString.prefix(8).lowercased()
    folder = try CompiledPlugin.makeFolder()
    file = folder.appendingPathComponent("libbackplane-\(name).so")
    try CompiledPlugin.compile("misbehaving-\(kind).c", ["NAME=\"\(name)\""] + defines, options: options, to: file)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}

/// Devices beside the faulty ones, which must go on as if nothing had been.
enum HealthyDevices {
  private static let loaded: Void = {
    let folder = try! CompiledPlugin.makeFolder()
    for (name, defines) in [("healthy", []), ("healthy-streams", ["STREAMS", "DEVICES=2"])] {
      let file = folder.appendingPathComponent("libbackplane-\(name).so")
      try! CompiledPlugin.compile("healthy.c", ["NAME=\"\(name)\""] + defines, to: file)
      try! Plugin.load(file.path)
    }
  }()

  static func expectToWork(_ location: SourceLocation = #_sourceLocation) {
    loaded
    for device: Device in ["healthy", "healthy-streams:1", "cpu"] {
      var sum: [Double] = []
      let message = errorMessage {
        let a = Tensor([1.0, 2, 3], device: device)
        sum = (a + a * 2).toArray(Double.self)
      }
      #expect(sum == [3, 6, 9], "\(device): \(message)", sourceLocation: location)
    }
  }
}

/// A fault and what it must come to.
struct Fault: CustomTestStringConvertible, Sendable {
  let defines: [String]
  /// What the message says; nil where the plugin is to work nevertheless.
  let message: String?

  init(_ name: String, _ values: String..., says message: String?) {
    defines = ["FAULT_\(name)"] + values
    self.message = message
  }

  var testDescription: String { defines.joined(separator: ", ") }
}
