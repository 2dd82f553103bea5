// stdout and stderr are C globals that nothing here replaces.
@preconcurrency import Glibc

/// `conformance record FILE PROGRAM [ARGUMENT]...`.
enum RecordCommand {
  static let help = """
    Runs a program that uses Backplane, and writes its operator calls as a case file.

      conformance record FILE PROGRAM [ARGUMENT]...

    `conformance replay FILE --device D` runs the calls on any device, and compares the results. Setting
    BACKPLANE_RECORD=FILE for the program does the same.

    Exit status: the program's; 2 if it cannot be started, or FILE cannot be written.
    """

  static func run(_ arguments: [String]) -> Int32 {
    if arguments.first == "--help" || arguments.first == "-h" {
      print(help)
      return 0
    }
    guard arguments.count >= 2 else { return complain("record what? --help tells more") }
    if let problem = problem(arguments[0]) { return complain("\(arguments[0]) cannot be written: \(problem)") }
    setenv("BACKPLANE_RECORD", arguments[0], 1)
    if getenv("BACKPLANE_LOG") == nil { setenv("BACKPLANE_LOG", "info", 1) }
    var words: [UnsafeMutablePointer<CChar>?] = arguments.dropFirst().map { strdup($0) } + [nil]
    execvp(words[0]!, &words)
    return complain("\(arguments[1]) cannot be started: \(String(cString: strerror(errno)))")
  }

  /// Why no file can be written there, or nil: better told before a long program than after it.
  private static func problem(_ path: String) -> String? {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { return "not a regular file" }
    // The file that is there is replaced, so that its folder is what counts.
    let cut = path.lastIndex(of: "/")
    let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    return access(folder, W_OK | X_OK) == 0 ? nil : String(cString: strerror(errno))
  }
}
