import BackendAPI

/// A plugin's table, as its entry point gave it and after the checks of [BP-10.6].
enum PluginTable {
  /// Every table reaches at least to the end of the required functions.
  static let requiredSize = MemoryLayout<bp_plugin>.offset(of: \.host_pointer)!
  static let knownSize = MemoryLayout<bp_plugin>.size

  /// Calls an entry point and takes what it filled in, and no more than it says it filled in.
  ///
  /// - Parameter source: The file, or what else a message should name.
  static func open(_ entry: bp_plugin_open_function, _ source: String) throws(BackplaneError) -> bp_plugin {
    func refuse(_ why: String) -> BackplaneError { BackplaneError(.plugin, "\(source): \(why)") }

    // A plugin that writes its own table's size, not the host's, would reach what lies behind: room, and a pattern
    // that tells.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8 * knownSize, alignment: 16)
    defer { memory.deallocate() }
    for i in memory.indices { memory[i] = i < knownSize ? 0 : 0xA5 }
    let table = memory.baseAddress!.bindMemory(to: bp_plugin.self, capacity: 1)
    table.pointee.struct_size = UInt32(knownSize)
    var error = bp_error.empty
    let code = entry(HostInterface.pointer, table, &error)
    guard code == BP_OK else { throw refuse("the plugin refused to open: \(error.text(code))") }
    guard memory[knownSize...].allSatisfy({ $0 == 0xA5 }) else {
      throw refuse("it wrote past the \(knownSize) bytes of the table it was given [BP-1.2]")
    }
    if let problem = headProblem(table.pointee) { throw refuse(problem) }

    // A member exists if it lies within struct_size, whatever was written behind [BP-1.2].
    let size = Int(table.pointee.struct_size) & ~7
    for i in size..<knownSize { memory[i] = 0 }
    if let problem = problem(table.pointee) { throw refuse(problem) }
    return table.pointee
  }

  /// What tells whether the rest can be read at all.
  private static func headProblem(_ table: bp_plugin) -> String? {
    guard table.magic == BP_PLUGIN_MAGIC else {
      return table.magic == 0 && table.name == nil
        ? "it opened, but did not fill in its table: the magic number is missing"
        : "its table lacks the magic number of a Backplane plugin"
    }
    guard table.abi_major == BP_ABI_MAJOR else {
      return "built for ABI \(table.abi_major), this program speaks ABI \(BP_ABI_MAJOR)"
    }
    guard table.abi_minor >= 0 else { return "its ABI minor version is \(table.abi_minor) [BP-10.6]" }
    guard (requiredSize...knownSize).contains(Int(table.struct_size)) else {
      return
        "its table says struct_size \(table.struct_size); it can be \(requiredSize) to \(knownSize) bytes [BP-10.6]"
    }
    return nil
  }

  private static func problem(_ table: bp_plugin) -> String? {
    guard let name = PluginText.text(at: table.name, limit: 64) else { return "it has no name [BP-10.6]" }
    guard PluginName.isValid(name) else {
      return "its name '\(name)' is not of the form [a-z][a-z0-9_-]{0,31} [BP-10.6]"
    }
    guard let version = table.version else { return "it has no version [BP-10.6]" }
    guard PluginText.isUTF8(version) else {
      return "its version '\(PluginText.text(at: version) ?? "")' is not UTF-8 [BP-10.6]"
    }
    guard (0...4096).contains(table.device_count) else {
      return "it claims \(table.device_count) devices; 0 to 4096 are allowed [BP-10.6]"
    }
    if let missing = missingFunction(table) { return "the required function \(missing) is missing [BP-10.6]" }
    return streamProblem(table)
  }

  private static func missingFunction(_ table: bp_plugin) -> String? {
    if table.device_info == nil { return "device_info" }
    if table.memory_info == nil { return "memory_info" }
    if table.alloc == nil { return "alloc" }
    if table.free == nil { return "free" }
    if table.copy_from_host == nil { return "copy_from_host" }
    if table.copy_to_host == nil { return "copy_to_host" }
    if table.query_op == nil { return "query_op" }
    return table.execute == nil ? "execute" : nil
  }

  private static func streamProblem(_ table: bp_plugin) -> String? {
    let functions: [(name: String, isThere: Bool)] = [
      ("stream_create", table.stream_create != nil), ("stream_destroy", table.stream_destroy != nil),
      ("stream_query", table.stream_query != nil), ("stream_synchronize", table.stream_synchronize != nil),
      ("stream_wait", table.stream_wait != nil), ("event_create", table.event_create != nil),
      ("event_destroy", table.event_destroy != nil), ("event_record", table.event_record != nil),
      ("event_query", table.event_query != nil), ("event_synchronize", table.event_synchronize != nil),
    ]
    guard let there = functions.first(where: \.isThere), let missing = functions.first(where: { !$0.isThere }) else {
      return nil
    }
    return "it has \(there.name), but the function \(missing.name) is missing: all or none [BP-9.6]"
  }
}
