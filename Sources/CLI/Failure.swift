import Glibc

/// What ends the program with status 2 and a message on standard error.
struct Failure: Error {
  static let status: Int32 = 2

  let message: String

  init(_ message: String) { self.message = message }

  static func write(_ message: String) {
    fflush(nil)
    let line = message + "\n"
    _ = line.withCString { Glibc.write(2, $0, strlen($0)) }
  }
}
