import BackendAPI
import Backplane
import Foundation
import TestSupport
import Testing

/// The trace is JSON that Perfetto reads, and holds every call with its time.
@Suite struct TraceTests {
  private struct Event {
    let name: String
    let category: String
    let thread: Int
    let start: Double
    let duration: Double
    let arguments: [String: Any]
  }

  /// The complete events of a file, in the order of their begin.
  private func events(_ path: String) throws -> [Event] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let events = try #require(object["traceEvents"] as? [[String: Any]])
    #expect(events.first?["name"] as? String == "process_name")
    return try events.filter { $0["ph"] as? String == "X" }.map { event in
      #expect(event["pid"] is Int)
      return Event(
        name: try #require(event["name"] as? String), category: try #require(event["cat"] as? String),
        thread: try #require(event["tid"] as? Int), start: try #require(event["ts"] as? Double),
        duration: try #require(event["dur"] as? Double), arguments: try #require(event["args"] as? [String: Any]))
    }.sorted { $0.start < $1.start }
  }

  private func digits(_ environment: [String: String], _ folder: TemporaryFolder) throws -> Program {
    let arguments = ["--device", "reference", "--epochs", "1", "--save", folder.path("weights")]
    return try Program("digits", arguments, environment: environment)
  }

  @Test(arguments: [[:], ["BACKPLANE_VALIDATE": "1"]]) func aProgramIsTraced(_ settings: [String: String]) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("trace.json")
    let run = try digits(settings.merging(["BACKPLANE_TRACE": path]) { $1 }, folder)
    #expect(run.status == 0, "\(run.errors)")
    let events = try events(path).filter { $0.category == "reference" }
    #expect(events.count > 500)
    for name in ["alloc", "query_op", "device_info", "MATMUL", "ADAM_STEP"] {
      #expect(events.contains { $0.name == name }, "\(name)")
    }
    let product = try #require(events.first { $0.name == "MATMUL" })
    #expect(product.arguments["status"] as? String == "ok")
    #expect(product.arguments["device"] as? Int == 0)
    let inputs = try #require(product.arguments["inputs"] as? [String])
    #expect(
      inputs.count == 2
        && inputs.allSatisfy { $0.hasPrefix("float32[") && $0.hasSuffix(", 64]") || $0.hasPrefix("float32[64, ") })
    // The calls of one thread follow one another.
    for (_, thread) in Dictionary(grouping: events, by: \.thread) {
      for (one, next) in zip(thread, thread.dropFirst()) {
        #expect(one.start + one.duration <= next.start + 0.0011, "\(one.name) and \(next.name) overlap")
      }
    }
  }

  /// The calls and the processes of a file, which has to be JSON.
  private func contents(_ path: String) throws -> (calls: Int, processes: Int) {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let events = try #require(object["traceEvents"] as? [[String: Any]])
    let names = events.filter { $0["name"] as? String == "process_name" }
    #expect(Set(names.compactMap { $0["pid"] as? Int }).count == names.count)
    return (events.count - names.count, names.count)
  }

  /// One after the other, and at the same time.
  @Test func programsOfAJobShareAFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("trace.json")
    func run(_ script: String, _ environment: [String: String] = [:]) throws -> Program {
      try Program(
        at: URL(fileURLWithPath: "/bin/sh"),
        ["-c", script, Program.folder.appendingPathComponent("backplane").path],
        environment: ["BACKPLANE_TRACE": path])
    }
    #expect(try run("\"$0\" devices").status == 0)
    let one = try contents(path)
    #expect(one.processes == 1 && one.calls > 0)
    // What an earlier job left is replaced.
    let words = "\"$0\" devices; \"$0\" devices & \"$0\" devices & wait"
    let several = try run("exec setsid sh -c '\(words)' \"$0\"")
    #expect(several.status == 0 && !several.errors.contains("trace"), "\(several.errors)")
    let all = try contents(path)
    #expect(all.processes == 3 && all.calls == 3 * one.calls)
  }

  /// A file of another kind is not added to.
  @Test func whatIsNoTraceIsReplaced() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("something else\n]}\n".utf8), "trace.json")
    let run = try Program("backplane", ["devices"], environment: ["BACKPLANE_TRACE": path])
    #expect(run.status == 0)
    #expect(try contents(path).processes == 1)
  }

  @Test(arguments: [("/no/such/folder/trace.json", "No such file"), ("/dev/full", "No space left")])
  func whatCannotBeWrittenStopsNoProgram(_ path: String, _ reason: String) throws {
    let run = try digits(["BACKPLANE_TRACE": path], try TemporaryFolder())
    #expect(run.status == 0 && run.signal == nil)
    #expect(run.errors.contains("\(path): the trace") && run.errors.contains(reason), "\(run.errors)")
  }

  @Test func aProgramTracesAPartOfItself() throws {
    let plugin = try PlantedFault("NONE", for: "trace")
    defer { plugin.remove() }
    let folder = try TemporaryFolder()
    let path = folder.path("trace.json")
    try Trace.start(to: path)
    #expect(Trace.isRunning)
    #expect(errorMessage { try Trace.start(to: folder.path("other.json")) }.contains(path))
    let device = try plugin.device([])
    let a = Tensor([Float](repeating: 1, count: 4), device: device)
    _ = a + a
    _ = errorMessage { _ = a.gather(0, Tensor([9], device: device)) }
    let fusion = try #require(FusedTable(TestTable(table: try Plugin.load(plugin.file.path).table)))
    let buffers = (0..<2).map { _ in FusedTable.Operand(buffer: fusion.host.alloc(64).buffer) }
    let sum = fusion.sum()
    #expect(fusion.execute(sum, [buffers[0], .init(immediate: 1)], [buffers[1]]) == BP_OK)
    fusion.release(sum)
    Trace.stop()
    Trace.stop()
    #expect((a + a).toArray(Float.self) == [2, 2, 2, 2])
    let events = try events(path).filter { $0.category == plugin.name }
    #expect(events.filter { $0.name == "ADD" }.count == 1)
    let add = try #require(events.first { $0.name == "ADD" })
    #expect(add.arguments["inputs"] as? [String] == ["float32[4]", "float32[4]"])
    #expect(add.arguments["outputs"] as? [String] == ["float32[4]"])
    #expect(add.arguments["bytes"] as? Int == 48)
    #expect(events.first { $0.name == "GATHER" }?.arguments["status"] as? String == "invalid argument")
    let ofProgram = events.filter { $0.arguments["handle"] as? Int == Int(sum) }
    let fused = try #require(ofProgram.first { $0.name == "fusion.execute" })
    #expect(fused.arguments["steps"] as? [String] == ["ADD", "ADD"])
    #expect(fused.arguments["inputs"] as? [String] == ["float32[16]", "float32[16]"])
    #expect(fused.arguments["outputs"] as? [String] == ["float32[16]"])
    #expect(fused.arguments["bytes"] as? Int == 128 && fused.arguments["status"] as? String == "ok")
    let prepared = try #require(ofProgram.first { $0.name == "fusion.prepare" })
    #expect(prepared.arguments["steps"] as? [String] == ["ADD", "ADD"])
    #expect(ofProgram.last?.name == "fusion.release")
    #expect(errorKind { try Trace.start(to: "/no/such/folder/trace.json") } == .file)
  }
}
