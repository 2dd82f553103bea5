import BackendAPI
import Glibc

extension ValidationLayer {
  func deviceInfo(_ device: Int32, _ out: UnsafeMutablePointer<bp_device_info>?, _ err: ErrorPointer) -> Int32 {
    check("device_info", [device], err) { call in
      let code = call.invoke { inner.device_info(inner.context, device, out, $0) }
      guard code == BP_OK, let info = out?.pointee else { return code }
      if info.alignment <= 0 || info.alignment & (info.alignment - 1) != 0 {
        call.find("BP-8.2", "the device's alignment is \(info.alignment), no power of two")
      }
      if info.flags & BP_DEVICE_HOST_MEMORY != 0, inner.host_pointer == nil {
        call.find("BP-8.6", "the device's memory is the host's, and there is no host_pointer")
      }
      return code
    }
  }

  func memoryInfo(_ device: Int32, _ out: UnsafeMutablePointer<bp_memory_info>?, _ err: ErrorPointer) -> Int32 {
    check("memory_info", [device], err) { call in
      call.invoke { inner.memory_info(inner.context, device, out, $0) }
    }
  }

  func alloc(
    _ device: Int32, _ kind: Int32, _ bytes: Int64, _ alignment: Int64, _ out: UnsafeMutablePointer<bp_buffer>?,
    _ err: ErrorPointer
  ) -> Int32 {
    check("alloc", [device], err) { call in
      guard let out else { return call.refuse("BP-8.2", "out is NULL") }
      guard alignment >= 0, alignment & (alignment &- 1) == 0 else {
        return call.refuse("BP-8.2", "alignment \(alignment) is no power of two")
      }
      let facts = facts(device)
      // A multiple of every alignment in question, so that the host's first byte is as aligned as the plugin's.
      let zone = max(256, facts.alignment, Int(alignment))
      let (total, isTooMuch) = Int(bytes).addingReportingOverflow(2 * zone)
      var handle: bp_buffer = 0
      var code = call.invoke {
        inner.alloc(
          inner.context, device, kind, bytes < 0 ? bytes : isTooMuch ? .max : Int64(total), alignment, &handle, $0)
      }
      guard code == BP_OK else { return code }
      if bytes < 0 { call.find("BP-8.2", "\(bytes) bytes were given") }
      guard handle != 0, bytes >= 0, !isTooMuch else {
        if handle == 0 { call.find("BP-8.2", "it succeeded and gave no buffer: 0 is never one") }
        return call.fail(CallFailed(error: bp_error(BP_ERROR_INTERNAL, "alloc of \(bytes) bytes gave no buffer")))
      }
      var address: UnsafeMutableRawPointer?
      if facts.hasHostMemory, let hostPointer = inner.host_pointer {
        code = call.invoke { hostPointer(inner.context, device, handle, &address, $0) }
        guard code == BP_OK else { return code }
      }
      let buffer = GuardedBuffer(
        inner: handle, device: device, bytes: Int(bytes), guardBytes: zone, address: address)
      checkPlace(buffer, alignment: max(facts.alignment, Int(alignment)), &call)
      do throws(CallFailed) {
        for zone in buffer.zones {
          try write(GuardedBuffer.pattern(zone), to: buffer, at: zone.lowerBound, facts.stream)
        }
      } catch {
        call.invoke { inner.free(inner.context, device, handle) }
        return call.fail(error)
      }
      out.pointee = state.withLock { $0.buffers.add(buffer) }
      return BP_OK
    }
  }

  /// Where a new buffer lies: aligned, and apart from the others.
  private func checkPlace(_ buffer: GuardedBuffer, alignment: Int, _ call: inout CheckedCall) {
    let others = state.withLock { state in state.buffers.objects.filter { $0.device == buffer.device } }
    if others.contains(where: { $0.inner == buffer.inner }) {
      call.find("BP-8.2", "the buffer of \(buffer.bytes) bytes is one that is alive already")
    }
    guard let base = buffer.base else { return }
    if UInt(bitPattern: base) % UInt(alignment) != 0 {
      call.find("BP-8.2", "the buffer of \(buffer.bytes) bytes lies at \(base), not aligned to \(alignment)")
    }
    let overlapping = others.first { other in
      guard let start = other.base, other.inner != buffer.inner else { return false }
      return start < base + buffer.innerBytes && base < start + other.innerBytes
    }
    if let overlapping {
      call.find(
        "BP-8.2", "the buffer of \(buffer.bytes) bytes at \(base) overlaps a live one of \(overlapping.bytes) bytes")
    }
  }

  func free(_ device: Int32, _ handle: bp_buffer) {
    check("free", device) { call in
      let buffer: GuardedBuffer
      do throws(HostFault) { buffer = try self.buffer(handle, device) } catch {
        return call.find(error.obligation, error.message, by: .host)
      }
      checkGuards(buffer, &call)
      checkHostPointer(buffer, &call)
      let isShared = state.withLock { state in
        _ = state.buffers.remove(handle)
        return state.buffers.objects.contains { $0.inner == buffer.inner && $0.device == device }
      }
      // A buffer that the plugin gave twice is given back once.
      if !isShared { call.invoke { inner.free(inner.context, device, buffer.inner) } }
    }
  }

  private func checkGuards(_ buffer: GuardedBuffer, _ call: inout CheckedCall) {
    for zone in buffer.zones {
      // What cannot be read any more, on a device that is lost, cannot be checked.
      guard let now = try? read(buffer, zone, facts(buffer.device).stream) else { return }
      guard let place = zone.first(where: { now[$0 - zone.lowerBound] != GuardedBuffer.pattern($0) }) else { continue }
      call.find("BP-4.5", "\(buffer.place(place)) was written since the buffer was made")
    }
  }

  private func checkHostPointer(_ buffer: GuardedBuffer, _ call: inout CheckedCall) {
    guard let base = buffer.base, let hostPointer = inner.host_pointer else { return }
    var address: UnsafeMutableRawPointer?
    let code = call.invoke { hostPointer(inner.context, buffer.device, buffer.inner, &address, $0) }
    if code == BP_OK, address != base {
      call.find("BP-8.6", "host_pointer gives \(address.map { "\($0)" } ?? "NULL"), and gave \(base) before")
    }
  }

  func hostPointer(
    _ device: Int32, _ handle: bp_buffer, _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ err: ErrorPointer
  ) -> Int32 {
    check("host_pointer", [device], err) { call in
      guard let out else { return call.refuse("BP-8.6", "out is NULL") }
      do throws(HostFault) {
        let buffer = try buffer(handle, device)
        var address: UnsafeMutableRawPointer?
        let code = call.invoke { inner.host_pointer(inner.context, device, buffer.inner, &address, $0) }
        guard code == BP_OK else { return code }
        if let base = buffer.base, address != base {
          call.find("BP-8.6", "it gives \(address.map { "\($0)" } ?? "NULL"), and gave \(base) before")
        }
        out.pointee = address.map { $0 + buffer.guardBytes }
        return BP_OK
      } catch {
        return call.refuse(error.obligation, error.message)
      }
    }
  }

  func wrapHost(
    _ device: Int32, _ memory: UnsafeMutableRawPointer?, _ bytes: Int64, _ out: UnsafeMutablePointer<bp_buffer>?,
    _ err: ErrorPointer
  ) -> Int32 {
    check("wrap_host", [device], err) { call in
      guard let out, let memory, bytes > 0 else {
        return call.refuse("BP-8.6", "\(bytes) bytes; memory and more than none are needed")
      }
      var handle: bp_buffer = 0
      let code = call.invoke { inner.wrap_host(inner.context, device, memory, bytes, &handle, $0) }
      guard code == BP_OK else { return code }
      if handle == 0 { call.find("BP-8.2", "it succeeded and gave no buffer: 0 is never one") }
      let buffer = GuardedBuffer(
        inner: handle, device: device, bytes: Int(bytes), guardBytes: 0, address: memory)
      if facts(device).hasHostMemory { checkHostPointer(buffer, &call) }
      out.pointee = state.withLock { $0.buffers.add(buffer) }
      return BP_OK
    }
  }
}
