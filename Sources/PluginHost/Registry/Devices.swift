import BackendAPI

/// A device that a plugin offers.
public struct DeviceDescription: Sendable {
  /// The name by which programs ask for the device.
  public let device: Device
  /// The plugin that offers the device.
  public let plugin: Plugin
  /// The hardware's name.
  public let name: String
  /// What else the plugin tells, or empty.
  public let details: String
  /// The number of bytes of memory; 0 where unknown.
  public let totalMemory: Int
  /// The number of bytes that are free; 0 where unknown.
  public let freeMemory: Int
}

extension Device {
  /// Every device of every plugin that can be found; and the plugins that could not be loaded, or have no device,
  /// each with the reason.
  public static func all() -> (devices: [DeviceDescription], failures: [BackplaneError]) {
    var (plugins, failures) = PluginRegistry.shared.loadAll()
    var devices: [DeviceDescription] = []
    for plugin in plugins {
      if plugin.deviceCount == 0 {
        failures.append(
          BackplaneError(.device, "\(plugin): \(plugin.unavailableReason ?? "the plugin found no device")"))
      }
      for index in 0..<plugin.deviceCount {
        let device = Device(type: plugin.name, index: index)
        do {
          devices.append(try PluginRegistry.shared.open(device).describe())
        } catch {
          failures.append(error)
        }
      }
    }
    return (devices, failures)
  }

  /// The device that tensors are made on unless the program says something else: `BACKPLANE_DEVICE`, else `cpu`.
  package static var ofEnvironment: Device { Environment.device.map { Device($0) } ?? .processor }
}

/// Whether a device can be used: it exists, and has not failed for good.
public func isAvailable(_ device: Device) -> Bool {
  (try? PluginRegistry.shared.open(device))?.isUsable ?? false
}

/// How many devices a plugin has; 0 where there is no such plugin.
public func deviceCount(_ type: String) -> Int {
  (try? PluginRegistry.shared.plugin(named: type))?.deviceCount ?? 0
}

extension Plugin {
  /// Loads a plugin from a file of any name.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/plugin``, which names the file and the reason.
  @discardableResult
  public static func load(_ path: String) throws(BackplaneError) -> Plugin {
    try PluginRegistry.shared.load(path)
  }

  /// Registers a plugin that is linked into the program.
  @discardableResult
  public static func register(_ open: bp_plugin_open_function) throws(BackplaneError) -> Plugin {
    try PluginRegistry.shared.register(open)
  }
}
