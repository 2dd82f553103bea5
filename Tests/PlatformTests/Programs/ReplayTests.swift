import Backplane
import Foundation
import TestSupport
import Testing

/// `conformance replay` and `conformance record`.
@Suite struct ReplayTests {
  private struct Entry: Decodable, Equatable {
    let id: String
    let status: String
    let message: String
  }

  private static let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Cases/sample.safetensors").path

  private func replay(
    _ file: String, device: String = "cpu", environment: [String: String] = [:]
  ) throws -> (run: Program, entries: [Entry]) {
    let folder = try TemporaryFolder()
    let report = folder.path("report.json")
    let run = try Program(
      "conformance", ["replay", file, "--device", device, "--report", report], environment: environment)
    let data = try Data(contentsOf: URL(fileURLWithPath: report))
    return (run, try JSONDecoder().decode([Entry].self, from: data))
  }

  /// A case file of one tensor, x = [1, 2], and the given cases.
  private func write(_ cases: String, _ folder: TemporaryFolder, format: String = "backplane-cases/1") throws -> String
  {
    let path = folder.path("cases.safetensors")
    let tensors = [
      "x": Tensor([1.0, 2.0], device: "cpu"), "y": Tensor([2.0, 4.0], device: "cpu"),
      "one": Tensor([1.0, 1.0], device: "cpu"), "three": Tensor([3.0, 3.0], device: "cpu"),
    ]
    try save(tensors, to: path, metadata: ["format": format, "cases": cases])
    return path
  }

  /// Cases that no other framework can repeat, each with the reason.
  static let unrepeatable = [
    // Dropout draws from a generator whose state the case does not hold.
    "nn.functional.scaled_dot_product_attention/float32/0",
    // The results of a function of lstsq, and of pinv, which the case does not name: [:2], and the product of two
    // factors as the argument.
    "linalg.lstsq.grad_oriented/float32/0", "linalg.lstsq.grad_oriented/float32/1",
    "linalg.pinv.singular/float32/0", "linalg.pinv.singular/float32/1",
  ]

  @Test(arguments: ["cpu", "reference"]) func allOtherCasesOfTheSamplePass(device: String) throws {
    let (run, entries) = try replay(ReplayTests.sample, device: device)
    #expect(entries.count == 1613)
    #expect(Set(entries.filter { $0.status != "pass" }.map(\.id)) == Set(ReplayTests.unrepeatable))
    #expect(run.status == 1 && run.lastLine == "1608 passed, 5 failed, 0 skipped")
  }

  /// PyTorch's results of recurrent networks, attention in several heads, transforms of windows, sampling of images,
  /// unpooling and CTC, their gradients, and the calls that it refuses.
  @Test(arguments: ["cpu", "reference"]) func functionsOfSequencesAndImagesAgree(device: String) throws {
    let (run, entries) = try replay(
      URL(fileURLWithPath: ReplayTests.sample).deletingLastPathComponent()
        .appendingPathComponent("sequences.safetensors").path, device: device)
    #expect(entries.filter { $0.status != "pass" } == [])
    #expect(run.status == 0 && entries.count == 303)
  }

  /// What a wrong backend, or a wrong case, looks like.
  @Test func differencesAreFound() throws {
    let folder = try TemporaryFolder()
    func add(_ id: String, _ other: String, _ rest: String) -> String {
      "{\"id\": \"\(id)\", \"op\": \"add\", \"tier\": 1, \"args\": [{\"t\": \"x\", \"requires_grad\": true}, \(other)], "
        + "\"kwargs\": {}, \"rtol\": 1e-6, \"atol\": 0, \(rest)}"
    }
    let x = "{\"t\": \"x\"}"
    let file = try write(
      "["
        + [
          add("right", x, "\"outputs\": [{\"t\": \"y\"}]"),
          add("value", x, "\"outputs\": [{\"t\": \"one\"}]"),
          add("shape", x, "\"outputs\": [{\"like\": {\"shape\": [3], \"dtype\": \"float32\"}}]"),
          add("dtype", x, "\"outputs\": [{\"like\": {\"shape\": [2], \"dtype\": \"float64\"}}]"),
          add("count", x, "\"outputs\": [{\"t\": \"y\"}, {\"t\": \"y\"}]"),
          add("gradient", x, "\"outputs\": [null], \"cotangents\": [{\"t\": \"one\"}], \"grads\": [{\"t\": \"one\"}]"),
          add(
            "wrong gradient", x, "\"outputs\": [null], \"cotangents\": [{\"t\": \"one\"}], \"grads\": [{\"t\": \"y\"}]"),
          add("no error", x, "\"error\": \"must fail\""),
          add("error", "\"two\"", "\"error\": \"must fail\""),
          add("thrown", "\"two\"", "\"outputs\": [{\"t\": \"y\"}]"),
          add("no tensor", "{\"t\": \"z\"}", "\"outputs\": [{\"t\": \"y\"}]"),
          add("outside", "{\"t\": \"x\", \"shape\": [9], \"strides\": [9], \"offset\": 9}", "\"outputs\": [null]"),
          "{\"id\": \"unknown\", \"op\": \"no_such\", \"args\": []}",
        ].joined(separator: ",\n") + "]", folder)
    let (run, entries) = try replay(file)
    #expect(run.status == 1)
    let status = Dictionary(uniqueKeysWithValues: entries.map { ($0.id, $0.status) })
    for id in ["right", "gradient", "error"] { #expect(status[id] == "pass", "\(id)") }
    for id in [
      "value", "shape", "dtype", "count", "wrong gradient", "no error", "thrown", "no tensor", "outside",
    ] {
      #expect(status[id] == "fail", "\(id)")
    }
    #expect(status["unknown"] == "unsupported")
    #expect(entries.first { $0.id == "value" }?.message.contains("at [0] expected 1.0, got 2.0") == true)
    #expect(run.lastLine == "3 passed, 9 failed, 1 skipped")
  }

  @Test func aCaseThatEndsItsProcessFailsAlone() throws {
    let folder = try TemporaryFolder()
    try CompiledPlugin.compile(
      "toy.c", ["TOY_DIES_IN=BP_OP_MUL"], to: URL(fileURLWithPath: folder.path("libbackplane-toy.so")))
    func sum(_ id: String, _ op: String) -> String {
      "{\"id\": \"\(id)\", \"op\": \"\(op)\", \"tier\": 1, \"args\": [{\"t\": \"x\"}, {\"t\": \"x\"}], \"kwargs\": {}, "
        + "\"outputs\": [{\"like\": {\"shape\": [2], \"dtype\": \"float32\"}}], \"rtol\": 0, \"atol\": 0}"
    }
    let cases = [sum("a", "add"), sum("b", "mul"), sum("c", "add"), sum("d", "mul")].joined(separator: ",")
    let file = try write("[\(cases)]", folder)
    let (run, entries) = try replay(file, device: "toy", environment: ["BACKPLANE_PLUGIN_PATH": folder.url.path])
    #expect(entries.map(\.status) == ["pass", "fail", "pass", "fail"])
    #expect(entries.count > 1 && entries[1].message.hasPrefix("the process died of signal 6 (Aborted)"))
    #expect(run.status == 1)
  }

  /// Every case of the sample calls the device by the rules, and parent and child leave one sound trace.
  @Test func theSampleGivesNoFinding() throws {
    let folder = try TemporaryFolder()
    let trace = folder.path("trace.json")
    let (run, entries) = try replay(
      ReplayTests.sample, device: "reference", environment: ["BACKPLANE_VALIDATE": "1", "BACKPLANE_TRACE": trace])
    #expect(entries.count == 1613 && entries.allSatisfy { !$0.message.contains("validation") })
    #expect(run.errors.contains("validation of reference: findings: 0, "), "\(run.errors.suffix(2000))")
    #expect(!run.errors.contains("[BP-"))
    let data = try Data(contentsOf: URL(fileURLWithPath: trace))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let events = try #require(object["traceEvents"] as? [[String: Any]])
    let names = Set(events.compactMap { $0["name"] as? String })
    for name in ["ADD", "SORT", "CUMSUM", "CHOLESKY", "FFT", "ERFINV"] { #expect(names.contains(name), "\(name)") }
  }

  /// What the validation finds in the child is told: it is the case's failure, and a line.
  @Test func findingsFailTheirCase() throws {
    let plugin = try PlantedFault("LEAVES_LAST", for: "replay")
    defer { plugin.remove() }
    let folder = try TemporaryFolder()
    let add = "{\"id\": \"sum\", \"op\": \"add\", \"args\": [{\"t\": \"x\"}, {\"t\": \"x\"}], \"outputs\": [null]}"
    let copy = "{\"id\": \"copy\", \"op\": \"clone\", \"args\": [{\"t\": \"x\"}], \"outputs\": [{\"t\": \"x\"}]}"
    let file = try write("[\(add), \(copy)]", folder)
    let path = ["BACKPLANE_PLUGIN_PATH": plugin.file.path]
    let silent = try replay(file, device: plugin.name, environment: path)
    #expect(silent.entries.map(\.status) == ["pass", "pass"] && silent.run.status == 0, "\(silent.run.output)")
    let (run, entries) = try replay(
      file, device: plugin.name, environment: path.merging(["BACKPLANE_VALIDATE": "1"]) { $1 })
    #expect(entries.map(\.status) == ["fail", "pass"] && run.status == 1)
    #expect(entries.first?.message.contains("validation: 1 finding, the last: [BP-5.2] the plugin, ") == true)
    #expect(run.errors.contains("[BP-5.2] the plugin, \(plugin.name):0, execute: ADD"))
    #expect(run.errors.contains("validation of \(plugin.name): findings: 1, "))
    #expect(!run.errors.contains("findings: 0"))
  }

  @Test func aChildThatCannotBeStartedIsTold() throws {
    let folder = try TemporaryFolder()
    let report = folder.path("report.json")
    let run = try Program(
      at: URL(fileURLWithPath: "/bin/sh"),
      [
        "-c", "ulimit -n 6; exec \"$@\"", "sh", Program.folder.appendingPathComponent("conformance").path, "replay",
        ReplayTests.sample, "--device", "reference", "--report", report,
      ])
    #expect(run.status == 2 && run.output.contains("the run was stopped: cannot start a process: "))
    let entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: URL(fileURLWithPath: report)))
    #expect(entries.count == 1613)
    #expect(entries.allSatisfy { $0.status == "fail" && $0.message.hasPrefix("not run: cannot start a process: ") })
  }

  @Test func filesThatAreNone() throws {
    let folder = try TemporaryFolder()
    func complaint(_ arguments: [String]) throws -> String {
      let run = try Program("conformance", ["replay"] + arguments)
      #expect(run.status == 2)
      return run.errors
    }
    #expect(try complaint(["/nowhere"]).contains("/nowhere: No such file"))
    #expect(try complaint([try folder.write(Array("text".utf8))]).contains("not a valid safetensors file"))
    #expect(try complaint([try write("[]", folder, format: "other/2")]).contains("its format is 'other/2'"))
    #expect(try complaint([try write("[{", folder)]).contains("its cases are no JSON at byte"))
    #expect(try complaint([try write("[{}]", folder)]).contains("case 0 lacks an id"))
    let sample = ReplayTests.sample
    #expect(try complaint([sample, "--device", "nosuch"]).contains("no plugin for device 'nosuch'"))
    #expect(try complaint([sample, "--case", "nosuch"]).contains("has no case nosuch"))
  }

  /// Told before the program starts, which could run for long.
  @Test(arguments: [("/nowhere/calls", "No such file or directory"), ("/dev", "not a regular file")])
  func aRecordThatCannotBeWrittenStartsNothing(_ file: String, _ reason: String) throws {
    let run = try Program("conformance", ["record", file, "/bin/echo", "started"])
    #expect(run.status == 2 && run.output.isEmpty)
    #expect(run.errors == "conformance: \(file) cannot be written: \(reason)\n")
  }

  @Test func aRecordedProgramReplaysOnAnotherDevice() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("calls.safetensors")
    let recorded = try Program(
      "conformance", ["record", file, Program.folder.appendingPathComponent("digits").path, "--epochs", "1"])
    #expect(recorded.status == 0)
    let (run, entries) = try replay(file, device: "reference")
    #expect(run.status == 0)
    #expect(entries.count > 100 && entries.allSatisfy { $0.status == "pass" })
    for op in ["matmul", "nn.functional.linear", "gather", "sum"] {
      #expect(entries.contains { $0.id.hasPrefix("\(op)/") }, "\(op)")
    }
  }
}
