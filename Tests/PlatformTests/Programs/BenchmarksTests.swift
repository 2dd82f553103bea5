import Foundation
import TestSupport
import Testing

/// The `benchmarks` program, on workloads that take no time.
@Suite struct BenchmarksTests {
  private struct Row: Decodable {
    let workload: String
    let peer: String
    let seconds: Double?
    let elements: Int?
    let megabytes: Double?
  }

  private func printed(_ arguments: [String]) throws -> [Row] {
    let run = try Program("benchmarks", arguments)
    #expect(run.status == 0, "\(run.errors)")
    return try run.output.split(separator: "\n").map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
  }

  @Test(arguments: ["cpu", "reference"]) func itPrintsOneLinePerWorkload(_ device: String) throws {
    let names = ["dispatch_add4", "exp_128K", "matmul_64", "mlp_train_step_b64", "process_start"]
    let rows = try printed(["--device", device, "--only", names.joined(separator: ",")])
    #expect(rows.map(\.workload) == names)
    #expect(rows.allSatisfy { $0.peer == "backplane" && $0.seconds ?? 0 > 0 && $0.elements == nil })
  }

  @Test(arguments: ["cpu", "reference"]) func memoryIsThatOfAProcessPerWorkload(_ device: String) throws {
    let names = ["process_start", "exp_128K", "dispatch_add4"]
    let rows = try printed(["--memory", "--device", device, "--only", names.joined(separator: ",")])
    #expect(rows.map(\.workload) == names)
    #expect(rows.allSatisfy { $0.peer == "backplane" && $0.megabytes != nil && $0.seconds == nil })
    // 2¹⁷ numbers and their results take 1 MiB, a program some more.
    #expect(rows[0].megabytes! > 2)
    #expect(rows[1].megabytes! >= 0.9)
  }

  @Test(
    arguments: [
      (["--only", "nosuch"], "nosuch"), (["--only"], "--only"), (["--frob"], "--frob"),
      (["--device", "nosuch"], "nosuch"), (["--sizes", "--only", "add_16M"], "add_16M"),
      (["--memory", "--only", "add"], "add"), (["--sizes", "--memory"], "--memory"),
    ] as [([String], String)])
  func badUsageIsStatus2(_ arguments: [String], _ named: String) throws {
    let run = try Program("benchmarks", arguments)
    #expect(run.signal == nil)
    #expect(run.status == 2)
    #expect(run.errors.contains(named))
  }
}
