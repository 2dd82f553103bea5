// stdout and stderr are C globals that nothing here replaces.
@preconcurrency import Glibc

/// `conformance record FILE PROGRAM [ARGUMENT]...`.
enum RecordCommand {
  static let help = """
    Runs a program that uses Backplane, and writes its operator calls as a case file.

      conformance record FILE PROGRAM [ARGUMENT]...

    `conformance replay FILE --device D` runs the calls on any device, and compares the results. Setting
    BACKPLANE_RECORD=FILE for the program does the same.

    Exit status: the program's; 2 if it cannot be started.
    """

  static func run(_ arguments: [String]) -> Int32 {
    if arguments.first == "--help" || arguments.first == "-h" {
      print(help)
      return 0
    }
    guard arguments.count >= 2 else { return complain("record what? --help tells more") }
    setenv("BACKPLANE_RECORD", arguments[0], 1)
    if getenv("BACKPLANE_LOG") == nil { setenv("BACKPLANE_LOG", "info", 1) }
    var words: [UnsafeMutablePointer<CChar>?] = arguments.dropFirst().map { strdup($0) } + [nil]
    execvp(words[0]!, &words)
    return complain("\(arguments[1]) cannot be started: \(String(cString: strerror(errno)))")
  }
}
