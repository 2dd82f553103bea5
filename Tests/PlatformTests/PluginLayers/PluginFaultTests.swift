import BackendAPI
import Backplane
import Foundation
import TestSupport
import Testing

/// Each fault that a plugin can have is found, and put down to the right rule, function and operator.
@Suite struct PluginFaultTests {
  /// The fault, and the rule, words of the finding.
  static let operatorFaults: [(String, String, String)] = [
    ("WRITES_PAST", "BP-4.5", "byte 1 past output 0"),
    ("WRITES_BEFORE", "BP-4.5", "byte 4 before output 0"),
    ("WRITES_FAR", "BP-4.5", "byte 237 past output 0"),
    ("CHANGES_INPUT", "BP-4.5", "input 1, element [1], was changed"),
    ("READS_PAST", "BP-4.5", "output 0, element [15], differs when the operator is run again"),
    ("LEAVES_LAST", "BP-5.2", "output 0, element [15], was not written"),
    ("REFUSES", "BP-5.2", "execute refuses it: not today"),
    ("NO_MESSAGE", "BP-2.1", "left bp_error unwritten"),
    ("OTHER_CODE", "BP-2.1", "failed with status 3 and wrote code 7"),
    ("UNTERMINATED", "BP-2.2", "without its terminating NUL"),
    ("WRITES_ERROR", "BP-2.4", "written although the call succeeded"),
    ("ROUNDS_UP", "BP-1.7", "floating-point mode was changed"),
  ]

  @Test(arguments: operatorFaults)
  func anOperatorsFaultIsFound(_ fault: String, _ obligation: String, _ words: String) throws {
    let plugin = try PlantedFault(fault, for: "op")
    defer { plugin.remove() }
    let device = try plugin.device([.validation])
    let a = Tensor([Float](repeating: 1, count: 16), device: device)
    let b = Tensor([Float](repeating: 2, count: 16), device: device)
    _ = errorMessage { _ = a + b }
    fesetround(FE_TONEAREST)
    let finding = try #require(plugin.findings.first)
    #expect(plugin.findings.allSatisfy { $0.obligation == obligation }, "\(plugin.findings)")
    #expect(finding.obligation == obligation && finding.party == .plugin)
    #expect(finding.function == "execute" && finding.operation == "ADD")
    #expect(finding.message.contains("ADD (float32[16], float32[16]) -> float32[16]"))
    #expect(finding.message.contains(words), "\(finding)")
  }

  @Test func writesBetweenTheElementsAreFound() throws {
    let plugin = try PlantedFault("FILLS_GAPS", for: "gap")
    defer { plugin.remove() }
    let x = Tensor([Float](repeating: 1, count: 16), device: try plugin.device([.validation]))
    x[.stride(by: 2)].add_(1)
    let finding = try #require(plugin.findings.first)
    #expect(finding.obligation == "BP-4.5" && finding.operation == "ADD")
    #expect(finding.message.contains("byte 6 of the span of output 0, between its elements,"), "\(finding)")
  }

  @Test(arguments: [
    ("IMPURE", "BP-5.4", "the same types are answered"), ("NO_REASON", "BP-5.3", "no reason is given"),
  ])
  func aQuerysFaultIsFound(_ fault: String, _ obligation: String, _ words: String) throws {
    let plugin = try PlantedFault(fault, for: "query")
    defer { plugin.remove() }
    let device = try plugin.device([.validation])
    _ = errorMessage { _ = Tensor([Float(1)], device: device).exp() }
    if fault == "IMPURE" { _ = errorMessage { _ = Tensor([Float(1)], device: device) + 1 } }
    let finding = try #require(plugin.findings.first)
    #expect(finding.obligation == obligation && finding.function == "query_op")
    #expect(finding.message.contains(words), "\(finding)")
  }

  @Test(arguments: [
    ("ZERO_BUFFER", "BP-8.2", "alloc", "0 is never one"),
    ("OVERLAPPING", "BP-8.2", "alloc", "overlaps a live one of 100 bytes"),
    ("MISALIGNED", "BP-8.2", "alloc", "not aligned to 64"),
    ("MOVES_BUFFER", "BP-8.6", "free", "and gave"),
    ("SHORT_COPY", "BP-8.5", "copy_from_host", "byte 99 of the buffer of 100 bytes is not what was copied there"),
    ("LONG_COPY", "BP-8.5", "copy_to_host", "the host's byte 1 past the 100 to be copied"),
  ])
  func aFaultOfMemoryIsFound(_ fault: String, _ obligation: String, _ function: String, _ words: String) throws {
    let plugin = try PlantedFault(fault, for: "memory")
    defer { plugin.remove() }
    let host = TestTable(table: Validation.wrap(try plugin.table()))
    let buffers = (0..<2).map { _ in host.alloc(100) }
    for (code, buffer) in buffers where code == BP_OK {
      _ = host.write((0..<25).map(Float.init), to: buffer)
      _ = host.read(buffer, count: 25)
      host.free(buffer)
    }
    let finding = try #require(plugin.findings.first)
    #expect(finding.obligation == obligation && finding.function == function && finding.party == .plugin)
    #expect(finding.message.contains(words), "\(finding)")
  }

  /// The extension takes buffers, and is wrapped like the table; one that the layer does not know is hidden.
  @Test(arguments: ["NONE", "PEER_WRITES_PAST"]) func copiesBetweenDevicesAreChecked(_ fault: String) throws {
    let plugin = try PlantedFault(fault, for: "peer")
    defer { plugin.remove() }
    let host = TestTable(table: Validation.wrap(try plugin.table()))
    #expect(host.table.get_extension(host.table.context, "other.thing/1") == nil)
    let found = try #require(host.table.get_extension(host.table.context, BP_EXTENSION_PEER_COPY))
    let peer = found.assumingMemoryBound(to: bp_peer_copy.self).pointee
    let (a, b) = (host.alloc(64).buffer, host.alloc(64).buffer)
    #expect(host.write((0..<16).map(Float.init), to: a) == BP_OK)
    #expect(host.write([Float](repeating: 9, count: 16), to: b) == BP_OK)
    #expect(peer.copy(host.table.context, 0, 0, b, 8, 0, 0, a, 4, 8, nil) == BP_OK)
    #expect(host.read(b, count: 4).values == [9, 9, 1, 2])
    let findings = plugin.findings
    #expect(findings.map(\.obligation) == (fault == "NONE" ? [] : ["BP-4.5"]), "\(findings)")
    #expect(findings.allSatisfy { $0.function == "peer_copy" && $0.message.contains("byte 16 of the buffer") })
    #expect(peer.copy(host.table.context, 0, 0, b, 60, 0, 0, a, 0, 8, nil) == BP_ERROR_INVALID_ARGUMENT)
    #expect(plugin.findings.last?.obligation == "BP-8.5" && plugin.findings.last?.party == .host)
  }

  /// Through the environment, in a process of its own, whose working directory the plugin changes.
  @Test func theEnvironmentTurnsItOn() throws {
    let plugin = try PlantedFault("MOVES_AWAY", for: "process")
    defer { plugin.remove() }
    var environment = ["BACKPLANE_PLUGIN_PATH": plugin.file.path]
    let silent = try Program("backplane", ["devices"], environment: environment)
    #expect(silent.status == 0 && !silent.errors.contains("validation"))
    for value in ["1", "log", "yes"] {
      environment["BACKPLANE_VALIDATE"] = value
      let run = try Program("backplane", ["devices"], environment: environment)
      #expect(run.status == 0)
      #expect(
        run.errors.contains("[BP-1.7] the plugin, \(plugin.name):0, memory_info: the working directory was changed"))
      #expect(run.errors.contains("validation of \(plugin.name): findings: 1,"))
      #expect(run.errors.contains("none of 1, log, fatal and 0") == (value == "yes"))
    }
    environment["BACKPLANE_VALIDATE"] = "fatal"
    let fatal = try Program("backplane", ["devices"], environment: environment)
    #expect((fatal.output + fatal.errors).contains("memory info on \(plugin.name):0: [BP-1.7]"))
  }

  @Test func aFatalFindingFailsTheCall() throws {
    let plugin = try PlantedFault("LEAVES_LAST", for: "fatal")
    defer { plugin.remove() }
    let host = TestTable(table: Validation.wrap(try plugin.table(), mode: .fatal))
    let buffers = (0..<3).map { _ in host.alloc(64).buffer }
    let (code, message) = host.add(buffers[0], buffers[1], buffers[2], count: 16)
    #expect(code == BP_ERROR_INTERNAL)
    #expect(message.hasPrefix("[BP-5.2] the plugin, \(plugin.name):0, execute: ADD"))
    // What free finds is the next call's error, and then no more.
    host.free(buffers[0])
    host.free(buffers[0])
    #expect(host.alloc(8).code == BP_ERROR_INTERNAL)
    #expect(host.alloc(8).code == BP_OK)
  }
}
