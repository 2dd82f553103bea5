import BackendAPI
import CUDATypes
import Glibc

/// What the functions of the plugin's table work with: made once, when the plugin is opened, and handed to every
/// function as its context.
final class Backend: @unchecked Sendable {
  // Sendable: nothing changes after `init`, and devices guard themselves.

  let devices: [Device]
  let operators = OperatorTable()

  init(devices: [Device]) { self.devices = devices }

  static func of(_ context: UnsafeMutableRawPointer?) -> Backend {
    Unmanaged<Backend>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue()
  }

  /// A device by number, made the calling thread's.
  func device(_ number: Int32) throws(Failure) -> Device {
    guard number >= 0, number < devices.count else {
      throw .invalid("there are \(devices.count) devices, and no device \(number)")
    }
    let device = devices[Int(number)]
    try device.activate()
    return device
  }
}

private func bytes(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// The devices that there are, or why there is none.
private func findDevices() -> (devices: [Device], reason: String?) {
  let driver: cuda_driver
  do throws(MissingLibrary) {
    driver = try Libraries.driver()
  } catch {
    return ([], error.message)
  }
  do throws(Failure) {
    let code = driver.cuInit(0)
    if code == CU_NO_DEVICE { return ([], "The NVIDIA driver is here, but no device that it can use") }
    try driver.check(code, "The NVIDIA driver does not start")
    var count: Int32 = 0
    try driver.check(driver.cuDeviceGetCount(&count), "cuDeviceGetCount")
    var devices: [Device] = []
    for ordinal in 0..<count { devices.append(try Device(driver, ordinal)) }
    return (devices, devices.isEmpty ? "The NVIDIA driver is here, but no device that it can use" : nil)
  } catch {
    return ([], error.message)
  }
}

/// The plugin's entry point.
@c @implementation
public func bp_plugin_open_v1(
  _ host: UnsafePointer<bp_host>!, _ out: UnsafeMutablePointer<bp_plugin>!,
  _ err: UnsafeMutablePointer<bp_error>!
) -> Int32 {
  status(err) { () throws(Failure) in
    guard let host, let out else { throw .invalid("bp_plugin_open_v1: host and out must not be NULL") }
    guard host.pointee.abi_major == BP_ABI_MAJOR else {
      throw Failure(
        BP_ERROR_ABI_MISMATCH, "the plugin speaks ABI \(BP_ABI_MAJOR), the host \(host.pointee.abi_major)")
    }
    HostLog.open(host)
    let found = findDevices()
    var table = bp_plugin()
    table.struct_size = UInt32(MemoryLayout<bp_plugin>.size)
    table.abi_major = BP_ABI_MAJOR
    table.abi_minor = BP_ABI_MINOR
    table.device_count = Int32(found.devices.count)
    table.magic = BP_PLUGIN_MAGIC
    table.name = bytes("cuda")
    table.version = bytes("0.1.0")
    table.description = bytes("NVIDIA graphics processors: kernels compiled for the device, and cuBLAS")
    // Both live as long as the process.
    table.unavailable_reason = found.reason.map { UnsafePointer(strdup($0)) }
    table.context = Unmanaged.passRetained(Backend(devices: found.devices)).toOpaque()
    table.device_info = deviceInfo
    table.memory_info = memoryInfo
    table.alloc = allocate
    table.free = release
    table.copy_from_host = copyFromHost
    table.copy_to_host = copyToHost
    table.query_op = queryOperator
    table.execute = executeOperator
    table.host_pointer = hostPointer
    table.stream_create = streamCreate
    table.stream_destroy = streamDestroy
    table.stream_query = streamQuery
    table.stream_synchronize = streamSynchronize
    table.stream_wait = streamWait
    table.event_create = eventCreate
    table.event_destroy = eventDestroy
    table.event_record = eventRecord
    table.event_query = eventQuery
    table.event_synchronize = eventSynchronize
    table.get_extension = getExtension
    withUnsafePointer(to: table) { bp_plugin_fill(out, $0) }
  }
}
