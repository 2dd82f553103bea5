import BackendAPI

/// Opening the plugin's devices, with the checks of what it says about them.
extension Plugin {
  func deviceInfo(_ index: Int) throws(BackplaneError) -> bp_device_info {
    var info = bp_device_info()
    info.struct_size = UInt32(MemoryLayout<bp_device_info>.size)
    var error = bp_error.empty
    let code = table.device_info(table.context, Int32(index), &info, &error)
    guard code == BP_OK else { throw defect(index, "device_info failed: \(error.text(code))") }
    guard info.alignment > 0, info.alignment & (info.alignment - 1) == 0 else {
      throw defect(index, "device_info says alignment \(info.alignment), which is no power of two")
    }
    guard info.total_bytes >= 0 else { throw defect(index, "device_info says \(info.total_bytes) bytes of memory") }
    if info.flags & BP_DEVICE_HOST_MEMORY != 0, table.host_pointer == nil {
      throw defect(index, "it says that its memory is the host's, but has no host_pointer [BP-8.6]")
    }
    return info
  }

  /// A stream of a device, or 0 for a plugin without streams.
  func makeStream(_ index: Int) throws(BackplaneError) -> bp_stream {
    guard let create = table.stream_create else { return 0 }
    var stream: bp_stream = 0
    var error = bp_error.empty
    let code = create(table.context, Int32(index), &stream, &error)
    guard code == BP_OK else { throw defect(index, "stream_create failed: \(error.text(code))") }
    guard stream != 0 else { throw defect(index, "stream_create returned no stream and no error [BP-9.1]") }
    return stream
  }

  /// What the plugin did against the ABI, as an error that names its file.
  func defect(_ index: Int, _ what: String) -> BackplaneError {
    BackplaneError(.plugin, "\(file ?? "the plugin linked into the program"): \(name):\(index): \(what)")
  }
}
