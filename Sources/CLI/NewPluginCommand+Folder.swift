import Glibc

/// A folder that is made, and filled with texts.
struct NewFolder {
  let path: String

  /// Makes the folder and those that it lies in. One that is there must be empty.
  func make() throws(Failure) {
    try make(path)
    guard let listing = opendir(path) else { throw failure(path) }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." {
        throw Failure("backplane new-plugin: the folder '\(path)' is there and not empty; nothing was written")
      }
    }
  }

  /// Writes a file that is not there yet; its path may name folders inside this one.
  func write(_ text: String, to file: String) throws(Failure) {
    let file = path + "/" + file
    try make(parent(of: file))
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(file) }
    var rest = ArraySlice(Array(text.utf8))
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        let failure = failure(file)
        close(descriptor)
        throw failure
      }
      rest = rest.dropFirst(written)
    }
    guard close(descriptor) == 0 else { throw failure(file) }
  }

  private func make(_ folder: String) throws(Failure) {
    if folder.isEmpty || mkdir(folder, 0o777) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, folder != parent(of: folder) else { throw failure(folder) }
    try make(parent(of: folder))
    guard mkdir(folder, 0o777) == 0 || errno == EEXIST else { throw failure(folder) }
  }

  private func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[..<slash])
  }

  private func failure(_ path: String) -> Failure {
    Failure("backplane new-plugin: cannot write '\(path)': \(String(cString: strerror(errno)))")
  }
}
