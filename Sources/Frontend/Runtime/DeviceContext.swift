import BackendAPI
import Glibc
import PluginHost

/// The frontend's side of one open device: a copy of the plugin's table, the caching allocator, and what the plugin said
/// about its operators.
final class DeviceContext: @unchecked Sendable {
  // Sendable: the members are constant after `init`, and what they refer to guards itself.

  /// The device as the plugin host has it, which knows whether it has failed for good.
  private let opened: OpenDevice
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
  /// Held during the calls on the stream, which are the host's to serialize [BP-1.6]. The value is not used; one
  /// without a size would lie where the lock's own header does, which the thread sanitizer takes for a race.
  private let calls = Lock(0)

  private init(_ opened: OpenDevice, _ recorder: CallRecorder?) {
    self.opened = opened
    device = opened.device
    plugin = opened.plugin
    index = opened.index
    table = plugin.table
    info = opened.info
    hasHostMemory = info.flags & BP_DEVICE_HOST_MEMORY != 0
    isSynchronous = opened.stream == 0
    stream = opened.stream
    capabilities = CapabilityCache()
    allocator = CachingAllocator()
    self.recorder = recorder
    allocator.attach(self)
    let capabilities = capabilities
    opened.whenLost { capabilities.forget() }
  }

  private static let contexts = Lock<[Device: DeviceContext]>([:])

  /// That of a device, which is opened if need be.
  static func of(_ device: Device) throws(BackplaneError) -> DeviceContext {
    if let context = contexts.withLock({ $0[device] }) { return context }
    let opened = try PluginRegistry.shared.open(device)
    return contexts.withLock { contexts in
      if let context = contexts[device] { return context }
      let context = DeviceContext(opened, CallRecorder.shared)
      contexts[device] = context
      return context
    }
  }

  /// A device that fails every call: where results live that an error left undefined.
  static let invalid = DeviceContext(OpenDevice(unasked: InvalidDevice.plugin), nil)

  var isInvalid: Bool { self === DeviceContext.invalid }

  /// Calls a function of the table that uses the stream, when no other thread does.
  @inline(__always)
  func onStream(_ call: () -> Int32) -> Int32 { calls.withLock { _ in call() } }

  /// Waits until all work given to the device is done, and throws what went wrong in it.
  func synchronize() throws(BackplaneError) {
    try checkUsable("synchronize")
    guard !isSynchronous, let synchronize = table.stream_synchronize else { return }
    var error = bp_error.empty
    let code = onStream { synchronize(table.context, index, stream, &error) }
    guard code == BP_OK else { throw failure(code, error, "synchronize") }
  }

  /// Where the host reaches a fresh buffer of `alloc`, or nil on a device whose memory it does not see.
  func hostPointer(_ buffer: bp_buffer) throws(BackplaneError) -> UnsafeMutableRawPointer? {
    guard hasHostMemory, let find = table.host_pointer else { return nil }
    var pointer: UnsafeMutableRawPointer?
    var error = bp_error.empty
    let code = find(table.context, index, buffer, &pointer, &error)
    guard code == BP_OK else { throw failure(code, error, "host_pointer of \(plugin)") }
    guard let pointer else { throw defect("host_pointer returned NULL and no error [BP-8.6]") }
    let alignment = max(info.alignment, CachingAllocator.alignment)
    guard Int64(Int(bitPattern: pointer)) & (alignment - 1) == 0 else {
      throw defect("alloc gave a buffer at \(pointer), which is not aligned to \(alignment) bytes [BP-8.2]")
    }
    return pointer
  }

  /// Copies host bytes to the device.
  func copyFromHost(
    _ source: UnsafeRawPointer, to block: Block, offset: Int, count: Int
  ) throws(BackplaneError) {
    guard count > 0 else { return }
    try checkUsable("copy from host")
    var error = bp_error.empty
    let code = onStream {
      table.copy_from_host(
        table.context, index, stream, block.buffer, Int64(offset), source, Int64(count), &error)
    }
    guard code == BP_OK else { throw failure(code, error, "copy from host") }
  }

  /// Copies bytes of the device to the host, and waits for them.
  func copyToHost(
    _ target: UnsafeMutableRawPointer, from buffer: bp_buffer, offset: Int, count: Int
  ) throws(BackplaneError) {
    guard count > 0 else { return }
    try checkUsable("copy to host")
    var error = bp_error.empty
    let code = onStream {
      table.copy_to_host(
        table.context, index, stream, target, buffer, Int64(offset), Int64(count), &error)
    }
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
    try checkUsable("copy from \(source.device)")
    try source.checkUsable("copy to \(device)")
    var error = bp_error.empty
    func call() -> Int32 {
      copy(
        table.context, index, stream, target, Int64(targetOffset), source.index, source.stream, buffer, Int64(offset),
        Int64(count), &error)
    }
    // Two streams, always in one order, so that two copies do not wait for each other.
    let code =
      switch index {
      case source.index: onStream(call)
      case ..<source.index: onStream { source.onStream(call) }
      default: source.onStream { onStream(call) }
      }
    guard code == BP_OK else { throw failure(code, error, "copy from \(source.device)") }
    return true
  }

  /// An ABI status as an error that names the operation and the device.
  func failure(_ code: Int32, _ error: bp_error, _ operation: String) -> BackplaneError {
    if isInvalid { return BackplaneError(.internal, "\(operation): an operand is the result of a failed call") }
    return opened.failure(code, error, operation)
  }

  /// The failure of an operator that the plugin claimed, or that every plugin has.
  func executionFailure(_ code: Int32, _ error: bp_error, _ op: Operator) -> BackplaneError {
    let failure = failure(code, error, "\(op.name)")
    guard code == BP_ERROR_UNSUPPORTED, !isInvalid else { return failure }
    return BackplaneError(.unsupported, "\(failure.message) (execute refuses what query_op claimed [BP-5.2])")
  }

  /// What the plugin did against the ABI, as an error that names its file.
  func defect(_ what: String) -> BackplaneError { opened.defect(what) }

  /// Whether the device has not failed for good.
  var isUsable: Bool { opened.isUsable }

  /// Throws the device's first fatal error, if there was one. Operators come here because such an error empties the
  /// capability cache, so that a call on a sound device pays nothing.
  func checkUsable(_ operation: @autoclosure () -> String) throws(BackplaneError) {
    try opened.checkUsable(operation())
  }

  func memoryInfo() throws(BackplaneError) -> bp_memory_info { try opened.memoryInfo() }
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
      out.pointee.version = UnsafePointer(strdup(backplaneVersion))
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
      return try Plugin(open: open, source: "invalid", file: nil, layers: [])
    } catch {
      stop("the table of the invalid device is incomplete: \(error)")
    }
  }()
}
