import Glibc
import ZlibABI

/// zlib, opened at run time: a program that reads and writes no compressed file runs without it.
struct Zlib: Sendable {
  typealias Stream = zlib_stream

  private let inflateInit: zlib_inflate_init
  private let inflateStep: zlib_step
  private let inflateEnd: zlib_end
  private let deflateInit: zlib_deflate_init
  private let deflateStep: zlib_step
  private let deflateEnd: zlib_end

  private static let file = "libz.so.1"
  private static let loaded: Zlib? = load()

  /// - Parameter name: The file that cannot be read or written without the library.
  static func library(for name: String) throws(BackplaneError) -> Zlib {
    guard let loaded else {
      throw .file(name, "compressed arrays need \(file), which could not be loaded: apt install zlib1g")
    }
    return loaded
  }

  private static func load() -> Zlib? {
    guard let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL),
      let inflateInit = dlsym(handle, "inflateInit2_"), let inflate = dlsym(handle, "inflate"),
      let inflateEnd = dlsym(handle, "inflateEnd"), let deflateInit = dlsym(handle, "deflateInit2_"),
      let deflate = dlsym(handle, "deflate"), let deflateEnd = dlsym(handle, "deflateEnd")
    else { return nil }
    return Zlib(
      inflateInit: unsafeBitCast(inflateInit, to: zlib_inflate_init.self),
      inflateStep: unsafeBitCast(inflate, to: zlib_step.self),
      inflateEnd: unsafeBitCast(inflateEnd, to: zlib_end.self),
      deflateInit: unsafeBitCast(deflateInit, to: zlib_deflate_init.self),
      deflateStep: unsafeBitCast(deflate, to: zlib_step.self),
      deflateEnd: unsafeBitCast(deflateEnd, to: zlib_end.self))
  }

  // MARK: Raw deflate, as zip has it

  private static let streamSize = Int32(MemoryLayout<Stream>.size)

  func startInflating(_ stream: UnsafeMutablePointer<Stream>) -> Bool {
    inflateInit(stream, ZLIB_RAW_WINDOW_BITS, ZLIB_VERSION_ASKED_FOR, Zlib.streamSize) == ZLIB_OK
  }
  func inflate(_ stream: UnsafeMutablePointer<Stream>) -> Int32 { inflateStep(stream, ZLIB_NO_FLUSH) }
  func endInflating(_ stream: UnsafeMutablePointer<Stream>) { _ = inflateEnd(stream) }

  func startDeflating(_ stream: UnsafeMutablePointer<Stream>) -> Bool {
    deflateInit(
      stream, ZLIB_DEFAULT_COMPRESSION, ZLIB_DEFLATED, ZLIB_RAW_WINDOW_BITS, ZLIB_DEFAULT_MEMORY_LEVEL,
      ZLIB_DEFAULT_STRATEGY, ZLIB_VERSION_ASKED_FOR, Zlib.streamSize) == ZLIB_OK
  }
  func deflate(_ stream: UnsafeMutablePointer<Stream>, finish: Bool) -> Int32 {
    deflateStep(stream, finish ? ZLIB_FINISH : ZLIB_NO_FLUSH)
  }
  func endDeflating(_ stream: UnsafeMutablePointer<Stream>) { _ = deflateEnd(stream) }
}
