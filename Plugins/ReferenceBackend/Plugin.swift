import BackendAPI

/// The plugin's entry point: as `bp_plugin_open_v1` of its library, and by this name in programs that link it.
@c(backplane_reference_open)
public func openReferenceBackend(
  _ host: UnsafePointer<bp_host>!, _ out: UnsafeMutablePointer<bp_plugin>!,
  _ err: UnsafeMutablePointer<bp_error>!
) -> Int32 {
  status(err) { () throws(Failure) in
    guard let host, let out else {
      throw .invalid("bp_plugin_open_v1: \(host == nil ? "host" : "out") is NULL")
    }
    guard host.pointee.abi_major == BP_ABI_MAJOR else {
      throw Failure(
        code: BP_ERROR_ABI_MISMATCH,
        message: "the host speaks ABI \(host.pointee.abi_major), this plugin ABI \(BP_ABI_MAJOR)")
    }
    guard Int(out.pointee.struct_size) >= MemoryLayout<bp_plugin>.offset(of: \.host_pointer)! else {
      throw Failure(
        code: BP_ERROR_ABI_MISMATCH,
        message: "the host's bp_plugin has \(out.pointee.struct_size) bytes: no room for execute")
    }
    var table = pluginTable()
    bp_plugin_fill(out, &table)
  }
}

private func pluginTable() -> bp_plugin {
  var table = bp_plugin()
  table.struct_size = UInt32(MemoryLayout<bp_plugin>.size)
  table.abi_major = BP_ABI_MAJOR
  table.abi_minor = BP_ABI_MINOR
  table.device_count = 1
  table.magic = BP_PLUGIN_MAGIC
  table.name = cString("reference")
  table.version = cString("0.1.0")
  table.description = cString("The definition of every operator, as plain loops in float64")

  table.device_info = deviceInfo
  table.memory_info = memoryInfo
  table.alloc = alloc
  table.free = free
  table.copy_from_host = copyFromHost
  table.copy_to_host = copyToHost
  table.query_op = queryOp
  table.execute = execute
  table.host_pointer = hostPointer
  table.wrap_host = wrapHost
  table.get_extension = getExtension
  return table
}

/// A C string that lives as long as the process [BP-1.4].
private func cString(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

private func deviceInfo(
  _ context: UnsafeMutableRawPointer?, _ device: Int32, _ out: UnsafeMutablePointer<bp_device_info>?,
  _ err: UnsafeMutablePointer<bp_error>?
) -> Int32 {
  status(err) { () throws(Failure) in
    try check(device: device)
    guard let out else { throw .invalid("device_info: out is NULL") }
    var info = bp_device_info()
    info.flags = BP_DEVICE_HOST_MEMORY
    info.total_bytes = Int64(physicalMemory)
    info.alignment = Int64(Memory.alignment)
    bp_set_text(&info.name, MemoryLayout.size(ofValue: info.name), "Reference")
    bp_set_text(&info.details, MemoryLayout.size(ofValue: info.details), "one thread, float64 inside, slow on purpose")
    bp_answer(out, &info, UInt32(MemoryLayout<bp_device_info>.size))
  }
}
