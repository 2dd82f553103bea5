import CPULanes
import Glibc

/// The functions of OpenBLAS that products use.
///
/// The library is loaded at the first product: it takes longer to load than all the rest of the
/// plugin. It is told to use one thread, the caller's: products are shared out over the plugin's own
/// pool, and two pools would fight for the processors.
struct OpenBLAS: Sendable {
  typealias SGEMM =
    @convention(c) (
      _ order: Int32, _ transA: Int32, _ transB: Int32, _ m: Int32, _ n: Int32, _ k: Int32, _ alpha: Float,
      _ a: UnsafeRawPointer, _ lda: Int32, _ b: UnsafeRawPointer, _ ldb: Int32, _ beta: Float,
      _ c: UnsafeMutableRawPointer, _ ldc: Int32
    ) -> Void
  typealias DGEMM =
    @convention(c) (
      _ order: Int32, _ transA: Int32, _ transB: Int32, _ m: Int32, _ n: Int32, _ k: Int32, _ alpha: Double,
      _ a: UnsafeRawPointer, _ lda: Int32, _ b: UnsafeRawPointer, _ ldb: Int32, _ beta: Double,
      _ c: UnsafeMutableRawPointer, _ ldc: Int32
    ) -> Void

  /// Complex factors are passed by their addresses.
  typealias ComplexGEMM =
    @convention(c) (
      _ order: Int32, _ transA: Int32, _ transB: Int32, _ m: Int32, _ n: Int32, _ k: Int32,
      _ alpha: UnsafeRawPointer, _ a: UnsafeRawPointer, _ lda: Int32, _ b: UnsafeRawPointer, _ ldb: Int32,
      _ beta: UnsafeRawPointer, _ c: UnsafeMutableRawPointer, _ ldc: Int32
    ) -> Void

  typealias SGEMV =
    @convention(c) (
      _ order: Int32, _ trans: Int32, _ m: Int32, _ n: Int32, _ alpha: Float, _ a: UnsafeRawPointer,
      _ lda: Int32, _ x: UnsafeRawPointer, _ incx: Int32, _ beta: Float, _ y: UnsafeMutableRawPointer,
      _ incy: Int32
    ) -> Void
  typealias DGEMV =
    @convention(c) (
      _ order: Int32, _ trans: Int32, _ m: Int32, _ n: Int32, _ alpha: Double, _ a: UnsafeRawPointer,
      _ lda: Int32, _ x: UnsafeRawPointer, _ incx: Int32, _ beta: Double, _ y: UnsafeMutableRawPointer,
      _ incy: Int32
    ) -> Void

  static let rowMajor: Int32 = 101
  static let plain: Int32 = 111
  static let transposed: Int32 = 112

  let sgemm: SGEMM
  let dgemm: DGEMM
  let cgemm: ComplexGEMM
  let zgemm: ComplexGEMM
  let sgemv: SGEMV
  let dgemv: DGEMV
  /// Whether float32 products of up to a million multiplications have kernels that pack nothing,
  /// which run a third faster than the others.
  let hasSmallKernels: Bool
  /// How many products may run at once: what OPENBLAS_NUM_THREADS says, or any number.
  let limit: Int

  /// What dlopen gave: never closed.
  private nonisolated(unsafe) let handle: UnsafeMutableRawPointer

  private static let file = "libopenblas.so.0"

  /// The library, or why it is not there.
  private static let loaded: Result<OpenBLAS, Failure> = load()

  static func library() throws(Failure) -> OpenBLAS { try loaded.get() }

  /// The address of one more of the library's functions.
  func symbol(_ name: String) throws(Failure) -> UnsafeMutableRawPointer {
    guard let symbol = dlsym(handle, name) else {
      throw .unavailable("\(OpenBLAS.file) lacks \(name), which factorizations need: apt install libopenblas-dev")
    }
    return symbol
  }

  /// What the library takes a processor for that is newer than itself, whatever that has.
  private static let oldestCores: Set = ["Prescott", "Core2", "Generic", "generic"]

  private static func coreName(_ handle: UnsafeMutableRawPointer) -> String {
    guard let name = dlsym(handle, "openblas_get_corename") else { return "" }
    return String(cString: unsafeBitCast(name, to: (@convention(c) () -> UnsafePointer<CChar>).self)())
  }

  /// Loads the library with kernels for this processor. One that it does not know gets its oldest kernels, at a sixth of
  /// the speed: it is told then what the processor has. It reads the variable only while it is being loaded.
  private static func open() -> UnsafeMutableRawPointer? {
    let variable = "OPENBLAS_CORETYPE", flags = RTLD_NOW | RTLD_LOCAL
    guard let handle = dlopen(file, flags) else { return nil }
    guard getenv(variable) == nil, oldestCores.contains(coreName(handle)) else { return handle }
    let core: String
    switch Level(rawValue: lanes_processor_level()) {
    case .v4: core = "SkylakeX"
    case .v3: core = "Haswell"
    default: return handle
    }
    dlclose(handle)
    setenv(variable, core, 0)
    defer { unsetenv(variable) }
    return dlopen(file, flags)
  }

  private static func load() -> Result<OpenBLAS, Failure> {
    guard let handle = open() else {
      let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
      return .failure(
        .unavailable(
          "products need \(file), which could not be loaded (\(reason)): apt install libopenblas-dev"))
    }
    guard let sgemm = dlsym(handle, "cblas_sgemm"), let dgemm = dlsym(handle, "cblas_dgemm"),
      let cgemm = dlsym(handle, "cblas_cgemm"), let zgemm = dlsym(handle, "cblas_zgemm"),
      let sgemv = dlsym(handle, "cblas_sgemv"), let dgemv = dlsym(handle, "cblas_dgemv")
    else {
      return .failure(
        .unavailable("\(file) lacks cblas_sgemm or its like: apt install libopenblas-dev"))
    }
    if let setThreads = dlsym(handle, "openblas_set_num_threads") {
      unsafeBitCast(setThreads, to: (@convention(c) (Int32) -> Void).self)(1)
    }
    let limit = environment("OPENBLAS_NUM_THREADS").flatMap { Int($0) } ?? .max
    return .success(
      OpenBLAS(
        sgemm: unsafeBitCast(sgemm, to: SGEMM.self), dgemm: unsafeBitCast(dgemm, to: DGEMM.self),
        cgemm: unsafeBitCast(cgemm, to: ComplexGEMM.self), zgemm: unsafeBitCast(zgemm, to: ComplexGEMM.self),
        sgemv: unsafeBitCast(sgemv, to: SGEMV.self), dgemv: unsafeBitCast(dgemv, to: DGEMV.self),
        hasSmallKernels: ["SkylakeX", "Cooperlake", "SapphireRapids"].contains(coreName(handle)),
        limit: max(1, limit), handle: handle))
  }
}
