import BackendAPI
import Backplane
import Foundation
import TestSupport
import Testing

/// Programs of several operators through the layers: `backplane.fusion/1`.
@Suite struct FusionLayerTests {
  private func withFusion(
    _ test: String, fault: String = "NONE", _ body: (FusedTable, PlantedFault) throws -> Void
  ) throws {
    let plugin = try PlantedFault(fault, for: test)
    defer { plugin.remove() }
    try body(try #require(FusedTable(TestTable(table: Validation.wrap(try plugin.table())))), plugin)
  }

  private func operand(_ host: TestTable, _ values: [Float]) -> FusedTable.Operand {
    let buffer = host.alloc(Int64(values.count * 4)).buffer
    #expect(host.write(values, to: buffer) == BP_OK)
    return FusedTable.Operand(buffer: buffer, count: Int64(values.count))
  }

  @Test func soundProgramsAreLeftAlone() throws {
    try withFusion("fused") { fusion, plugin in
      let a = operand(fusion.host, (0..<16).map(Float.init)), b = operand(fusion.host, [Float](repeating: 1, count: 16))
      let out = operand(fusion.host, [Float](repeating: 0, count: 16))
      let sum = fusion.sum()
      for _ in 0..<3 { #expect(fusion.execute(sum, [a, b], [out]) == BP_OK) }
      #expect(fusion.host.read(out.buffer, count: 4).values == [1, 3, 5, 7])
      // Immediates, broadcasts, strides that run backwards, and nothing at all.
      #expect(fusion.execute(sum, [a, .init(immediate: 10)], [out]) == BP_OK)
      #expect(fusion.host.read(out.buffer, count: 3).values == [10, 12, 14])
      let last = FusedTable.Operand(buffer: a.buffer, stride: 0, offset: 60)
      let backwards = FusedTable.Operand(buffer: out.buffer, stride: -1, offset: 60)
      #expect(fusion.execute(sum, [a, last], [backwards]) == BP_OK)
      #expect(fusion.host.read(out.buffer, count: 3).values == [45, 43, 41])
      let none = FusedTable.Operand(buffer: a.buffer, count: 0)
      #expect(fusion.execute(sum, [none, none], [none]) == BP_OK)
      // In place of an input that is read last.
      #expect(fusion.execute(sum, [a, b], [a]) == BP_OK)
      #expect(fusion.host.read(a.buffer, count: 3).values == [1, 3, 5])
      let both = fusion.prepare(
        [BP_FLOAT32], [(BP_OP_COPY, [0], BP_FLOAT32), (BP_OP_ADD, [1, 0], BP_FLOAT32)], outputs: [2, 1])
      #expect(both.code == BP_OK && both.handle != sum)
      #expect(fusion.execute(both.handle, [b], [out, a]) == BP_OK)
      #expect(fusion.host.read(a.buffer, count: 2).values == [1, 1])
      for handle in [sum, both.handle] { fusion.release(handle) }
      #expect(plugin.findings == [])
    }
  }

  @Test(arguments: [
    ("FUSION_HANDLE_0", "BP-12.3", "fusion.prepare", "0 is never one"),
    ("FUSION_TURNS_DOWN", "BP-12.3", "fusion.prepare", "keeps to the rules is refused: not this one"),
    ("FUSION_KEEPS_POINTER", "BP-12.3", "fusion.execute", "execute refuses it: a step without an operator"),
    ("FUSION_REFUSES", "BP-12.3", "fusion.execute", "prepare took the program, and execute refuses it: not today"),
    ("FUSION_LEAVES_LAST", "BP-12.2", "fusion.execute", "output 0, element [15], was not written"),
    ("FUSION_WRITES_PAST", "BP-4.5", "fusion.execute", "byte 1 past the buffer of 64 bytes"),
    ("FUSION_CHANGES_INPUT", "BP-4.5", "fusion.execute", "input 1, element [1], was changed"),
    ("FUSION_READS_PAST", "BP-4.5", "fusion.execute", "element [0], differs when the operator is run again"),
  ])
  func aFaultIsFound(_ fault: String, _ obligation: String, _ function: String, _ words: String) throws {
    try withFusion("fusion", fault: fault) { fusion, plugin in
      let a = operand(fusion.host, (0..<16).map(Float.init)), b = operand(fusion.host, [Float](repeating: 1, count: 16))
      let out = operand(fusion.host, [Float](repeating: 0, count: 16))
      let sum = fusion.sum()
      if sum != 0 { _ = fusion.execute(sum, [a, b], [out]) }
      let finding = try #require(plugin.findings.first)
      #expect(finding.obligation == obligation && finding.function == function, "\(finding)")
      #expect(finding.party == .plugin)
      #expect(finding.operation == "ADD, ADD" && finding.message.hasPrefix("ADD, ADD"), "\(finding)")
      #expect(finding.message.contains(words), "\(finding)")
    }
  }

  /// A handle of 0 is none: the host is told to do without.
  @Test func handle0IsNoHandle() throws {
    try withFusion("handle", fault: "FUSION_HANDLE_0") { fusion, _ in
      let step: FusedTable.Step = (BP_OP_COPY, [0], BP_FLOAT32)
      #expect(fusion.prepare([BP_FLOAT32], [step], outputs: [1]).code == BP_ERROR_UNSUPPORTED)
    }
  }

  struct Program: CustomTestStringConvertible {
    let steps: [FusedTable.Step]
    let outputs: [Int32]
    let obligation: String
    let words: String
    let reduction: (op: Int32, value: Int32)?

    init(
      _ steps: [FusedTable.Step], _ outputs: [Int32], _ obligation: String, _ words: String,
      reduction: (op: Int32, value: Int32)? = nil
    ) {
      (self.steps, self.outputs, self.obligation, self.words) = (steps, outputs, obligation, words)
      self.reduction = reduction
    }

    var testDescription: String { words }
  }

  static let unlawful: [Program] = [
    Program([(9999, [0, 1], BP_FLOAT32)], [2], "BP-12.2", "operator 9999 is not known"),
    Program([(BP_OP_SUM, [0], BP_FLOAT32)], [2], "BP-12.2", "step 0 is not elementwise"),
    Program(
      [(BP_OP_ADD, [0, 3], BP_FLOAT32), (BP_OP_ADD, [0, 1], BP_FLOAT32)], [2], "BP-12.2",
      "step 0 takes a value that it cannot"),
    Program([(BP_OP_ADD, [0, -1], BP_FLOAT32)], [2], "BP-12.2", "step 0 takes a value that it cannot"),
    Program([(BP_OP_ADD, [0, 1], BP_INT64)], [2], "BP-12.2", "ADD of float32: output 0 is int64"),
    Program(
      [(BP_OP_MUL, [0, 1], BP_FLOAT32)], [2], "BP-12.2", "step 0, MUL of float32, float32, float32, is not claimed"),
    Program([(BP_OP_ADD, [0, 1], BP_FLOAT32)], [2, 2], "BP-12.5", "output 1 is no step's, or one twice"),
    Program([(BP_OP_ADD, [0, 1], BP_FLOAT32)], [0], "BP-12.5", "output 0 is no step's"),
    Program([(BP_OP_ADD, [0, 1], BP_FLOAT32)], [], "BP-12.5", "0 outputs"),
    Program([], [2], "BP-12.5", "0 steps"),
    Program(
      [(BP_OP_ADD, [0, 1], BP_FLOAT32)], [], "BP-12.6", "cannot end in operator \(BP_OP_PROD)",
      reduction: (BP_OP_PROD, 2)),
    Program(
      [(BP_OP_ADD, [0, 1], BP_FLOAT32)], [2], "BP-12.6", "what is reduced is no step's value",
      reduction: (BP_OP_SUM, 1)),
  ]

  @Test(arguments: unlawful)
  func aProgramThatNoRuleAllows(_ program: Program) throws {
    try withFusion("program") { fusion, plugin in
      let types = [BP_FLOAT32, BP_FLOAT32]
      let refused = fusion.prepare(types, program.steps, outputs: program.outputs, program.reduction)
      #expect(refused.code == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, program.obligation, "fusion.prepare", program.words)
      #expect(refused.message.contains(program.words))
    }
  }

  @Test func callsThatDoNotFitTheirProgram() throws {
    try withFusion("misfit") { fusion, plugin in
      let values = (0..<16).map(Float.init)
      let a = operand(fusion.host, values), b = operand(fusion.host, values), out = operand(fusion.host, values)
      let sum = fusion.sum()
      func refuses(_ inputs: [FusedTable.Operand], _ outputs: [FusedTable.Operand], _ rule: String, _ words: String) {
        #expect(fusion.execute(sum, inputs, outputs) == BP_ERROR_INVALID_ARGUMENT)
        expect(plugin, rule, "fusion.execute", words)
      }
      var other = b
      other.dtype = BP_INT64
      refuses([a, other], [out], "BP-12.4", "input 1 is int64, in the program float32")
      other = b
      other.count = 8
      refuses([a, other], [out], "BP-12.4", "input 1 has the shape [8], output 0 [16]")
      other.offset = 4
      (other.buffer, other.count) = (a.buffer, 12)
      refuses(
        [.init(buffer: a.buffer, count: 12), .init(buffer: b.buffer, count: 12)], [other], "BP-12.4",
        "output 0 overlaps itself or another operand")
      refuses([a, b], [.init(buffer: out.buffer, stride: 0)], "BP-12.4", "output 0 overlaps itself, with the strides")
      refuses([a, b], [.init(immediate: 1)], "BP-4.6", "output 0 is an immediate")
      refuses([a, .init(buffer: b.buffer, stride: 2)], [out], "BP-5.1", "input 1 with the shape [16]")
      fusion.host.free(b.buffer)
      refuses([a, b], [out], "BP-8.4", "was given back already")
      #expect(fusion.execute(sum, [a, a], [out], stream: 3) == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, "BP-9.1", "fusion.execute", "stream 3")
      let both = fusion.prepare(
        [BP_FLOAT32], [(BP_OP_COPY, [0], BP_FLOAT32), (BP_OP_ADD, [1, 0], BP_FLOAT32)], outputs: [2, 1])
      #expect(fusion.execute(both.handle, [a], [out, out]) == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, "BP-12.4", "fusion.execute", "output 1 overlaps itself or another operand")
      fusion.release(sum)
      #expect(fusion.execute(sum, [a, a], [out]) == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, "BP-12.3", "fusion.execute", "handle #1 was given back already")
      fusion.release(sum)
      expect(plugin, "BP-12.3", "fusion.release", "handle #1 was given back already")
      fusion.release(77)
      expect(plugin, "BP-12.3", "fusion.release", "77 is none that the plugin gave out")
    }
  }

  private func expect(
    _ plugin: PlantedFault, _ obligation: String, _ function: String, _ words: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let finding = plugin.findings.last
    #expect(finding?.obligation == obligation && finding?.function == function, sourceLocation: sourceLocation)
    #expect(finding?.party == .host, sourceLocation: sourceLocation)
    #expect(finding?.message.contains(words) == true, "\(plugin.findings)", sourceLocation: sourceLocation)
  }
}
