import Glibc

/// Whether a file can be given to the dynamic loader, which ends the process with a bus error where a library was cut
/// short, and has no words for one built for another machine.
enum SharedObjectFile {
  /// Why the file is no whole shared library of this machine, or nil if it is one.
  static func problem(_ path: String) -> String? {
    // Whoever opens a FIFO waits for a writer, and a device may do something: what is no file is never opened.
    var status = stat()
    guard stat(path, &status) == 0 else { return String(cString: strerror(errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else { return "not a regular file" }
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else { return String(cString: strerror(errno)) }
    defer { close(descriptor) }
    return problem(descriptor, size: UInt64(status.st_size))
  }

  private static func problem(_ descriptor: Int32, size: UInt64) -> String? {
    guard size > 0 else { return "the file is empty" }
    var header = [UInt8](repeating: 0, count: 64)
    let count = pread(descriptor, &header, header.count, 0)
    guard count >= 4, header.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { return "not a shared library" }
    guard count == header.count else { return "cut short: \(size) bytes" }
    // e_ident: the class, the byte order. Both halves of the format agree on e_type and e_machine.
    guard header[5] == 1 else { return "built for a big-endian machine" }
    let machine = header.integer(at: 18, UInt16.self)
    guard header[4] == 2, machine == thisMachine else {
      let bits = header[4] == 2 ? "" : ", 32 bits"
      return "built for another machine (\(name(machine))\(bits)); this one is \(name(thisMachine))"
    }
    guard header.integer(at: 16, UInt16.self) == 3 else { return "not a shared library" }
    return cut(descriptor, header, size: size)
  }

  /// Whether segments reach past the end of the file.
  private static func cut(_ descriptor: Int32, _ header: [UInt8], size: UInt64) -> String? {
    let entrySize = 56
    let (offset, count) = (header.integer(at: 32, UInt64.self), Int(header.integer(at: 56, UInt16.self)))
    guard Int(header.integer(at: 54, UInt16.self)) == entrySize, count > 0 else {
      return "not a shared library: it has no segments"
    }
    var entries = [UInt8](repeating: 0, count: entrySize * count)
    guard let start = Int(exactly: offset), pread(descriptor, &entries, entries.count, start) == entries.count else {
      return "cut short: its segment table is missing"
    }
    for i in 0..<count where entries.integer(at: i * entrySize, UInt32.self) == 1 {
      let offset = entries.integer(at: i * entrySize + 8, UInt64.self)
      let (end, overflow) = offset.addingReportingOverflow(entries.integer(at: i * entrySize + 32, UInt64.self))
      if overflow || end > size { return "cut short: it has \(size) bytes of at least \(end)" }
    }
    return nil
  }

  #if arch(x86_64)
    private static let thisMachine: UInt16 = 62
  #elseif arch(arm64)
    private static let thisMachine: UInt16 = 183
  #endif

  private static func name(_ machine: UInt16) -> String {
    switch machine {
    case 3: "x86"
    case 20, 21: "PowerPC"
    case 40: "ARM"
    case 62: "x86-64"
    case 183: "AArch64"
    case 243: "RISC-V"
    default: "ELF machine \(machine)"
    }
  }
}

extension [UInt8] {
  /// A little-endian integer, as this machine's are [BP-1.1].
  fileprivate func integer<Number: FixedWidthInteger>(at offset: Int, _ type: Number.Type) -> Number {
    withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }
}
