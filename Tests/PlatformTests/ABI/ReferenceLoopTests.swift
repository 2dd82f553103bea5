import BackendAPI
import Foundation
import TestSupport
import Testing

/// The reference defines every operator of the header, also those that a plugin need not have and that the
/// conformance suite would therefore pass over.
@Suite struct ReferenceLoopTests {
  @Test func everyOperatorOfTheHeaderHasItsLoop() throws {
    let reference = try QueriedPlugin("reference")
    for (id, name) in try OperatorTests.headerOperators().sorted(by: { $0.key < $1.key }) {
      #expect(reference.supportsSomeTypes(of: id), "query_op of the reference refuses BP_OP_\(name) of any types")
    }
    // What no header has is refused, so that the answers above mean something.
    #expect(!reference.supportsSomeTypes(of: 9999))
  }

  /// The conformance suite passes over an extended operator that a plugin lacks: `cpu` lacks none.
  @Test func everyOperatorOfTheHeaderHasItsKernelOnTheCPU() throws {
    let plugin = try QueriedPlugin("cpu")
    for (id, name) in try OperatorTests.headerOperators().sorted(by: { $0.key < $1.key }) {
      #expect(plugin.supportsSomeTypes(of: id), "query_op of cpu refuses BP_OP_\(name) of any types")
    }
  }
}

/// A plugin beside the test executable, asked without the frontend.
struct QueriedPlugin {
  private let table: bp_plugin

  /// A copy of a plugin's file, in a folder of its own: the plugin itself may be in the process, and is opened once
  /// [BP-10.1].
  static func copy(of name: String) throws -> URL {
    let search = ProcessInfo.processInfo.environment["BACKPLANE_PLUGIN_PATH"].map { URL(fileURLWithPath: $0) }
    let file = "libbackplane-\(name).so"
    let beside = Program.folder.appendingPathComponent(file)
    let place = FileManager.default.fileExists(atPath: beside.path) ? beside : search?.appendingPathComponent(file)
    let copy = try CompiledPlugin.makeFolder().appendingPathComponent("queried.so")
    try FileManager.default.copyItem(at: try #require(place), to: copy)
    return copy
  }

  init(_ name: String) throws {
    let copy = try QueriedPlugin.copy(of: name)
    defer { try? FileManager.default.removeItem(at: copy.deletingLastPathComponent()) }
    let library = try #require(dlopen(copy.path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE))
    let symbol = try #require(dlsym(library, "bp_plugin_open_v1"))
    var host = bp_host()
    host.struct_size = UInt32(MemoryLayout<bp_host>.size)
    (host.abi_major, host.abi_minor) = (BP_ABI_MAJOR, BP_ABI_MINOR)
    var table = bp_plugin()
    table.struct_size = UInt32(MemoryLayout<bp_plugin>.size)
    try #require(unsafeBitCast(symbol, to: bp_plugin_open_function.self)(&host, &table, nil) == BP_OK)
    self.table = table
  }

  /// Whether some operands of up to four inputs and four outputs please the operator, by number and types.
  func supportsSomeTypes(of id: Int32) -> Bool {
    let types = [BP_FLOAT32, BP_INT64, BP_BOOL, BP_COMPLEX64, BP_INT32]
    // Operators of more operands than can be tried: what the header says of them.
    if let definition = bp_op_definition_of(id)?.pointee {
      let letters = { (text: UnsafePointer<CChar>) in String(cString: text).utf8.map { CChar($0) } }
      for type in types {
        let given = [letters(definition.inputs), letters(definition.outputs)].map {
          $0.map { bp_type_of_letter($0, type) }
        }
        if supports(id, given[0], given[1]) { return true }
      }
    }
    for inputs in 0...4 {
      for outputs in 1...4 {
        // Every choice of types for up to five operands; beyond, one type for all.
        let count = inputs + outputs
        let choices = count <= 5 ? Int(pow(Double(types.count), Double(count))) : types.count
        for choice in 0..<choices {
          var rest = choice
          let chosen = (0..<count).map { _ -> Int32 in
            defer { if count <= 5 { rest /= types.count } }
            return types[rest % types.count]
          }
          if supports(id, Array(chosen[..<inputs]), Array(chosen[inputs...])) { return true }
        }
      }
    }
    return false
  }

  func supports(_ id: Int32, _ inputs: [Int32], _ outputs: [Int32]) -> Bool {
    TypedQuery(id, inputs, outputs).withOperation { op in
      var info = bp_op_info()
      info.struct_size = UInt32(MemoryLayout<bp_op_info>.size)
      return table.query_op(table.context, 0, op, &info, nil) == BP_OK && info.supported == 1
    }
  }
}
