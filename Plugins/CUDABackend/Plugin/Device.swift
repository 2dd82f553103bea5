import BackendAPI
import CUDATypes
import Glibc

/// One graphics processor: its context, its modules, and whether it still answers.
final class Device: @unchecked Sendable {
  // Sendable: what changes is behind `lock`; the driver's functions may be called from any thread.

  let driver: cuda_driver
  let ordinal: Int32
  let name: String
  let totalBytes: Int
  let multiprocessors: Int
  /// 90 for compute capability 9.0.
  let capability: Int
  private let handle: cu_device

  private let lock = Lock()
  private var primaryContext: cu_context?
  private var lostBy: Failure?
  private var allocations = Allocations()
  private var madeModules: Modules?
  private var madeBLAS: BLAS?
  private var madeDNN: Result<CUDNN, MissingLibrary>?

  init(_ driver: cuda_driver, _ ordinal: Int32) throws(Failure) {
    self.driver = driver
    self.ordinal = ordinal
    var handle: cu_device = 0
    try driver.check(driver.cuDeviceGet(&handle, ordinal), "cuDeviceGet")
    self.handle = handle
    var text = [CChar](repeating: 0, count: 128)
    try driver.check(driver.cuDeviceGetName(&text, Int32(text.count), handle), "cuDeviceGetName")
    name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var bytes = 0
    try driver.check(driver.cuDeviceTotalMem_v2(&bytes, handle), "cuDeviceTotalMem")
    totalBytes = bytes
    func attribute(_ id: Int32) throws(Failure) -> Int {
      var value: Int32 = 0
      try driver.check(driver.cuDeviceGetAttribute(&value, id, handle), "cuDeviceGetAttribute")
      return Int(value)
    }
    multiprocessors = try attribute(CU_ATTRIBUTE_MULTIPROCESSORS)
    capability =
      try attribute(CU_ATTRIBUTE_CAPABILITY_MAJOR) * 10 + attribute(CU_ATTRIBUTE_CAPABILITY_MINOR)
  }

  /// Makes this device the calling thread's, and its context where this is the first call that needs it. A device that
  /// is lost answers every call with what lost it [BP-9.4].
  func activate() throws(Failure) { try check(driver.cuCtxSetCurrent(context()), "cuCtxSetCurrent") }

  /// The device's context.
  func context() throws(Failure) -> cu_context {
    try lock.with { () throws(Failure) in
      if let lostBy { throw lostBy }
      if let primaryContext { return primaryContext }
      var made: cu_context?
      try driver.check(driver.cuDevicePrimaryCtxRetain(&made, handle), "cuDevicePrimaryCtxRetain")
      keepScratch()
      primaryContext = made
      return made!
    }
  }

  /// Has the driver keep freed scratch memory for the next operator: else every wait for a stream gives it back, and the
  /// next operator waits for it to be mapped. That it cannot costs time, and is no error.
  private func keepScratch() {
    var pool: cu_pool?
    // As much as a convolution lays out anew, where the device has plenty.
    var bytes = UInt64(max(64 << 20, min(1 << 30, totalBytes / 16)))
    if driver.cuDeviceGetDefaultMemPool(&pool, handle) == CU_OK {
      _ = driver.cuMemPoolSetAttribute(pool, CU_POOL_RELEASE_THRESHOLD, &bytes)
    }
  }

  /// Turns a result of the driver into an error, and remembers one that the device does not recover from.
  func check(_ code: cu_result, _ what: @autoclosure () -> String) throws(Failure) {
    if code == CU_OK { return }
    let failure = driver.failure(code, what())
    if driver.isSticky(code) {
      throw lock.with {
        if lostBy == nil { lostBy = Failure(BP_ERROR_DEVICE_LOST, failure.message, isSticky: true) }
        return lostBy!
      }
    }
    throw failure
  }

  // MARK: Memory

  func allocate(_ bytes: Int, alignment: Int) throws(Failure) -> UInt64 {
    let room = max(bytes, 1) + (alignment > Allocations.alignment ? alignment : 0)
    var pointer: cu_pointer = 0
    let code = driver.cuMemAlloc_v2(&pointer, room)
    if code == CU_OUT_OF_MEMORY { throw outOfMemory(bytes) }
    try check(code, "cuMemAlloc")
    return lock.with { allocations.add(pointer, room: room, bytes: bytes, alignment: alignment) }
  }

  /// In PyTorch's words.
  private func outOfMemory(_ bytes: Int) -> Failure {
    var free = 0
    var total = 0
    _ = driver.cuMemGetInfo_v2(&free, &total)
    return .outOfMemory(
      "CUDA out of memory. Tried to allocate \(readable(bytes)). GPU \(ordinal) has a total capacity of "
        + "\(readable(total)) of which \(readable(free)) is free.")
  }

  func allocateHost(_ bytes: Int) throws(Failure) -> UInt64 {
    var pointer: UnsafeMutableRawPointer?
    let code = driver.cuMemHostAlloc(&pointer, max(bytes, 1), UInt32(CU_HOST_ALLOC_PORTABLE))
    if code == CU_OUT_OF_MEMORY { throw .outOfMemory("\(readable(bytes)) of page-locked memory could not be had") }
    try check(code, "cuMemHostAlloc")
    return lock.with { allocations.addHost(pointer!, bytes: bytes) }
  }

  func release(_ buffer: bp_buffer) {
    guard let found = lock.with({ allocations.remove(buffer) }), (try? activate()) != nil else { return }
    if found.isHost {
      _ = driver.cuMemFreeHost(UnsafeMutableRawPointer(bitPattern: UInt(found.base)))
    } else {
      _ = driver.cuMemFree_v2(found.base)
    }
  }

  /// The size of a buffer, nil for none.
  func size(of buffer: bp_buffer) -> Int? { lock.with { allocations.size(of: buffer) } }

  /// Whether host memory is page-locked, and was made here.
  func isPageLocked(_ memory: UnsafeRawPointer, _ bytes: Int) -> Bool {
    lock.with { allocations.isHost(UInt64(UInt(bitPattern: memory)), bytes) }
  }

  // MARK: What is made when it is first wanted

  func modules() throws(Failure) -> Modules {
    try lock.with { () throws(Failure) in
      if let madeModules { return madeModules }
      do throws(MissingLibrary) {
        let modules = Modules(nvrtc: try Libraries.nvrtc(), driver: driver, capability: capability)
        madeModules = modules
        return modules
      } catch {
        throw .unavailable(error.message)
      }
    }
  }

  /// Nil where there is no cuDNN, which the log is told once.
  func dnn() -> CUDNN? {
    // cuDNN looks for cuBLAS, and finds what is loaded.
    _ = try? blas()
    let made = lock.with {
      if madeDNN == nil { madeDNN = Result { () throws(MissingLibrary) in try CUDNN(Libraries.dnn()) } }
      return madeDNN!
    }
    switch made {
    case .success(let dnn): return dnn
    case .failure(let missing):
      HostLog.debugOnce(missing.message.hashValue) { missing.message }
      return nil
    }
  }

  func blas() throws(Failure) -> BLAS {
    try lock.with { () throws(Failure) in
      if let madeBLAS { return madeBLAS }
      do throws(MissingLibrary) {
        let blas = try BLAS(Libraries.blas())
        madeBLAS = blas
        return blas
      } catch {
        throw .unavailable(error.message)
      }
    }
  }
}

/// 2.00 GiB, as PyTorch writes it.
func readable(_ bytes: Int) -> String {
  for (unit, size) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] where bytes >= size {
    let hundredths = (Double(bytes) / Double(size) * 100).rounded()
    let (whole, rest) = Int(hundredths).quotientAndRemainder(dividingBy: 100)
    return "\(whole).\(rest < 10 ? "0" : "")\(rest) \(unit)"
  }
  return "\(bytes) bytes"
}

extension cuda_driver {
  func check(_ code: cu_result, _ what: @autoclosure () -> String) throws(Failure) {
    if code != CU_OK { throw failure(code, what()) }
  }

  func failure(_ code: cu_result, _ what: String) -> Failure {
    var name: UnsafePointer<CChar>?
    var text: UnsafePointer<CChar>?
    _ = cuGetErrorName(code, &name)
    _ = cuGetErrorString(code, &text)
    let reason = text.map { String(cString: $0) } ?? "error \(code)"
    let label = name.map { String(cString: $0) } ?? "code \(code)"
    if code == CU_OUT_OF_MEMORY { return .outOfMemory("\(what): CUDA out of memory (\(label))") }
    return Failure(BP_ERROR_INTERNAL, "\(what): \(reason) (\(label))")
  }

  /// Errors after which the context is of no use: faults within kernels, and a device that is gone.
  func isSticky(_ code: cu_result) -> Bool { (700...719).contains(code) || code == 214 || code == 4 || code == 201 }
}
