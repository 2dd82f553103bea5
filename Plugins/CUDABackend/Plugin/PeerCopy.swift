import BackendAPI
import CUDATypes

/// The extension "backplane.peer_copy/1": between two graphics processors directly, where the hardware can; where it
/// cannot, the driver goes through the host itself.
nonisolated(unsafe) let peerCopy: UnsafePointer<bp_peer_copy> = {
  let table = UnsafeMutablePointer<bp_peer_copy>.allocate(capacity: 1)
  table.initialize(
    to: bp_peer_copy(struct_size: UInt32(MemoryLayout<bp_peer_copy>.size), reserved: 0, copy: copyBetweenDevices))
  return UnsafePointer(table)
}()

private let copyBetweenDevices:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_stream, bp_buffer, Int64, Int32, bp_stream, bp_buffer, Int64, Int64,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = {
    context, targetDevice, targetStream, target, targetOffset, sourceDevice, sourceStream, source, sourceOffset, bytes,
    err in
    status(err) { () throws(Failure) in
      if bytes == 0 { return }
      let to = try Backend.of(context).device(targetDevice)
      let targetAddress = try bufferRange(to, "peer_copy", target, targetOffset, bytes)
      // What the target's stream still does with its memory comes first.
      try Stream.of(targetStream, "peer_copy").synchronize()
      let from = try Backend.of(context).device(sourceDevice)
      let sourceAddress = try bufferRange(from, "peer_copy", source, sourceOffset, bytes)
      let stream = try Stream.of(sourceStream, "peer_copy")
      try from.check(
        from.driver.cuMemcpyPeerAsync(
          targetAddress, to.context(), sourceAddress, from.context(), Int(bytes), stream.handle), "peer_copy")
      try stream.synchronize()
    }
  }
