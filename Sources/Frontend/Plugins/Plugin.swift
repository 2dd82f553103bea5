import BackendAPI
import Glibc

/// A backend that has been opened and found sound.
///
/// A plugin lives as long as the process: its library is never unloaded.
public final class Plugin: @unchecked Sendable, CustomStringConvertible {
  // Sendable: everything is constant after `init`; the table's functions may be called from any thread [BP-1.6].

  /// What stands before the colon in its device strings.
  public let name: String
  /// The plugin's own version.
  public let version: String
  /// One line about the plugin, or empty.
  public let summary: String
  /// The library's file, or nil for a plugin registered by function pointer.
  public let file: String?
  /// How many devices it has.
  public let deviceCount: Int
  /// The ABI version of the header it was built with.
  public let abiVersion: (major: Int, minor: Int)
  /// With no devices: why.
  public let unavailableReason: String?

  let table: bp_plugin

  public var description: String { "\(name) \(version) (\(file ?? "linked into the program"))" }

  /// Calls a plugin's entry point and checks all that it returns.
  ///
  /// - Parameter source: The file, or what else a message should name.
  init(
    open: bp_plugin_open_function, source: String, file: String?
  ) throws(BackplaneError) {
    var table = bp_plugin()
    table.struct_size = UInt32(MemoryLayout<bp_plugin>.size)
    var error = bp_error.empty
    let code = open(HostInterface.pointer, &table, &error)
    guard code == BP_OK else {
      throw BackplaneError(.plugin, "\(source): the plugin refused to open: \(error.text(code))")
    }
    func refuse(_ why: String) -> BackplaneError { BackplaneError(.plugin, "\(source): \(why)") }

    let size = Int(table.struct_size)
    guard size >= Plugin.requiredSize, size <= MemoryLayout<bp_plugin>.size else {
      throw refuse(
        "its table says struct_size \(size); this host knows \(Plugin.requiredSize) to "
          + "\(MemoryLayout<bp_plugin>.size) bytes")
    }
    guard table.magic == BP_PLUGIN_MAGIC else {
      throw refuse("its table lacks the magic number of a Backplane plugin")
    }
    guard table.abi_major == BP_ABI_MAJOR else {
      throw refuse("built for ABI \(table.abi_major), this program speaks ABI \(BP_ABI_MAJOR)")
    }
    guard table.abi_minor >= 0 else { throw refuse("ABI minor version \(table.abi_minor)") }
    guard let name = table.name.flatMap(String.init(validatingCString:)), PluginName.isValid(name)
    else {
      throw refuse("its name is not of the form [a-z][a-z0-9_-]*")
    }
    guard (0...4096).contains(table.device_count) else {
      throw refuse("it claims \(table.device_count) devices")
    }
    if let missing = Plugin.missingFunction(in: table) {
      throw refuse("the required function \(missing) is missing")
    }
    self.name = name
    version = table.version.flatMap(String.init(validatingCString:)) ?? "unknown"
    summary = table.description.flatMap(String.init(validatingCString:)) ?? ""
    unavailableReason = table.unavailable_reason.flatMap(String.init(validatingCString:))
    deviceCount = Int(table.device_count)
    abiVersion = (Int(table.abi_major), Int(table.abi_minor))
    self.file = file
    self.table = table
  }

  /// Every table reaches at least to the end of the required functions.
  private static let requiredSize = MemoryLayout<bp_plugin>.offset(of: \.host_pointer)!

  private static func missingFunction(in table: bp_plugin) -> String? {
    if table.device_info == nil { return "device_info" }
    if table.memory_info == nil { return "memory_info" }
    if table.alloc == nil { return "alloc" }
    if table.free == nil { return "free" }
    if table.copy_from_host == nil { return "copy_from_host" }
    if table.copy_to_host == nil { return "copy_to_host" }
    if table.query_op == nil { return "query_op" }
    if table.execute == nil { return "execute" }
    guard table.stream_create != nil else { return nil }
    if table.stream_destroy == nil { return "stream_destroy" }
    if table.stream_query == nil { return "stream_query" }
    if table.stream_synchronize == nil { return "stream_synchronize" }
    if table.stream_wait == nil { return "stream_wait" }
    if table.event_create == nil { return "event_create" }
    if table.event_destroy == nil { return "event_destroy" }
    if table.event_record == nil { return "event_record" }
    if table.event_query == nil { return "event_query" }
    if table.event_synchronize == nil { return "event_synchronize" }
    return nil
  }
}

extension bp_error {
  static var empty: bp_error {
    var error = bp_error()
    error.struct_size = UInt32(MemoryLayout<bp_error>.size)
    return error
  }

  /// The message, kept within its array even if the plugin forgot the terminator.
  func text(_ code: Int32) -> String {
    let words = withUnsafeBytes(of: message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return words.isEmpty ? "\(statusName(code)), without a message" : words
  }
}

func statusName(_ code: Int32) -> String {
  switch code {
  case BP_ERROR_INVALID_ARGUMENT: "invalid argument"
  case BP_ERROR_UNSUPPORTED: "unsupported"
  case BP_ERROR_OUT_OF_MEMORY: "out of memory"
  case BP_ERROR_DEVICE_LOST: "device lost"
  case BP_ERROR_UNAVAILABLE: "unavailable"
  case BP_ERROR_ABI_MISMATCH: "ABI mismatch"
  case BP_ERROR_INTERNAL: "internal error"
  default: "unknown status \(code)"
  }
}

/// The table that plugins are opened with.
private enum HostInterface {
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
      guard let level = Log.Level(rawValue: level), let message else { return }
      Log.write(level, String(cString: message))
    }
    return UnsafePointer(host)
  }()
}

/// The version of Backplane.
public let backplaneVersion = "0.1.0"
