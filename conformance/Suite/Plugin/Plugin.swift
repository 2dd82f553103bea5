import BackendAPI
import Glibc
import Isolation
import PluginHost

/// A plugin under test: its table, checked as far as calling it needs, and nothing of the frontend.
public final class Plugin {
  /// The file, or how else the plugin was given.
  public let source: String
  public let table: bp_plugin
  /// Changes that opening made to the process, against [BP-1.7].
  let openingTraces: [String]
  /// Breaches of the calling rules seen since last asked.
  private var violations: [String] = []

  public var name: String { table.name.map { String(cString: $0) } ?? "" }

  /// Loads a file and opens the plugin in it.
  ///
  /// The library stays in the process: unloading one that holds Swift code would leave the runtime
  /// with dangling type descriptions.
  public convenience init(file: String) throws(PluginError) {
    guard let path = PluginSearch.realPath(file) else {
      throw PluginError("\(file): \(String(cString: strerror(errno)))")
    }
    if let problem = FileTrust.problem(file) { throw PluginError("\(file): \(problem)") }
    Worker.enter("its initializers")
    defer { Worker.leave() }
    guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
      throw PluginError("\(file): \(dlerror().map { String(cString: $0) } ?? "cannot be loaded") [BP-10.5]")
    }
    guard let symbol = dlsym(library, "bp_plugin_open_v1") else {
      throw PluginError("\(file): no Backplane plugin: it does not export bp_plugin_open_v1 [BP-10.4]")
    }
    try self.init(open: unsafeBitCast(symbol, to: bp_plugin_open_function.self), source: path)
  }

  /// Opens a plugin by its entry point.
  public init(open: bp_plugin_open_function, source: String) throws(PluginError) {
    var table = bp_plugin()
    table.struct_size = UInt32(MemoryLayout<bp_plugin>.size)
    _ = Worker.newOutput()
    let before = ProcessState()
    var breaches: [String] = []
    do throws(PluginError) {
      try Plugin.call("bp_plugin_open_v1", &breaches) { open(Plugin.host.pointer, &table, $0) }
    } catch {
      let rules = breaches.isEmpty ? "" : " (\(breaches.joined(separator: "; ")))"
      // A plugin whose hardware is missing opens, and says why it has no devices.
      let rule = error.code == BP_ERROR_UNAVAILABLE ? " [BP-8.1]" : ""
      throw PluginError(
        "\(source): did not open: \(error.message)\(rules)\(rule)", code: error.code, flags: error.flags)
    }
    self.source = source
    self.table = table
    openingTraces = before.changes.map { "after opening, \($0)" } + breaches
    try Plugin.check(table, source)
  }

  /// A plugin given by its table: for programs that hold one, and for tests.
  public init(table: bp_plugin, source: String) throws(PluginError) {
    self.source = source
    self.table = table
    openingTraces = []
    try Plugin.check(table, source)
  }

  private static func check(_ table: bp_plugin, _ source: String) throws(PluginError) {
    func unsound(_ what: String) -> PluginError { PluginError("\(source): \(what) [BP-10.6]") }
    guard table.magic == BP_PLUGIN_MAGIC else { throw unsound("the table has no BP_PLUGIN_MAGIC") }
    guard table.abi_major == BP_ABI_MAJOR else {
      throw unsound("ABI \(table.abi_major); this suite is for ABI \(BP_ABI_MAJOR)")
    }
    guard Int(table.struct_size) >= MemoryLayout<bp_plugin>.offset(of: \.host_pointer)! else {
      throw unsound("the table has \(table.struct_size) bytes: no room for the required functions")
    }
    let required: [(String, Bool)] = [
      ("name", table.name != nil), ("version", table.version != nil),
      ("device_info", table.device_info != nil), ("memory_info", table.memory_info != nil),
      ("alloc", table.alloc != nil), ("free", table.free != nil),
      ("copy_from_host", table.copy_from_host != nil), ("copy_to_host", table.copy_to_host != nil),
      ("query_op", table.query_op != nil), ("execute", table.execute != nil),
    ]
    if let missing = required.first(where: { !$0.1 }) { throw unsound("the required \(missing.0) is NULL") }
    guard (0...4096).contains(table.device_count) else {
      throw unsound("device_count is \(table.device_count), not 0 to 4096")
    }
  }

  /// Why there is no device, where there is none.
  public var unavailableReason: String? {
    guard table.device_count == 0 else { return nil }
    return table.unavailable_reason.map { String(cString: $0).onOneLine } ?? "no reason given"
  }

  // MARK: - Calls

  /// Makes one call and holds it to section 2 of the header: on success bp_error is untouched; on
  /// failure it carries the code returned and a message.
  func call(
    _ function: String, _ body: (UnsafeMutablePointer<bp_error>) -> Int32
  ) throws(PluginError) {
    try Plugin.call(function, &violations, body)
  }

  private static func call(
    _ function: String, _ violations: inout [String], _ body: (UnsafeMutablePointer<bp_error>) -> Int32
  ) throws(PluginError) {
    var error = bp_error()
    _ = withUnsafeMutableBytes(of: &error) { $0.initializeMemory(as: UInt8.self, repeating: 0xe5) }
    error.struct_size = UInt32(MemoryLayout<bp_error>.size)
    let before = error
    Worker.enter(function)
    let code = body(&error)
    Worker.leave()
    if error.struct_size != before.struct_size {
      violations.append("\(function) changed bp_error.struct_size [BP-1.2]")
    }
    if code == BP_OK {
      let isUntouched = withUnsafeBytes(of: error) { after in
        withUnsafeBytes(of: before) { memcmp(after.baseAddress!, $0.baseAddress!, after.count) == 0 }
      }
      if !isUntouched { violations.append("\(function) succeeded and wrote to bp_error [BP-2.4]") }
      return
    }
    let message = text(error.message)
    if message == nil { violations.append("\(function) failed with a message that no NUL ends [BP-2.2]") }
    let isBlank = message == "" || message?.utf8.allSatisfy { $0 == 0xe5 } == true
    if isBlank { violations.append("\(function) failed with \(statusName(code)) and no message [BP-2.2]") }
    if error.code != code { violations.append("\(function) returned \(code) and wrote code \(error.code) [BP-2.1]") }
    if !(1...7).contains(code) { violations.append("\(function) returned \(code), which is no BP_ERROR_* [BP-2.1]") }
    throw PluginError(isBlank ? "" : message ?? "", code: code, flags: error.flags)
  }

  func violate(_ what: String) { violations.append(what) }

  /// The breaches seen since last asked.
  func takeViolations() -> [String] {
    defer { violations = [] }
    return violations
  }

  // MARK: - Host

  /// What this program tells plugins of itself; it lives as long as the process.
  private struct Host: @unchecked Sendable {
    // Sendable: written once, before anyone sees the pointer.
    let pointer: UnsafeMutablePointer<bp_host>

    init() {
      pointer = .allocate(capacity: 1)
      var host = bp_host()
      host.struct_size = UInt32(MemoryLayout<bp_host>.size)
      host.abi_major = BP_ABI_MAJOR
      host.abi_minor = BP_ABI_MINOR
      host.name = UnsafePointer(strdup("backplane-conformance"))
      host.version = UnsafePointer(strdup(Conformance.version))
      host.log = { _, _, _ in }
      pointer.initialize(to: host)
    }
  }

  private static let host = Host()
}
