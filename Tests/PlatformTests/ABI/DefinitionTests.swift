import BackendAPI
import Foundation
import TestSupport
import Testing

/// The header's table of definitions. (The conformance tests hold it against the catalogue of cases.)
@Suite struct DefinitionTests {
  /// The table, as plugins read it.
  static var definitions: [bp_op_definition] {
    var count: Int32 = 0
    let first = bp_op_definitions(&count)
    return Array(UnsafeBufferPointer(start: first, count: Int(count)))
  }

  @Test func everyOperatorOfTheHeaderHasALine() throws {
    let header = try OperatorTests.headerOperators()
    for (id, name) in header.sorted(by: { $0.key < $1.key }) {
      guard let definition = bp_op_definition_of(id) else {
        Issue.record("BP_OP_\(name) has no line in bp_op_definitions")
        continue
      }
      #expect(definition.pointee.op == id && String(cString: definition.pointee.name) == name)
      #expect(String(cString: bp_op_name(id)) == name)
    }
    #expect(DefinitionTests.definitions.count == header.count)
    let ids = DefinitionTests.definitions.map(\.op)
    #expect(ids == ids.sorted(), "bp_op_definition_of searches an ordered table")
    for id: Int32 in [0, -1, 99_999, .min, .max] { #expect(bp_op_definition_of(id) == nil) }
  }

  @Test func linesAreSound() {
    for definition in DefinitionTests.definitions {
      let name = String(cString: definition.name), letters = definition.inputLetters + definition.outputLetters
      #expect(Int(definition.struct_size) == MemoryLayout<bp_op_definition>.size, "\(name)")
      #expect(definition.inputLetters.count == definition.input_count, "\(name)")
      #expect(definition.outputLetters.count == definition.output_count && definition.output_count > 0, "\(name)")
      #expect(letters.allSatisfy { "TOAbiSRCoWwm".contains($0) } && letters.contains { "TA".contains($0) }, "\(name)")
      #expect(definition.types != 0 && definition.types & ~BP_TYPES_ALL == 0, "\(name)")
      #expect((0...BP_ABI_MINOR).contains(definition.since_minor), "\(name)")
      #expect(definition.has(BP_DEFINITION_EXTENDED) == (definition.op >= 1024), "\(name)")
    }
  }

  /// An operator came with the ABI whose frozen header is the first to have it.
  @Test func operatorsAreOfTheMinorThatBroughtThem() throws {
    let frozen = try (0...1).map { minor in
      try OperatorTests.headerOperators(
        in: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
          .appendingPathComponent("Frozen/1.\(minor)/backplane_backend.h"))
    }
    for definition in DefinitionTests.definitions {
      let first = frozen.firstIndex { $0[definition.op] != nil } ?? frozen.count
      #expect(Int(definition.since_minor) == first, "\(String(cString: definition.name))")
    }
  }

  @Test(arguments: [["-std=c99", "-x", "c"], ["-std=c11", "-x", "c"], ["-std=c++17", "-x", "c++"]])
  func theHeaderCompilesWithoutAWarning(_ language: [String]) throws {
    let header = CompiledPlugin.header.appendingPathComponent("backplane_backend.h").path
    for parts in [[], ["-DBP_NO_HOST", "-DBP_NO_MATH"]] {
      try Emulator.run(
        ["clang", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"] + language + parts
          + ["-include", header, "/dev/null"])
    }
  }

  // MARK: - Checks

  /// The table says of every operator, for every type and with every operand's type exchanged for every other one, what
  /// the reference says, which does not read the table.
  @Test func theTableSaysWhatTheReferenceSays() throws {
    let reference = try QueriedPlugin("reference")
    for definition in DefinitionTests.definitions {
      let count = Int(definition.input_count)
      for types in definition.candidates {
        let (inputs, outputs) = (Array(types[..<count]), Array(types[count...]))
        let code = TypedQuery.check(definition.op, inputs, outputs)
        #expect(
          reference.supports(definition.op, inputs, outputs) == (code == BP_OK),
          "\(String(cString: definition.name)) of \(inputs) to \(outputs)")
      }
    }
  }

  @Test func oneOperandMoreOrLessIsRefused() throws {
    let reference = try QueriedPlugin("reference")
    for definition in DefinitionTests.definitions where !definition.has(BP_DEFINITION_REPEATED) {
      let types = definition.types(for: definition.firstType)
      let inputs = Array(types[..<Int(definition.input_count)]), outputs = Array(types[inputs.count...])
      var changed = [(inputs + [types[0]], outputs), (inputs, outputs + [types[0]])]
      // Optional operands may all be missing; of the others none.
      if definition.inputLetters.required > 0 {
        changed.append((Array(inputs.prefix(definition.inputLetters.required - 1)), outputs))
      }
      changed.append((inputs, Array(outputs.prefix(definition.outputLetters.required - 1))))
      for (inputs, outputs) in changed
      where inputs.count != definition.input_count || outputs.count != definition.output_count {
        let name = String(cString: definition.name)
        #expect(TypedQuery.check(definition.op, inputs, outputs) == BP_ERROR_INVALID_ARGUMENT, "\(name)")
        #expect(!reference.supports(definition.op, inputs, outputs), "\(name)")
      }
    }
  }

  @Test func optionalOperandsMayBeMissing() throws {
    let reference = try QueriedPlugin("reference")
    for definition in DefinitionTests.definitions where !definition.has(BP_DEFINITION_REPEATED) {
      let types = definition.types(for: definition.firstType), count = Int(definition.input_count)
      let least = (definition.inputLetters.required, definition.outputLetters.required)
      for (inputs, outputs) in [least, (count, Int(definition.output_count))] {
        let given = (Array(types[..<inputs]), Array(types[count..<(count + outputs)]))
        let name = String(cString: definition.name)
        #expect(TypedQuery.check(definition.op, given.0, given.1) == BP_OK, "\(name): \(inputs) to \(outputs)")
        #expect(reference.supports(definition.op, given.0, given.1), "\(name): \(inputs) to \(outputs)")
      }
    }
  }

  @Test func aMaskIsOfBoolOrOfTheOperatorsType() {
    let (f, h, b) = (BP_FLOAT32, BP_FLOAT16, BP_BOOL)
    func check(_ mask: Int32) -> Int32 { TypedQuery.check(BP_OP_ATTENTION, [h, h, h, mask], [h, f]) }
    #expect(check(b) == BP_OK && check(h) == BP_OK && check(f) == BP_ERROR_INVALID_ARGUMENT)
  }

  @Test func stepsTakeAnyNumberOfParameters() {
    func check(_ id: Int32, _ inputs: Int, _ outputs: Int) -> Int32 {
      TypedQuery.check(
        id, [Int32](repeating: BP_FLOAT32, count: inputs), [Int32](repeating: BP_FLOAT32, count: outputs))
    }
    for n in 1...5 {
      #expect(check(BP_OP_ADAM_STEP, n, 3 * n) == BP_OK && check(BP_OP_ADAM_STEP, n, 3 * n - 1) != BP_OK)
      #expect(check(BP_OP_SGD_STEP, n, n) == BP_OK && check(BP_OP_SGD_STEP, n, 2 * n) == BP_OK)
      #expect(check(BP_OP_SGD_STEP, n, 3 * n) != BP_OK && check(BP_OP_SGD_STEP, n, 0) != BP_OK)
    }
    #expect(check(BP_OP_ADAM_STEP, 0, 0) == BP_ERROR_INVALID_ARGUMENT)
    #expect(check(BP_OP_SGD_STEP, 0, 0) == BP_ERROR_INVALID_ARGUMENT)
  }

  @Test func refusalsSayWhy() {
    typealias Case = (op: Int32, inputs: [Int32], outputs: [Int32], code: Int32, message: String)
    let (f, i, c) = (BP_FLOAT32, BP_INT64, BP_COMPLEX64)
    let cases: [Case] = [
      (9999, [f], [f], BP_ERROR_UNSUPPORTED, "operator 9999 is not known"),
      (BP_OP_ADD, [f, i], [f], BP_ERROR_INVALID_ARGUMENT, "ADD of float32: input 1 is int64, not float32"),
      (BP_OP_ADD, [f], [f], BP_ERROR_INVALID_ARGUMENT, "ADD takes 2 inputs and 1 output, not 1 and 1"),
      (BP_OP_ADD, [f, 99], [f], BP_ERROR_UNSUPPORTED, "ADD: input 1 is of the unknown type 99"),
      (BP_OP_EXP, [i], [i], BP_ERROR_UNSUPPORTED, "EXP of int64 is not defined"),
      (BP_OP_EXP, [c], [c], BP_ERROR_UNSUPPORTED, "this plugin has no EXP of complex64"),
      (BP_OP_LT, [f, f], [f], BP_ERROR_INVALID_ARGUMENT, "LT of float32: output 0 is float32, not bool"),
      (BP_OP_WHERE, [f, f, f], [f], BP_ERROR_INVALID_ARGUMENT, "WHERE: input 0 is float32, not bool"),
      (BP_OP_SUM, [BP_BOOL], [BP_BOOL], BP_ERROR_INVALID_ARGUMENT, "SUM of bool: output 0 is bool, not int64"),
      (
        BP_OP_SGD_STEP, [f, f], [f], BP_ERROR_INVALID_ARGUMENT,
        "SGD_STEP takes up to 1 input and 2 outputs for each parameter, not 2 and 1"
      ),
    ]
    for (op, inputs, outputs, code, message) in cases {
      let query = TypedQuery(op, inputs, outputs)
      let answer = query.check(claiming: BP_TYPES_REAL)
      #expect(answer.code == code && answer.message == message, "\(answer)")
    }
    var query = TypedQuery(BP_OP_MATMUL, [f, f], [f])
    query.tensors[1].flags = BP_TENSOR_IMMEDIATE
    #expect(query.check().message == "MATMUL: input 1 may not be an immediate")
    query = TypedQuery(BP_OP_ADD, [f, f], [f])
    query.tensors[1].flags = BP_TENSOR_IMMEDIATE
    #expect(query.check().code == BP_OK)
    query.tensors[2].flags = BP_TENSOR_IMMEDIATE
    #expect(query.check().message == "ADD: output 0 may not be an immediate")
    query.tensors[2] = query.tensors[0]
    query.tensors[0].rank = BP_MAX_RANK + 1
    #expect(query.check().message == "ADD: input 0 is of rank 17")
    query.version = 2
    #expect(query.check().code == BP_ERROR_UNSUPPORTED)
    #expect(query.check().message == "ADD: version 2 of its definition is not known")
    #expect(TypedQuery(BP_OP_ADD, [f, f], [f]).check(withoutOperands: true).message == "ADD: input 0 is NULL")
  }

  // MARK: - Answers

  @Test func textIsCutAtACharacter() {
    var field: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) = (9, 9, 9, 9, 9, 9)
    func bytes(_ text: String, size: Int) -> [UInt8] {
      field = (9, 9, 9, 9, 9, 9)
      bp_set_text(&field, size, text)
      return withUnsafeBytes(of: field) { Array($0) }
    }
    #expect(bytes("abc", size: 6) == [97, 98, 99, 0, 9, 9])
    #expect(bytes("abcdef", size: 4) == [97, 98, 99, 0, 9, 9])
    #expect(bytes("aé€", size: 5) == [97, 0xc3, 0xa9, 0, 9, 9])
    #expect(bytes("x", size: 0) == [9, 9, 9, 9, 9, 9])
  }

  /// Neither over a host's `struct_size` nor past it [BP-1.2].
  @Test func anAnswerFitsTheHostsStruct() {
    var made = bp_memory_info()
    (made.struct_size, made.reserved, made.total_bytes, made.free_bytes) = (77, 1, 2, 3)
    func answer(_ room: UInt32) -> bp_memory_info {
      var out = bp_memory_info()
      (out.struct_size, out.reserved, out.total_bytes, out.free_bytes) = (room, 9, 9, 9)
      bp_answer(&out, &made, UInt32(MemoryLayout<bp_memory_info>.size))
      #expect(out.struct_size == room)
      return out
    }
    for (room, expected) in [(0, [9, 9, 9]), (4, [9, 9, 9]), (8, [1, 9, 9]), (16, [1, 2, 9]), (24, [1, 2, 3])]
      as [(UInt32, [Int64])]
    {
      let out = answer(room)
      #expect([Int64(out.reserved), out.total_bytes, out.free_bytes] == expected)
    }
    #expect(answer(1000).free_bytes == 3)

    var info = bp_op_info()
    info.struct_size = UInt32(MemoryLayout<bp_op_info>.size)
    bp_answer_query(&info, BP_OP_INFO_IN_PLACE, nil)
    #expect(info.supported == 1 && info.flags == BP_OP_INFO_IN_PLACE)
    bp_answer_query(&info, BP_OP_INFO_IN_PLACE, "because")
    #expect(info.supported == 0 && info.flags == 0)
    #expect(withUnsafeBytes(of: info.reason) { $0.starts(with: Array("because".utf8) + [0]) })
  }

  /// Missing members are zero [BP-5.6].
  @Test func parametersOfAnOlderHostAreFilledUp() {
    var op = bp_op()
    op.op = BP_OP_SCATTER
    let size = UInt32(MemoryLayout<bp_scatter_params>.size)
    var params = bp_scatter_params()
    var error = bp_error()
    #expect(bp_params(&op, &params, size, &error) == BP_ERROR_INVALID_ARGUMENT)
    #expect(withUnsafeBytes(of: error.message) { $0.starts(with: Array("SCATTER: params is NULL".utf8) + [0]) })
    for room: UInt32 in [8, 12, 16, 64] {
      let given = [room, 5, 6, 7] + [UInt32](repeating: 0, count: 12)
      params = bp_scatter_params(struct_size: 1, axis: 1, mode: 1, reserved: 1)
      given.withUnsafeBytes { bytes in
        op.params = bytes.baseAddress
        #expect(bp_params(&op, &params, size, nil) == BP_OK)
      }
      #expect(params.axis == 5 && params.mode == (room >= 12 ? 6 : 0) && params.reserved == (room >= 16 ? 7 : 0))
    }
  }

  /// What it says beyond this header, and flags that are not known, are refused by the operator's name [BP-5.6].
  @Test func parametersOfANewerHostAreRefusedWhereTheySayMore() {
    var op = bp_op()
    op.op = BP_OP_SCATTER
    let size = UInt32(MemoryLayout<bp_scatter_params>.size)
    var params = bp_scatter_params(), error = bp_error()
    func message() -> String {
      withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    for (place, isRefused) in [(3, false), (4, true), (7, true), (8, false)] {
      var given: [UInt32] = [32, 5, 6, 0, 0, 0, 0, 0, 0, 0]
      given[place] = 1
      given.withUnsafeBytes { bytes in
        op.params = bytes.baseAddress
        #expect(bp_params(&op, &params, size, &error) == (isRefused ? BP_ERROR_UNSUPPORTED : BP_OK), "\(place)")
      }
    }
    #expect(message() == "SCATTER: params of 32 bytes, of a newer host, say more than the 16 bytes known here")
    #expect(bp_check_flags(&op, 5, 7, &error) == BP_OK)
    #expect(bp_check_flags(&op, 5, 4, &error) == BP_ERROR_UNSUPPORTED)
    #expect(message() == "SCATTER: the flags 0x1 of its params are not known here")
  }
}

extension String {
  /// How many of a definition's operands have to be there.
  fileprivate var required: Int { count - reversed().prefix { "Oowm".contains($0) }.count }
}

extension bp_op_definition {
  fileprivate var inputLetters: String { String(cString: inputs) }
  fileprivate var outputLetters: String { String(cString: outputs) }
  fileprivate func has(_ flag: UInt32) -> Bool { flags & flag != 0 }
  fileprivate var firstType: Int32 { (BP_BOOL...BP_COMPLEX128).first { bp_has_type(types, $0) } ?? 0 }

  /// The types of all operands where T is `type`, inputs first.
  fileprivate func types(for type: Int32) -> [Int32] {
    (inputLetters + outputLetters).utf8.map { bp_type_of_letter(CChar($0), type) }
  }

  /// The operands' types for every T, and all that differ from those in one place.
  fileprivate var candidates: [[Int32]] {
    (BP_BOOL...BP_COMPLEX128).flatMap { type -> [[Int32]] in
      let types = types(for: type)
      return [types]
        + types.indices.flatMap { place in
          (BP_BOOL...BP_COMPLEX128).map { other in
            var changed = types
            changed[place] = other
            return changed
          }
        }
    }
  }
}

/// A query as a plugin is asked it: operands have types, and no shapes.
struct TypedQuery {
  let op: Int32
  var version: Int32 = 1
  let inputCount: Int
  /// Inputs first.
  var tensors: [bp_tensor]

  init(_ op: Int32, _ inputs: [Int32], _ outputs: [Int32]) {
    self.op = op
    inputCount = inputs.count
    tensors = (inputs + outputs).map { dtype in
      bp_tensor(
        struct_size: UInt32(MemoryLayout<bp_tensor>.size), dtype: dtype, rank: 0, flags: 0, buffer: 0, byte_offset: 0,
        shape: nil, strides: nil, immediate: (0, 0))
    }
  }

  func withOperation<Result>(_ body: (UnsafePointer<bp_op>) -> Result) -> Result {
    tensors.withUnsafeBufferPointer { tensors in
      let pointers = tensors.indices.map { UnsafePointer<bp_tensor>?(tensors.baseAddress! + $0) }
      return pointers.withUnsafeBufferPointer { pointers in
        var call = bp_op(
          struct_size: UInt32(MemoryLayout<bp_op>.size), op: op, version: version, input_count: Int32(inputCount),
          output_count: Int32(tensors.count - inputCount), reserved: 0, inputs: pointers.baseAddress,
          outputs: pointers.baseAddress.map { $0 + inputCount }, params: nil, workspace: 0, workspace_offset: 0,
          workspace_bytes: 0)
        return body(&call)
      }
    }
  }

  static func check(_ op: Int32, _ inputs: [Int32], _ outputs: [Int32]) -> Int32 {
    TypedQuery(op, inputs, outputs).withOperation { bp_check_types($0, BP_TYPES_ALL, nil) }
  }

  func check(
    claiming types: UInt32 = BP_TYPES_ALL, withoutOperands: Bool = false
  ) -> (code: Int32, message: String) {
    withOperation { call in
      var call = call.pointee
      if withoutOperands { (call.inputs, call.outputs) = (nil, nil) }
      var error = bp_error()
      let code = bp_check_types(&call, types, &error)
      return (code, withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
  }
}
