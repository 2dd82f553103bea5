import Glibc

/// Host memory of a size that comes from outside. Where there is none, an error says so; Swift's own would end the
/// program.
final class HostBytes {
  /// In place while the object lives.
  let buffer: UnsafeMutableRawBufferPointer

  /// - Parameter purpose: What it is for, as an error calls it.
  init(_ count: Int, for purpose: @autoclosure () -> String) throws(BackplaneError) {
    var memory: UnsafeMutableRawPointer?
    guard count >= 0, posix_memalign(&memory, 64, max(count, 1)) == 0, let memory else {
      throw BackplaneError(.outOfMemory, "\(purpose()): no room for \(count) bytes in the host's memory")
    }
    buffer = UnsafeMutableRawBufferPointer(start: memory, count: count)
  }

  deinit { free(buffer.baseAddress) }
}
