import BackendAPI
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
  /// A copy of the plugin's table, so that a call is one load and one jump. Private: this is where the plugin is called,
  /// and nowhere else.
  private let table: bp_plugin
  /// 0 for a plugin without streams.
  let stream: bp_stream
  let isSynchronous: Bool
  let hasHostMemory: Bool
  let info: bp_device_info
  let capabilities: CapabilityCache
  let allocator: CachingAllocator
  /// Keeps the calls of this program, where that is asked for.
  let recorder: CallRecorder?
  /// What waits to be executed in one pass, on devices that can. Calls that are recorded are executed one by one.
  @exclusivity(unchecked) private(set) var fusion: Fusion?
  /// Storages of so many bytes, and those whose buffers have a bit of the mask, are tagged.
  @exclusivity(unchecked) private(set) var taggedBytes = Int.max
  @exclusivity(unchecked) private(set) var tagMask: UInt64 = 0
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
    if recorder == nil, let fusion = Fusion(self, fusionTable()) {
      self.fusion = fusion
      taggedBytes = fusion.taggedBytes
      tagMask = Fusion.tag
    }
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

  // MARK: Operators

  /// Executes an operator: for the dispatcher, which has asked the plugin before.
  @inline(__always)
  func execute(_ op: Operator, _ call: inout bp_op) throws(BackplaneError) {
    var error = bp_error.empty
    let code = onStream { table.execute(table.context, index, stream, &call, &error) }
    if code != BP_OK { throw executionFailure(code, error, op) }
  }

  /// The plugin's whole answer about an operator, uncached.
  func query(_ op: Operator, _ call: bp_op) throws(BackplaneError) -> bp_op_info {
    var call = call
    var info = bp_op_info()
    info.struct_size = UInt32(MemoryLayout<bp_op_info>.size)
    var error = bp_error.empty
    let code = table.query_op(table.context, index, &call, &info, &error)
    guard code == BP_OK else { throw failure(code, error, "query of \(op.name)") }
    guard info.supported == 0 || info.supported == 1 else {
      throw defect("query_op of \(op.name) says supported \(info.supported), which is neither 0 nor 1")
    }
    guard info.workspace_bytes >= 0 else {
      throw defect("query_op of \(op.name) wants a workspace of \(info.workspace_bytes) bytes [BP-5.7]")
    }
    return info
  }

  /// Calls a function of the table that uses the stream, when no other thread does.
  @inline(__always)
  private func onStream(_ call: () -> Int32) -> Int32 { calls.withLock { _ in call() } }

  /// Waits until all work given to the device is done, and throws what went wrong in it.
  func synchronize() throws(BackplaneError) {
    try checkUsable("synchronize")
    guard !isSynchronous, let synchronize = table.stream_synchronize else { return }
    var error = bp_error.empty
    let code = onStream { synchronize(table.context, index, stream, &error) }
    guard code == BP_OK else { throw failure(code, error, "synchronize") }
  }

  // MARK: Fusion

  /// The plugin's functions for several elementwise operators in one pass, if it has them.
  private func fusionTable() -> bp_fusion? {
    guard let found = table.get_extension?(table.context, BP_EXTENSION_FUSION) else { return nil }
    let fusion = found.assumingMemoryBound(to: bp_fusion.self).pointee
    guard Int(fusion.struct_size) >= MemoryLayout<bp_fusion>.size, fusion.prepare != nil, fusion.release != nil,
      fusion.execute != nil
    else { return nil }
    return fusion
  }

  /// The plugin's handle of a program, or nil where it does not take it.
  func prepare(
    _ fusion: bp_fusion, _ program: UnsafePointer<bp_fusion_program>
  ) throws(BackplaneError) -> UInt64? {
    var handle: UInt64 = 0
    var error = bp_error.empty
    let code = fusion.prepare(table.context, index, program, &handle, &error)
    if code == BP_ERROR_UNSUPPORTED { return nil }
    guard code == BP_OK else { throw failure(code, error, "preparing a fused program") }
    guard handle != 0 else { throw defect("fusion: prepare gave no handle and no error [BP-12.3]") }
    return handle
  }

  func release(_ fusion: bp_fusion, _ handle: UInt64) { fusion.release(table.context, index, handle) }

  func executeFused(
    _ fusion: bp_fusion, _ handle: UInt64, _ inputs: [bp_tensor], _ outputs: [bp_tensor], _ operators: [Operator]
  ) throws(BackplaneError) {
    try checkUsable("\(operators[0].name)")
    var error = bp_error.empty
    let code = (inputs + outputs).withUnsafeBufferPointer { views in
      let pointers = views.indices.map { UnsafePointer<bp_tensor>?(views.baseAddress! + $0) }
      return pointers.withUnsafeBufferPointer { p in
        onStream {
          fusion.execute(
            table.context, index, stream, handle, p.baseAddress!, p.baseAddress! + inputs.count, &error)
        }
      }
    }
    guard code == BP_OK else {
      throw failure(code, error, "\(operators.map { "\($0.name)" }.joined(separator: ", ")) in one pass")
    }
  }

  // MARK: Memory

  /// The plugin's own memory, for the allocator.
  func alloc(_ byteCount: Int, _ buffer: inout bp_buffer, _ error: inout bp_error) -> Int32 {
    table.alloc(
      table.context, index, BP_MEMORY_DEVICE, Int64(byteCount), CachingAllocator.alignment, &buffer, &error)
  }

  /// Gives a buffer of `alloc` or `wrapHost` back to the plugin.
  func free(_ buffer: bp_buffer) { table.free(table.context, index, buffer) }

  /// Whether the device can use memory of the host in place.
  var wrapsHostMemory: Bool { hasHostMemory && table.wrap_host != nil }

  /// A buffer of memory that is the host's and stays in place.
  func wrapHost(_ memory: UnsafeMutableRawPointer, byteCount: Int) throws(BackplaneError) -> bp_buffer {
    guard let wrap = table.wrap_host else {
      throw BackplaneError(.unsupported, "\(device) cannot use host memory in place")
    }
    var buffer: bp_buffer = 0
    var error = bp_error.empty
    let code = wrap(table.context, index, memory, Int64(byteCount), &buffer, &error)
    guard code == BP_OK else { throw failure(code, error, "wrap_host") }
    guard buffer != 0 else { throw defect("wrap_host returned no buffer and no error [BP-8.2]") }
    return buffer
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

  // MARK: Failures

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
