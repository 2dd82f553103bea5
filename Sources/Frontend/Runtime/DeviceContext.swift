import BackendAPI
import Glibc

/// The run-time side of one device: the plugin's table, a stream, the caching allocator, and what the plugin said
/// about its operators.
final class DeviceContext: @unchecked Sendable {
  // Sendable: the members are constant after `init`, and what they refer to guards itself.

  let device: Device
  let plugin: Plugin
  let index: Int32
  /// A copy of the plugin's table, so that a call is one load and one jump.
  let table: bp_plugin
  /// 0 for a plugin without streams.
  let stream: bp_stream
  let isSynchronous: Bool
  let hasHostMemory: Bool
  let info: bp_device_info
  let capabilities: CapabilityCache
  let allocator: CachingAllocator
  /// Keeps the calls of this program, where that is asked for.
  let recorder: CallRecorder?

  init(plugin: Plugin, index: Int) throws(BackplaneError) {
    self.plugin = plugin
    self.index = Int32(index)
    device = Device(type: plugin.name, index: index)
    table = plugin.table
    var info = bp_device_info()
    info.struct_size = UInt32(MemoryLayout<bp_device_info>.size)
    var error = bp_error.empty
    var code = table.device_info(table.context, self.index, &info, &error)
    guard code == BP_OK else {
      throw BackplaneError(.plugin, "\(plugin.name):\(index): \(error.text(code))")
    }
    self.info = info
    hasHostMemory = info.flags & BP_DEVICE_HOST_MEMORY != 0
    if hasHostMemory, table.host_pointer == nil {
      throw BackplaneError(
        .plugin, "\(plugin.name):\(index): it says that its memory is the host's but has no host_pointer")
    }
    isSynchronous = table.stream_create == nil
    var stream: bp_stream = 0
    if let create = table.stream_create {
      code = create(table.context, self.index, &stream, &error)
      guard code == BP_OK else {
        throw BackplaneError(.plugin, "\(plugin.name):\(index): no stream: \(error.text(code))")
      }
    }
    self.stream = stream
    capabilities = CapabilityCache()
    allocator = CachingAllocator()
    recorder = CallRecorder.shared
    allocator.attach(self)
  }

  /// A device that fails every call: where results live that an error left undefined.
  private init(failing plugin: Plugin) {
    self.plugin = plugin
    index = 0
    device = Device(type: plugin.name, index: 0)
    table = plugin.table
    info = bp_device_info()
    hasHostMemory = false
    isSynchronous = true
    stream = 0
    capabilities = CapabilityCache()
    allocator = CachingAllocator()
    recorder = nil
    allocator.attach(self)
  }

  static let invalid = DeviceContext(failing: InvalidDevice.plugin)

  var isInvalid: Bool { self === DeviceContext.invalid }

  /// Waits until all work given to the device is done, and throws what went wrong in it.
  func synchronize() throws(BackplaneError) {
    guard !isSynchronous, let synchronize = table.stream_synchronize else { return }
    var error = bp_error.empty
    let code = synchronize(table.context, index, stream, &error)
    guard code == BP_OK else { throw failure(code, error, "synchronize") }
  }

  /// Copies host bytes to the device.
  func copyFromHost(
    _ source: UnsafeRawPointer, to block: Block, offset: Int, count: Int
  ) throws(BackplaneError) {
    guard count > 0 else { return }
    var error = bp_error.empty
    let code = table.copy_from_host(
      table.context, index, stream, block.buffer, Int64(offset), source, Int64(count), &error)
    guard code == BP_OK else { throw failure(code, error, "copy from host") }
  }

  /// Copies bytes of the device to the host, and waits for them.
  func copyToHost(
    _ target: UnsafeMutableRawPointer, from buffer: bp_buffer, offset: Int, count: Int
  ) throws(BackplaneError) {
    guard count > 0 else { return }
    var error = bp_error.empty
    let code = table.copy_to_host(
      table.context, index, stream, target, buffer, Int64(offset), Int64(count), &error)
    guard code == BP_OK else { throw failure(code, error, "copy to host") }
    try synchronize()
  }

  /// Copies from a device of the same plugin without going through the host, where the plugin can: whether it did.
  func copyFromPeer(
    _ source: DeviceContext, _ buffer: bp_buffer, offset: Int, to target: bp_buffer, targetOffset: Int, count: Int
  ) throws(BackplaneError) -> Bool {
    guard source.plugin === plugin, let find = table.get_extension,
      let found = find(table.context, BP_EXTENSION_PEER_COPY)
    else { return false }
    let peer = found.assumingMemoryBound(to: bp_peer_copy.self)
    guard Int(peer.pointee.struct_size) >= MemoryLayout<bp_peer_copy>.size, let copy = peer.pointee.copy else {
      return false
    }
    var error = bp_error.empty
    let code = copy(
      table.context, index, stream, target, Int64(targetOffset), source.index, source.stream, buffer, Int64(offset),
      Int64(count), &error)
    guard code == BP_OK else { throw failure(code, error, "copy from \(source.device)") }
    return true
  }

  /// An ABI status as an error that names the operation and the device.
  func failure(_ code: Int32, _ error: bp_error, _ operation: String) -> BackplaneError {
    if isInvalid { return BackplaneError(.internal, "\(operation): an operand is the result of a failed call") }
    let text = error.text(code)
    return switch code {
    case BP_ERROR_INVALID_ARGUMENT: BackplaneError(.value, "\(operation): \(text)")
    case BP_ERROR_UNSUPPORTED: BackplaneError(.unsupported, "\(operation) on \(device): \(text)")
    case BP_ERROR_OUT_OF_MEMORY: BackplaneError(.outOfMemory, "\(operation) on \(device): \(text)")
    case BP_ERROR_DEVICE_LOST: BackplaneError(.deviceLost, "\(operation): device \(device) is lost: \(text)")
    case BP_ERROR_UNAVAILABLE: BackplaneError(.unsupported, "\(operation) on \(device): \(text)")
    default: BackplaneError(.internal, "\(operation) on \(device): \(text)")
    }
  }

  func describe() throws(BackplaneError) -> DeviceDescription {
    let memory = try memoryInfo()
    return DeviceDescription(
      device: device, plugin: plugin,
      name: withUnsafeBytes(of: info.name, fixedString), details: withUnsafeBytes(of: info.details, fixedString),
      totalMemory: Int(memory.total_bytes), freeMemory: Int(memory.free_bytes))
  }

  func memoryInfo() throws(BackplaneError) -> bp_memory_info {
    var memory = bp_memory_info()
    memory.struct_size = UInt32(MemoryLayout<bp_memory_info>.size)
    var error = bp_error.empty
    let code = table.memory_info(table.context, index, &memory, &error)
    guard code == BP_OK else { throw failure(code, error, "memory info") }
    return memory
  }
}

/// Text in an array of fixed size, whether or not the plugin terminated it.
private func fixedString(_ bytes: UnsafeRawBufferPointer) -> String {
  String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
}

/// A plugin whose every function fails, without a message worth reading: the error that made a tensor invalid has
/// been reported already.
private enum InvalidDevice {
  static let plugin: Plugin = {
    let open: bp_plugin_open_function = { _, out, _ in
      guard let out else { return BP_ERROR_INVALID_ARGUMENT }
      out.pointee.abi_major = BP_ABI_MAJOR
      out.pointee.magic = BP_PLUGIN_MAGIC
      // The name and the functions never leave the process's constant data.
      out.pointee.name = UnsafePointer(strdup("invalid"))
      out.pointee.device_info = { _, _, _, _ in BP_ERROR_UNAVAILABLE }
      out.pointee.memory_info = { _, _, _, _ in BP_ERROR_UNAVAILABLE }
      out.pointee.alloc = { _, _, _, _, _, _, _ in BP_ERROR_UNAVAILABLE }
      out.pointee.free = { _, _, _ in }
      out.pointee.copy_from_host = { _, _, _, _, _, _, _, _ in BP_ERROR_UNAVAILABLE }
      out.pointee.copy_to_host = { _, _, _, _, _, _, _, _ in BP_ERROR_UNAVAILABLE }
      out.pointee.query_op = { _, _, _, _, _ in BP_ERROR_UNAVAILABLE }
      out.pointee.execute = { _, _, _, _, _ in BP_ERROR_UNAVAILABLE }
      return BP_OK
    }
    do {
      return try Plugin(open: open, source: "invalid", file: nil)
    } catch {
      fatalError("the table of the invalid device is incomplete: \(error)")
    }
  }()
}
