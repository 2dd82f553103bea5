import Glibc

/// Where plugins are looked for, and what was found there.
///
/// The order: `BACKPLANE_PLUGIN_PATH`, the program itself, its folder, the install prefix around it and the system's.
/// A place named earlier wins. The working directory is never searched, nor a folder in which others can put files.
package struct PluginSearch {
  /// One folder or file, or the program itself, why it is searched, and the plugins in it.
  package struct Place {
    package let path: String
    let origin: String
    /// Why nothing was found here, or nil.
    package let problem: String?
    package let files: [String]
    /// Those that are linked into the program.
    var linked: [LinkedPlugin] = []
  }

  package let places: [Place]

  package init() {
    var places = Environment.pluginPath.map { Place(named: $0) }
    if !LinkedPlugin.all.isEmpty {
      places.append(
        Place(
          path: "(the program itself)", origin: "linked into the program", problem: nil, files: [],
          linked: LinkedPlugin.all))
    }
    var seen = Set<String>()
    for (folder, origin) in PluginSearch.standardFolders where seen.insert(folder).inserted {
      places.append(Place(folder: folder, origin: origin))
    }
    self.places = places
  }

  /// What a person named by hand and is not there, or holds no plugin: a mistake to be told, even where other plugins
  /// could be found.
  var unusableEntry: BackplaneError? {
    for place in places where place.origin == PluginSearch.variable {
      guard let problem = place.problem else { continue }
      return BackplaneError(.plugin, "\(place.path): \(problem) (named in \(PluginSearch.variable))")
    }
    return nil
  }

  fileprivate static let variable = Environment.pluginPathName

  private static var standardFolders: [(String, String)] {
    var folders: [(String, String)] = []
    if let program = realPath("/proc/self/exe") {
      let folder = parent(program)
      folders.append((folder, "beside the program"))
      folders.append((parent(folder) + "/lib/backplane", "install prefix of the program"))
    }
    folders.append(("/usr/local/lib/backplane", "install prefix"))
    folders.append(("/usr/lib/backplane", "install prefix"))
    return folders
  }

  /// The plugin's name, where a file is named as plugins are.
  package static func pluginName(ofFile path: String) -> String? {
    let file = path.split(separator: "/").last ?? ""
    guard file.hasPrefix("libbackplane-"), file.hasSuffix(".so") else { return nil }
    return String(file.dropFirst("libbackplane-".count).dropLast(".so".count))
  }

  /// The path with every link resolved, or nil with `errno` set.
  package static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func parent(_ path: String) -> String {
    let cut = path.lastIndex(of: "/") ?? path.startIndex
    return String(path[..<cut])
  }
}

extension PluginSearch.Place {
  /// An entry of `BACKPLANE_PLUGIN_PATH`: a folder, or one file of any name.
  fileprivate init(named path: String) {
    let origin = PluginSearch.variable
    var status = stat()
    guard stat(path, &status) == 0 else {
      self.init(path: path, origin: origin, problem: String(cString: strerror(errno)), files: [])
      return
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      self.init(folder: path, origin: origin)
    } else {
      self.init(path: path, origin: origin, problem: nil, files: [path])
    }
  }

  fileprivate init(folder: String, origin: String) {
    guard let directory = opendir(folder) else {
      self.init(path: folder, origin: origin, problem: String(cString: strerror(errno)), files: [])
      return
    }
    defer { closedir(directory) }
    if let problem = FileTrust.problem(folder) {
      self.init(path: folder, origin: origin, problem: problem, files: [])
      return
    }
    var files: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if PluginSearch.pluginName(ofFile: name) != nil { files.append(folder + "/" + name) }
    }
    self.init(
      path: folder, origin: origin, problem: files.isEmpty ? "holds no libbackplane-*.so" : nil,
      files: files.sorted())
  }
}
