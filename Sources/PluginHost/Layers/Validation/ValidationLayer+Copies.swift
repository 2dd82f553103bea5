import BackendAPI
import Glibc

extension ValidationLayer {
  func copyFromHost(
    _ device: Int32, _ stream: bp_stream, _ target: bp_buffer, _ offset: Int64, _ source: UnsafeRawPointer?,
    _ bytes: Int64, _ err: ErrorPointer
  ) -> Int32 {
    check("copy_from_host", [device], marker: marker(device, stream), err) { call in
      do {
        let stream = try self.stream(stream, device)
        let buffer = try buffer(target, device)
        let range = try range(buffer, offset, bytes)
        guard bytes == 0 || source != nil else {
          return call.refuse("BP-8.5", "\(bytes) bytes from NULL")
        }
        let sent = bytes == 0 ? [] : Array(UnsafeRawBufferPointer(start: source, count: Int(bytes)))
        return try copy(into: buffer, range, sent, stream, &call) { err in
          self.inner.copy_from_host(
            self.inner.context, device, stream, buffer.inner, Int64(range.lowerBound), source, bytes, err)
        }
      } catch let fault as HostFault {
        return call.refuse(fault.obligation, fault.message)
      } catch {
        return call.fail(error as! CallFailed)
      }
    }
  }

  /// Copies, and compares the range with what was sent and its surroundings with what they were.
  private func copy(
    into buffer: GuardedBuffer, _ range: Range<Int>, _ sent: [UInt8], _ stream: bp_stream, _ call: inout CheckedCall,
    _ body: (ErrorPointer) -> Int32
  ) throws(CallFailed) -> Int32 {
    let window = window(range, in: buffer)
    let before = try read(buffer, window, stream)
    var code = call.invoke(body)
    if code == BP_OK { code = call.invoke { self.synchronize(buffer.device, stream, $0) } }
    let after = try read(buffer, window, stream)
    for i in window where after[i - window.lowerBound] != before[i - window.lowerBound] && !range.contains(i) {
      call.find("BP-4.5", "\(buffer.place(i)) was written, outside of the \(range.count) bytes to be copied")
      break
    }
    guard code == BP_OK else { return code }
    if let i = range.first(where: { after[$0 - window.lowerBound] != sent[$0 - range.lowerBound] }) {
      call.find("BP-8.5", "\(buffer.place(i)) is not what was copied there")
    }
    return code
  }

  func copyToHost(
    _ device: Int32, _ stream: bp_stream, _ target: UnsafeMutableRawPointer?, _ source: bp_buffer, _ offset: Int64,
    _ bytes: Int64, _ err: ErrorPointer
  ) -> Int32 {
    check("copy_to_host", [device], marker: marker(device, stream), err) { call in
      do throws(HostFault) {
        let stream = try self.stream(stream, device)
        let buffer = try buffer(source, device)
        let range = try range(buffer, offset, bytes)
        guard bytes > 0 else {
          return call.invoke {
            inner.copy_to_host(inner.context, device, stream, target, buffer.inner, Int64(range.lowerBound), bytes, $0)
          }
        }
        guard let target else { return call.refuse("BP-8.5", "\(bytes) bytes to NULL") }
        // Through memory of the layer's own, which shows a write past the end before it does harm.
        let zone = 64
        var bounce = GuardedBuffer.pattern(0..<range.count + 2 * zone)
        var code = bounce.withUnsafeMutableBytes { bytes in
          call.invoke {
            inner.copy_to_host(
              inner.context, device, stream, bytes.baseAddress! + zone, buffer.inner, Int64(range.lowerBound),
              Int64(range.count), $0)
          }
        }
        if code == BP_OK { code = call.invoke { synchronize(device, stream, $0) } }
        for i in Array(0..<zone) + Array(zone + range.count..<bounce.count)
        where bounce[i] != GuardedBuffer.pattern(i) {
          let place = i < zone ? "\(zone - i) before" : "\(i - zone - range.count + 1) past"
          call.find("BP-8.5", "the host's byte \(place) the \(range.count) to be copied was written")
          break
        }
        guard code == BP_OK else { return code }
        bounce.withUnsafeBytes { target.copyMemory(from: $0.baseAddress! + zone, byteCount: range.count) }
        return code
      } catch {
        return call.refuse(error.obligation, error.message)
      }
    }
  }

  func peerCopy(_ peer: bp_peer_copy, _ range: PeerRange, _ err: ErrorPointer) -> Int32 {
    let (target, source) = (range.target, range.source)
    return check(
      "peer_copy", [target.device, source.device], marker: marker(target.device, target.stream), err
    ) { call in
      do {
        let targetStream = try stream(target.stream, target.device)
        let sourceStream = try stream(source.stream, source.device)
        let targetBuffer = try buffer(target.buffer, target.device)
        let sourceBuffer = try buffer(source.buffer, source.device)
        let targetRange = try self.range(targetBuffer, target.offset, range.bytes)
        let sourceRange = try self.range(sourceBuffer, source.offset, range.bytes)
        let sent = try read(sourceBuffer, sourceRange, sourceStream)
        let passed = PeerRange(
          target: .init(
            device: target.device, stream: targetStream, buffer: targetBuffer.inner,
            offset: Int64(targetRange.lowerBound)),
          source: .init(
            device: source.device, stream: sourceStream, buffer: sourceBuffer.inner,
            offset: Int64(sourceRange.lowerBound)), bytes: range.bytes)
        return try copy(into: targetBuffer, targetRange, sent, targetStream, &call) { err in
          passed.copy(peer, self.inner.context, err)
        }
      } catch let fault as HostFault {
        return call.refuse(fault.obligation, fault.message)
      } catch {
        return call.fail(error as! CallFailed)
      }
    }
  }
}
