import Glibc

/// The environment variables that Backplane reads.
///
/// A program that runs with more rights than its caller, such as a set-uid one, reads none of them: they name devices,
/// and with them code, and files that are written.
package enum Environment {
  /// `BACKPLANE_DEVICE`: the default device.
  package static var device: String? { variable("BACKPLANE_DEVICE") }
  /// `BACKPLANE_PLUGIN_PATH`: colon-separated plugin files and folders.
  static var pluginPath: [String] {
    variable(pluginPathName)?.split(separator: ":").map(String.init) ?? []
  }
  /// `BACKPLANE_FALLBACK`: the device that takes operators another one lacks.
  package static var fallback: String? { variable("BACKPLANE_FALLBACK") }
  /// `BACKPLANE_LOG`: error, warning, info or debug.
  static var log: String? { variable("BACKPLANE_LOG") }
  /// `BACKPLANE_RECORD`: the case file to write the operator calls to, if it can be written. That is done at the
  /// program's end: what can be known to fail is told before the work is done.
  package static let record: String? = variable("BACKPLANE_RECORD").flatMap { path in
    guard let problem = problem(ofOutput: path) else { return path }
    Log.write(.error, "BACKPLANE_RECORD: \(path): \(problem); the program goes on, and is not recorded")
    return nil
  }
  /// `BACKPLANE_VALIDATE`: 1, log or fatal.
  static var validate: String? { variable("BACKPLANE_VALIDATE") }
  /// `BACKPLANE_FUSION`: 0, or all.
  package static var fusion: String? { variable("BACKPLANE_FUSION") }
  /// `BACKPLANE_TRACE`: the file to write the trace to.
  static var trace: String? { variable("BACKPLANE_TRACE") }

  static let pluginPathName = "BACKPLANE_PLUGIN_PATH"

  /// An empty value counts as unset, as in `BACKPLANE_DEVICE= program`.
  package static func variable(_ name: String) -> String? {
    guard let value = read(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// The C library's `secure_getenv`, which its Swift module leaves out.
  private static let read: @convention(c) (UnsafePointer<CChar>) -> UnsafeMutablePointer<CChar>? = {
    guard let symbol = dlsym(nil, "secure_getenv") else { return { _ in nil } }
    return unsafeBitCast(symbol, to: (@convention(c) (UnsafePointer<CChar>) -> UnsafeMutablePointer<CChar>?).self)
  }()

  /// Warns of values that mean nothing, once: when the first device is opened, whether or not the variable would be
  /// used later. `BACKPLANE_VALIDATE` and `BACKPLANE_TRACE` are told of by what they turn on.
  static func warnOfUnusableValues() { warning }

  private static let warning: Void = {
    if let level = log, Log.Level(name: level) == nil {
      Log.write(.warning, "BACKPLANE_LOG is '\(level)', none of error, warning, info and debug; taken as warning")
    }
    if let fusion, !["0", "1", "all"].contains(fusion) {
      Log.write(.warning, "BACKPLANE_FUSION is '\(fusion)', none of 0, 1 and all; taken as 1")
    }
    let path = variable(pluginPathName) ?? ""
    if path.split(separator: ":", omittingEmptySubsequences: false).contains(""), !path.isEmpty {
      Log.write(
        .warning,
        "\(pluginPathName) is '\(path)'; its empty entries are passed over: an entry is the path of a file or a folder")
    }
    warnOfPluginFiles()
    warnOfFallback()
    _ = record
  }()

  /// Files named by hand that no device needs are never loaded, so that nothing else would tell.
  private static func warnOfPluginFiles() {
    for path in pluginPath {
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { continue }
      guard let problem = SharedObjectFile.problem(path) ?? FileTrust.problem(path) else { continue }
      Log.write(.warning, "\(path): \(problem) (named in \(pluginPathName)); it is passed over")
    }
  }

  /// Why a file of this path cannot be written, or nil.
  private static func problem(ofOutput path: String) -> String? {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else { return "not a regular file" }
    } else if errno != ENOENT {
      return String(cString: strerror(errno))
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    return access(folder, W_OK | X_OK) == 0 ? nil : String(cString: strerror(errno))
  }

  private static func warnOfFallback() {
    guard let name = fallback, let reason = problem(ofDevice: Device(name)) else { return }
    let known = PluginRegistry.shared.loadAll().plugins.flatMap { plugin in
      (0..<plugin.deviceCount).map { Device(type: plugin.name, index: $0).description }
    }
    Log.write(
      .warning,
      "BACKPLANE_FALLBACK is '\(name)', which is no device that can be used (\(reason)); it can be one of "
        + "\(known.joined(separator: ", ")). What a device lacks will fail")
  }

  private static func problem(ofDevice device: Device) -> String? {
    guard device.malformed == nil else { return "no device string" }
    do throws(BackplaneError) {
      let plugin = try PluginRegistry.shared.plugin(named: device.type)
      if device.index < plugin.deviceCount { return nil }
      return plugin.deviceCount == 0
        ? plugin.unavailableReason ?? "the plugin found no device" : "the plugin has no device of this index"
    } catch {
      // Of a name that nothing has, the places that were looked in are too many for a warning.
      return error.kind == .device ? "there is no plugin of this name" : error.message
    }
  }
}
