import Foundation
import TestSupport
import Testing

/// The `benchmarks` program, on workloads that take no time.
@Suite struct BenchmarksTests {
  private struct Row: Decodable {
    let workload: String
    let peer: String
    let seconds: Double
  }

  @Test(arguments: ["cpu", "reference"]) func itPrintsOneLinePerWorkload(_ device: String) throws {
    let names = ["dispatch_add4", "exp_128K", "matmul_64", "mlp_train_step_b64", "process_start"]
    let run = try Program("benchmarks", ["--device", device, "--only", names.joined(separator: ",")])
    #expect(run.status == 0, "\(run.errors)")
    let rows = try run.output.split(separator: "\n").map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
    #expect(rows.map(\.workload) == names)
    #expect(rows.allSatisfy { $0.peer == "backplane" && $0.seconds > 0 })
  }

  @Test(
    arguments: [
      (["--only", "nosuch"], "nosuch"), (["--only"], "--only"), (["--frob"], "--frob"),
      (["--device", "nosuch"], "nosuch"),
    ] as [([String], String)])
  func badUsageIsStatus2(_ arguments: [String], _ named: String) throws {
    let run = try Program("benchmarks", arguments)
    #expect(run.signal == nil)
    #expect(run.status == 2)
    #expect(run.errors.contains(named))
  }
}
