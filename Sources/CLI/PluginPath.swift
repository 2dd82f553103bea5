import Backplane
import Glibc

/// The entries of `BACKPLANE_PLUGIN_PATH` that name nothing. What a person named by hand and is not there is a
/// mistake to be told, even where other plugins are found.
enum PluginPath {
  static func unusableEntries() -> [BackplaneError] {
    guard let value = getenv("BACKPLANE_PLUGIN_PATH") else { return [] }
    var errors: [BackplaneError] = []
    for entry in String(cString: value).split(separator: ":").map(String.init) {
      guard access(entry, R_OK) != 0 else { continue }
      let reason = String(cString: strerror(errno))
      errors.append(BackplaneError(.plugin, "\(entry): \(reason) (named in BACKPLANE_PLUGIN_PATH)"))
    }
    return errors
  }
}
