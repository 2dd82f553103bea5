import BackendAPI
import Glibc

/// T1: allocation and copies.
enum MemoryTier {
  static let checks: [Check] = [
    .tier("T1.alloc.zero") { subject throws(PluginError) in
      let device = subject.device
      let buffers = [try device.alloc(0), try device.alloc(0), try device.alloc(0, alignment: 4096)]
      var findings =
        Set(buffers).count < buffers.count ? ["two live buffers of 0 bytes are one [BP-8.2]"] : []
      if try !device.copyToHost(buffers[0], offset: 0, count: 0).isEmpty { findings.append("copied 0 bytes") }
      buffers.forEach(device.free)
      return findings
    },
    .tier("T1.alloc.sizes") { subject throws(PluginError) in
      var findings: [String] = []
      for size in [1, 2, 3, 63, 64, 65, 4095, 4096, 4097, 1 << 20, (1 << 24) + 1] {
        let buffer = try subject.device.alloc(Int64(size))
        let bytes = pattern(size, seed: size)
        try subject.device.copyFromHost(buffer, offset: 0, bytes)
        if try subject.device.copyToHost(buffer, offset: 0, count: size) != bytes {
          findings.append("\(size) bytes came back different")
        }
        subject.device.free(buffer)
      }
      return findings
    },
    .tier("T1.alloc.distinct") { subject throws(PluginError) in
      let device = subject.device
      let sizes = (0..<64).map { 1 + $0 * 37 % 301 }
      var buffers: [bp_buffer] = []
      for size in sizes { buffers.append(try device.alloc(Int64(size))) }
      for (i, buffer) in buffers.enumerated() {
        try device.copyFromHost(buffer, offset: 0, pattern(sizes[i], seed: i))
      }
      var findings: [String] = []
      for (i, buffer) in buffers.enumerated() {
        let bytes = try device.copyToHost(buffer, offset: 0, count: sizes[i])
        if bytes != pattern(sizes[i], seed: i) {
          findings.append("buffer \(i) was overwritten through another [BP-8.2]")
        }
      }
      buffers.forEach(device.free)
      return findings
    },
    .tier("T1.alloc.negative") { subject throws(PluginError) in
      [Int64(-1), .min].compactMap {
        expect(BP_ERROR_INVALID_ARGUMENT, "alloc(\($0)) [BP-8.2]", subject, bytes: $0)
      }
    },
    .tier("T1.alloc.absurd") { subject throws(PluginError) in
      var findings = [Int64(1) << 50, .max, .max - 63].compactMap {
        expect(BP_ERROR_OUT_OF_MEMORY, "alloc(\($0)) [BP-8.3]", subject, bytes: $0)
      }
      findings += try roundTrip(subject, "after running out of memory")
      return findings
    },
    .optional("T1.alloc.alignment") { subject throws(PluginError) in
      let device = subject.device
      guard device.isHostMemory else { return nil }
      var findings: [String] = []
      for requested in [0, 1, 2, 16, 64, 256, 4096, 65536] {
        for size in [0, 1, 100] {
          let buffer = try device.alloc(Int64(size), alignment: Int64(requested))
          let wanted = max(requested, Int(device.info.alignment))
          if let pointer = try device.hostPointer(buffer), Int(bitPattern: pointer) % wanted != 0 {
            findings.append("alloc(\(size), alignment \(requested)) is not aligned to \(wanted) [BP-8.2]")
          }
          device.free(buffer)
        }
      }
      return findings
    },
    .tier("T1.alloc.host-kind") { subject throws(PluginError) in
      let buffer = try subject.device.alloc(1000, kind: BP_MEMORY_HOST)
      let bytes = pattern(1000, seed: 5)
      try subject.device.copyFromHost(buffer, offset: 0, bytes)
      let back = try subject.device.copyToHost(buffer, offset: 0, count: 1000)
      subject.device.free(buffer)
      return back == bytes ? [] : ["a buffer of kind BP_MEMORY_HOST gave back other bytes"]
    },
    .tier("T1.alloc.again") { subject throws(PluginError) in
      // More in all than a device is likely to have, one at a time.
      for _ in 0..<64 { subject.device.free(try subject.device.alloc(1 << 28)) }
      return []
    },
    .tier("T1.copy.offsets") { subject throws(PluginError) in
      let device = subject.device
      let size = 96
      let buffer = try device.alloc(Int64(size))
      var image = pattern(size, seed: 1)
      try device.copyFromHost(buffer, offset: 0, image)
      var findings: [String] = []
      for offset in 0..<20 {
        for count in [0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64] {
          let bytes = pattern(count, seed: offset * 100 + count)
          try device.copyFromHost(buffer, offset: offset, bytes)
          image.replaceSubrange(offset..<offset + count, with: bytes)
          if try device.copyToHost(buffer, offset: 0, count: size) != image {
            findings.append(
              "copy_from_host of \(count) bytes to offset \(offset) changed others, or not these")
          }
          if try device.copyToHost(buffer, offset: offset, count: count) != bytes {
            findings.append("copy_to_host of \(count) bytes from offset \(offset)")
          }
        }
      }
      device.free(buffer)
      return findings
    },
    .tier("T1.copy.nothing") { subject throws(PluginError) in
      // "A count of 0 does nothing, whatever the pointers."
      let device = subject.device
      let table = device.plugin.table
      let buffer = try device.alloc(16)
      try device.plugin.call("copy_from_host") {
        table.copy_from_host(table.context, device.index, device.stream, buffer, 16, nil, 0, $0)
      }
      try device.plugin.call("copy_to_host") {
        table.copy_to_host(table.context, device.index, device.stream, nil, buffer, 16, 0, $0)
      }
      device.free(buffer)
      return []
    },
    .tier("T1.copy.large") { subject throws(PluginError) in
      let bytes = pattern(20_000_003, seed: 3)
      let buffer = try subject.device.alloc(Int64(bytes.count))
      try subject.device.copyFromHost(buffer, offset: 0, bytes)
      let back = try subject.device.copyToHost(buffer, offset: 0, count: bytes.count)
      subject.device.free(buffer)
      return back == bytes ? [] : ["20 MB came back different"]
    },
    .optional("T1.copy.peer") { subject throws(PluginError) in
      // Between this device and the plugin's next, where there is one and the plugin offers it.
      let device = subject.device
      let table = device.plugin.table
      guard table.device_count > 1, let find = table.get_extension,
        let found = find(table.context, BP_EXTENSION_PEER_COPY)
      else { return nil }
      let copy = found.assumingMemoryBound(to: bp_peer_copy.self).pointee.copy!
      let peer = try Device(device.plugin, index: (device.index + 1) % table.device_count)
      let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
      let source = try device.alloc(Int64(bytes.count))
      let target = try peer.alloc(Int64(bytes.count))
      try device.copyFromHost(source, offset: 0, bytes)
      try peer.copyFromHost(target, offset: 0, [UInt8](repeating: 0xAA, count: bytes.count))
      try device.plugin.call("peer_copy") {
        copy(
          table.context, peer.index, peer.stream, target, 10, device.index, device.stream, source, 500, 490, $0)
      }
      let got = try peer.copyToHost(target, offset: 0, count: bytes.count)
      let expected = [UInt8](repeating: 0xAA, count: 10) + bytes[500..<990] + [UInt8](repeating: 0xAA, count: 500)
      device.free(source)
      peer.free(target)
      return got == expected ? [] : ["peer_copy of 490 bytes changed others, or not these [BP-12.1]"]
    },
    .optional("T1.host-pointer") { subject throws(PluginError) in
      let device = subject.device
      guard device.isHostMemory else { return nil }
      let buffer = try device.alloc(100)
      defer { device.free(buffer) }
      guard let pointer = try device.hostPointer(buffer) else { return ["host_pointer gave NULL"] }
      let bytes = pattern(100, seed: 8)
      try device.copyFromHost(buffer, offset: 0, bytes)
      var findings: [String] = []
      if Array(UnsafeRawBufferPointer(start: pointer, count: 100)) != bytes {
        findings.append("what copy_from_host wrote is not seen through host_pointer")
      }
      pointer.storeBytes(of: 0x77, toByteOffset: 99, as: UInt8.self)
      if try device.copyToHost(buffer, offset: 99, count: 1) != [0x77] {
        findings.append("what was written through host_pointer is not seen by copy_to_host")
      }
      if try device.hostPointer(buffer) != pointer { findings.append("host_pointer moved before free") }
      return findings
    },
    .optional("T1.wrap-host") { subject throws(PluginError) in
      let device = subject.device
      guard device.plugin.table.wrap_host != nil else { return nil }
      let memory = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096)
      defer { memory.deallocate() }
      memory.initializeMemory(as: UInt8.self, repeating: 0x11, count: 4096)
      let buffer = try device.wrapHost(memory, bytes: 100)
      var findings: [String] = []
      if try device.copyToHost(buffer, offset: 0, count: 100) != Array(repeating: 0x11, count: 100) {
        findings.append("a wrapped buffer does not show the host's bytes")
      }
      try device.copyFromHost(buffer, offset: 10, [0x22])
      if memory.load(fromByteOffset: 10, as: UInt8.self) != 0x22 {
        findings.append("a copy to a wrapped buffer does not reach the host's memory")
      }
      device.free(buffer)
      if memory.load(fromByteOffset: 11, as: UInt8.self) != 0x11 {
        findings.append("free changed the host's memory")
      }
      return findings
    },
    .tier("T1.threads") { subject throws(PluginError) in
      // Allocations, frees and queries run concurrently [BP-1.6].
      try Threads.hammer(subject.device)
    },
  ]

  /// A finding unless alloc of so many bytes fails with the code.
  private static func expect(_ code: Int32, _ what: String, _ subject: Subject, bytes: Int64) -> String? {
    do throws(PluginError) {
      subject.device.free(try subject.device.alloc(bytes))
      return "\(what): expected \(statusName(code)), got OK"
    } catch {
      if error.code != code { return "\(what): expected \(statusName(code)), got \(error)" }
      return error.flags & BP_ERROR_FLAG_STICKY == 0 ? nil : "\(what): the error is sticky"
    }
  }

  /// A finding unless the device allocates, copies and adds as it should.
  static func roundTrip(_ subject: Subject, _ when: String) throws(PluginError) -> [String] {
    let one = ElementArray(.float32, doubles: [1, 2, 3])
    let layout = Layout(contiguous: [3])
    guard let add = OperatorCatalogue.entry(named: "ADD") else { return [] }
    let operation = Operation([Operand(layout, one), Operand(layout, one)], [Operand(.float32, layout)])
    do throws(PluginError) {
      let capability = try subject.device.query(operation.query(add))
      let sum = try OperationRun(operation, add, on: subject.device, capability).outputs[0]
      return sum.doubles == [2, 4, 6] ? [] : ["\(when), 1+1, 2+2, 3+3 gave \(sum.doubles)"]
    } catch {
      return ["\(when), ADD failed: \(error)"]
    }
  }

  private static func pattern(_ count: Int, seed: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &+ seed) &* 0x9e37_79b1 >> 13) }
  }
}

/// Concurrent calls on one device.
private enum Threads {
  /// What one thread is given, and what it found.
  private final class Work: @unchecked Sendable {
    // Sendable: each thread has its own, and it is read when the thread has ended.
    let table: bp_plugin
    let device: Int32
    var failures = 0

    init(_ device: Device) {
      table = device.plugin.table
      self.device = device.index
    }

    func run() {
      let vector = View(dtype: DType.float32.rawValue, layout: Layout(contiguous: [3]))
      let call = OperatorCall(op: BP_OP_ADD, inputs: [vector, vector], outputs: [vector])
      for i in 0..<200 {
        var buffer: bp_buffer = 0
        if table.alloc(table.context, device, BP_MEMORY_DEVICE, Int64(i * 50), 0, &buffer, nil) != BP_OK {
          failures += 1
        }
        var info = bp_op_info()
        info.struct_size = UInt32(MemoryLayout<bp_op_info>.size)
        let code = call.withOperation { table.query_op(table.context, device, $0, &info, nil) }
        if code != BP_OK || info.supported != 1 { failures += 1 }
        var memory = bp_memory_info()
        memory.struct_size = UInt32(MemoryLayout<bp_memory_info>.size)
        if table.memory_info(table.context, device, &memory, nil) != BP_OK { failures += 1 }
        if buffer != 0 { table.free(table.context, device, buffer) }
      }
    }
  }

  static func hammer(_ device: Device) throws(PluginError) -> [String] {
    let works = (0..<4).map { _ in Work(device) }
    try runOnThreads(works.map { work in { @Sendable in work.run() } })
    let failures = works.reduce(0) { $0 + $1.failures }
    return failures == 0 ? [] : ["\(failures) of 2400 calls on four threads failed"]
  }
}
