import ConformanceSuite
// stdout and stderr are C globals that nothing here replaces.
@preconcurrency import Glibc

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

  do throws(PluginError) {
    let device = try Device(named: options.device, file: options.plugin)
    let referenceFile =
      if let reference = options.reference { reference } else { try PluginSearch.file(named: "reference") }
    // Opened twice, a plugin would be told to start twice [BP-10.1].
    let reference =
      PluginSearch.isSameFile(referenceFile, device.plugin.source)
      ? device : try Device(named: nil, file: referenceFile)
    print("\(device.description) against \(reference.plugin.source), seed \(options.seed)")

    let run = try Conformance(of: device, against: reference, options.selection, seed: options.seed)
    var replay = "conformance"
    if let plugin = options.plugin { replay += " --plugin \(quoted(plugin))" }
    if let name = options.device { replay += " --device \(quoted(name))" }
    if let reference = options.reference { replay += " --reference \(quoted(reference))" }
    // A random case depends on what it is drawn from.
    if options.selection.level == .core { replay += " --level core" }
    let terminal = Terminal(isVerbose: options.isVerbose, replay: replay, seed: options.seed)
    var record = RunRecord(TestedPlugin(device), options.selection, seed: options.seed, command: replay)
    var progress = Progress(total: ids.count)
    CrashNote.install()
    var (passed, failed, skipped) = (0, 0, 0)
    let start = Progress.seconds()
    let report = run.run(
      expecting: expected,
      starting: { id in
        CrashNote.set(id, passed: passed, failed: failed, skipped: skipped)
        progress.start(id, failed: failed)
      },
      { result in
        switch result.outcome {
        case .passed: passed += 1
        case .failed: failed += 1
        case .skipped: skipped += 1
        }
        if terminal.shows(result) { progress.clear() }
        terminal.show(result)
        record.add(result)
      })
    progress.clear()
    terminal.showTable(report)
    terminal.showExpectedFailures(report)
    if let files {
      record.seconds = Progress.seconds() - start
      do throws(FileError) {
        try files.write(record)
      } catch {
        return complain("\(error)")
      }
    }
    print(report.summary)
    return report.failed == 0 ? 0 : 1
  } catch {
    return complain("\(error)")
  }
}

setvbuf(stdout, nil, _IOLBF, 0)
exit(run(Array(CommandLine.arguments.dropFirst())))
