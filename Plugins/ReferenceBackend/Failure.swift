import BackendAPI

/// Why a call failed, on its way to the host's `bp_error`.
struct Failure: Error {
  let code: Int32
  let message: String

  static func invalid(_ message: String) -> Failure {
    Failure(code: BP_ERROR_INVALID_ARGUMENT, message: message)
  }

  static func unsupported(_ message: String) -> Failure {
    Failure(code: BP_ERROR_UNSUPPORTED, message: message)
  }

  static func outOfMemory(_ message: String) -> Failure {
    Failure(code: BP_ERROR_OUT_OF_MEMORY, message: message)
  }
}

/// Runs the body of a table function: the one place where a failure becomes a status code.
func status(
  _ err: UnsafeMutablePointer<bp_error>?, _ body: () throws(Failure) -> Void
) -> Int32 {
  do throws(Failure) {
    try body()
    return BP_OK
  } catch {
    return bp_fail(err, error.code, error.message)
  }
}
