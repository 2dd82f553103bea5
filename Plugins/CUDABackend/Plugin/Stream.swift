import BackendAPI
import CUDATypes

/// A stream of the driver, and the record in which its kernels write what they found wrong.
final class Stream {
  let device: Device
  let handle: cu_stream
  /// In page-locked memory, so that the host reads it without a copy.
  private let fault: UnsafeMutablePointer<ck_fault>
  /// Where kernels find it.
  let faultAddress: UInt64
  private var blasWorkspace: (address: cu_pointer, bytes: Int)?
  /// The operator of the last launch, for errors that arrive late.
  var lastOperator: Int32 = 0

  init(_ device: Device) throws(Failure) {
    self.device = device
    var handle: cu_stream?
    try device.check(device.driver.cuStreamCreate(&handle, UInt32(CU_STREAM_FLAG_NON_BLOCKING)), "cuStreamCreate")
    self.handle = handle!
    var memory: UnsafeMutableRawPointer?
    let size = MemoryLayout<ck_fault>.size
    try device.check(
      device.driver.cuMemHostAlloc(&memory, size, UInt32(CU_HOST_ALLOC_PORTABLE | CU_HOST_ALLOC_MAPPED)),
      "cuMemHostAlloc")
    fault = memory!.bindMemory(to: ck_fault.self, capacity: 1)
    fault.initialize(to: ck_fault())
    var address: cu_pointer = 0
    try device.check(device.driver.cuMemHostGetDevicePointer_v2(&address, memory, 0), "cuMemHostGetDevicePointer")
    faultAddress = address
  }

  deinit {
    _ = try? device.activate()
    _ = device.driver.cuStreamDestroy_v2(handle)
    _ = device.driver.cuMemFreeHost(fault)
    if let blasWorkspace { _ = device.driver.cuMemFree_v2(blasWorkspace.address) }
  }

  /// Memory for the products of this stream alone. With as much as NVIDIA recommends, cuBLAS has all its kernels to choose
  /// from, and streams at work side by side do not change its choice (cuBLAS, "Results Reproducibility"). Nil where
  /// there is no memory for it: cuBLAS then has its own.
  func workspace() -> (address: cu_pointer, bytes: Int)? {
    if let blasWorkspace { return blasWorkspace }
    let bytes = (device.capability >= 90 ? 32 : 8) << 20
    var pointer: cu_pointer = 0
    guard device.driver.cuMemAlloc_v2(&pointer, bytes) == CU_OK else { return nil }
    blasWorkspace = (pointer, bytes)
    return blasWorkspace
  }

  /// The stream behind a handle that the host got from stream_create.
  static func of(_ stream: bp_stream, _ function: StaticString) throws(Failure) -> Stream {
    guard let pointer = UnsafeRawPointer(bitPattern: UInt(stream)) else {
      throw .invalid("\(function): 0 is no stream; stream_create makes one")
    }
    return Unmanaged<Stream>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Waits until the work is done, and throws what went wrong in it.
  func synchronize() throws(Failure) {
    try finished(device.driver.cuStreamSynchronize(handle))
  }

  /// Whether the work is done.
  func isDone() throws(Failure) -> Bool {
    let code = device.driver.cuStreamQuery(handle)
    if code == CU_NOT_READY { return false }
    try finished(code)
    return true
  }

  /// What the driver and the kernels say of work that is over.
  func finished(_ code: cu_result) throws(Failure) {
    do throws(Failure) {
      try device.check(code, "a fault in the work up to \(operatorName(lastOperator))")
    } catch {
      var failure = error
      failure.isAsynchronous = true
      throw failure
    }
    guard fault.pointee.op != 0 else { return }
    let found = fault.pointee
    fault.pointee = ck_fault()
    var failure = Failure.invalid(
      "\(operatorName(found.op)): index \(found.index) is out of bounds for an extent of \(found.extent)")
    failure.isAsynchronous = true
    throw failure
  }
}

/// An event, and the stream that it was last recorded on.
final class Event {
  let device: Device
  let handle: cu_event
  var stream: Stream?

  init(_ device: Device) throws(Failure) {
    self.device = device
    var handle: cu_event?
    try device.check(device.driver.cuEventCreate(&handle, UInt32(CU_EVENT_FLAG_NO_TIMING)), "cuEventCreate")
    self.handle = handle!
  }

  deinit {
    _ = try? device.activate()
    _ = device.driver.cuEventDestroy_v2(handle)
  }

  static func of(_ event: bp_event, _ function: StaticString) throws(Failure) -> Event {
    guard let pointer = UnsafeRawPointer(bitPattern: UInt(event)) else {
      throw .invalid("\(function): 0 is no event; event_create makes one")
    }
    return Unmanaged<Event>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// What the driver says of the event, and its stream of the work before it.
  func finished(_ code: cu_result) throws(Failure) {
    if let stream { try stream.finished(code) } else { try device.check(code, "an event") }
  }
}
