import Glibc

/// A file that could not be read or written, or that is not what it should be.
public struct FileError: Error, CustomStringConvertible, Sendable {
  public let path: String
  public let reason: String

  public init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): \(reason)" }
}

/// Whole files.
enum FileBytes {
  /// The bytes of a file; more than `limit` of them are an error, so that a device or an endless pipe does
  /// not take all memory.
  static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    guard let file = fopen(path, "re") else { throw FileError(path, String(cString: strerror(errno))) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var status = stat()
    if fstat(fileno(file), &status) == 0, status.st_mode & S_IFMT == S_IFREG {
      guard status.st_size <= limit else { throw FileError(path, "longer than \(limit) bytes") }
      bytes.reserveCapacity(Int(status.st_size))
    }
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      guard bytes.count + count <= limit else { throw FileError(path, "longer than \(limit) bytes") }
      bytes += chunk[..<count]
    }
    guard ferror(file) == 0 else { throw FileError(path, String(cString: strerror(errno))) }
    return bytes
  }

  static func write(_ text: String, to path: String) throws(FileError) {
    guard let file = fopen(path, "we") else { throw FileError(path, String(cString: strerror(errno))) }
    var text = text
    let isWritten = text.withUTF8 { fwrite($0.baseAddress, 1, $0.count, file) == $0.count }
    var reason = errno
    // What is still buffered may fail to be written only now.
    let isClosed = fclose(file) == 0
    if isWritten && !isClosed { reason = errno }
    guard isWritten && isClosed else { throw FileError(path, String(cString: strerror(reason))) }
  }

  /// Makes a folder and those above it, where they are missing.
  static func makeFolder(_ path: String) throws(FileError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += part + "/"
      if mkdir(made, 0o777) != 0 && errno != EEXIST {
        throw FileError(path, String(cString: strerror(errno)))
      }
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError(path, "no folder")
    }
  }
}
