import Glibc
import Isolation

/// Whether the libraries that a plugin names as needed give every symbol it lacks [BP-10.5].
///
/// The loader itself is asked, in a child process, since it runs the libraries' initializers: a library is opened by
/// its name, and a symbol looked up in it and in those that it needs in turn. What this program happens to have loaded
/// does not count.
enum Resolution {
  static func findings(_ lint: PluginLint, path: String) throws(Child.SpawnError) -> [String] {
    let child = try Child(["check", "--resolve", path])
    var findings: [String] = []
    var isDone = false
    while let line = child.next(within: 60) {
      if line.first == "done" { isDone = true }
      if line.count == 2, line[0] == "finding" { findings.append(line[1]) }
    }
    let ending = child.wait()
    if !isDone { findings.append("while the libraries it needs were loaded, \(ending.sentence) [BP-10.5]") }
    return findings
  }

  // MARK: - In the child

  static func work(_ path: String) -> Int32 {
    guard Worker.start() else { return Failure.status }
    let lint = PluginLint(path)
    var libraries: [UnsafeMutableRawPointer] = []
    for name in lint.needed {
      Worker.enter(name)
      if let library = open(name, lint.searchPaths, beside: path) {
        libraries.append(library)
      } else {
        let reason = dlerror().map { String(cString: $0) } ?? "not found"
        Worker.report(["finding", "it needs \(name): \(reason) [BP-10.5]"])
      }
      Worker.leave()
    }
    // Where a library is missing, the symbols it would give are no findings of their own.
    if libraries.count == lint.needed.count {
      let missing = lint.wanted.filter { symbol in !libraries.contains { has($0, symbol) } }
      if !missing.isEmpty {
        let list = PluginLint.list(missing, "unresolved symbol")
        Worker.report(["finding", "\(list): no library that it names as needed gives them [BP-10.5]"])
      }
    }
    Worker.report(["done"])
    return 0
  }

  private static func open(_ name: String, _ folders: [String], beside path: String) -> UnsafeMutableRawPointer? {
    let folder = realpath(path, nil).map { resolved in
      defer { free(resolved) }
      let file = String(cString: resolved)
      return String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
    }
    if !name.contains("/") {
      for entry in folders {
        var place = entry
        for origin in ["${ORIGIN}", "$ORIGIN"] where place.hasPrefix(origin) {
          place = (folder ?? ".") + place.dropFirst(origin.count)
        }
        if access(place + "/" + name, R_OK) == 0, let library = dlopen(place + "/" + name, RTLD_LAZY | RTLD_LOCAL) {
          return library
        }
      }
    }
    return dlopen(name, RTLD_LAZY | RTLD_LOCAL)
  }

  private static func has(_ library: UnsafeMutableRawPointer, _ symbol: String) -> Bool {
    // A symbol may lie at address 0: the error tells.
    _ = dlerror()
    _ = dlsym(library, symbol)
    return dlerror() == nil
  }
}
