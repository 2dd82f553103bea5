import BackendAPI

/// Why a call failed, on its way to the host's `bp_error`.
struct Failure: Error {
  let code: Int32
  let message: String
  /// Of work that was under way when the call came.
  var isAsynchronous = false
  /// Every later call on the device fails alike.
  var isSticky = false

  init(_ code: Int32, _ message: String, isSticky: Bool = false) {
    self.code = code
    self.message = message
    self.isSticky = isSticky
  }

  var flags: UInt32 { (isAsynchronous ? BP_ERROR_FLAG_ASYNC : 0) | (isSticky ? BP_ERROR_FLAG_STICKY : 0) }

  static func invalid(_ message: String) -> Failure { Failure(BP_ERROR_INVALID_ARGUMENT, message) }
  static func unsupported(_ message: String) -> Failure { Failure(BP_ERROR_UNSUPPORTED, message) }
  static func outOfMemory(_ message: String) -> Failure { Failure(BP_ERROR_OUT_OF_MEMORY, message) }
  static func unavailable(_ message: String) -> Failure { Failure(BP_ERROR_UNAVAILABLE, message) }
}

/// Runs the body of a table function: the one place where a failure becomes a status code.
@inline(__always)
func status(_ err: UnsafeMutablePointer<bp_error>?, _ body: () throws(Failure) -> Void) -> Int32 {
  do throws(Failure) {
    try body()
    return BP_OK
  } catch {
    let code = bp_fail(err, error.code, error.message)
    err?.pointee.flags = error.flags
    return code
  }
}

/// Copies a string into a fixed character array, cut if it must be, always NUL-terminated.
func write(_ text: String, to field: UnsafeMutableRawBufferPointer) {
  let bytes = text.utf8.prefix(field.count - 1)
  field.copyBytes(from: bytes)
  field[bytes.count] = 0
}

/// Hands an answer to a host that may know a shorter struct: never past its `struct_size`, and
/// never over it [BP-1.2].
func answer<T: BitwiseCopyable>(_ out: UnsafeMutablePointer<T>, with value: T) {
  let target = UnsafeMutableRawPointer(out)
  let first = MemoryLayout<UInt32>.size
  let room = min(Int(target.load(as: UInt32.self)), MemoryLayout<T>.size)
  guard room > first else { return }
  withUnsafeBytes(of: value) { bytes in
    (target + first).copyMemory(from: bytes.baseAddress! + first, byteCount: room - first)
  }
}

/// The parameters of an operator: what the host's version of the struct lacks is zero [BP-5.6].
func parameters<T: BitwiseCopyable>(_ op: UnsafePointer<bp_op>, _ empty: T) throws(Failure) -> T {
  guard let source = op.pointee.params else {
    throw .invalid("\(operatorName(op.pointee.op)): params is NULL")
  }
  var value = empty
  let size = min(Int(source.load(as: UInt32.self)), MemoryLayout<T>.size)
  withUnsafeMutableBytes(of: &value) { $0.baseAddress!.copyMemory(from: source, byteCount: size) }
  return value
}
