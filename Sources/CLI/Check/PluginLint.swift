import ELF
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
      needed = image.needed
      searchPaths = image.searchPaths
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
    let entry = "bp_plugin_open_v1"
    var hasEntry = false
    var (unique, others) = (NameSample(), NameSample())
    for symbol in image.symbols where symbol.isExported {
      hasEntry = hasEntry || symbol.name == entry
      if symbol.isUnique {
        unique.add(symbol.name, before: { _, _ in false })
      } else if symbol.name != entry {
        // The linker's own names come last: they go when the others do.
        others.add(symbol.name) { ($0.hasPrefix("_") ? 1 : 0, $0) < ($1.hasPrefix("_") ? 1 : 0, $1) }
      }
    }
    if !hasEntry { findings.append("it does not export \(entry) [BP-10.4]") }
    if unique.count > 0 {
      findings.append("\(unique.text("unique symbol")): the loader shares them between plugins [BP-10.4]")
    }
    if others.count > 0 {
      findings.append("it exports \(others.text("other symbol")): no version script hides them [BP-10.4]")
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

  /// "3 symbols (a, b, c)".
  static func list(_ names: [String], _ what: String) -> String {
    var sample = NameSample()
    for name in names { sample.add(name, before: { _, _ in false }) }
    return sample.text(what)
  }

  private static func read(_ path: String) throws(ELFImage.Malformed) -> [UInt8] {
    var status = stat()
    guard stat(path, &status) == 0 else { throw ELFImage.Malformed(String(cString: strerror(errno))) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw ELFImage.Malformed("a directory, no shared object")
    default: throw ELFImage.Malformed("no regular file")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw ELFImage.Malformed(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    let size = Int(status.st_size)
    guard size <= sizeLimit else { throw ELFImage.Malformed("\(size) bytes are too many for a library") }
    // Asked for in a way that may fail: the file may be one great hole.
    guard let memory = malloc(max(size, 1)) else { throw ELFImage.Malformed("no memory for its \(size) bytes") }
    free(memory)
    var problem: String?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let more = pread(descriptor, buffer.baseAddress! + count, size - count, count)
        if more < 0 && errno == EINTR { continue }
        if more < 0 { problem = String(cString: strerror(errno)) }
        if more <= 0 { break }
        count += more
      }
    }
    if let problem { throw ELFImage.Malformed(problem) }
    return bytes
  }

  /// Larger than the libraries of any framework.
  private static let sizeLimit = 4 << 30
}

/// How many names there are, and the first few of them: a file can have millions.
private struct NameSample {
  private(set) var count = 0
  private var names: [String] = []
  private static let shownCount = 5
  private static let lengthLimit = 500

  mutating func add(_ name: String, before: (String, String) -> Bool) {
    count += 1
    let place = names.firstIndex { before(name, $0) } ?? names.count
    names.insert(name, at: place)
    if names.count > NameSample.shownCount { names.removeLast() }
  }

  func text(_ what: String) -> String {
    let shown = names.map { $0.utf8.count <= NameSample.lengthLimit ? $0 : $0.prefix(NameSample.lengthLimit) + "…" }
    let list = shown.joined(separator: ", ") + (count > names.count ? ", …" : "")
    return "\(count) \(what)\(count == 1 ? "" : "s") (\(list))"
  }
}
