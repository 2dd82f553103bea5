import Foundation

/// A program of this package, which lies beside the test executable, and what a run of it gave.
package struct Program {
  package let status: Int32
  /// The signal that ended it, where one did.
  package let signal: Int32?
  package let output: String
  package let errors: String

  package static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  package var lastLine: String {
    output.split(separator: "\n").last.map(String.init) ?? ""
  }

  /// Runs a program to its end.
  ///
  /// - Parameter environment: Replaces the variables of Backplane; the others are inherited.
  package init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    try self.init(at: Program.folder.appendingPathComponent(name), arguments, environment: environment)
  }

  /// Runs a program from elsewhere.
  package init(at file: URL, _ arguments: [String], environment: [String: String] = [:]) throws {
    let process = Process()
    process.executableURL = file
    process.arguments = arguments
    let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BACKPLANE_") }
    process.environment = inherited.merging(environment) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    // A file, which takes as much as a talkative program writes while its output is read.
    let folder = try TemporaryFolder()
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: try folder.write([])))
    try process.run()
    self.output = output.readText()
    process.waitUntilExit()
    errors = try String(decoding: Data(contentsOf: URL(fileURLWithPath: folder.path("file"))), as: UTF8.self)
    status = process.terminationStatus
    signal = process.terminationReason == .uncaughtSignal ? process.terminationStatus : nil
  }
}

extension Pipe {
  /// What is written to the pipe, up to its end. Foundation's own reading ends the process where a signal interrupts it.
  package func readText() -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(fileHandleForReading.fileDescriptor, &chunk, chunk.count)
      if count > 0 { bytes += chunk[..<count] } else if count == 0 || errno != EINTR { break }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
