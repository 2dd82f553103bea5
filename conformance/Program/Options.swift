import ConformanceSuite

/// The command line.
struct Options {
  var plugin: String?
  var device: String?
  var reference: String?
  var selection = Conformance.Selection()
  var seed = Conformance.defaultSeed
  /// The folder of the report files.
  var report: String?
  /// The file of the cases known to fail.
  var expectedFailures: String?
  var isVerbose = false
  var lists = false
  var showsTolerances = false
  var wantsHelp = false
  /// How much processor time one case may use; 0 for as much as it takes.
  var secondsPerCase = 60.0
  var isInProcess = false
  /// In a child process: what its parent adds.
  var worker: [String]?

  static let help = """
    Is this backend right? Runs the conformance suite on a plugin.

      conformance --plugin FILE.so [options]
      conformance --device NAME[:INDEX] [options]
      conformance compare A.json B.json
      conformance replay FILE [options]        operator calls from elsewhere; replay --help tells more
      conformance record FILE PROGRAM [...]    a program's operator calls, to be replayed

      --plugin FILE       the plugin's file
      --device NAME       the plugin libbackplane-NAME.so, from BACKPLANE_PLUGIN_PATH, beside this
                          program, or in ../lib/backplane; with --plugin, :INDEX alone picks its device
      --reference FILE    the reference plugin (default: found like --device reference)
      --level core|full   core operators over core types, or everything (default: full)
      --op NAME[,NAME]    these operators only: ADD,MATMUL; FUSION is the programs of several
      --case ID           this case only: T2.ADD.float32.n17
      --tier T2[,T4]      these tiers only
      --fuzz COUNT        random cases in tier T4 (default: 500; 0 for none)
      --fuzz-seconds S    random cases for so long
      --fusion COUNT      random programs in T2.FUSION (default: 300; 0 for none)
      --shard I/N         the I-th of N parts of all that, such as 1/4: together the parts are the whole
      --seed N|random     the seed of all values (default: \(Conformance.defaultSeed))
      --report DIR        write report.json, junit.xml and report.html to this folder
      --expected-failures FILE
                          cases known to fail, one a line: T2.EXP.float16.*  # reason
                          a listed case that fails is skipped, one that passes fails
      --case-seconds S    a case that uses more processor time fails, and one that does nothing for so long
                          (default: 60; 0 for no limit)
      --in-process        load the plugin into this process, for a debugger: what crashes ends the run
      --verbose           a line for every case
      --tolerances        print how far results may be off, as Markdown, and run nothing
      --list              print the cases' ids and run nothing
      --help              this text

    Exit status: 0 no failure, 1 failures, 2 could not run. compare prints what changed between the
    report.json of two runs: 0 nothing got worse, 1 something fails in B that did not in A, 2 a file
    cannot be read.
    """

  init(_ arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    func value(_ option: String) throws(UsageError) -> String {
      guard let value = rest.popFirst() else { throw UsageError("\(option) needs a value") }
      return value
    }
    while let option = rest.popFirst() {
      switch option {
      case "--plugin": plugin = try value(option)
      case "--device": device = try value(option)
      case "--reference": reference = try value(option)
      case "--level":
        let name = try value(option)
        guard let level = Conformance.Level(rawValue: name) else {
          throw UsageError("--level is core or full, not \(name)")
        }
        selection.level = level
      case "--op":
        let names = try value(option).split(separator: ",").map(String.init)
        for name in names where OperatorCatalogue.entry(named: name) == nil && name != "FUSION" {
          throw UsageError("--op: there is no operator \(name)")
        }
        selection.operators = names
      case "--case": selection.caseID = try value(option)
      case "--seed":
        let text = try value(option)
        if text == "random" {
          seed = .random(in: 0...UInt64.max)
        } else if let number = UInt64(text) {
          seed = number
        } else {
          throw UsageError("--seed is a number or random, not \(text)")
        }
      case "--report": report = try value(option)
      case "--expected-failures": expectedFailures = try value(option)
      case "--verbose": isVerbose = true
      case "--tier":
        let tiers = try value(option).split(separator: ",").map(String.init)
        for tier in tiers where !["T0", "T1", "T2", "T3", "T4"].contains(tier) {
          throw UsageError("--tier: there is no tier \(tier)")
        }
        selection.tiers = Set(tiers)
      case "--fuzz":
        let text = try value(option)
        guard let count = Int(text), count >= 0 else {
          throw UsageError("--fuzz is a number of cases, not \(text)")
        }
        selection.fuzz = .cases(count)
      case "--fusion":
        let text = try value(option)
        guard let count = Int(text), count >= 0 else {
          throw UsageError("--fusion is a number of programs, not \(text)")
        }
        selection.fusion = count
      case "--fuzz-seconds":
        let text = try value(option)
        guard let seconds = Double(text), seconds >= 0 else {
          throw UsageError("--fuzz-seconds is a number of seconds, not \(text)")
        }
        selection.fuzz = .seconds(seconds)
      case "--shard":
        let text = try value(option)
        guard let shard = Shard(text) else {
          throw UsageError("--shard is a part such as 1/4, not \(text)")
        }
        selection.shard = shard
      case "--case-seconds":
        let text = try value(option)
        guard let seconds = Double(text), seconds >= 0 else {
          throw UsageError("--case-seconds is a number of seconds, not \(text)")
        }
        secondsPerCase = seconds
      case "--in-process": isInProcess = true
      case "--worker": worker = [try value(option), try value(option), try value(option)]
      case "--tolerances": showsTolerances = true
      case "--list": lists = true
      case "--help", "-h": wantsHelp = true
      default: throw UsageError("unknown option \(option); --help tells what there is")
      }
    }
    if selection.caseID != nil, selection.shard != nil {
      throw UsageError("--case names one case, of which there are no parts: leave out --shard")
    }
    if case .seconds = selection.fuzz, selection.shard != nil {
      throw UsageError("--fuzz-seconds has no end, and so no parts: leave out --shard, or name --fuzz COUNT")
    }
  }
}

/// A command line that makes no sense.
struct UsageError: Error {
  let message: String

  init(_ message: String) { self.message = message }
}
