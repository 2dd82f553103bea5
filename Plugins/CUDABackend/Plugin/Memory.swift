import BackendAPI
import CUDATypes

let allocate:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, Int32, Int64, Int64, UnsafeMutablePointer<bp_buffer>?,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, kind, bytes, alignment, out, err in
    status(err) { () throws(Failure) in
      let device = try Backend.of(context).device(number)
      guard let out else { throw .invalid("alloc: out is NULL") }
      guard bytes >= 0 else { throw .invalid("alloc: \(bytes) bytes is less than none") }
      guard alignment >= 0 && alignment & (alignment - 1) == 0 else {
        throw .invalid("alloc: an alignment of \(alignment) is not a power of two")
      }
      switch kind {
      case BP_MEMORY_DEVICE: out.pointee = try device.allocate(Int(bytes), alignment: Int(alignment))
      case BP_MEMORY_HOST: out.pointee = try device.allocateHost(Int(bytes))
      default: throw .invalid("alloc: there is no memory kind \(kind)")
      }
    }
  }

let release: @convention(c) (UnsafeMutableRawPointer?, Int32, bp_buffer) -> Void = { context, number, buffer in
  let backend = Backend.of(context)
  guard number >= 0, number < backend.devices.count else { return }
  backend.devices[Int(number)].release(buffer)
}

let hostPointer:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_buffer, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, buffer, out, err in
    status(err) { () throws(Failure) in
      _ = try Backend.of(context).device(number)
      guard let out else { throw .invalid("host_pointer: out is NULL") }
      guard buffer != 0 else { throw .invalid("host_pointer: 0 is not a buffer") }
      guard buffer & Allocations.hostMark != 0 else {
        throw .unsupported("host_pointer: the host cannot reach the device's memory")
      }
      out.pointee = UnsafeMutableRawPointer(bitPattern: UInt(buffer & ~Allocations.hostMark))
    }
  }

/// Where a range of a buffer begins, for the device.
func bufferRange(
  _ device: Device, _ function: StaticString, _ buffer: bp_buffer, _ offset: Int64, _ bytes: Int64
) throws(Failure) -> cu_pointer {
  guard bytes >= 0 && offset >= 0 else {
    throw .invalid("\(function): offset \(offset) and \(bytes) bytes must not be negative")
  }
  guard let size = device.size(of: buffer) else { throw .invalid("\(function): \(buffer) is not a buffer") }
  let (end, overflow) = offset.addingReportingOverflow(bytes)
  guard !overflow && end <= Int64(size) else {
    throw .invalid("\(function): \(bytes) bytes at \(offset) end past the buffer's \(size)")
  }
  return (buffer & ~Allocations.hostMark) + UInt64(offset)
}

let copyFromHost:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_stream, bp_buffer, Int64, UnsafeRawPointer?, Int64,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, stream, target, offset, source, bytes, err in
    status(err) { () throws(Failure) in
      let device = try Backend.of(context).device(number)
      if bytes == 0 { return }
      let stream = try Stream.of(stream, "copy_from_host")
      let address = try bufferRange(device, "copy_from_host", target, offset, bytes)
      guard let source else { throw .invalid("copy_from_host: source is NULL") }
      // The driver has read memory that is not page-locked when it returns.
      try device.check(
        device.driver.cuMemcpyHtoDAsync_v2(address, source, Int(bytes), stream.handle), "copy_from_host")
    }
  }

let copyToHost:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_stream, UnsafeMutableRawPointer?, bp_buffer, Int64, Int64,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, stream, target, source, offset, bytes, err in
    status(err) { () throws(Failure) in
      let device = try Backend.of(context).device(number)
      if bytes == 0 { return }
      let stream = try Stream.of(stream, "copy_to_host")
      let address = try bufferRange(device, "copy_to_host", source, offset, bytes)
      guard let target else { throw .invalid("copy_to_host: target is NULL") }
      try device.check(
        device.driver.cuMemcpyDtoHAsync_v2(target, address, Int(bytes), stream.handle), "copy_to_host")
      // Whoever reads the target next must find it written, and hear of what went wrong before.
      if !device.isPageLocked(target, Int(bytes)) { try stream.synchronize() }
    }
  }

let deviceInfo:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<bp_device_info>?, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, out, err in
    status(err) { () throws(Failure) in
      let backend = Backend.of(context)
      guard number >= 0, number < backend.devices.count else {
        throw .invalid("there are \(backend.devices.count) devices, and no device \(number)")
      }
      guard let out else { throw .invalid("device_info: out is NULL") }
      let device = backend.devices[Int(number)]
      var info = bp_device_info()
      info.total_bytes = Int64(device.totalBytes)
      info.alignment = Int64(Allocations.alignment)
      let capability = "\(device.capability / 10).\(device.capability % 10)"
      let details = "compute capability \(capability), \(device.multiprocessors) multiprocessors"
      bp_set_text(&info.name, MemoryLayout.size(ofValue: info.name), device.name)
      bp_set_text(&info.details, MemoryLayout.size(ofValue: info.details), details)
      bp_answer(out, &info, UInt32(MemoryLayout<bp_device_info>.size))
    }
  }

let memoryInfo:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<bp_memory_info>?, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, out, err in
    status(err) { () throws(Failure) in
      let device = try Backend.of(context).device(number)
      guard let out else { throw .invalid("memory_info: out is NULL") }
      var free = 0
      var total = 0
      try device.check(device.driver.cuMemGetInfo_v2(&free, &total), "cuMemGetInfo")
      var info = bp_memory_info()
      info.total_bytes = Int64(total)
      info.free_bytes = Int64(free)
      bp_answer(out, &info, UInt32(MemoryLayout<bp_memory_info>.size))
    }
  }
