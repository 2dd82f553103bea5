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
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // What goes to standard error is little: it fits the pipe while the output is read.
    self.output = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    self.errors = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    status = process.terminationStatus
    signal = process.terminationReason == .uncaughtSignal ? process.terminationStatus : nil
  }
}
