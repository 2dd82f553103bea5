import Glibc

/// zlib, opened at run time so that neither building nor programs that need it not depend on it.
struct Zlib: Sendable {
  /// The library's `z_stream`.
  struct Stream {
    var nextIn: UnsafeMutableRawPointer?
    var availableIn: UInt32 = 0
    var totalIn: UInt = 0
    var nextOut: UnsafeMutableRawPointer?
    var availableOut: UInt32 = 0
    var totalOut: UInt = 0
    var message: UnsafePointer<CChar>?
    var state: UnsafeMutableRawPointer?
    var allocate: UnsafeMutableRawPointer?
    var free: UnsafeMutableRawPointer?
    var opaque: UnsafeMutableRawPointer?
    var dataType: Int32 = 0
    var adler: UInt = 0
    var reserved: UInt = 0
  }

  typealias StreamPointer = UnsafeMutableRawPointer
  private typealias InflateInit = @convention(c) (StreamPointer, Int32, UnsafePointer<CChar>, Int32) -> Int32
  private typealias DeflateInit =
    @convention(c) (StreamPointer, Int32, Int32, Int32, Int32, Int32, UnsafePointer<CChar>, Int32) -> Int32
  private typealias Step = @convention(c) (StreamPointer, Int32) -> Int32
  private typealias End = @convention(c) (StreamPointer) -> Int32

  static let streamEnd: Int32 = 1
  static let noMemory: Int32 = -4
  static let noProgress: Int32 = -5
  static let finish: Int32 = 4

  private let inflateInit: InflateInit
  private let inflateStep: Step
  private let inflateEnd: End
  private let deflateInit: DeflateInit
  private let deflateStep: Step
  private let deflateEnd: End

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
      inflateInit: unsafeBitCast(inflateInit, to: InflateInit.self), inflateStep: unsafeBitCast(inflate, to: Step.self),
      inflateEnd: unsafeBitCast(inflateEnd, to: End.self),
      deflateInit: unsafeBitCast(deflateInit, to: DeflateInit.self),
      deflateStep: unsafeBitCast(deflate, to: Step.self), deflateEnd: unsafeBitCast(deflateEnd, to: End.self))
  }

  // MARK: Raw deflate, as zip has it

  private static let streamSize = Int32(MemoryLayout<Stream>.stride)

  func startInflating(_ stream: UnsafeMutablePointer<Stream>) -> Bool {
    inflateInit(stream, -15, "1", Zlib.streamSize) == 0
  }
  func inflate(_ stream: UnsafeMutablePointer<Stream>) -> Int32 { inflateStep(stream, 0) }
  func endInflating(_ stream: UnsafeMutablePointer<Stream>) { _ = inflateEnd(stream) }

  func startDeflating(_ stream: UnsafeMutablePointer<Stream>) -> Bool {
    deflateInit(stream, -1, 8, -15, 8, 0, "1", Zlib.streamSize) == 0
  }
  func deflate(_ stream: UnsafeMutablePointer<Stream>, finish: Bool) -> Int32 {
    deflateStep(stream, finish ? Zlib.finish : 0)
  }
  func endDeflating(_ stream: UnsafeMutablePointer<Stream>) { _ = deflateEnd(stream) }
}
