import BackendAPI

/// A rule that the host broke.
struct HostFault: Error {
  let obligation: String
  let message: String
}

// The layer's own way to a buffer's bytes: through the plugin's copies, or directly where the memory is the host's.
extension ValidationLayer {
  func read(_ buffer: GuardedBuffer, _ range: Range<Int>, _ stream: bp_stream) throws(CallFailed) -> [UInt8] {
    guard !range.isEmpty else { return [] }
    if let base = buffer.base {
      return Array(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }
    var error = bp_error.empty
    var code = BP_OK
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { bytes, count in
      code = inner.copy_to_host(
        inner.context, buffer.device, stream, bytes.baseAddress, buffer.inner, Int64(range.lowerBound),
        Int64(range.count), &error)
      if code == BP_OK { code = synchronize(buffer.device, stream, &error) }
      if code != BP_OK { bytes.initialize(repeating: 0) }
      count = range.count
    }
    guard code == BP_OK else { throw CallFailed(error: error) }
    return bytes
  }

  func write(_ bytes: [UInt8], to buffer: GuardedBuffer, at offset: Int, _ stream: bp_stream) throws(CallFailed) {
    guard !bytes.isEmpty else { return }
    var error = bp_error.empty
    let code = bytes.withUnsafeBytes { source in
      if let base = buffer.base {
        (base + offset).copyMemory(from: source.baseAddress!, byteCount: source.count)
        return BP_OK
      }
      let code = inner.copy_from_host(
        inner.context, buffer.device, stream, buffer.inner, Int64(offset), source.baseAddress, Int64(source.count),
        &error)
      return code == BP_OK ? synchronize(buffer.device, stream, &error) : code
    }
    guard code == BP_OK else { throw CallFailed(error: error) }
  }

  /// Waits for a stream of the plugin's.
  func synchronize(_ device: Int32, _ stream: bp_stream, _ err: ErrorPointer) -> Int32 {
    guard let wait = inner.stream_synchronize, !isSynchronous else { return BP_OK }
    return wait(inner.context, device, stream, err)
  }

  // MARK: Handles

  func buffer(_ handle: bp_buffer, _ device: Int32) throws(HostFault) -> GuardedBuffer {
    let (buffer, fault) = state.withLock { ($0.buffers[handle], $0.buffers.fault(handle)) }
    guard let buffer else { throw HostFault(obligation: "BP-8.4", message: "buffer \(fault)") }
    guard buffer.device == device else {
      throw HostFault(obligation: "BP-8.4", message: "buffer \(handle) belongs to device \(buffer.device)")
    }
    return buffer
  }

  /// The plugin's stream behind one of the host's.
  func stream(_ handle: bp_stream, _ device: Int32) throws(HostFault) -> bp_stream {
    if isSynchronous {
      guard handle == 0 else {
        throw HostFault(obligation: "BP-9.1", message: "stream \(handle); the plugin has no streams, so that it is 0")
      }
      return 0
    }
    let (stream, fault) = state.withLock { ($0.streams[handle], $0.streams.fault(handle)) }
    guard let stream else { throw HostFault(obligation: "BP-9.1", message: "stream \(fault)") }
    guard stream.device == device else {
      throw HostFault(obligation: "BP-9.1", message: "stream \(handle) belongs to device \(stream.device)")
    }
    return stream.inner
  }

  /// What the host must not enter twice at once: the stream, or the device of a plugin without streams.
  func marker(_ device: Int32, _ stream: bp_stream) -> CallMarker? {
    guard isSynchronous else { return state.withLock { $0.streams[stream]?.marker } }
    return deviceMarkers.indices.contains(Int(device)) ? deviceMarkers[Int(device)] : nil
  }

  /// The host's range of a buffer, in the plugin's offsets.
  func range(
    _ buffer: GuardedBuffer, _ offset: Int64, _ bytes: Int64
  ) throws(HostFault) -> Range<Int> {
    guard offset >= 0, bytes >= 0, offset <= buffer.bytes, bytes <= Int64(buffer.bytes) - offset else {
      throw HostFault(
        obligation: "BP-8.5", message: "\(bytes) bytes at offset \(offset) leave the buffer of \(buffer.bytes) bytes")
    }
    let start = Int(offset) + buffer.guardBytes
    return start..<start + Int(bytes)
  }

  /// A range and what lies around it.
  func window(_ range: Range<Int>, in buffer: GuardedBuffer) -> Range<Int> {
    let reach = max(buffer.guardBytes, 256)
    return max(range.lowerBound - reach, 0)..<min(range.upperBound + reach, buffer.innerBytes)
  }
}
