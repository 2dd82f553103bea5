import ConformanceSuite

/// A run of the suite: what it shows while it goes on, and what it leaves.
struct SuiteCommand {
  private let options: Options
  private let arguments: [String]
  private let ids: [String]
  private let expected: ExpectedFailures?
  private let files: ReportFiles?
  /// What to type to run a case alone, up to its id.
  private let replay: String

  init(_ options: Options, _ arguments: [String], _ ids: [String], expected: ExpectedFailures?, files: ReportFiles?) {
    self.options = options
    self.arguments = arguments
    self.ids = ids
    self.expected = expected
    self.files = files
    var replay = "conformance"
    if let plugin = options.plugin { replay += " --plugin \(quoted(plugin))" }
    if let name = options.device { replay += " --device \(quoted(name))" }
    if let reference = options.reference { replay += " --reference \(quoted(reference))" }
    // A random case depends on what it is drawn from.
    if options.selection.level == .core { replay += " --level core" }
    self.replay = replay
  }

  /// Returns the exit status.
  func run() -> Int32 {
    do {
      return options.isInProcess ? try runHere() : try runSupervised()
    } catch {
      return couldNotRun("\(error)")
    }
  }

  private func runSupervised() throws -> Int32 {
    let run = SupervisedRun(
      options.selection, secondsPerCase: options.secondsPerCase,
      // A seed drawn at random is drawn once.
      arguments: arguments + ["--seed", "\(options.seed)", "--worker"])
    var course: Course?
    let report = try run.run(
      expecting: expected,
      opened: { opened in
        print("\(opened.description), seed \(options.seed)")
        course = makeCourse(opened.plugin)
      },
      starting: { course?.start($0) }, { course?.add($0) })
    return finish(course, report)
  }

  private func runHere() throws(PluginError) -> Int32 {
    let device = try Device(named: options.device, file: options.plugin)
    let referenceFile =
      if let reference = options.reference { reference } else { try PluginSearch.file(named: "reference") }
    // Opened twice, a plugin would be told to start twice [BP-10.1].
    let reference =
      PluginSearch.isSameFile(referenceFile, device.plugin.source)
      ? device : try Device(named: nil, file: referenceFile)
    print("\(device.description) against \(reference.plugin.source), seed \(options.seed)")
    let run = try Conformance(of: device, against: reference, options.selection, seed: options.seed)
    var course = makeCourse(TestedPlugin(device))
    CrashNote.install()
    let report = run.run(
      expecting: expected,
      starting: { id in
        let totals = course.totals
        CrashNote.set(id, passed: totals.passed, failed: totals.failed, skipped: totals.skipped)
        course.start(id)
      }, { course.add($0) })
    return finish(course, report)
  }

  private func makeCourse(_ plugin: TestedPlugin) -> Course {
    Course(
      terminal: Terminal(isVerbose: options.isVerbose, replay: replay, seed: options.seed),
      record: RunRecord(plugin, options.selection, seed: options.seed, command: replay),
      progress: Progress(total: ids.count))
  }

  /// Leaves the report files, which say why no case ran.
  private func couldNotRun(_ reason: String) -> Int32 {
    if let files {
      let file = options.plugin ?? (try? PluginSearch.file(named: options.device ?? "")) ?? ""
      var course = makeCourse(TestedPlugin(unopened: file, device: options.device))
      course.record.interruption = reason
      do throws(FileError) {
        try files.write(course.record)
      } catch {
        return complain("\(reason); and the report: \(error)")
      }
    }
    return complain(reason)
  }

  private func finish(_ course: Course?, _ report: Report) -> Int32 {
    if report.isUnopened, let reason = report.interruption { return couldNotRun(reason) }
    guard var course else { return couldNotRun("the run ended before it began") }
    course.progress.clear()
    course.terminal.showTable(report)
    course.terminal.showExpectedFailures(report)
    if let files {
      course.record.seconds = Progress.seconds() - course.start
      course.record.interruption = report.interruption
      do throws(FileError) {
        try files.write(course.record)
      } catch {
        return complain("\(error)")
      }
    }
    if let interruption = report.interruption { print("the run was stopped: \(interruption)") }
    print(report.summary)
    return report.failed == 0 && report.interruption == nil ? 0 : 1
  }

  /// The cases as they come.
  private struct Course {
    let terminal: Terminal
    var record: RunRecord
    var progress: Progress
    let start = Progress.seconds()
    private(set) var totals = (passed: 0, failed: 0, skipped: 0)

    init(terminal: Terminal, record: RunRecord, progress: Progress) {
      self.terminal = terminal
      self.record = record
      self.progress = progress
    }

    mutating func start(_ id: String) { progress.start(id, failed: totals.failed) }

    mutating func add(_ result: CaseResult) {
      switch result.outcome {
      case .passed: totals.passed += 1
      case .failed: totals.failed += 1
      case .skipped: totals.skipped += 1
      }
      if terminal.shows(result) { progress.clear() }
      terminal.show(result)
      record.add(result)
    }
  }
}
