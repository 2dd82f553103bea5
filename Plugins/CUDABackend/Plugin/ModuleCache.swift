import Glibc

/// Compiled modules on disk, by what they were made from. Several processes may use it at once: a file appears whole or
/// not at all, and one that is damaged is made again.
///
/// What is read here runs on the device with the user's data. So the folder and its files have to be the user's own, and
/// not to be written by others; the folder is made for the user alone.
struct ModuleCache {
  /// What compiles: other versions and other devices have other files.
  private let compiler: String
  /// Nil where there is no place for it: then nothing is kept.
  private let folder: String?

  private static let magic: UInt64 = 0x3142_4355_4c50_4b42

  init(compiler: String) {
    self.compiler = compiler
    if let chosen = environment("BACKPLANE_CUDA_CACHE") {
      folder = chosen
    } else if let base = environment("XDG_CACHE_HOME") ?? environment("HOME").map({ "\($0)/.cache" }) {
      folder = "\(base)/backplane/cuda"
    } else {
      folder = nil
    }
  }

  /// The name of a module made of a text, which has the name of a file.
  func name(_ file: String, _ text: String, _ definitions: [String]) -> String {
    let key = ([compiler, file] + definitions + [text, Sources.everything]).joined(separator: "\u{0}")
    let bytes = Array(key.utf8)
    return hexadecimal(checksum(bytes, 0xcbf2_9ce4_8422_2325)) + hexadecimal(checksum(bytes, 0x9e37_79b9_7f4a_7c15))
  }

  /// The module of that name, nil if there is none that is whole.
  func read(_ name: String) -> [UInt8]? {
    guard let folder = open() else { return nil }
    defer { close(folder) }
    let descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0, let size = ModuleCache.ownSize(descriptor, S_IFREG), let file = fdopen(descriptor, "r")
    else {
      if descriptor >= 0 { close(descriptor) }
      return nil
    }
    defer { fclose(file) }
    var head: [UInt64] = [0, 0, 0]
    guard fread(&head, 8, 3, file) == 3, head[0] == ModuleCache.magic, Int(exactly: head[1]) == size - 24 else {
      return nil
    }
    var image = [UInt8](repeating: 0, count: size - 24)
    guard fread(&image, 1, image.count, file) == image.count, checksum(image, 0) == head[2] else { return nil }
    return image
  }

  /// Keeps a module. That it cannot be kept costs time, and is no error.
  func write(_ image: [UInt8], _ name: String) {
    guard let path = self.folder else { return }
    makeFolders(path)
    guard let folder = open() else { return }
    defer { close(folder) }
    removeLeftOvers(folder)
    let temporary = ModuleCache.temporary + hexadecimal(.random(in: 0...UInt64.max))
    let descriptor = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0, let file = fdopen(descriptor, "w") else { return }
    let head = [ModuleCache.magic, UInt64(image.count), checksum(image, 0)]
    let isWhole = fwrite(head, 8, 3, file) == 3 && fwrite(image, 1, image.count, file) == image.count
    if fclose(file) != 0 || !isWhole || renameat(folder, temporary, folder, name) != 0 {
      unlinkat(folder, temporary, 0)
    }
  }

  // MARK: The folder

  private static let temporary = ".new-"

  /// The folder, if it is the user's own.
  private func open() -> Int32? {
    guard let path = folder else { return nil }
    let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    if ModuleCache.ownSize(descriptor, S_IFDIR) != nil { return descriptor }
    close(descriptor)
    HostLog.warnOnce(
      "compiled kernels are not kept in \(path): it has to belong to the user, and others must not be able to write it")
    return nil
  }

  /// The size of a file of a kind, which belongs to the user and which nobody else can write; else nil.
  private static func ownSize(_ descriptor: Int32, _ kind: mode_t) -> Int? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == kind, status.st_uid == geteuid(),
      status.st_mode & 0o022 == 0
    else { return nil }
    return Int(status.st_size)
  }

  private func makeFolders(_ path: String) {
    var end = path.startIndex
    while let slash = path[path.index(after: end)...].firstIndex(of: "/") {
      mkdir(String(path[..<slash]), 0o700)
      end = slash
    }
    mkdir(path, 0o700)
  }

  /// What processes left that were ended while they wrote, an hour ago or more.
  private func removeLeftOvers(_ folder: Int32) {
    let copy = dup(folder)
    guard copy >= 0, let listing = fdopendir(copy) else { return }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      var status = stat()
      if name.hasPrefix(ModuleCache.temporary), fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
        status.st_mtim.tv_sec < time(nil) - 3600
      {
        unlinkat(folder, name, 0)
      }
    }
  }

  /// FNV-1a (Fowler, Noll, Vo), in 64 bits.
  private func checksum(_ bytes: [UInt8], _ seed: UInt64) -> UInt64 {
    bytes.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  private func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
