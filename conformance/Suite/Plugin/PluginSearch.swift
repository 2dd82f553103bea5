import PluginHost

/// Finds a plugin's file by its device name.
public enum PluginSearch {
  /// The file of a plugin, from the places where every program finds it. The error names them all.
  public static func file(named name: String) throws(PluginError) -> String {
    let places = PluginHost.PluginSearch().places
    for place in places {
      if let file = place.files.first(where: { PluginHost.PluginSearch.pluginName(ofFile: $0) == name }) { return file }
    }
    let tried = places.map { place in place.path + (place.problem.map { " (\($0))" } ?? "") }
    throw PluginError(
      "no plugin for device \"\(name)\"; looked for libbackplane-\(name).so in " + tried.joined(separator: ", "))
  }

  /// Why a plugin's file is not loaded, whatever is in it: others than the user could change it. Nil if it is.
  public static func problem(ofFile path: String) -> String? { FileTrust.problem(path) }

  /// Whether two paths lead to one file.
  public static func isSameFile(_ a: String, _ b: String) -> Bool {
    guard let a = realPath(a), let b = realPath(b) else { return false }
    return a == b
  }

  /// The path with every link resolved, or nil with `errno` set.
  static func realPath(_ path: String) -> String? { PluginHost.PluginSearch.realPath(path) }
}
