import Glibc

/// What a plugin's file shows before it is loaded.
struct PluginLint {
  /// Each cites an obligation.
  private(set) var findings: [String] = []
  /// What works, and may cease to.
  private(set) var warnings: [String] = []
  /// Whether the file can be handed to the loader at all.
  private(set) var isLoadable = false
  private(set) var needed: [String] = []
  private(set) var searchPaths: [String] = []
  /// Symbols that others must give.
  private(set) var wanted: [String] = []

  private let path: String

  init(_ path: String) {
    self.path = path
    do throws(ELFImage.Malformed) {
      let image = try ELFImage(PluginLint.read(path))
      needed = try image.needed()
      searchPaths = try image.searchPaths()
      wanted = image.symbols.filter { !$0.isDefined && !$0.isWeak && $0.binding != 0 }.map(\.name)
      isLoadable = true
      checkExports(image)
      if image.hasTextRelocations {
        findings.append("it has text relocations: compile every part of it with -fPIC [BP-10.5]")
      }
      if image.hasExecutableStack {
        findings.append("it asks for an executable stack: assembly needs .section .note.GNU-stack [BP-10.5]")
      }
    } catch {
      findings.append("\(error.reason) [BP-10.5]")
    }
    checkName()
    checkSearchPaths()
  }

  /// NAME of libbackplane-NAME.so.
  var name: String? {
    let file = path.split(separator: "/").last ?? ""
    guard file.hasPrefix("libbackplane-"), file.hasSuffix(".so") else { return nil }
    return String(file.dropFirst("libbackplane-".count).dropLast(".so".count))
  }

  private mutating func checkExports(_ image: ELFImage) {
    let exported = image.symbols.filter(\.isExported)
    let entry = "bp_plugin_open_v1"
    if !exported.contains(where: { $0.name == entry }) { findings.append("it does not export \(entry) [BP-10.4]") }
    let unique = exported.filter(\.isUnique).map(\.name)
    if !unique.isEmpty {
      findings.append("\(PluginLint.list(unique, "unique symbol")): the loader shares them between plugins [BP-10.4]")
    }
    // The linker's own names come last: they go when the others do.
    let others = exported.filter { $0.name != entry && !$0.isUnique }.map(\.name)
      .sorted { ($0.hasPrefix("_") ? 1 : 0, $0) < ($1.hasPrefix("_") ? 1 : 0, $1) }
    if !others.isEmpty {
      findings.append(
        "it exports \(PluginLint.list(others, "other symbol")): no version script hides them [BP-10.4]")
    }
  }

  private mutating func checkName() {
    if name == nil {
      warnings.append("the file is not named libbackplane-NAME.so: it is found only by its whole path")
    }
  }

  private mutating func checkSearchPaths() {
    for folder in searchPaths {
      if folder.isEmpty || !(folder.hasPrefix("/") || folder.hasPrefix("$ORIGIN") || folder.hasPrefix("${ORIGIN}")) {
        warnings.append("its search path names \"\(folder)\", which depends on the working directory")
        continue
      }
      var status = stat()
      if stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_mode & 0o002 != 0 {
        warnings.append("its search path names \(folder), to which anyone can write")
      }
    }
  }

  /// "3 symbols: a, b, c".
  static func list(_ names: [String], _ what: String) -> String {
    let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    return "\(names.count) \(what)\(names.count == 1 ? "" : "s") (\(shown))"
  }

  private static func read(_ path: String) throws(ELFImage.Malformed) -> [UInt8] {
    var status = stat()
    guard stat(path, &status) == 0 else { throw ELFImage.Malformed(String(cString: strerror(errno))) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw ELFImage.Malformed("a directory, no shared object")
    default: throw ELFImage.Malformed("no regular file")
    }
    guard let file = fopen(path, "re") else { throw ELFImage.Malformed(String(cString: strerror(errno))) }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = fread(&bytes, 1, bytes.count, file)
    guard ferror(file) == 0 else { throw ELFImage.Malformed(String(cString: strerror(errno))) }
    bytes.removeSubrange(count...)
    return bytes
  }
}
