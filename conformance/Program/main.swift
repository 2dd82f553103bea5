import ConformanceSuite
// stdout and stderr are C globals that nothing here replaces.
@preconcurrency import Glibc
import PluginHost

func complain(_ message: String) -> Int32 {
  fputs("conformance: \(message)\n", stderr)
  return 2
}

/// A word as the shell takes it.
func quoted(_ word: String) -> String {
  let plain = word.utf8.allSatisfy { byte in
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "+")...UInt8(ascii: ":") ~= byte
      || byte == UInt8(ascii: "_")
  }
  return plain && !word.isEmpty
    ? word
    : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

func run(_ arguments: [String]) -> Int32 {
  let rest = Array(arguments.dropFirst())
  switch arguments.first {
  case "replay": return ReplayCommand.run(rest)
  case "record": return RecordCommand.run(rest)
  case "compare": return CompareCommand.run(rest)
  default: break
  }
  let options: Options
  do throws(UsageError) {
    options = try Options(arguments)
  } catch {
    return complain(error.message)
  }
  if options.wantsHelp {
    print(Options.help)
    return 0
  }
  if options.showsTolerances {
    print(Tolerances.markdown, terminator: "")
    return 0
  }
  if let worker = options.worker {
    return SupervisedRun.work(
      device: options.device, file: options.plugin, reference: options.reference, options.selection,
      seed: options.seed, worker)
  }
  let ids = Conformance.ids(options.selection)
  if let id = options.selection.caseID, ids.isEmpty { return complain("there is no case \(id)") }
  if options.lists {
    for id in ids { print(id) }
    return 0
  }
  guard options.plugin != nil || options.device != nil else {
    return complain("which plugin? --plugin FILE.so or --device NAME; --help tells more")
  }

  let expected: ExpectedFailures?
  let files: ReportFiles?
  do throws(FileError) {
    // A line may name any case of the suite, whatever runs this time.
    expected = try options.expectedFailures.map { file throws(FileError) in
      try ExpectedFailures(file: file, among: Conformance.ids())
    }
    files = try options.report.map { folder throws(FileError) in try ReportFiles(folder: folder) }
  } catch {
    return complain("\(error)")
  }

  return SuiteCommand(options, arguments, ids, expected: expected, files: files).run()
}

setvbuf(stdout, nil, _IOLBF, 0)
exit(StandardOutput.finish(run(Array(CommandLine.arguments.dropFirst())), "conformance"))
