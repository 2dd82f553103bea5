import BackendAPI
import Glibc

/// The table that plugins are opened with.
enum HostInterface {
  nonisolated(unsafe) static let pointer: UnsafePointer<bp_host> = {
    // Written once here, before any plugin sees it, and never freed: plugins may keep it.
    let host = UnsafeMutablePointer<bp_host>.allocate(capacity: 1)
    host.initialize(to: bp_host())
    host.pointee.struct_size = UInt32(MemoryLayout<bp_host>.size)
    host.pointee.abi_major = BP_ABI_MAJOR
    host.pointee.abi_minor = BP_ABI_MINOR
    host.pointee.name = UnsafePointer(strdup("backplane"))
    host.pointee.version = UnsafePointer(strdup(backplaneVersion))
    host.pointee.log = { _, level, message in
      guard let level = Log.Level(rawValue: level), message != nil else { return }
      let text = PluginText.text(at: message, limit: 4096) ?? ""
      // Of every level: what a plugin says of its ways belongs to the call in which it says so.
      Trace.file?.note(text, category: "log")
      Log.write(level, text)
    }
    return UnsafePointer(host)
  }()
}
