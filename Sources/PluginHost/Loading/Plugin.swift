import BackendAPI

/// A backend that has been opened and found sound.
///
/// A plugin lives as long as the process: its library is never unloaded.
public final class Plugin: @unchecked Sendable, CustomStringConvertible {
  // Sendable: everything is constant after `init`; the table's functions may be called from any thread [BP-1.6].

  /// The plugin's name, which stands before the colon in device strings.
  public let name: String
  /// The plugin's own version.
  public let version: String
  /// What the plugin says of itself in one line, or empty.
  public let summary: String
  /// The library's file, or nil for a plugin registered by function pointer.
  public let file: String?
  /// The number of the plugin's devices.
  public let deviceCount: Int
  /// The version of the ABI that the plugin was built with.
  public let abiVersion: (major: Int, minor: Int)
  /// Why the plugin has no devices, or nil.
  public let unavailableReason: String?
  /// What stands between the frontend and the plugin.
  public let layers: Set<PluginLayer>

  /// The plugin's own, or that of its outermost layer.
  package let table: bp_plugin

  public var description: String { "\(name) \(version) (\(file ?? "linked into the program"))" }

  /// Calls a plugin's entry point and checks all that it returns.
  ///
  /// - Parameter source: The file, or what else a message should name.
  package init(
    open: bp_plugin_open_function, source: String, file: String?, layers: Set<PluginLayer> = PluginLayer.current
  ) throws(BackplaneError) {
    let table = try PluginTable.open(open, source)
    name = PluginText.text(at: table.name) ?? ""
    version = PluginText.text(at: table.version) ?? ""
    summary = PluginText.text(at: table.description) ?? ""
    unavailableReason = PluginText.text(at: table.unavailable_reason)
    deviceCount = Int(table.device_count)
    abiVersion = (Int(table.abi_major), Int(table.abi_minor))
    self.file = file
    self.layers = layers
    self.table = PluginLayer.wrap(table, in: layers)
  }
}
