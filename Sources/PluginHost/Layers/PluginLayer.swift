import BackendAPI

/// What can be put between the frontend and a plugin.
///
/// ```swift
/// try Plugin.load("./libbackplane-mychip.so", layers: [.validation])
/// ```
///
/// Layers wrap the plugin's table when the plugin is opened. A plugin without layers is called directly and pays
/// nothing for them.
public enum PluginLayer: String, Sendable, CaseIterable {
  /// Checks the calls and the answers against the header: see ``Validation``. `BACKPLANE_VALIDATE` turns it on for
  /// every plugin.
  case validation
  /// Writes the calls to the file of ``Trace``. `BACKPLANE_TRACE` turns it on for every plugin.
  case trace

  /// The layers of a plugin that is opened now.
  @TaskLocal static var requested: Set<PluginLayer> = []

  static var current: Set<PluginLayer> {
    var layers = requested
    if Validation.isEnabled { layers.insert(.validation) }
    if Trace.isRunning { layers.insert(.trace) }
    return layers
  }

  /// Wraps a table that has been found sound. The trace is outermost: it shows what the frontend asked for, and how
  /// long it waited, validation included.
  static func wrap(_ table: bp_plugin, in layers: Set<PluginLayer>) -> bp_plugin {
    var table = table
    if layers.contains(.validation) {
      table = LayeredTable.table(ValidationLayer(table, Validation.mode, isOfFrontend: true))
    }
    if layers.contains(.trace) { table = LayeredTable.table(TraceLayer(table)) }
    return table
  }
}

extension Plugin {
  /// Loads a plugin from a file of any name, with layers in front of it.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/plugin``, which names the file and the reason; also
  ///   where the plugin is open already, without one of these layers.
  @discardableResult
  public static func load(_ path: String, layers: Set<PluginLayer>) throws -> Plugin {
    let plugin = try PluginLayer.$requested.withValue(layers) { try load(path) }
    try plugin.checkLayers(layers)
    return plugin
  }

  /// Registers a plugin that is linked into the program, with layers in front of it.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/plugin``.
  @discardableResult
  public static func register(_ open: bp_plugin_open_function, layers: Set<PluginLayer>) throws -> Plugin {
    try PluginLayer.$requested.withValue(layers) { try register(open) }
  }

  private func checkLayers(_ wanted: Set<PluginLayer>) throws {
    guard let missing = wanted.subtracting(layers).map(\.rawValue).min() else { return }
    throw BackplaneError(
      .plugin, "\(file ?? name): the plugin is open already, without the layer '\(missing)'; layers are chosen first")
  }
}
