import BackendAPI
import ConformanceSuite
import Glibc
import Testing

/// The suite on the repository's own plugins, and on copies of the reference with one planted defect.
///
/// Serialized: calls on one device are the host's to serialize [BP-1.6].
@Suite(.serialized) struct PluginTests {
  @Test(arguments: ["reference", "cpu"])
  func passes(_ name: String) throws {
    let report = try Conformance(of: Plugins.device(name), against: Plugins.device("reference")).run()
    for failure in report.failures.prefix(20) {
      Issue.record("\(failure.id): \(failure.outcome)")
    }
    #expect(report.failed == 0)
    #expect(report.passed > 20_000)
  }

  /// Without a defect, the copy passes: what fails below fails by its defect.
  @Test func passesUndamaged() throws {
    let report = try run(Defect("none", finding: []) { _ in }, Conformance.Selection(level: .core))
    for failure in report.failures.prefix(20) {
      Issue.record("\(failure.id): \(failure.outcome)")
    }
    #expect(report.failed == 0 && report.passed > 2000)
  }

  /// A plugin may want contiguous operands and workspace: the suite gives it both, as a host does.
  @Test func servesADemandingPlugin() throws {
    let demanding = Defect("demands", finding: []) { plugin in
      plugin.query = { plugin, op, out, error in
        let code = plugin.originalQuery(op, out, error)
        out.pointee.flags |= BP_OP_INFO_CONTIGUOUS | BP_OP_INFO_WORKSPACE
        out.pointee.workspace_bytes = 100
        return code
      }
      plugin.execute = { plugin, op, error in
        let takesAny = op.pointee.op == BP_OP_COPY || op.pointee.op == BP_OP_FILL
        guard takesAny || DamagedPlugin.operands(op).allSatisfy(DamagedPlugin.isContiguous) else {
          return bp_fail(error, BP_ERROR_INVALID_ARGUMENT, "an operand is not contiguous")
        }
        return plugin.originalExecute(op, error)
      }
    }
    // Strides reach only the plugin's COPY; the rest of the suite must do as well as before.
    let report = try run(demanding, Conformance.Selection(level: .core, tiers: ["T2", "T4"]))
    for failure in report.failures.prefix(20) {
      Issue.record("\(failure.id): \(failure.outcome)")
    }
    #expect(report.failed == 0 && report.passed > 2000)
  }

  @Test(arguments: Defect.all)
  func findsDefect(_ defect: Defect) throws {
    var findings: [String] = []
    // Part by part, until it is found.
    let parts = 6
    for part in 1...parts where !findings.contains(where: { $0.contains(defect.evidence) }) {
      let selection = Conformance.Selection(
        tiers: defect.operators.isEmpty ? ["T0", "T1", "T3"] : nil,
        operators: defect.operators.isEmpty ? nil : defect.operators, shard: Shard(part, of: parts))
      for failure in try run(defect, selection).failures {
        guard case .failed(let found, _) = failure.outcome else { continue }
        findings += found.map { "\(failure.id): \($0)" }
      }
    }
    #expect(findings.contains { $0.contains(defect.evidence) }, "\(findings.prefix(5))")
    for finding in findings {
      // What is too much by the bound is so by the figures that people read.
      guard let (got, allowed) = PluginTests.ulps(finding) else { continue }
      #expect(got >= allowed, "\(finding)")
    }
  }

  /// The measured and the allowed difference of a bounded operator's finding.
  private static func ulps(_ finding: String) -> (got: Double, allowed: Double)? {
    let words = /\((\S+) ulp[^)]*\), allowed an error of \S+ \((\S+) ulp\)/
    guard let match = finding.firstMatch(of: words), let got = Double(match.1), let allowed = Double(match.2) else {
      return nil
    }
    return (got, allowed)
  }

  /// An error of several ulps of the result, of 16 bits, is not told as half an ulp of the terms.
  @Test func theUlpsOfABoundedOperatorAreThoseOfItsResult() throws {
    let doubling = Defect("bfloat16 sums doubled", finding: ["SUM"]) { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == BP_OP_SUM, op.pointee.outputs[0]!.pointee.dtype == BP_BFLOAT16 else {
          return plugin.originalExecute(op, error)
        }
        return plugin.changingOutput(op, error) { elements in
          // One more in the exponent.
          for element in elements {
            element.storeBytes(of: element.loadUnaligned(as: UInt16.self) &+ (1 << 7), as: UInt16.self)
          }
        }
      }
    }
    let report = try run(doubling, Conformance.Selection(operators: ["SUM"]))
    let findings = report.failures.flatMap { failure -> [String] in
      if case .failed(let findings, _) = failure.outcome { findings } else { [] }
    }
    let figures = findings.compactMap(PluginTests.ulps)
    #expect(figures.contains { $0.got >= 64 && $0.allowed < 64 }, "\(findings.prefix(3))")
    #expect(figures.allSatisfy { $0.got >= $0.allowed }, "\(findings.prefix(3))")
  }

  /// What the frontend makes of core operators for devices without the extended ones is as exact as a plugin has to be,
  /// over all types and special values: a third of the cases; `BACKPLANE_TEST_SHARD=1/1` runs them all.
  @Test(arguments: DecomposedPlugin.operators) func decompositionsConform(_ name: String) throws {
    let decomposed = Defect("decompositions", finding: [name], plant: DecomposedPlugin.plant)
    let asked = getenv("BACKPLANE_TEST_SHARD").map { String(cString: $0) } ?? "1/3"
    let shard = try #require(Shard(asked), "BACKPLANE_TEST_SHARD is a part such as 1/3, not \(asked)")
    let report = try run(decomposed, Conformance.Selection(operators: [name], shard: shard))
    for failure in report.failures.prefix(20) {
      Issue.record("\(failure.id): \(failure.outcome)")
    }
    #expect(report.failed == 0 && report.passed > 50 / (2 * shard.count))
  }

  func run(_ defect: Defect, _ selection: Conformance.Selection, seed: UInt64 = Conformance.defaultSeed)
    throws -> Report
  {
    let reference = try Plugins.device("reference")
    defer { fesetround(FE_TONEAREST) }
    let damaged = DamagedPlugin(reference.plugin.table)
    defect.plant(damaged)
    let device = try Device(Plugin(table: damaged.table, source: "reference with \(defect.name)"))
    return try Conformance(of: device, against: reference, selection, seed: seed).run()
  }
}

@Test func aFileThatIsNoPluginIsTurnedDown() {
  #expect(throws: PluginError.self) { try Plugin(file: "/proc/self/exe") }
  #expect(throws: PluginError.self) { try Plugin(file: "/no/such/file.so") }
  #expect(throws: PluginError.self) { try PluginSearch.file(named: "no-such-device") }
}

/// The plugins beside the test executable, each opened once [BP-10.1].
enum Plugins {
  // Used by the tests of one serialized suite only.
  nonisolated(unsafe) private static var devices: [String: Device] = [:]

  static func device(_ name: String) throws -> Device {
    if let device = devices[name] { return device }
    let device = try Device(named: name, file: nil)
    devices[name] = device
    return device
  }
}
