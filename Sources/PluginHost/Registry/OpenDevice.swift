import BackendAPI
import Synchronization

/// A device that has been opened: what it says of itself, its stream, and the error after which it answers nothing more.
///
/// One for each device, as long as the process.
package final class OpenDevice: Sendable {
  package let device: Device
  package let plugin: Plugin
  package let index: Int32
  package let info: bp_device_info
  /// 0 for a plugin without streams.
  package let stream: bp_stream

  private struct Fault {
    /// The first error that was for good.
    var error: BackplaneError?
    var listeners: [@Sendable () -> Void] = []
  }

  private let fault = Lock(Fault())
  private let isFaulty = Atomic<Bool>(false)

  /// Opens a device, with the checks of what the plugin says about it.
  init(plugin: Plugin, index: Int) throws(BackplaneError) {
    self.plugin = plugin
    self.index = Int32(index)
    device = Device(type: plugin.name, index: index)
    info = try plugin.deviceInfo(index)
    stream = try plugin.makeStream(index)
  }

  /// A plugin's first device, which is never asked for anything.
  package init(unasked plugin: Plugin) {
    self.plugin = plugin
    index = 0
    device = Device(type: plugin.name, index: 0)
    info = bp_device_info()
    stream = 0
  }

  // MARK: Failures

  /// Whether the device has not failed for good.
  package var isUsable: Bool { !isFaulty.load(ordering: .relaxed) }

  /// Throws the device's first fatal error, if there was one.
  package func checkUsable(_ operation: @autoclosure () -> String) throws(BackplaneError) {
    guard !isUsable, let first = fault.withLock({ $0.error }) else { return }
    throw BackplaneError(.deviceLost, "\(operation()): device \(device) failed before and is lost: \(first.message)")
  }

  /// Has `listener` called when the device fails for good.
  package func whenLost(_ listener: @escaping @Sendable () -> Void) {
    fault.withLock { $0.listeners.append(listener) }
  }

  /// An ABI status as an error that names the operation and the device.
  package func failure(_ code: Int32, _ error: bp_error, _ operation: String) -> BackplaneError {
    let text = error.text(code)
    let failure =
      switch code {
      case BP_ERROR_INVALID_ARGUMENT: BackplaneError(.value, "\(operation): \(text)")
      case BP_ERROR_UNSUPPORTED: BackplaneError(.unsupported, "\(operation) on \(device): \(text)")
      case BP_ERROR_OUT_OF_MEMORY: BackplaneError(.outOfMemory, "\(operation) on \(device): \(text)")
      case BP_ERROR_DEVICE_LOST: BackplaneError(.deviceLost, "\(operation): device \(device) is lost: \(text)")
      case BP_ERROR_UNAVAILABLE: BackplaneError(.unsupported, "\(operation) on \(device): \(text)")
      default: BackplaneError(.internal, "\(operation) on \(device): \(text)")
      }
    if error.isFinal(code) { lose(failure) }
    return failure
  }

  /// What the plugin did against the ABI, as an error that names its file.
  package func defect(_ what: String) -> BackplaneError { plugin.defect(Int(index), what) }

  private func lose(_ failure: BackplaneError) {
    let listeners = fault.withLock { fault in
      if fault.error == nil { fault.error = failure }
      return fault.listeners
    }
    isFaulty.store(true, ordering: .relaxed)
    for listener in listeners { listener() }
  }

  // MARK: What it says of itself

  package func describe() throws(BackplaneError) -> DeviceDescription {
    let memory = try memoryInfo()
    return DeviceDescription(
      device: device, plugin: plugin,
      name: PluginText.text(in: info.name), details: PluginText.text(in: info.details),
      totalMemory: Int(memory.total_bytes), freeMemory: Int(memory.free_bytes))
  }

  package func memoryInfo() throws(BackplaneError) -> bp_memory_info {
    try checkUsable("memory info")
    var memory = bp_memory_info()
    memory.struct_size = UInt32(MemoryLayout<bp_memory_info>.size)
    var error = bp_error.empty
    let table = plugin.table
    let code = table.memory_info(table.context, index, &memory, &error)
    guard code == BP_OK else { throw failure(code, error, "memory info") }
    guard memory.total_bytes >= 0, memory.free_bytes >= 0,
      memory.free_bytes <= memory.total_bytes || memory.total_bytes == 0
    else {
      throw defect("memory_info says \(memory.free_bytes) bytes free of \(memory.total_bytes)")
    }
    return memory
  }
}
