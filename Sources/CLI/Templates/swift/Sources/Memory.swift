import BackplaneBackend
import Glibc

/// What a `bp_buffer` points to. Replace the address by your device's idea of one.
final class Buffer {
  static let alignment = 64

  let address: UnsafeMutableRawPointer
  /// So that a copy past the end is told of [BP-8.5].
  let bytes: Int64
  /// False: the host lent the memory through wrap_host.
  let isOwned: Bool

  init(_ address: UnsafeMutableRawPointer, bytes: Int64, isOwned: Bool) {
    (self.address, self.bytes, self.isOwned) = (address, bytes, isOwned)
  }

  deinit { if isOwned { Glibc.free(address) } }

  /// The handle keeps the buffer alive until free.
  var handle: bp_buffer { bp_buffer(UInt(bitPattern: Unmanaged.passRetained(self).toOpaque())) }

  private static func unmanaged(_ handle: bp_buffer) -> Unmanaged<Buffer> {
    Unmanaged.fromOpaque(UnsafeRawPointer(bitPattern: UInt(handle))!)
  }

  static func of(_ handle: bp_buffer) -> Buffer { unmanaged(handle).takeUnretainedValue() }
  static func release(_ handle: bp_buffer) { unmanaged(handle).release() }

  /// The address of a range, which must lie within the buffer.
  func range(_ offset: Int64, _ count: Int64, for name: String) throws(Failure) -> UnsafeMutableRawPointer {
    guard count >= 0 && offset >= 0 && offset <= bytes && count <= bytes - offset else {
      throw .invalid("\(name): \(count) bytes at offset \(offset) of a buffer of \(bytes)")
    }
    return address + Int(offset)
  }
}

func physicalMemory(_ pages: Int) -> Int64 { Int64(sysconf(Int32(pages)) * sysconf(Int32(_SC_PAGESIZE))) }

func alloc(
  _: Context, _ device: Int32, _ kind: Int32, _ bytes: Int64, _ alignment: Int64,
  _ out: UnsafeMutablePointer<bp_buffer>?, _ err: ErrorPointer
) -> Int32 {
  status(err) { () throws(Failure) in
    guard bytes >= 0 && alignment >= 0 && alignment & (alignment &- 1) == 0 else {
      throw .invalid("alloc: \(bytes) bytes aligned to \(alignment)")
    }
    var address: UnsafeMutableRawPointer?
    // The system may promise more memory than there is; better refused here than killed at first use [BP-8.3].
    guard bytes <= physicalMemory(Int(_SC_PHYS_PAGES)),
      posix_memalign(&address, max(Int(alignment), Buffer.alignment), max(Int(bytes), 1)) == 0, let address
    else { throw .outOfMemory("alloc: no room for \(bytes) bytes") }
    out?.pointee = Buffer(address, bytes: bytes, isOwned: true).handle
  }
}

func free(_: Context, _ device: Int32, _ handle: bp_buffer) { Buffer.release(handle) }

// A copy of nothing does nothing, whatever the pointers [BP-8.5].

func copyFromHost(
  _: Context, _ device: Int32, _ stream: bp_stream, _ target: bp_buffer, _ offset: Int64,
  _ source: UnsafeRawPointer?, _ bytes: Int64, _ err: ErrorPointer
) -> Int32 {
  status(err) { () throws(Failure) in
    if bytes == 0 { return }
    memcpy(try Buffer.of(target).range(offset, bytes, for: "copy_from_host"), source!, Int(bytes))
  }
}

func copyToHost(
  _: Context, _ device: Int32, _ stream: bp_stream, _ target: UnsafeMutableRawPointer?, _ source: bp_buffer,
  _ offset: Int64, _ bytes: Int64, _ err: ErrorPointer
) -> Int32 {
  status(err) { () throws(Failure) in
    if bytes == 0 { return }
    memcpy(target!, try Buffer.of(source).range(offset, bytes, for: "copy_to_host"), Int(bytes))
  }
}

// Where the host cannot reach your memory, drop these two, and BP_DEVICE_HOST_MEMORY in deviceInfo.

func hostPointer(
  _: Context, _ device: Int32, _ handle: bp_buffer, _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ err: ErrorPointer
) -> Int32 {
  out?.pointee = Buffer.of(handle).address
  return BP_OK
}

func wrapHost(
  _: Context, _ device: Int32, _ memory: UnsafeMutableRawPointer?, _ bytes: Int64,
  _ out: UnsafeMutablePointer<bp_buffer>?, _ err: ErrorPointer
) -> Int32 {
  out?.pointee = Buffer(memory!, bytes: bytes, isOwned: false).handle
  return BP_OK
}
