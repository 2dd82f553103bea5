import BackendAPI
import Glibc
import Isolation

/// One tensor of a call as the ABI has it: a view of a buffer, or an immediate.
struct View {
  var dtype: Int32
  var layout: Layout
  var buffer: bp_buffer = 0
  /// Where element (0, 0, …) lies.
  var byteOffset = 0
  var immediate: (UInt64, UInt64)?
}

/// One call of an operator.
struct OperatorCall {
  var op: Int32
  var version: Int32 = 1
  var inputs: [View]
  var outputs: [View]
  var params: Parameters = .none
  var workspace: (buffer: bp_buffer, bytes: Int64) = (0, 0)

  func withOperation<Result>(_ body: (UnsafePointer<bp_op>) -> Result) -> Result {
    let views = inputs + outputs
    // One array holds all shapes and strides; the last 0 gives it an address when all ranks are 0.
    var numbers: [Int64] = []
    var starts: [Int] = []
    for view in views {
      starts.append(numbers.count)
      numbers += view.layout.shape.map { Int64($0) } + view.layout.strides.map { Int64($0) }
    }
    numbers.append(0)
    return numbers.withUnsafeBufferPointer { numbers in
      let tensors = zip(views, starts).map { view, start in
        bp_tensor(
          struct_size: UInt32(MemoryLayout<bp_tensor>.size), dtype: view.dtype, rank: Int32(view.layout.rank),
          flags: view.immediate == nil ? 0 : BP_TENSOR_IMMEDIATE, buffer: view.buffer,
          byte_offset: Int64(view.byteOffset), shape: numbers.baseAddress! + start,
          strides: numbers.baseAddress! + start + view.layout.rank, immediate: view.immediate ?? (0, 0))
      }
      return tensors.withUnsafeBufferPointer { tensors in
        let pointers = tensors.indices.map { UnsafePointer<bp_tensor>?(tensors.baseAddress! + $0) }
        return pointers.withUnsafeBufferPointer { pointers in
          params.withPointer { params in
            var op = bp_op(
              struct_size: UInt32(MemoryLayout<bp_op>.size), op: op, version: version,
              input_count: Int32(inputs.count), output_count: Int32(outputs.count), reserved: 0,
              inputs: pointers.baseAddress, outputs: pointers.baseAddress.map { $0 + inputs.count },
              params: params, workspace: workspace.buffer, workspace_offset: 0,
              workspace_bytes: workspace.bytes)
            return body(&op)
          }
        }
      }
    }
  }
}

/// What `query_op` said.
struct Capability: Equatable {
  let isSupported: Bool
  let flags: UInt32
  let reason: String
  let workspaceBytes: Int64

  func has(_ flag: UInt32) -> Bool { flags & flag != 0 }
}

/// One device of a plugin: the table's functions as typed, throwing calls.
public final class Device {
  public let plugin: Plugin
  public let index: Int32
  let info: bp_device_info
  let stream: bp_stream
  private var idle: [Int: [bp_buffer]] = [:]
  /// Operators are only put on the stream: whoever set this synchronizes.
  var isQueueing = false

  private var table: bp_plugin { plugin.table }
  private var context: UnsafeMutableRawPointer? { plugin.table.context }

  public init(_ plugin: Plugin, index: Int32 = 0) throws(PluginError) {
    if let reason = plugin.unavailableReason {
      throw PluginError("\(plugin.source): the plugin has no devices: \(reason)")
    }
    guard index >= 0 && index < plugin.table.device_count else {
      throw PluginError("\(plugin.source): no device \(index); there are \(plugin.table.device_count)")
    }
    self.plugin = plugin
    self.index = index
    let table = plugin.table
    var info = bp_device_info()
    info.struct_size = UInt32(MemoryLayout<bp_device_info>.size)
    try plugin.call("device_info") { table.device_info(table.context, index, &info, $0) }
    self.info = info
    var stream: bp_stream = 0
    if let create = table.stream_create {
      try plugin.call("stream_create") { create(table.context, index, &stream, $0) }
    }
    self.stream = stream
  }

  /// Opens a plugin and one of its devices, by file or by a device string: "cpu", "cuda:1". With a
  /// file, the string's index counts alone.
  public convenience init(named name: String?, file: String?) throws(PluginError) {
    let index = try Device.index(named: name)
    try self.init(Plugin(file: Device.file(named: name, file: file)), index: index)
  }

  /// The index in a device string.
  static func index(named name: String?) throws(PluginError) -> Int32 {
    let parts = (name ?? "").split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return 0 }
    guard let number = Int32(parts[1]) else {
      throw PluginError("\(name ?? ""): \(parts[1]) is no device index")
    }
    return number
  }

  /// The file that is given, or that of the plugin in a device string.
  static func file(named name: String?, file: String?) throws(PluginError) -> String {
    if let file { return file }
    return try PluginSearch.file(named: String((name ?? "").prefix { $0 != ":" }))
  }

  /// The plugin's name, version and file, and the device's own name.
  public var description: String {
    let version = plugin.table.version.map { String(cString: $0) } ?? ""
    return "\(plugin.name):\(index) (\(text(info.name) ?? "?"); version \(version); \(plugin.source))"
  }

  var isHostMemory: Bool { info.flags & BP_DEVICE_HOST_MEMORY != 0 }

  // MARK: - Memory

  func memoryInfo() throws(PluginError) -> bp_memory_info {
    var info = bp_memory_info()
    info.struct_size = UInt32(MemoryLayout<bp_memory_info>.size)
    try plugin.call("memory_info") { table.memory_info(context, index, &info, $0) }
    return info
  }

  func alloc(_ bytes: Int64, alignment: Int64 = 0, kind: Int32 = BP_MEMORY_DEVICE) throws(PluginError)
    -> bp_buffer
  {
    var buffer: bp_buffer = 0
    try plugin.call("alloc") { table.alloc(context, index, kind, bytes, alignment, &buffer, $0) }
    if buffer == 0 { plugin.violate("alloc succeeded and gave buffer 0 [BP-8.2]") }
    return buffer
  }

  func free(_ buffer: bp_buffer) {
    Worker.enter("free")
    table.free(context, index, buffer)
    Worker.leave()
  }

  func copyFromHost(_ target: bp_buffer, offset: Int, _ bytes: [UInt8]) throws(PluginError) {
    let (table, context, index, stream) = (table, context, index, stream)
    try plugin.call("copy_from_host") { error in
      bytes.withUnsafeBytes { source in
        table.copy_from_host(
          context, index, stream, target, Int64(offset), source.baseAddress, Int64(source.count), error)
      }
    }
    try synchronize()
  }

  func copyToHost(_ source: bp_buffer, offset: Int, count: Int) throws(PluginError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xdd, count: count)
    let (table, context, index, stream) = (table, context, index, stream)
    try plugin.call("copy_to_host") { error in
      bytes.withUnsafeMutableBytes { target in
        table.copy_to_host(
          context, index, stream, target.baseAddress, source, Int64(offset), Int64(target.count), error)
      }
    }
    try synchronize()
    return bytes
  }

  /// Where the host can reach a buffer; nil where the plugin has no `host_pointer`.
  func hostPointer(_ buffer: bp_buffer) throws(PluginError) -> UnsafeMutableRawPointer? {
    guard let hostPointer = table.host_pointer else { return nil }
    var pointer: UnsafeMutableRawPointer?
    try plugin.call("host_pointer") { hostPointer(context, index, buffer, &pointer, $0) }
    return pointer
  }

  func wrapHost(_ memory: UnsafeMutableRawPointer, bytes: Int) throws(PluginError) -> bp_buffer {
    var buffer: bp_buffer = 0
    try plugin.call("wrap_host") { table.wrap_host(context, index, memory, Int64(bytes), &buffer, $0) }
    return buffer
  }

  /// A buffer of at least so many bytes, from those given back where one fits: device allocations
  /// can be slow, and a run needs a hundred thousand.
  func borrow(_ bytes: Int) throws(PluginError) -> bp_buffer {
    let size = Device.sizeClass(bytes)
    if let buffer = idle[size]?.popLast() { return buffer }
    return try alloc(Int64(size))
  }

  func giveBack(_ buffer: bp_buffer, bytes: Int) { idle[Device.sizeClass(bytes), default: []].append(buffer) }

  private static func sizeClass(_ bytes: Int) -> Int {
    var size = 1024
    while size < bytes { size *= 2 }
    return size
  }

  // MARK: - Operators

  func query(_ call: OperatorCall) throws(PluginError) -> Capability {
    var blind = call
    for i in blind.inputs.indices { (blind.inputs[i].buffer, blind.inputs[i].byteOffset) = (0, 0) }
    for i in blind.outputs.indices { (blind.outputs[i].buffer, blind.outputs[i].byteOffset) = (0, 0) }
    var info = bp_op_info()
    info.struct_size = UInt32(MemoryLayout<bp_op_info>.size)
    let (table, context, index) = (table, context, index)
    try plugin.call("query_op") { error in
      blind.withOperation { table.query_op(context, index, $0, &info, error) }
    }
    let reason = text(info.reason)
    if info.supported == 0 && (reason ?? "").isEmpty {
      plugin.violate("query_op says \"not supported\" and gives no reason [BP-5.3]")
    }
    if info.supported != 0 && info.supported != 1 {
      plugin.violate("query_op sets supported to \(info.supported), not 1 or 0 [BP-5.4]")
    }
    return Capability(
      isSupported: info.supported == 1, flags: info.flags, reason: reason ?? "",
      workspaceBytes: info.workspace_bytes)
  }

  /// Runs an operator to its end, with the workspace it asks for; while queueing, starts it.
  func execute(_ call: OperatorCall, _ capability: Capability? = nil) throws(PluginError) {
    var call = call
    if let capability, capability.has(BP_OP_INFO_WORKSPACE) || capability.workspaceBytes > 0 {
      let bytes = try query(call).workspaceBytes
      if bytes > 0 { call.workspace = (try borrow(Int(bytes)), bytes) }
    }
    defer {
      if call.workspace.bytes > 0 { giveBack(call.workspace.buffer, bytes: Int(call.workspace.bytes)) }
    }
    let (table, context, index, stream) = (table, context, index, stream)
    try plugin.call("execute") { error in
      call.withOperation { table.execute(context, index, stream, $0, error) }
    }
    if !isQueueing { try synchronize() }
  }

  /// The status of a call without a bp_error [BP-2.1].
  func executeWithoutError(_ call: OperatorCall) -> Int32 {
    Worker.enter("execute")
    defer { Worker.leave() }
    let code = call.withOperation { table.execute(context, index, stream, $0, nil) }
    if code != BP_OK || stream == 0 { return code }
    return table.stream_synchronize(context, index, stream, nil)
  }

  func synchronize() throws(PluginError) {
    guard stream != 0 else { return }
    try plugin.call("stream_synchronize") { table.stream_synchronize(context, index, stream, $0) }
  }
}
