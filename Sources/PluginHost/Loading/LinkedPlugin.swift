import BackendAPI
import LinkedPlugins

/// A plugin that is a part of the program: one of the list in `backplane_linked_plugins.h`.
struct LinkedPlugin {
  let name: String
  let open: bp_plugin_open_function

  /// All of the program, the latest added first.
  static let all: [LinkedPlugin] = {
    var plugins: [LinkedPlugin] = []
    var next = backplane_first_linked_plugin()
    while let plugin = next?.pointee {
      if let name = PluginText.text(at: plugin.name, limit: 256), let open = plugin.open {
        plugins.append(LinkedPlugin(name: name, open: open))
      }
      next = plugin.next
    }
    return plugins
  }()
}
