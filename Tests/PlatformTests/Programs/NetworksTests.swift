import Backplane
import Foundation
import TestSupport
import Testing

/// The examples: each runs, learns, and says so in its last line.
@Suite struct NetworksTests {
  private func networks(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Program {
    try Program("networks", arguments, environment: environment)
  }

  /// The losses of a run, a number for each step.
  private func losses(_ arguments: [String], _ environment: [String: String] = [:]) throws -> [Double] {
    let folder = try TemporaryFolder()
    let run = try networks(arguments + ["--losses", folder.path("losses")], environment)
    #expect(run.status == 0, "\(run.errors.suffix(2000))")
    return try String(contentsOfFile: folder.path("losses"), encoding: .utf8).split(separator: "\n").map {
      try #require(Double($0))
    }
  }

  @Test(arguments: [
    ("linear-regression", [], "y = "), ("custom-layer", ["--epochs", "60"], " % of the points on the right arm"),
    ("wave-lstm", ["--steps", "12"], "20 steps ahead"), ("character-transformer", ["--steps", "12"], "a character"),
    ("digits-cnn", ["--epochs", "2"], " % of the test digits"), ("gpt2", [], " characters, "),
  ]) func everyExampleRuns(_ name: String, _ options: [String], _ words: String) throws {
    let run = try networks([name] + options)
    #expect(run.status == 0, "\(run.errors.suffix(2000))")
    #expect(run.lastLine.contains(words) && run.lastLine.contains(" on cpu in "), "\(run.lastLine)")
  }

  @Test func whatIsLearnedIsRight() throws {
    let digits = try networks(["digits-cnn", "--epochs", "4"])
    #expect(Double(digits.lastLine.split(separator: " ").first ?? "") ?? 0 > 93, "\(digits.lastLine)")
    let curve = try losses(["character-transformer", "--steps", "40"])
    #expect(curve.count == 40 && curve[39] < 0.75 * curve[0], "\(curve)")
  }

  /// The text that the small GPT-2 was trained on is what it writes.
  @Test func theCheckpointWritesWhatItLearned() throws {
    let run = try networks(["gpt2"])
    #expect(run.output.contains("Down, down, down."), "\(run.output.suffix(600))")
  }

  @Test(arguments: [false, true]) func aStoppedRunGoesOnToTheSameWeights(_ isKilled: Bool) throws {
    let folder = try TemporaryFolder()
    let (whole, parts) = (folder.path("whole.pt"), folder.path("parts.pt"))
    let arguments = ["digits-cnn", "--epochs", "3", "--checkpoint"]
    #expect(try networks(arguments + [whole]).status == 0)
    if isKilled {
      // Wherever it is by then, when its first checkpoint is there.
      let process = Process()
      process.executableURL = Program.folder.appendingPathComponent("networks")
      process.arguments = arguments + [parts]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      while !FileManager.default.fileExists(atPath: parts), process.isRunning { usleep(1000) }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    } else {
      // In the middle of its second epoch.
      #expect(try networks(arguments + [parts, "--steps", "30"]).status == 0)
      #expect(try Checkpoint(contentsOf: parts)["epoch"]?.int == 0)
    }
    let run = try networks(arguments + [parts])
    #expect(run.status == 0 && run.output.contains("going on from"), "\(run.errors.suffix(1000))")
    #expect(try Data(contentsOf: URL(fileURLWithPath: parts)) == Data(contentsOf: URL(fileURLWithPath: whole)))
  }

  @Test func lossesAgreeOnEveryDevice() throws {
    for example in [
      ["digits-cnn", "--steps", "3"], ["wave-lstm", "--steps", "2"], ["custom-layer", "--steps", "20"],
    ] {
      let expected = try losses(example + ["--device", "cpu"])
      var others = [("reference", try losses(example + ["--device", "reference"]))]
      others.append(("cuda:0", try losses(example + ["--device", "cuda:0"], try Emulator.environment())))
      for (device, got) in others {
        #expect(got.count == expected.count)
        for (a, b) in zip(got, expected) {
          #expect((a - b).magnitude <= 1e-4, "\(example) on \(device): \(a), cpu \(b)")
        }
      }
    }
  }

  @Test func badArgumentsAreTold() throws {
    for (arguments, words) in [
      (["frobnicate"], "there is no example 'frobnicate'"), (["gpt2", "--epochs", "x"], "--epochs: 'x' is no number"),
      (["gpt2", "--seed"], "--seed needs a value"), (["gpt2", "--wide"], "unknown option --wide"),
      (["gpt2", "--device", "nonesuch"], "nonesuch"), (["wave-lstm", "--epochs", "0"], "--epochs must be from 1"),
    ] {
      let run = try networks(arguments)
      #expect(run.status == 2 && run.errors.contains(words), "\(arguments): \(run.status) \(run.errors)")
    }
    let folder = try TemporaryFolder()
    try save(["model": .null] as Checkpoint, to: folder.path("other.pt"))
    let run = try networks(["digits-cnn", "--checkpoint", folder.path("other.pt")])
    #expect(run.status == 2 && run.errors.contains("no checkpoint of this example"), "\(run.errors)")
  }
}
