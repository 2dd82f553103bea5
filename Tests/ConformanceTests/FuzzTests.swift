import BackendAPI
import ConformanceSuite
import Testing

/// Tier T4 on the repository's plugins, and on copies of the reference with a defect that only some
/// random case meets.
extension PluginTests {
  @Test(arguments: ["reference", "cpu"], [1, 20] as [UInt64])
  func passesFuzz(_ name: String, seed: UInt64) throws {
    let selection = Conformance.Selection(tiers: ["T4"], fuzz: .cases(1000))
    let report = try Conformance(
      of: Plugins.device(name), against: Plugins.device("reference"), selection, seed: seed
    ).run()
    for failure in report.failures.prefix(5) { Issue.record("\(failure.id): \(failure.outcome)") }
    #expect(report.failed == 0 && report.passed > 900)
  }

  /// What is drawn covers every operator, empty and large tensors, all ranks, and long chains.
  @Test func fuzzCoversTheHeader() throws {
    nonisolated(unsafe) var (operators, ranks, links) = (Set<Int32>(), Set<Int32>(), 0)
    nonisolated(unsafe) var overwritten = 0
    nonisolated(unsafe) var (empty, large, negative, broadcast, inPlace, immediate) = (0, 0, 0, 0, 0, 0)
    nonisolated(unsafe) var outputs = Set<bp_buffer>()
    let counting = Defect("none", finding: []) { plugin in
      plugin.written = { outputs.remove($0) }
      plugin.execute = { plugin, op, error in
        let operands = DamagedPlugin.operands(op)
        let inputs = operands.prefix(Int(op.pointee.input_count))
        let out = op.pointee.outputs[0]!.pointee
        operators.insert(op.pointee.op)
        ranks.insert(out.rank)
        for tensor in inputs {
          let strides = (0..<Int(tensor.rank)).filter { tensor.shape[$0] > 1 }.map { tensor.strides[$0] }
          if outputs.contains(tensor.buffer) { links += 1 }
          if tensor.buffer == out.buffer && tensor.flags == 0 {
            inPlace += 1
            if outputs.contains(tensor.buffer) { overwritten += 1 }
          }
          if tensor.flags != 0 { immediate += 1 }
          if strides.contains(where: { $0 < 0 }) { negative += 1 }
          if tensor.flags == 0 && strides.contains(0) { broadcast += 1 }
        }
        let count = (0..<Int(out.rank)).reduce(1) { $0 * out.shape[$1] }
        if count == 0 { empty += 1 }
        if count > 10_000 { large += 1 }
        outputs.insert(out.buffer)
        return plugin.originalExecute(op, error)
      }
    }
    let report = try run(counting, Conformance.Selection(tiers: ["T4"], fuzz: .cases(2000)))
    #expect(report.failed == 0)
    // Results that are not unique cannot be compared step by step.
    for entry in OperatorCatalogue.all where ![.factorization, .fourier].contains(entry.family) {
      #expect(operators.contains(entry.id), "\(entry.name)")
    }
    #expect(ranks.isSuperset(of: 0...8))
    #expect(links > 500, "inputs that an earlier operator wrote")
    #expect(overwritten > 20, "in place of what an earlier operator wrote")
    #expect(empty > 50 && large > 20 && negative > 100 && broadcast > 100 && inPlace > 50 && immediate > 50)
  }

  // MARK: - Defects

  @Test func findsStridesIgnoredAtRank5() throws {
    let defect = Defect("strides ignored at rank 5", finding: []) { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.input_count > 0, let tensor = op.pointee.inputs[0]?.pointee, tensor.rank == 5,
          (0..<5).allSatisfy({ tensor.strides[$0] > 0 }), !DamagedPlugin.isContiguous(tensor)
        else { return plugin.originalExecute(op, error) }
        var strides = [Int64](repeating: 1, count: 5)
        for axis in (0..<4).reversed() { strides[axis] = strides[axis + 1] * max(tensor.shape[axis + 1], 1) }
        return strides.withUnsafeBufferPointer { strides in
          plugin.changingInput(0, op, error) { $0.strides = strides.baseAddress! }
        }
      }
    }
    let failures = try fuzz(defect)
    #expect(!failures.isEmpty)
    // Five axes are needed, and elements that lie apart.
    for failure in failures {
      #expect(elements(failure) <= 6 && failure.contains("strides"), "\(failure)")
    }
  }

  @Test func findsADefectBeyondAnExtent() throws {
    let defect = Defect("an axis longer than 100", finding: []) { plugin in
      plugin.execute = { plugin, op, error in
        let out = op.pointee.outputs[0]!.pointee
        guard (32..<192).contains(op.pointee.op), out.dtype == BP_FLOAT32,
          (0..<Int(out.rank)).contains(where: { out.shape[$0] > 100 })
        else { return plugin.originalExecute(op, error) }
        return plugin.changingOutput(op, error) { $0.first?.storeBytes(of: 0.171875, as: Float.self) }
      }
    }
    let failures = try fuzz(defect)
    #expect(!failures.isEmpty)
    for failure in failures { #expect(failure.contains("-> [101]"), "\(failure)") }
  }

  /// Every operator alone is right: only a chain sees it. Where the second step overwrites what the first
  /// wrote, it is the copy kept of that which is stale.
  @Test func findsStaleResultsInAChain() throws {
    let failures = try fuzz(stale)
    #expect(!failures.isEmpty)
    for failure in failures { #expect(failure.contains(" of 2: ") && elements(failure) <= 2, "\(failure)") }
  }

  /// In place, and only of what the call before has written.
  @Test func findsADefectInPlaceInAChain() throws {
    let defect = Defect("in place, the output cleared first", finding: []) { plugin in
      nonisolated(unsafe) var outputs = Set<bp_buffer>()
      plugin.written = { outputs.remove($0) }
      plugin.execute = { plugin, op, error in
        let out = op.pointee.outputs[0]!.pointee
        let isInPlace = (0..<Int(op.pointee.input_count)).contains {
          op.pointee.inputs[$0]!.pointee.buffer == out.buffer
        }
        if isInPlace && outputs.contains(out.buffer) {
          for element in plugin.elements(out) { element.storeBytes(of: 0x35, as: UInt8.self) }
        }
        outputs.insert(out.buffer)
        return plugin.originalExecute(op, error)
      }
    }
    let failures = try fuzz(defect)
    #expect(!failures.isEmpty)
    for failure in failures {
      #expect(failure.hasPrefix("step 2 of 2: ") && failure.contains("in place"), "\(failure)")
    }
  }

  // MARK: - Replay

  @Test func fuzzIsAFunctionOfItsSeed() throws {
    let selection = Conformance.Selection(tiers: ["T4"], fuzz: .cases(60))
    let (first, second) = (try run(stale, selection, seed: 9), try run(stale, selection, seed: 9))
    #expect(texts(first) == texts(second) && first.summary == second.summary && first.failed > 1)
    let other = try run(stale, selection, seed: 10)
    #expect(texts(other) != texts(first))

    // By its id alone, a case shrinks to the same end.
    let failure = try #require(first.failures.prefix(10).last)
    let alone = try run(stale, Conformance.Selection(caseID: failure.id, fuzz: .cases(0)), seed: 9)
    #expect(texts(alone) == [try #require(texts(first).last)] && alone.summary == "0 passed, 1 failed, 0 skipped")
  }

  @Test func fuzzIsCountedAndTimed() throws {
    func ids(_ budget: Conformance.FuzzBudget) -> [String] {
      Conformance.ids(Conformance.Selection(tiers: ["T4"], fuzz: budget))
    }
    #expect(ids(.cases(0)).isEmpty && ids(.cases(2)) == ["T4.0", "T4.1"])
    #expect(Conformance.ids(Conformance.Selection(caseID: "T4.123456")) == ["T4.123456"])
    #expect(Conformance.ids(Conformance.Selection(caseID: "T4.01")).isEmpty)
    // A time that is over at once has one case, and none has none, however fast the machine is.
    let reference = try Plugins.device("reference")
    for (seconds, count) in [(1e-9, 1), (0, 0)] {
      let timed = Conformance.Selection(tiers: ["T4"], fuzz: .seconds(seconds))
      let report = try Conformance(of: reference, against: reference, timed).run()
      #expect(report.failed == 0 && report.passed + report.skipped == count)
    }
  }

  // MARK: -

  /// An input that the last call wrote, and the host has not since, reads as zeros.
  private var stale: Defect {
    Defect("stale results", finding: []) { plugin in
      nonisolated(unsafe) var last: bp_buffer = 0
      nonisolated(unsafe) var zeros: bp_buffer = 0
      plugin.written = { if $0 == last { last = 0 } }
      plugin.execute = { plugin, op, error in
        if zeros == 0 {
          _ = plugin.originalAlloc(1 << 22, 0, &zeros, nil)
          var base: UnsafeMutableRawPointer?
          _ = plugin.original.host_pointer(plugin.original.context, 0, zeros, &base, nil)
          base!.initializeMemory(as: UInt8.self, repeating: 0, count: 1 << 22)
        }
        let wasLast = last
        last = op.pointee.outputs[0]!.pointee.buffer
        for i in 0..<Int(op.pointee.input_count) where wasLast != 0 {
          guard op.pointee.inputs[i]!.pointee.buffer == wasLast else { continue }
          return plugin.changingInput(i, op, error) { $0.buffer = zeros }
        }
        return plugin.originalExecute(op, error)
      }
    }
  }

  private func fuzz(_ defect: Defect) throws -> [String] {
    texts(try run(defect, Conformance.Selection(tiers: ["T4"], fuzz: .cases(500))))
  }

  private func texts(_ report: Report) -> [String] {
    report.failures.prefix(10).compactMap { failure in
      guard case .failed(let findings, _) = failure.outcome else { return nil }
      return findings[0]
    }
  }

  /// Elements of the first result that a failure names: the extents after "->", multiplied.
  private func elements(_ failure: String) -> Int {
    guard let arrow = failure.firstIndex(of: ">"), let open = failure[arrow...].firstIndex(of: "["),
      let close = failure[open...].firstIndex(of: "]")
    else { return .max }
    return failure[failure.index(after: open)..<close].split(separator: ",").reduce(1) {
      $0 * (Int($1.drop { $0 == " " }) ?? 1)
    }
  }
}
