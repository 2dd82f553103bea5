/// What ends the program: a message for standard error and an exit status.
struct Failure: Error {
  let message: String
  let status: Int32

  /// Bad arguments.
  static func usage(_ message: String) -> Failure {
    Failure(message: message + "; 'digits --help' lists the options", status: 2)
  }

  /// Input that cannot be used.
  static func input(_ message: String) -> Failure { Failure(message: message, status: 2) }

  /// A result that is not as it must be.
  static func result(_ message: String) -> Failure { Failure(message: message, status: 1) }
}
