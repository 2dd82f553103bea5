import BackendAPI
import Glibc
import Synchronization

/// Bytes of memory in the machine.
let physicalMemory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))

/// Buffers are host memory. A handle is a number that is never used twice, not an address: a host
/// that treats it as one, or uses it after `free`, is told so instead of being obeyed.
enum Memory {
  static let alignment = 64

  // Sendable: address and size never change, and who may use the bytes when is the host's to
  // order [BP-1.6].
  struct Buffer: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    let bytes: Int
    /// False for memory that the host lent through `wrap_host`.
    let isOwned: Bool
  }

  private struct Table {
    var buffers: [bp_buffer: Buffer] = [:]
    var lastHandle: bp_buffer = 0
  }

  private static let table = Mutex(Table())

  private static func register(_ buffer: Buffer) -> bp_buffer {
    table.withLock { table in
      table.lastHandle += 1
      table.buffers[table.lastHandle] = buffer
      return table.lastHandle
    }
  }

  /// The buffer behind a handle; `name` says whose it is in the message.
  static func buffer(_ handle: bp_buffer, for name: String) throws(Failure) -> Buffer {
    guard let buffer = table.withLock({ $0.buffers[handle] }) else {
      throw .invalid("\(name): \(handle) is not a live buffer")
    }
    return buffer
  }

  static func alloc(kind: Int32, bytes: Int, alignment: Int) throws(Failure) -> bp_buffer {
    guard kind == BP_MEMORY_DEVICE || kind == BP_MEMORY_HOST else {
      throw .invalid("alloc: \(kind) is not a kind of memory")
    }
    guard bytes >= 0 else { throw .invalid("alloc: \(bytes) bytes") }
    guard alignment >= 0 && alignment & (alignment &- 1) == 0 else {
      throw .invalid("alloc: alignment \(alignment) is not a power of two")
    }
    // The kernel may promise more than there is; better refused here than killed at first use.
    guard bytes <= physicalMemory else {
      throw .outOfMemory("alloc: \(bytes) bytes; the machine has \(physicalMemory)")
    }
    var address: UnsafeMutableRawPointer?
    guard posix_memalign(&address, max(alignment, Memory.alignment), max(bytes, 1)) == 0, let address else {
      throw .outOfMemory("alloc: no room for \(bytes) bytes aligned to \(max(alignment, Memory.alignment))")
    }
    return register(Buffer(address: address, bytes: bytes, isOwned: true))
  }

  static func wrap(_ memory: UnsafeMutableRawPointer?, bytes: Int) throws(Failure) -> bp_buffer {
    guard let memory, bytes >= 0 else {
      throw .invalid("wrap_host: \(memory == nil ? "no memory" : "\(bytes) bytes")")
    }
    return register(Buffer(address: memory, bytes: bytes, isOwned: false))
  }

  static func free(_ handle: bp_buffer) {
    let buffer = table.withLock { $0.buffers.removeValue(forKey: handle) }
    if let buffer, buffer.isOwned { Glibc.free(buffer.address) }
  }

  /// The address of `bytes` bytes of a buffer from `offset` on.
  static func range(
    _ handle: bp_buffer, offset: Int, bytes: Int, for name: String
  ) throws(Failure) -> UnsafeMutableRawPointer {
    let buffer = try buffer(handle, for: name)
    guard bytes >= 0 && offset >= 0 && offset <= buffer.bytes && bytes <= buffer.bytes - offset else {
      throw .invalid("\(name): \(bytes) bytes at offset \(offset) of a buffer of \(buffer.bytes) bytes")
    }
    return buffer.address + offset
  }
}

// MARK: - Table functions

/// Turns down a device or stream that this plugin does not have.
func check(device: Int32, stream: bp_stream = 0) throws(Failure) {
  guard device == 0 else { throw .invalid("device \(device): there is only device 0") }
  guard stream == 0 else { throw .invalid("stream \(stream): this plugin has no streams") }
}

func memoryInfo(
  _ context: UnsafeMutableRawPointer?, _ device: Int32, _ out: UnsafeMutablePointer<bp_memory_info>?,
  _ err: UnsafeMutablePointer<bp_error>?
) -> Int32 {
  status(err) { () throws(Failure) in
    try check(device: device)
    guard let out else { throw .invalid("memory_info: out is NULL") }
    var info = bp_memory_info()
    info.total_bytes = Int64(physicalMemory)
    info.free_bytes = Int64(sysconf(Int32(_SC_AVPHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))
    bp_answer(out, &info, UInt32(MemoryLayout<bp_memory_info>.size))
  }
}

func alloc(
  _ context: UnsafeMutableRawPointer?, _ device: Int32, _ kind: Int32, _ bytes: Int64,
  _ alignment: Int64, _ out: UnsafeMutablePointer<bp_buffer>?, _ err: UnsafeMutablePointer<bp_error>?
) -> Int32 {
  status(err) { () throws(Failure) in
    try check(device: device)
    guard let out else { throw .invalid("alloc: out is NULL") }
    out.pointee = try Memory.alloc(kind: kind, bytes: Int(bytes), alignment: Int(alignment))
  }
}

func free(_ context: UnsafeMutableRawPointer?, _ device: Int32, _ buffer: bp_buffer) {
  Memory.free(buffer)
}

func copyFromHost(
  _ context: UnsafeMutableRawPointer?, _ device: Int32, _ stream: bp_stream, _ target: bp_buffer,
  _ targetOffset: Int64, _ source: UnsafeRawPointer?, _ bytes: Int64,
  _ err: UnsafeMutablePointer<bp_error>?
) -> Int32 {
  status(err) { () throws(Failure) in
    try check(device: device, stream: stream)
    if bytes == 0 { return }
    let address = try Memory.range(
      target, offset: Int(targetOffset), bytes: Int(bytes), for: "copy_from_host")
    guard let source else { throw .invalid("copy_from_host: source is NULL") }
    memmove(address, source, Int(bytes))
  }
}

func copyToHost(
  _ context: UnsafeMutableRawPointer?, _ device: Int32, _ stream: bp_stream,
  _ target: UnsafeMutableRawPointer?, _ source: bp_buffer, _ sourceOffset: Int64, _ bytes: Int64,
  _ err: UnsafeMutablePointer<bp_error>?
) -> Int32 {
  status(err) { () throws(Failure) in
    try check(device: device, stream: stream)
    if bytes == 0 { return }
    let address = try Memory.range(source, offset: Int(sourceOffset), bytes: Int(bytes), for: "copy_to_host")
    guard let target else { throw .invalid("copy_to_host: target is NULL") }
    memmove(target, address, Int(bytes))
  }
}

func hostPointer(
  _ context: UnsafeMutableRawPointer?, _ device: Int32, _ buffer: bp_buffer,
  _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ err: UnsafeMutablePointer<bp_error>?
) -> Int32 {
  status(err) { () throws(Failure) in
    try check(device: device)
    guard let out else { throw .invalid("host_pointer: out is NULL") }
    out.pointee = try Memory.buffer(buffer, for: "host_pointer").address
  }
}

func wrapHost(
  _ context: UnsafeMutableRawPointer?, _ device: Int32, _ memory: UnsafeMutableRawPointer?,
  _ bytes: Int64, _ out: UnsafeMutablePointer<bp_buffer>?, _ err: UnsafeMutablePointer<bp_error>?
) -> Int32 {
  status(err) { () throws(Failure) in
    try check(device: device)
    guard let out else { throw .invalid("wrap_host: out is NULL") }
    out.pointee = try Memory.wrap(memory, bytes: Int(bytes))
  }
}
