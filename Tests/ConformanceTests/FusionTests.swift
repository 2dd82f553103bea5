import BackendAPI
import ConformanceSuite
import Testing

/// The random programs of `backplane.fusion/1` on the repository's plugins, and on copies of the reference with a defect.
extension PluginTests {
  private static let fusion = Conformance.Selection(operators: ["FUSION"])

  @Test(arguments: ["reference", "cpu"], [1, 20] as [UInt64])
  func passesFusion(_ name: String, seed: UInt64) throws {
    let report = try Conformance(
      of: Plugins.device(name), against: Plugins.device("reference"), PluginTests.fusion, seed: seed
    ).run()
    for failure in report.failures.prefix(5) { Issue.record("\(failure.id): \(failure.outcome)") }
    #expect(report.failed == 0)
    if name == "reference" { #expect(report.skipped == 0 && report.passed > 300) }
  }

  /// What is drawn covers every elementwise operator, all ranks, empty and large tensors, and long programs.
  @Test func fusionCoversTheHeader() throws {
    nonisolated(unsafe) var (operators, ranks, lengths) = (Set<Int32>(), Set<Int32>(), Set<Int>())
    nonisolated(unsafe) var (casts, several, inPlace, immediate, broadcast, strided) = (0, 0, 0, 0, 0, 0)
    nonisolated(unsafe) var (empty, large, backwards) = (0, 0, 0)
    let counting = Defect("none", finding: []) { plugin in
      plugin.offerFusion { fusion in
        fusion.prepare = { plugin, program, handle, error in
          if let known = FusedSteps(program) {
            operators.formUnion(known.steps.map(\.op))
            lengths.insert(known.steps.count)
            if known.steps.contains(where: { $0.op == BP_OP_COPY }) { casts += 1 }
            if known.outputs.count > 1 { several += 1 }
          }
          return plugin.originalPrepare(program, handle, error)
        }
        fusion.execute = { plugin, handle, inputs, outputs, error in
          let counts = plugin.fusion!.counts[handle]!
          let ins = (0..<counts.inputs).map { inputs[$0]!.pointee }
          let outs = (0..<counts.outputs).map { outputs[$0]!.pointee }
          ranks.insert(outs[0].rank)
          let shape = (0..<Int(outs[0].rank)).map { Int(outs[0].shape[$0]) }
          let count = shape.reduce(1, *)
          if count == 0 { empty += 1 }
          if count > 50_000 { large += 1 }
          func moving(_ tensor: bp_tensor) -> [Int64] {
            shape.indices.filter { shape[$0] > 1 }.map { tensor.strides[$0] }
          }
          if ins.contains(where: { $0.flags != 0 }) { immediate += 1 }
          if ins.contains(where: { $0.flags == 0 && moving($0).contains(0) }) { broadcast += 1 }
          if outs.contains(where: { !DamagedPlugin.isContiguous($0) }) { strided += 1 }
          if outs.contains(where: { moving($0).contains { $0 < 0 } }) { backwards += 1 }
          if outs.contains(where: { out in ins.contains { $0.flags == 0 && $0.buffer == out.buffer } }) { inPlace += 1 }
          return plugin.originalExecute(handle, inputs, outputs, error)
        }
      }
    }
    let report = try run(counting, Conformance.Selection(operators: ["FUSION"], fusion: 1000))
    #expect(report.failed == 0 && report.skipped == 0)
    for entry in OperatorCatalogue.all {
      guard let definition = bp_op_definition_of(entry.id)?.pointee else { continue }
      if definition.flags & BP_DEFINITION_ELEMENTWISE != 0 { #expect(operators.contains(entry.id), "\(entry.name)") }
    }
    #expect(ranks.isSuperset(of: 0...8) && lengths.isSuperset(of: 1...20) && lengths.max()! > 40)
    #expect(casts > 200 && several > 300 && inPlace > 100 && immediate > 200 && broadcast > 100)
    #expect(strided > 200 && backwards > 50 && empty > 20 && large > 10)
  }

  @Test(arguments: Defect.fusion) func findsFusionDefect(_ defect: Defect) throws {
    let selection =
      defect.operators.isEmpty
      ? Conformance.Selection(tiers: ["T3"]) : Conformance.Selection(operators: defect.operators)
    let findings = try run(defect, selection).failures.flatMap { failure -> [String] in
      if case .failed(let findings, _) = failure.outcome { findings.map { "\(failure.id): \($0)" } } else { [] }
    }
    #expect(findings.contains { $0.contains(defect.evidence) }, "\(findings.prefix(5))")
  }

  /// A failure is told by the smallest program that shows it.
  @Test func fusionIsShrunk() throws {
    let swapped = try #require(Defect.fusion.first)
    for failure in try run(swapped, PluginTests.fusion).failures.prefix(10) {
      guard case .failed(let findings, _) = failure.outcome else { continue }
      #expect(findings[0].contains("t0 = SUB(in") && !findings[0].contains("t1 = "), "\(findings[0])")
      #expect(findings[0].hasPrefix("FUSION []"), "\(findings[0])")
    }
  }

  @Test func aProgramIsReplayedByItsID() throws {
    let swapped = try #require(Defect.fusion.first)
    let failure = try #require(try run(swapped, PluginTests.fusion, seed: 5).failures.first)
    let alone = try run(swapped, Conformance.Selection(caseID: failure.id, fusion: 0), seed: 5)
    #expect(alone.failures.map { "\($0.outcome)" } == ["\(failure.outcome)"])
    #expect(Conformance.ids(Conformance.Selection(caseID: "T2.FUSION.12345")) == ["T2.FUSION.12345"])
    #expect(Conformance.ids(Conformance.Selection(operators: ["FUSION"], fusion: 2)).count == 5)
  }
}

extension Defect {
  private static func preparing(
    _ name: String, _ evidence: String = "step by step", _ change: @escaping @Sendable (inout FusedSteps) -> Void
  ) -> Defect {
    Defect(name, finding: ["FUSION"], evidence) { plugin in
      plugin.offerFusion { fusion in
        fusion.prepare = { plugin, program, handle, error in
          guard var steps = FusedSteps(program) else { return plugin.originalPrepare(program, handle, error) }
          change(&steps)
          return plugin.preparing(steps, handle, error)
        }
      }
    }
  }

  private static func executing(
    _ name: String, _ evidence: String, _ execute: @escaping DamagedFusion.Execute
  ) -> Defect {
    nonisolated(unsafe) let execute = execute
    return Defect(name, finding: ["FUSION"], evidence) { plugin in plugin.offerFusion { $0.execute = execute } }
  }

  static let fusion: [Defect] = [
    preparing("the operands of a difference exchanged") { program in
      for i in program.steps.indices where program.steps[i].op == BP_OP_SUB {
        let inputs = program.steps[i].inputs
        program.steps[i].inputs = (inputs.1, inputs.0, -1)
      }
    },
    preparing("a product not rounded before it is added") { $0.contract() },
    preparing("the first two outputs exchanged") { program in
      let types = program.types + program.steps.map(\.dtype)
      if program.outputs.count > 1, types[Int(program.outputs[0])] == types[Int(program.outputs[1])] {
        program.outputs.swapAt(0, 1)
      }
    },
    preparing("the least in place of the greatest", "after the steps") { program in
      if program.reduction == BP_OP_MAX { program.reduction = BP_OP_MIN }
    },
    preparing("the first step's value reduced in place of the last's", "after the steps") { program in
      let first = Int32(program.types.count), dtype = program.steps[0].dtype
      if program.reduction != 0, program.steps[Int(program.reduced - first)].dtype == dtype { program.reduced = first }
    },
    executing("the end of strided rows not stored", "fused") { plugin, handle, inputs, outputs, error in
      var kept: [(UnsafeMutableRawPointer, [UInt8])] = []
      for i in 0..<plugin.fusion!.counts[handle]!.outputs {
        let tensor = outputs[i]!.pointee
        guard tensor.rank > 1, !DamagedPlugin.isContiguous(tensor) else { continue }
        let row = Int(tensor.shape[Int(tensor.rank) - 1])
        for (place, element) in plugin.elements(tensor).enumerated() where row > 1 && place % row == row - 1 {
          let bytes = UnsafeRawBufferPointer(start: element, count: Int(bp_dtype_size(tensor.dtype)))
          kept.append((element, Array(bytes)))
        }
      }
      let code = plugin.originalExecute(handle, inputs, outputs, error)
      for (element, bytes) in kept { element.copyMemory(from: bytes, byteCount: bytes.count) }
      return code
    },
    executing("a byte past the first output written", "[BP-4.5]") { plugin, handle, inputs, outputs, error in
      let code = plugin.originalExecute(handle, inputs, outputs, error)
      let out = outputs[0]!.pointee
      if let last = plugin.elements(out).max() {
        (last + Int(bp_dtype_size(out.dtype))).storeBytes(of: 1, as: UInt8.self)
      }
      return code
    },
    executing("an input overwritten", "changed from") { plugin, handle, inputs, outputs, error in
      let code = plugin.originalExecute(handle, inputs, outputs, error)
      if plugin.fusion!.counts[handle]!.inputs > 0, inputs[0]!.pointee.flags == 0 {
        let first = plugin.elements(inputs[0]!.pointee).first
        first?.storeBytes(of: first!.load(as: UInt8.self) ^ 1, as: UInt8.self)
      }
      return code
    },
    executing("executed once and no more", "[BP-12.3]") { plugin, handle, inputs, outputs, error in
      guard plugin.fusion!.counts.removeValue(forKey: handle) != nil else {
        return bp_fail(error, BP_ERROR_INVALID_ARGUMENT, "the program is used up")
      }
      return plugin.originalExecute(handle, inputs, outputs, error)
    },
    Defect("handle 0", finding: ["FUSION"], "gave handle 0 [BP-12.3]") { plugin in
      plugin.offerFusion { fusion in
        fusion.prepare = { _, _, handle, _ in
          handle.pointee = 0
          return BP_OK
        }
      }
    },
    Defect("programs are not checked", finding: [], "T3.fusion.forward-reference: fusion.prepare: expected an error") {
      plugin in
      plugin.offerFusion { fusion in
        fusion.prepare = { plugin, program, handle, error in
          if plugin.originalPrepare(program, handle, nil) != BP_OK { handle.pointee = 1 << 40 }
          return BP_OK
        }
      }
    },
  ]
}
