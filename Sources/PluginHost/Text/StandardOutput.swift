// stdout is a C global that nothing here replaces.
@preconcurrency import Glibc

/// Ends the program with a message, as `fatalError` does. What it has printed so far is not lost where the output is a
/// file or a pipe.
package func stop(_ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
  fflush(stdout)
  fatalError(message, file: file, line: line)
}

/// What programs of this package print for others to read.
package enum StandardOutput {
  /// The exit status of a program whose work ended with `status`: that everything printed has arrived is a part of it.
  ///
  /// - Parameters:
  ///   - program: Stands before the message.
  ///   - failure: The status where the output could not be written, unless `status` is a failure already.
  package static func finish(_ status: Int32, _ program: String, failure: Int32 = 2) -> Int32 {
    errno = 0
    let isFlushed = fflush(stdout) == 0
    let reason = errno
    if isFlushed && ferror(stdout) == 0 { return status }
    // A write that failed earlier leaves a mark, but not its reason.
    let words = reason == 0 ? "not all of it could be written" : String(cString: strerror(reason))
    let line = "\(program): standard output: \(words)\n"
    _ = line.withCString { Glibc.write(2, $0, strlen($0)) }
    return status == 0 ? failure : status
  }
}
