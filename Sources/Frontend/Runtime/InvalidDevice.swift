import BackendAPI
import Glibc

/// A plugin whose every function fails, without a message worth reading: the error that made a tensor invalid has
/// been reported already.
enum InvalidDevice {
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
