import Glibc

/// Writes a file that appears under its name only when it is complete: a reader sees the old contents or the new, also
/// after a crash, a kill, or a disk that is full.
///
/// The bytes go into a temporary file of the same folder, which takes the name over at the end. Its own name is random
/// and it is locked while it is written, so that what a killed program left behind is known by its missing lock; the
/// next save to the folder removes it.
struct AtomicFile: ~Copyable {
  /// How errors call it.
  private let path: String
  private let folder: Int32
  /// The file's name in the folder.
  private let name: String
  private let temporaryName: String
  private var descriptor: Int32

  init(_ path: String) throws(BackplaneError) {
    let target = try Target(path)
    var folder = open(target.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // One that may be written and not be listed serves too, but for what needs a list, and for its own write-back.
    let pathOnly: Int32 = 0o10000000
    if folder < 0, errno == EACCES { folder = open(target.folder, pathOnly | O_DIRECTORY | O_CLOEXEC) }
    guard folder >= 0 else { throw .file(path, systemReason()) }
    LeftOvers.remove(from: folder)
    do {
      (descriptor, temporaryName) = try AtomicFile.create(in: folder, like: target, path)
    } catch {
      close(folder)
      throw error
    }
    self.path = path
    self.folder = folder
    name = target.name
  }

  deinit {
    // Not committed: nothing is left behind.
    if descriptor >= 0 {
      unlinkat(folder, temporaryName, 0)
      close(descriptor)
    }
    close(folder)
  }

  /// A locked file of a name that nobody else has.
  private static func create(
    in folder: Int32, like target: Target, _ path: String
  ) throws(BackplaneError) -> (Int32, String) {
    for _ in 0..<100 {
      let name = LeftOvers.newName()
      // A file that is to replace a private one is never readable by others, not even half written.
      let mode: mode_t = target.status == nil ? 0o666 : 0o600
      let descriptor = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
      if descriptor < 0 {
        if errno == EEXIST || errno == EINTR { continue }
        throw .file(path, systemReason())
      }
      // Whoever looks for left-overs may have found it before it was locked, and removed it.
      flock(descriptor, LOCK_EX)
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_nlink > 0 else {
        close(descriptor)
        continue
      }
      if let old = target.status, let reason = adopt(old, status, descriptor) {
        unlinkat(folder, name, 0)
        close(descriptor)
        throw .file(path, reason)
      }
      return (descriptor, name)
    }
    throw .file(path, "no temporary file can be made beside it")
  }

  /// Gives the new file the old one's owner, as far as that is allowed, and mode; what went wrong, or nil.
  private static func adopt(_ old: stat, _ new: stat, _ descriptor: Int32) -> String? {
    var mode = old.st_mode & 0o7777
    if old.st_uid != new.st_uid || old.st_gid != new.st_gid {
      if fchown(descriptor, old.st_uid, old.st_gid) != 0 {
        mode &= 0o1777
        // What was open to one group is not opened to another.
        if fchown(descriptor, uid_t.max, old.st_gid) != 0 { mode &= ~0o070 | (mode & 0o007) << 3 }
      }
    }
    return fchmod(descriptor, mode) == 0 ? nil : systemReason()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(BackplaneError) {
    var written = 0
    while written < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
      if count < 0 {
        if errno == EINTR { continue }
        throw .file(path, systemReason())
      }
      written += count
    }
  }

  /// Replaces bytes that were written.
  func rewrite(_ bytes: [UInt8], at offset: Int) throws(BackplaneError) {
    var written = 0
    while written < bytes.count {
      let rest = bytes[written...]
      let count = rest.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, offset + written) }
      if count < 0 {
        if errno == EINTR { continue }
        throw .file(path, systemReason())
      }
      written += count
    }
  }

  /// Puts the file in its place, for good: it is there after a power cut too.
  mutating func commit() throws(BackplaneError) {
    guard AtomicFile.synchronize(descriptor), renameat(folder, temporaryName, folder, name) == 0 else {
      throw .file(path, systemReason())
    }
    close(descriptor)
    descriptor = -1
    guard AtomicFile.synchronize(folder) else {
      throw .file(path, "it is written, but may be gone after a power cut: \(systemReason())")
    }
  }

  /// Whether it was done; a file system that knows no such thing has nothing to do, and a folder that may not be read
  /// (EBADF) cannot be asked.
  private static func synchronize(_ descriptor: Int32) -> Bool {
    while fsync(descriptor) != 0 {
      if errno == EINTR { continue }
      return [EINVAL, ENOTSUP, ENOSYS, EBADF].contains(errno)
    }
    return true
  }
}

/// The place that a file is to have.
private struct Target {
  let folder: String
  let name: String
  /// Of the file that is there now.
  let status: stat?

  /// Follows links, so that a link keeps pointing to the file, also to one that is yet to be made. What is no regular
  /// file, such as a device, is not replaced by one, nor is a file that must not be written.
  init(_ path: String) throws(BackplaneError) {
    try BackplaneError.checkPath(path)
    var place = path
    for _ in 0..<40 {
      var status = stat()
      guard !place.isEmpty else { throw .file(path, String(cString: strerror(ENOENT))) }
      let parts = Target.split(place)
      guard lstat(place, &status) == 0 else {
        guard errno == ENOENT, !parts.name.isEmpty else { throw .file(path, systemReason()) }
        (folder, name, self.status) = (parts.folder, parts.name, nil)
        return
      }
      switch status.st_mode & S_IFMT {
      case S_IFLNK:
        guard let link = Target.link(place) else { throw .file(path, systemReason()) }
        place = link.hasPrefix("/") ? link : parts.folder + "/" + link
      case S_IFREG:
        guard faccessat(AT_FDCWD, place, W_OK, AT_EACCESS) == 0 else { throw .file(path, systemReason()) }
        (folder, name, self.status) = (parts.folder, parts.name, status)
        return
      case S_IFDIR: throw .file(path, "it is a directory")
      default: throw .file(path, "it is not a regular file")
      }
    }
    throw .file(path, String(cString: strerror(ELOOP)))
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
    let folder = String(path[..<slash])
    return (folder.isEmpty ? "/" : folder, String(path[path.utf8.index(after: slash)...]))
  }

  private static func link(_ path: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = bytes.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, $0.count) }
    guard count >= 0 else { return nil }
    errno = EILSEQ
    return String(validating: bytes.prefix(count), as: UTF8.self)
  }
}

/// The temporary files of programs that were killed while they saved.
private enum LeftOvers {
  private static let prefix = ".backplane-"
  private static let suffix = ".tmp"
  private static let digitCount = 16

  static func newName() -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return prefix + String(repeating: "0", count: digitCount - digits.utf8.count) + digits + suffix
  }

  private static func isOurs(_ name: String) -> Bool {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return false }
    let digits = name.utf8.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count)
    return digits.count == digitCount && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// Removes what no living program holds. A file system without locks keeps its left-overs.
  static func remove(from folder: Int32) {
    let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { return }
    guard let listing = fdopendir(copy) else {
      close(copy)
      return
    }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      // Looked at as bytes first: a folder may hold many files.
      guard entry.pointee.d_name.0 == CChar(UInt8(ascii: ".")), entry.pointee.d_name.1 == CChar(UInt8(ascii: "b"))
      else { continue }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if isOurs(name) { removeIfDead(name, folder) }
    }
  }

  private static func removeIfDead(_ name: String, _ folder: Int32) {
    let descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1,
      status.st_uid == geteuid() || geteuid() == 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0
    else { return }
    // Between the two calls it may have been given its place: then it is no left-over, and its name is gone.
    var named = stat()
    guard fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0, named.st_ino == status.st_ino,
      named.st_dev == status.st_dev
    else { return }
    unlinkat(folder, name, 0)
  }
}
