import Glibc

/// Whether code in a file is the user's own choice: whoever else can write the file, or a folder on the way to it, could
/// run what they like with the user's rights.
///
/// Trusted are root, the user, and the owner of the running program, whose code runs already. A sticky folder such as
/// /tmp may be everyone's: what lies in it is removed by its owner alone. Where the umask is 002, folders that were built
/// in can be written by the user's private group; a group is no stranger as long as nobody else is in it.
package enum FileTrust {
  /// Why strangers can change what a path leads to, or nil if they cannot. Links are followed one at a time: each
  /// belongs to someone.
  package static func problem(_ path: String) -> String? {
    var pending = Array(components(absolute(path)).reversed())
    var place = "/"
    var links = 0
    while true {
      var status = stat()
      guard lstat(place, &status) == 0 else { return String(cString: strerror(errno)) }
      if status.st_mode & S_IFMT == S_IFLNK {
        guard owners.contains(status.st_uid) else { return strangerOwns(place, status.st_uid) }
        links += 1
        guard links <= 40, let target = target(ofLink: place) else { return String(cString: strerror(ELOOP)) }
        pending += components(target).reversed()
        place = target.hasPrefix("/") ? "/" : parent(place)
      } else if let problem = problem(place, status) {
        return problem
      }
      while pending.last == "." { pending.removeLast() }
      guard let name = pending.popLast() else { return nil }
      place = name == ".." ? parent(place) : (place == "/" ? "/" : place + "/") + name
    }
  }

  private static func problem(_ place: String, _ status: stat) -> String? {
    guard owners.contains(status.st_uid) else { return strangerOwns(place, status.st_uid) }
    if status.st_mode & S_IFMT == S_IFDIR, status.st_mode & mode_t(S_ISVTX) != 0 { return nil }
    let advice = "a plugin is loaded from where nobody but root and the user can write"
    if status.st_mode & 0o002 != 0 { return "everyone can write \(place); \(advice)" }
    if status.st_mode & 0o020 != 0, !isPrivate(place, status) {
      return "the group \(groupName(status.st_gid)) can write \(place); \(advice)"
    }
    return nil
  }

  private static func strangerOwns(_ place: String, _ owner: uid_t) -> String {
    "\(place) belongs to \(userName(owner).map { "the user \($0)" } ?? "user \(owner)"), who is neither root nor the "
      + "user that the program runs as"
  }

  /// Whoever could change the program that is running anyway.
  private static let owners: Set<uid_t> = {
    var status = stat()
    let owners: Set<uid_t> = [0, geteuid()]
    return stat("/proc/self/exe", &status) == 0 ? owners.union([status.st_uid]) : owners
  }()

  // MARK: Groups

  /// Whether a group that can write has no members but trusted ones: root's group, the owner's own, or one of this
  /// machine that nobody is in.
  private static func isPrivate(_ place: String, _ status: stat) -> Bool {
    if hasAccessList(place) { return false }
    if status.st_gid == 0 { return true }
    let owner = userName(status.st_uid)
    guard let group = group(status.st_gid) else { return status.st_gid == getegid() }
    guard group.members.allSatisfy({ $0 == owner || $0 == "root" }) else { return false }
    return group.name == owner || !hasOtherUsers(status.st_gid, owner)
  }

  /// Whether a list names others who may write: the group's bits are then its mask.
  private static func hasAccessList(_ place: String) -> Bool {
    // The C library's Swift module leaves it out.
    typealias Read = @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int) -> Int
    guard let read = dlsym(nil, "getxattr") else { return true }
    return unsafeBitCast(read, to: Read.self)(place, "system.posix_acl_access", nil, 0) > 0
  }

  private static func group(_ id: gid_t) -> (name: String, members: [String])? {
    var entry = Glibc.group()
    var found: UnsafeMutablePointer<Glibc.group>?
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 16) { buffer in
      guard getgrgid_r(id, &entry, buffer.baseAddress!, buffer.count, &found) == 0, found != nil else { return nil }
      var members: [String] = []
      var next = entry.gr_mem
      while let member = next?.pointee {
        members.append(String(cString: member))
        next = next! + 1
      }
      return (String(cString: entry.gr_name), members)
    }
  }

  private static func groupName(_ id: gid_t) -> String { group(id)?.name ?? "\(id)" }

  private static func userName(_ id: uid_t) -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 14) { buffer in
      guard getpwuid_r(id, &entry, buffer.baseAddress!, buffer.count, &found) == 0, found != nil else { return nil }
      return String(cString: entry.pw_name)
    }
  }

  /// Whether it is the group of another user of this machine, who is then not among its members.
  private static func hasOtherUsers(_ group: gid_t, _ owner: String?) -> Bool {
    guard let file = fopen("/etc/passwd", "re") else { return true }
    defer { fclose(file) }
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 14) { buffer in
      while fgetpwent_r(file, &entry, buffer.baseAddress!, buffer.count, &found) == 0, found != nil {
        if entry.pw_gid == group, String(cString: entry.pw_name) != owner { return true }
      }
      return false
    }
  }

  // MARK: Paths

  private static func components(_ path: String) -> [Substring] { path.split(separator: "/") }

  private static func parent(_ path: String) -> String {
    let cut = path.lastIndex(of: "/") ?? path.startIndex
    return cut == path.startIndex ? "/" : String(path[..<cut])
  }

  private static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
  }

  private static func target(ofLink path: String) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      let count = readlink(path, buffer.baseAddress!, buffer.count)
      guard count > 0, count < buffer.count else { return nil }
      return String(decoding: buffer[..<count].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
