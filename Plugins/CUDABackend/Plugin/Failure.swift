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

/// Runs a check of the header, which fills in the error that it is given: what it finds is thrown.
@inline(__always)
func check(_ body: (UnsafeMutablePointer<bp_error>?) -> Int32) throws(Failure) {
  // Without an error to fill in, nothing is put into words.
  guard body(nil) != BP_OK else { return }
  var error = bp_error()
  let code = body(&error)
  throw Failure(code, withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
}

/// The parameters of an operator: what the host's version of the struct lacks is zero [BP-5.6].
func parameters<T: BitwiseCopyable>(_ op: UnsafePointer<bp_op>, _ empty: T) throws(Failure) -> T {
  var value = empty
  try check { bp_params(op, &value, UInt32(MemoryLayout<T>.size), $0) }
  return value
}
