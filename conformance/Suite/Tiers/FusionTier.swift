import BackendAPI
import Glibc

/// The extension `backplane.fusion/1`: random programs beside their steps one by one, and how long a handle lasts.
enum FusionTier {
  /// What `--op` calls it.
  static let name = "FUSION"

  /// The cases of a selection; or the one that it names, whatever the number of random ones.
  static func checks(_ selection: Conformance.Selection) -> [Check] {
    let prefix = "T2.\(name)."
    if let id = selection.caseID, id.hasPrefix(prefix), let index = Int(id.dropFirst(prefix.count)), index >= 0 {
      return [program(index, selection.level)]
    }
    return handles + (0..<selection.fusion).map { program($0, selection.level) }
  }

  private static func program(_ index: Int, _ level: Conformance.Level) -> Check {
    let id = "T2.\(name).\(index)"
    return check(id) { subject, fusion throws(PluginError) in
      let operators = try subject.fusible(level)
      guard let fuzz = FusionGenerator.draw(seed: subject.seed, id: id, operators) else {
        return .skipped("no elementwise operator is claimed")
      }
      let run = FusionRun(fuzz, subject, fusion)
      guard run.fails else { return run.skipped.map(Outcome.skipped) ?? .passed(worstUlps: nil) }
      guard subject.shrinksLeft > 0 else {
        return .failed([run.findings[0] + " (not shrunk: alone it will be)"], worstUlps: nil)
      }
      subject.shrinksLeft -= 1
      var shrinker = FusionShrinker(fuzz, run, subject, fusion)
      shrinker.shrink()
      _ = subject.device.plugin.takeViolations()
      return .failed([shrinker.run.findings[0]], worstUlps: nil)
    }
  }

  /// A check that a plugin without the extension skips.
  private static func check(
    _ id: String, _ body: @escaping @Sendable (Subject, FusionExtension) throws(PluginError) -> Outcome
  ) -> Check {
    Check(id: id) { subject throws(PluginError) in
      guard let fusion = try FusionExtension(subject.device) else { return .skipped("not offered") }
      return try body(subject, fusion)
    }
  }

  // MARK: - Handles [BP-12.3]

  /// `a * b`, and so many times `+ a`; the outputs are the last values.
  private static func chain(_ count: Int, outputs: Int = 1) -> FusionProgram {
    let float32 = DType.float32.rawValue
    var program = FusionProgram(
      types: [float32, float32], steps: [.init(op: BP_OP_MUL, inputs: [0, 1], dtype: float32)], outputs: [])
    for i in 0..<count {
      program.steps.append(.init(op: BP_OP_ADD, inputs: [Int32(i) + 2, 0], dtype: float32))
    }
    program.outputs = (0..<outputs).map { Int32(2 + count - $0) }
    return program
  }

  private static let handles: [Check] = [
    check("T2.\(name).handles") { subject, fusion throws(PluginError) in
      try prepared([chain(1), chain(2), chain(1)], fusion) { handles throws(PluginError) in
        var findings: [String] = []
        // Any number of times, in any order, on any shape; one that is released takes no other along.
        for (i, shape) in [(0, [3]), (1, [5, 7]), (0, [2, 1, 9]), (0, [0]), (2, []), (1, [3])] {
          findings += try execute(handles[i], additions: i == 1 ? 2 : 1, shape, subject, fusion)
        }
        fusion.release(handles[0])
        let another = try fusion.prepare(chain(3))
        findings += try execute(another, additions: 3, [65], subject, fusion)
        findings += try execute(handles[2], additions: 1, [4], subject, fusion)
        findings += try execute(handles[1], additions: 2, [33], subject, fusion)
        for handle in [handles[2], another, handles[1]] { fusion.release(handle) }
        return findings
      }
    },
    check("T2.\(name).limits") { subject, fusion throws(PluginError) in
      // Every input in turn is added; the results of the last steps are outputs.
      let float32 = DType.float32.rawValue
      let (inputs, steps, outputs) = (BP_FUSION_INPUTS, BP_FUSION_STEPS, BP_FUSION_OUTPUTS)
      let program = FusionProgram(
        types: Array(repeating: float32, count: Int(inputs)),
        steps: (0..<steps).map { i in
          .init(op: BP_OP_ADD, inputs: [i == 0 ? 0 : inputs + i - 1, (i + 1) % inputs], dtype: float32)
        },
        outputs: (0..<outputs).map { inputs + steps - 1 - $0 })
      return try prepared([program], fusion) { handles throws(PluginError) in
        let values = (0..<inputs).map { Float(1 << ($0 % 4)) + Float($0) }
        var sums = [values[0]]
        for i in 0..<Int(steps) { sums.append(sums[i] + values[(i + 1) % values.count]) }
        var tensors: [GuardedTensor] = []
        for value in values { tensors.append(try tensor([value, value, value], [3], subject)) }
        var results: [GuardedTensor] = []
        for _ in 0..<outputs {
          results.append(try GuardedTensor(.float32, Layout(contiguous: [3]), nil, on: subject.device))
        }
        try fusion.execute(handles[0], tensors.map(\.view), results.map(\.view))
        fusion.release(handles[0])
        var findings: [String] = []
        for (i, result) in results.enumerated() {
          let (got, expected) = (try result.output().elements.doubles, Double(sums[Int(steps) - i]))
          if got != [expected, expected, expected] {
            findings.append("output \(i) of a program of \(inputs) inputs: expected \(expected), got \(got) [BP-12.5]")
          }
        }
        return findings
      }
    },
    check("T2.\(name).threads") { _, fusion throws(PluginError) in
      try prepared([chain(1)], fusion) { handles throws(PluginError) in
        let findings = try FusionThreads.prepare(chain(4), fusion)
        fusion.release(handles[0])
        return findings
      }
    },
  ]

  /// Prepares programs; a plugin that does not fuse one of them is not asked further.
  private static func prepared(
    _ programs: [FusionProgram], _ fusion: FusionExtension, _ body: ([UInt64]) throws(PluginError) -> [String]
  ) throws(PluginError) -> Outcome {
    var handles: [UInt64] = []
    for program in programs {
      do throws(PluginError) { handles.append(try fusion.prepare(program)) } catch {
        handles.forEach(fusion.release)
        if error.code == BP_ERROR_UNSUPPORTED { return .skipped(error.message) }
        throw error
      }
    }
    let findings = try body(handles)
    return findings.isEmpty ? .passed(worstUlps: nil) : .failed(findings, worstUlps: nil)
  }

  private static func execute(
    _ handle: UInt64, additions: Int, _ shape: [Int], _ subject: Subject, _ fusion: FusionExtension
  ) throws(PluginError) -> [String] {
    let count = shape.reduce(1, *)
    let (a, b) = ((0..<count).map { Float($0 % 11) }, (0..<count).map { Float($0 % 7 + 1) })
    let inputs = [try tensor(a, shape, subject), try tensor(b, shape, subject)]
    let output = try GuardedTensor(.float32, Layout(contiguous: shape), nil, on: subject.device)
    do throws(PluginError) { try fusion.execute(handle, inputs.map(\.view), [output.view]) } catch {
      return ["a * b + \(additions) a, of \(shape): a program that is prepared is refused: \(error) [BP-12.3]"]
    }
    let expected = zip(a, b).map { Double($0 * $1 + Float(additions) * $0) }
    let got = try output.output().elements.doubles
    return got == expected
      ? [] : ["a * b + \(additions) a, of \(shape), gave \(got.prefix(8)), not \(expected.prefix(8)) [BP-12.3]"]
  }

  private static func tensor(_ values: [Float], _ shape: [Int], _ subject: Subject) throws(PluginError) -> GuardedTensor
  {
    let elements = ElementArray(.float32, doubles: values.map(Double.init))
    return try GuardedTensor(.float32, Layout(contiguous: shape), elements, on: subject.device)
  }
}

extension Subject {
  /// The elementwise operators that the plugin claims, asked once.
  func fusible(_ level: Conformance.Level) throws(PluginError) -> FusibleOperators {
    if let known = fusibleOperators { return known }
    var claimed: [FusibleOperator] = [], reductions: [FusibleOperator] = []
    for fused in FusibleOperator.all(level) where try fused.isClaimed(by: self) { claimed.append(fused) }
    for fused in FusibleOperator.reductions(level) where try fused.isClaimed(by: self) { reductions.append(fused) }
    let operators = FusibleOperators(claimed, reductions: reductions)
    fusibleOperators = operators
    return operators
  }
}

/// Programs prepared and released on several threads at once.
private enum FusionThreads {
  /// What one thread is given, and what it found.
  private final class Work: @unchecked Sendable {
    // Sendable: each thread has its own, and it is read when the thread has ended.
    let program: FusionProgram
    let fusion: FusionExtension
    var handles: [UInt64] = []
    var failures = 0

    init(_ program: FusionProgram, _ fusion: FusionExtension) { (self.program, self.fusion) = (program, fusion) }

    func run() {
      for _ in 0..<50 {
        let (code, handle) = fusion.prepareWithoutError(program)
        if code != BP_OK || handle == 0 { failures += 1 } else { fusion.release(handle) }
      }
    }
  }

  static func prepare(_ program: FusionProgram, _ fusion: FusionExtension) throws(PluginError) -> [String] {
    let works = (0..<4).map { _ in Work(program, fusion) }
    try runOnThreads(works.map { work in { @Sendable in work.run() } })
    let failures = works.reduce(0) { $0 + $1.failures }
    return failures == 0 ? [] : ["\(failures) of 200 programs prepared on four threads failed [BP-12.3]"]
  }
}
