import BackendAPI
import Glibc

/// Loads plugin files.
enum PluginLibrary {
  static let entryPoint = "bp_plugin_open_v1"

  /// Loads one file and finds its entry point, which is not called.
  ///
  /// The library stays in the process whatever happens: unloading one that holds Swift code would leave the
  /// runtime with dangling type descriptions.
  static func entry(of path: String) throws(BackplaneError) -> bp_plugin_open_function {
    func refuse(_ why: String) -> BackplaneError { BackplaneError(.plugin, "\(path): \(why)") }

    if let problem = SharedObjectFile.problem(path) ?? FileTrust.problem(path) { throw refuse(problem) }
    // dlopen searches the system for a name without a slash.
    let file = PluginSearch.realPath(path) ?? path
    guard let library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
      let reason = PluginText.text(at: dlerror(), limit: 4096) ?? "cannot be loaded"
      throw refuse(reason.hasPrefix(file + ": ") ? String(reason.dropFirst(file.utf8.count + 2)) : reason)
    }
    guard let symbol = dlsym(library, entryPoint) else {
      let other = otherEntryPoint(library)
      throw refuse(
        other.map { "built for another ABI: it exports \($0), this program needs \(entryPoint)" }
          ?? "no Backplane plugin: it does not export \(entryPoint)")
    }
    return unsafeBitCast(symbol, to: bp_plugin_open_function.self)
  }

  /// The major version is in the entry point's name, so that another one is recognised without being called.
  private static func otherEntryPoint(_ library: UnsafeMutableRawPointer) -> String? {
    for major in 2...16 {
      let name = "bp_plugin_open_v\(major)"
      if dlsym(library, name) != nil { return name }
    }
    return dlsym(library, "bp_plugin_open_v0") != nil ? "bp_plugin_open_v0" : nil
  }
}
