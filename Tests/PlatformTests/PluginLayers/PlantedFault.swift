import BackendAPI
import Backplane
import Foundation
import TestSupport

/// The plugin of Fixtures/faulty.c with one of its faults, under a name of its own.
struct PlantedFault {
  let fault: String
  /// The plugin's name: findings are told apart by it.
  let name: String
  let file: URL

  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  init(_ fault: String, for test: String) throws {
    self.fault = fault
    // After those of the known devices, which other tests list.
    name = "test-\(test)-\(fault.lowercased())".replacingOccurrences(of: "_", with: "")
    file = try CompiledPlugin.makeFolder().appendingPathComponent("libbackplane-\(name).so")
    try CompiledPlugin.compile("faulty.c", in: PlantedFault.fixtures, ["FAULT=\(fault)", "NAME=\(name)"], to: file)
  }

  func remove() { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }

  /// Loads it into the frontend.
  func device(_ layers: Set<PluginLayer>) throws -> Device {
    try Plugin.load(file.path, layers: layers)
    return Device(name)
  }

  var findings: [Validation.Finding] { Validation.findings.filter { $0.plugin == name } }

  /// What holds the calls of the fault SLOW.
  struct Gate {
    fileprivate let inside: UnsafeMutablePointer<Int32>
    fileprivate let mayEnd: UnsafeMutablePointer<Int32>

    // The words are the plugin's atomics; a stale value is read again.
    func callsInside() -> Int32 { inside.pointee }
    func open() { mayEnd.pointee = 1 }
  }

  func gate() throws -> Gate {
    let library = dlopen(file.path, RTLD_NOW | RTLD_LOCAL)
    guard let inside = dlsym(library, "calls_inside"), let mayEnd = dlsym(library, "calls_may_end") else {
      throw NoTable()
    }
    return Gate(
      inside: inside.assumingMemoryBound(to: Int32.self), mayEnd: mayEnd.assumingMemoryBound(to: Int32.self))
  }

  /// Its table, without the frontend.
  func table() throws -> bp_plugin { try openTable(file) }
}

struct NoTable: Error {}

/// Opens a plugin as a host does that is not the frontend.
func openTable(_ file: URL) throws -> bp_plugin {
  guard let library = dlopen(file.path, RTLD_NOW | RTLD_LOCAL), let symbol = dlsym(library, "bp_plugin_open_v1") else {
    throw NoTable()
  }
  var table = bp_plugin()
  table.struct_size = UInt32(MemoryLayout<bp_plugin>.size)
  guard unsafeBitCast(symbol, to: bp_plugin_open_function.self)(nil, &table, nil) == BP_OK else { throw NoTable() }
  return table
}

/// A table with the calls that the tests make of it.
struct TestTable: @unchecked Sendable {
  // Sendable: the table's functions may be called from any thread.
  let table: bp_plugin

  func alloc(_ bytes: Int64, alignment: Int64 = 0) -> (code: Int32, buffer: bp_buffer) {
    var buffer: bp_buffer = 0
    return (table.alloc(table.context, 0, BP_MEMORY_DEVICE, bytes, alignment, &buffer, nil), buffer)
  }

  func free(_ buffer: bp_buffer) { table.free(table.context, 0, buffer) }

  func write(_ values: [Float], to buffer: bp_buffer, offset: Int64 = 0) -> Int32 {
    table.copy_from_host(table.context, 0, 0, buffer, offset, values, Int64(values.count * 4), nil)
  }

  func read(_ buffer: bp_buffer, count: Int) -> (code: Int32, values: [Float]) {
    var values = [Float](repeating: -1, count: count)
    return (table.copy_to_host(table.context, 0, 0, &values, buffer, 0, Int64(count * 4), nil), values)
  }

  /// An operator on an input of 16 float32, an immediate if there is no buffer of it, and an output of as many; without
  /// parameters.
  func execute(_ id: Int32, on input: bp_buffer? = nil, to out: bp_buffer) -> Int32 {
    var numbers: [Int64] = [16, 1, 0]
    return numbers.withUnsafeMutableBufferPointer { numbers in
      let shape = UnsafePointer(numbers.baseAddress!)
      func view(_ buffer: bp_buffer, _ stride: Int, _ flags: UInt32) -> bp_tensor {
        bp_tensor(
          struct_size: UInt32(MemoryLayout<bp_tensor>.size), dtype: BP_FLOAT32, rank: 1, flags: flags, buffer: buffer,
          byte_offset: 0, shape: shape, strides: shape + stride, immediate: (0, 0))
      }
      let first = input.map { view($0, 1, 0) } ?? view(0, 2, BP_TENSOR_IMMEDIATE)
      let views = [first, view(out, 1, 0)]
      return views.withUnsafeBufferPointer { views in
        let pointers = views.indices.map { UnsafePointer<bp_tensor>?(views.baseAddress! + $0) }
        return pointers.withUnsafeBufferPointer { pointers in
          var op = bp_op(
            struct_size: UInt32(MemoryLayout<bp_op>.size), op: id, version: 1, input_count: 1, output_count: 1,
            reserved: 0, inputs: pointers.baseAddress!, outputs: pointers.baseAddress! + 1, params: nil, workspace: 0,
            workspace_offset: 0, workspace_bytes: 0)
          return table.execute(table.context, 0, 0, &op, nil)
        }
      }
    }
  }

  /// out = a + b, of `count` elements of float32, from offsets in bytes.
  func add(
    _ a: bp_buffer, _ b: bp_buffer, _ out: bp_buffer, count: Int64, offsets: (Int64, Int64, Int64) = (0, 0, 0),
    stream: bp_stream = 0
  ) -> (code: Int32, message: String) {
    var error = bp_error()
    error.struct_size = UInt32(MemoryLayout<bp_error>.size)
    let code = withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2) { numbers in
      numbers[0] = count
      numbers[1] = 1
      func view(_ buffer: bp_buffer, _ offset: Int64) -> bp_tensor {
        bp_tensor(
          struct_size: UInt32(MemoryLayout<bp_tensor>.size), dtype: BP_FLOAT32, rank: 1, flags: 0, buffer: buffer,
          byte_offset: offset, shape: numbers.baseAddress!, strides: numbers.baseAddress! + 1, immediate: (0, 0))
      }
      let views = [view(a, offsets.0), view(b, offsets.1), view(out, offsets.2)]
      return views.withUnsafeBufferPointer { views in
        let pointers = views.indices.map { UnsafePointer<bp_tensor>?(views.baseAddress! + $0) }
        return pointers.withUnsafeBufferPointer { pointers in
          var op = bp_op(
            struct_size: UInt32(MemoryLayout<bp_op>.size), op: BP_OP_ADD, version: 1, input_count: 2, output_count: 1,
            reserved: 0, inputs: pointers.baseAddress!, outputs: pointers.baseAddress! + 2, params: nil, workspace: 0,
            workspace_offset: 0, workspace_bytes: 0)
          return table.execute(table.context, 0, stream, &op, &error)
        }
      }
    }
    return (code, withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
  }
}
