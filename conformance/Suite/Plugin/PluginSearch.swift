import Glibc
import Isolation

/// Finds a plugin's file by its device name.
public enum PluginSearch {
  /// The file of a plugin: from `BACKPLANE_PLUGIN_PATH`, beside the program, or in `../lib/backplane`.
  /// The error names every place that was tried.
  public static func file(named name: String) throws(PluginError) -> String {
    let file = "libbackplane-\(name).so"
    var tried: [String] = []
    for place in places {
      // An entry of the search path may name a file itself.
      let candidate = place.hasSuffix("/" + file) ? place : place + "/" + file
      if isRegularFile(candidate) { return candidate }
      tried.append(candidate)
    }
    throw PluginError("no plugin for device \"\(name)\"; tried " + tried.joined(separator: ", "))
  }

  private static var places: [String] {
    var places: [String] = []
    if let path = variable("BACKPLANE_PLUGIN_PATH") { places += path.split(separator: ":").map(String.init) }
    if let program = realPath("/proc/self/exe") {
      let folder = parent(program)
      places += [folder, parent(folder) + "/lib/backplane"]
    }
    return places
  }

  /// Why a plugin's file is not loaded, whatever is in it: others than the user could change it. Nil if it is.
  public static func problem(ofFile path: String) -> String? { FileTrust.problem(path) }

  /// Whether two paths lead to one file.
  public static func isSameFile(_ a: String, _ b: String) -> Bool {
    guard let a = realPath(a), let b = realPath(b) else { return false }
    return a == b
  }

  /// The path with every link resolved, or nil with `errno` set.
  static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func isRegularFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static func parent(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }
}
