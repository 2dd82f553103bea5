import Backplane
import Foundation
import TestSupport
import Testing

/// `conformance replay` of optimizers and schedules: what is right passes, and what is wrong is told.
@Suite struct StatefulReplayTests {
  private struct Entry: Decodable, Equatable {
    let id: String
    let status: String
    let message: String
  }

  private func replay(_ cases: String) throws -> [Entry] {
    let folder = try TemporaryFolder()
    let path = folder.path("cases.safetensors"), report = folder.path("report.json")
    let tensors = [
      "p": Tensor([1.0, 2], device: "cpu"), "g": Tensor([1.0, -1], device: "cpu"),
      "a": Tensor([0.5, 2.5], device: "cpu"), "b": Tensor([0.0, 3], device: "cpu"),
      "t": Tensor([3.0, 3], device: "cpu"),
    ]
    try save(tensors, to: path, metadata: ["format": "backplane-cases/1", "cases": cases])
    _ = try Program("conformance", ["replay", path, "--device", "cpu", "--report", report])
    return try JSONDecoder().decode([Entry].self, from: Data(contentsOf: URL(fileURLWithPath: report)))
  }

  @Test func optimizers() throws {
    func step(_ id: String, _ after: String, _ rest: String = #""gradients": [[{"t": "g"}], [{"t": "g"}]]"#) -> String {
      #"{"id": "\#(id)", "kind": "optimizer", "optimizer": "optim.SGD", "kwargs": {"lr": 0.5}, "rtol": 1e-6, "atol": 0, "#
        + #""parameters": [{"t": "p"}], "after": [\#(after)], \#(rest)}"#
    }
    let right = #"[{"t": "a"}], [{"t": "b"}]"#
    let descent = step("closure", #"[{"t": "t"}]"#, #""gradients": [], "targets": [{"t": "t"}]"#)
      .replacingOccurrences(of: "optim.SGD", with: "optim.LBFGS").replacingOccurrences(of: "0.5", with: "1")
    let entries = try replay(
      "[\(step("right", right)), \(step("wrong", #"[{"t": "a"}], [{"t": "a"}]"#)), \(step("short", #"[{"t": "a"}]"#)), "
        + "\(descent), \(step("unknown", right).replacingOccurrences(of: "optim.SGD", with: "optim.Lion"))]")
    #expect(entries.map(\.status) == ["pass", "fail", "fail", "pass", "unsupported"])
    #expect(
      entries[1].message == "parameter 0 after step 1: at [0] expected 0.5, got 0.0; 2 of 2 elements differ"
        && entries[2].message.contains("2 gradients") && entries[4].message == "there is no optimizer 'optim.Lion'")
  }

  @Test func schedules() throws {
    func steps(_ id: String, _ name: String, _ keywords: String, _ lrs: String, _ metrics: String = "null") -> String {
      #"{"id": "\#(id)", "kind": "schedule", "schedule": "optim.lr_scheduler.\#(name)", "kwargs": {\#(keywords)}, "#
        + #""lr": [1, 4], "metrics": \#(metrics), "lrs": \#(lrs), "rtol": 1e-9, "atol": 0}"#
    }
    let entries = try replay(
      "["
        + [
          steps("right", "ExponentialLR", #""gamma": 0.5"#, "[[1, 4], [0.5, 2], [0.25, 1]]"),
          steps("wrong", "ExponentialLR", #""gamma": 0.5"#, "[[1, 4], [0.5, 2], [0.25, 2]]"),
          steps("metrics", "ReduceLROnPlateau", #""patience": 0"#, "[[1, 4], [1, 4], [0.1, 0.4]]", "[1, 2]"),
          steps("few", "ReduceLROnPlateau", "", "[[1, 4], [1, 4]]", "[]"),
          steps("error", "StepLR", #""step_size": 0"#, "[[1, 4]]"),
        ].joined(separator: ", ") + "]")
    #expect(entries.map(\.status) == ["pass", "fail", "pass", "fail", "fail"])
    #expect(
      entries.map(\.message) == [
        "", "rate 1 after step 2: expected 2.0, got 1.0", "", "the case has no metric for step 1",
        "Expected positive integer step_size, but got 0",
      ])
  }
}
