import BackendAPI
import Glibc

/// T0: the plugin's table and what its devices say of themselves.
///
/// What makes a plugin impossible to call (no magic, another ABI major, a required function
/// missing) is found on opening, and then there is no run.
enum LoadTier {
  static let checks: [Check] = [
    .tier("T0.open.leaves-no-trace") { subject in
      subject.device.plugin.openingTraces
    },
    .tier("T0.table.size") { subject in
      let size = Int(subject.device.plugin.table.struct_size)
      return size > MemoryLayout<bp_plugin>.size
        ? ["struct_size is \(size): more than the host offered [BP-1.2]"] : []
    },
    .tier("T0.table.name") { subject in
      let name = subject.device.plugin.name
      let letters = name.utf8.map { (0x61...0x7a).contains($0) }
      let rest = name.utf8.map {
        (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || [0x5f, 0x2d].contains($0)
      }
      let isValid = letters.first == true && rest.allSatisfy { $0 } && name.utf8.count <= 32
      return isValid ? [] : ["the name \"\(name)\" is not [a-z][a-z0-9_-]{0,31} [BP-10.6]"]
    },
    .tier("T0.table.text") { subject in
      let table = subject.device.plugin.table
      var findings: [String] = []
      for (what, text) in [("version", table.version), ("description", table.description)] {
        guard let text else { continue }
        if String(validatingCString: text) == nil { findings.append("\(what) is not UTF-8 [BP-1.4]") }
        if what == "version" && text.pointee == 0 { findings.append("version is empty [BP-10.6]") }
        if strchr(text, 10) != nil { findings.append("\(what) is more than one line") }
      }
      return findings
    },
    .tier("T0.table.device-count") { subject in
      let count = subject.device.plugin.table.device_count
      return (0...4096).contains(count) ? [] : ["device_count is \(count), not 0 to 4096 [BP-10.6]"]
    },
    .tier("T0.table.streams") { subject in
      let table = subject.device.plugin.table
      let functions: [(String, Bool)] = [
        ("stream_create", table.stream_create != nil), ("stream_destroy", table.stream_destroy != nil),
        ("stream_query", table.stream_query != nil), ("stream_synchronize", table.stream_synchronize != nil),
        ("stream_wait", table.stream_wait != nil), ("event_create", table.event_create != nil),
        ("event_destroy", table.event_destroy != nil), ("event_record", table.event_record != nil),
        ("event_query", table.event_query != nil), ("event_synchronize", table.event_synchronize != nil),
      ]
      let missing = functions.filter { !$0.1 }.map(\.0)
      if missing.isEmpty || missing.count == functions.count { return [] }
      return ["of the stream functions (all or none) \(missing.joined(separator: ", ")) are missing [BP-9.6]"]
    },
    .tier("T0.table.host-pointer") { subject in
      let hasFunction = subject.device.plugin.table.host_pointer != nil
      return subject.device.isHostMemory && !hasFunction
        ? ["BP_DEVICE_HOST_MEMORY is set and host_pointer is NULL [BP-8.6]"] : []
    },
    .optional("T0.table.extension") { subject in
      let table = subject.device.plugin.table
      guard let getExtension = table.get_extension else { return nil }
      return getExtension(table.context, "conformance.no-such-thing/1") == nil
        ? [] : ["get_extension gives a table for a name that nobody defined"]
    },
    .tier("T0.device.info") { subject in
      let info = subject.device.info
      var findings: [String] = []
      let alignment = info.alignment
      if alignment <= 0 || alignment & (alignment - 1) != 0 {
        findings.append("alignment is \(alignment), not a power of two")
      }
      if info.total_bytes < 0 { findings.append("total_bytes is \(info.total_bytes)") }
      if info.flags & ~BP_DEVICE_HOST_MEMORY != 0 {
        findings.append("flags \(info.flags) has undefined bits [BP-1.3]")
      }
      if info.struct_size != UInt32(MemoryLayout<bp_device_info>.size) {
        findings.append("device_info changed struct_size, which the host sets [BP-1.2]")
      }
      switch text(info.name) {
      case nil: findings.append("name is not NUL-terminated [BP-1.4]")
      case "": findings.append("name is empty")
      default: break
      }
      if text(info.details) == nil { findings.append("details is not NUL-terminated [BP-1.4]") }
      return findings
    },
    .tier("T0.device.all") { subject throws(PluginError) in
      let plugin = subject.device.plugin
      for index in 0..<plugin.table.device_count {
        var info = bp_device_info()
        info.struct_size = UInt32(MemoryLayout<bp_device_info>.size)
        try plugin.call("device_info") { plugin.table.device_info(plugin.table.context, index, &info, $0) }
      }
      return []
    },
    .tier("T0.device.memory-info") { subject throws(PluginError) in
      let info = try subject.device.memoryInfo()
      let isSound = info.total_bytes >= 0 && info.free_bytes >= 0 && info.free_bytes <= info.total_bytes
      return isSound ? [] : ["memory_info: \(info.free_bytes) bytes free of \(info.total_bytes)"]
    },
    .tier("T0.growth.device-info") { subject throws(PluginError) in
      // A host that knows only the struct's first two members.
      let plugin = subject.device.plugin
      var info = bp_device_info()
      _ = withUnsafeMutableBytes(of: &info) { $0.initializeMemory(as: UInt8.self, repeating: 0xcd) }
      info.struct_size = 8
      try plugin.call("device_info") {
        plugin.table.device_info(plugin.table.context, subject.device.index, &info, $0)
      }
      return untouched(info, past: 8) ? [] : ["device_info wrote past struct_size 8 [BP-1.2]"]
    },
    .tier("T0.growth.query-op") { subject throws(PluginError) in
      let plugin = subject.device.plugin
      var info = bp_op_info()
      _ = withUnsafeMutableBytes(of: &info) { $0.initializeMemory(as: UInt8.self, repeating: 0xcd) }
      info.struct_size = 16
      let vector = View(dtype: DType.float32.rawValue, layout: Layout(contiguous: [3]))
      let call = OperatorCall(op: BP_OP_ADD, inputs: [vector, vector], outputs: [vector])
      try plugin.call("query_op") { error in
        call.withOperation {
          plugin.table.query_op(plugin.table.context, subject.device.index, $0, &info, error)
        }
      }
      return untouched(info, past: 16) ? [] : ["query_op wrote past struct_size 16 [BP-1.2]"]
    },
  ]

  private static func untouched<Struct: BitwiseCopyable>(_ value: Struct, past size: Int) -> Bool {
    withUnsafeBytes(of: value) { $0[size...].allSatisfy { $0 == 0xcd } }
  }
}
