import BackendAPI
import CPULanes
import Glibc

// A buffer's handle is its address. Wrapped memory carries a mark in the top bit, which no address
// of a process has, so that free leaves it alone.

private let wrappedMark: UInt64 = 1 << 63
private let alignment = 64
/// Blocks at least this large lie on huge pages.
private let hugePage = 2 << 20

/// The address behind a buffer's handle, nil for 0.
@inline(__always) func address(_ buffer: bp_buffer) -> UnsafeMutableRawPointer? {
  UnsafeMutableRawPointer(bitPattern: UInt(buffer & ~wrappedMark))
}

private func checkDevice(_ device: Int32) throws(Failure) {
  guard device == 0 else { throw .invalid("there is one device, 0, and no device \(device)") }
}

let allocate:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, Int32, Int64, Int64, UnsafeMutablePointer<bp_buffer>?,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, device, kind, bytes, requested, out, err in
    status(err) { () throws(Failure) in
      try checkDevice(device)
      guard let out else { throw .invalid("alloc: out is NULL") }
      guard kind == BP_MEMORY_DEVICE || kind == BP_MEMORY_HOST else {
        throw .invalid("alloc: there is no memory kind \(kind)")
      }
      guard bytes >= 0 else { throw .invalid("alloc: \(bytes) bytes is less than none") }
      guard requested >= 0 && requested & (requested - 1) == 0 else {
        throw .invalid("alloc: an alignment of \(requested) is not a power of two")
      }
      let limit = context!.assumingMemoryBound(to: Backend.self).pointee.memoryLimit
      guard bytes <= limit else {
        throw .outOfMemory("alloc: \(bytes) bytes asked for, where memory and swap have \(limit)")
      }
      let isHuge = bytes >= hugePage
      var memory: UnsafeMutableRawPointer?
      let code = posix_memalign(&memory, max(isHuge ? hugePage : alignment, Int(requested)), max(1, Int(bytes)))
      guard code == 0, let memory else {
        throw .outOfMemory("alloc: \(bytes) bytes could not be had")
      }
      if isHuge { _ = madvise(memory, Int(bytes), MADV_HUGEPAGE) }
      out.pointee = UInt64(UInt(bitPattern: memory))
    }
  }

let release: @convention(c) (UnsafeMutableRawPointer?, Int32, bp_buffer) -> Void = { _, _, buffer in
  if buffer & wrappedMark == 0 { free(address(buffer)) }
}

let hostPointer:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_buffer, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { _, device, buffer, out, err in
    status(err) { () throws(Failure) in
      try checkDevice(device)
      guard let out else { throw .invalid("host_pointer: out is NULL") }
      guard buffer != 0 else { throw .invalid("host_pointer: 0 is not a buffer") }
      out.pointee = address(buffer)
    }
  }

let wrapHost:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, UnsafeMutableRawPointer?, Int64, UnsafeMutablePointer<bp_buffer>?,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { _, device, memory, bytes, out, err in
    status(err) { () throws(Failure) in
      try checkDevice(device)
      guard let out else { throw .invalid("wrap_host: out is NULL") }
      guard bytes > 0 else { throw .invalid("wrap_host: \(bytes) bytes, where there have to be some") }
      guard memory != nil else { throw .invalid("wrap_host: memory is NULL") }
      out.pointee = UInt64(UInt(bitPattern: memory)) | wrappedMark
    }
  }

/// What a copy can check: that the range is one, and ends before the allocator's block does.
private func checkRange(
  _ function: StaticString, _ buffer: bp_buffer, _ offset: Int64, _ bytes: Int64
) throws(Failure) -> UnsafeMutableRawPointer {
  guard bytes >= 0 && offset >= 0 else {
    throw .invalid("\(function): offset \(offset) and \(bytes) bytes must not be negative")
  }
  guard let base = address(buffer) else { throw .invalid("\(function): 0 is not a buffer") }
  let (end, overflow) = offset.addingReportingOverflow(bytes)
  if buffer & wrappedMark == 0 {
    let size = malloc_usable_size(base)
    guard !overflow && end <= size else {
      throw .invalid("\(function): \(bytes) bytes at \(offset) end past the buffer's \(size)")
    }
  } else if overflow {
    throw .invalid("\(function): \(bytes) bytes at \(offset) end past all memory")
  }
  return base + Int(offset)
}

let copyFromHost:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_stream, bp_buffer, Int64, UnsafeRawPointer?, Int64,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { _, device, _, target, offset, source, bytes, err in
    status(err) { () throws(Failure) in
      try checkDevice(device)
      if bytes == 0 { return }
      let memory = try checkRange("copy_from_host", target, offset, bytes)
      guard let source else { throw .invalid("copy_from_host: source is NULL") }
      memmove(memory, source, Int(bytes))
    }
  }

let copyToHost:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_stream, UnsafeMutableRawPointer?, bp_buffer, Int64, Int64,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { _, device, _, target, source, offset, bytes, err in
    status(err) { () throws(Failure) in
      try checkDevice(device)
      if bytes == 0 { return }
      let memory = try checkRange("copy_to_host", source, offset, bytes)
      guard let target else { throw .invalid("copy_to_host: target is NULL") }
      memmove(target, memory, Int(bytes))
    }
  }

// MARK: - What there is

/// The value of the first line of a file that begins with `key`, what follows its colon.
private func line(of path: String, key: String) -> String? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 1024)
  while fgets(&line, Int32(line.count), file) != nil {
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard text.hasPrefix(key), let colon = text.firstIndex(of: ":") else { continue }
    let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    return String(value.prefix { $0 != "\n" })
  }
  return nil
}

let deviceInfo:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<bp_device_info>?, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, device, out, err in
    status(err) { () throws(Failure) in
      try checkDevice(device)
      guard let out else { throw .invalid("device_info: out is NULL") }
      let backend = context!.assumingMemoryBound(to: Backend.self)
      var info = bp_device_info()
      info.flags = BP_DEVICE_HOST_MEMORY
      info.total_bytes = memory("MemTotal:") ?? 0
      info.alignment = Int64(alignment)
      let threads = backend.pointee.threads
      let name = line(of: "/proc/cpuinfo", key: "model name") ?? "x86-64 processor"
      let details = "\(backend.pointee.level.title), \(threads) thread\(threads == 1 ? "" : "s"), OpenBLAS"
      bp_set_text(&info.name, MemoryLayout.size(ofValue: info.name), name)
      bp_set_text(&info.details, MemoryLayout.size(ofValue: info.details), details)
      bp_answer(out, &info, UInt32(MemoryLayout<bp_device_info>.size))
    }
  }

/// A figure of /proc/meminfo, in bytes; nil where there is none.
private func memory(_ key: String) -> Int64? {
  line(of: "/proc/meminfo", key: key).flatMap { Int64($0.prefix { $0 != " " }) }.map { $0 * 1024 }
}

/// Memory and swap, in bytes: what an allocation may hope for.
func memoryLimit() -> Int {
  guard let total = memory("MemTotal:") else { return .max }
  return Int(total + (memory("SwapTotal:") ?? 0))
}

let memoryInfo:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<bp_memory_info>?, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { _, device, out, err in
    status(err) { () throws(Failure) in
      try checkDevice(device)
      guard let out else { throw .invalid("memory_info: out is NULL") }
      var info = bp_memory_info()
      info.total_bytes = memory("MemTotal:") ?? 0
      // What is free, and what the file cache would give up.
      info.free_bytes = memory("MemAvailable:") ?? 0
      bp_answer(out, &info, UInt32(MemoryLayout<bp_memory_info>.size))
    }
  }
