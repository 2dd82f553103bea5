import BackendAPI

/// What a call answers besides its status code.
extension bp_error {
  /// One that a call can fill in. Every operator takes one.
  @inlinable @inline(__always)
  package static var empty: bp_error {
    var error = bp_error()
    error.struct_size = UInt32(MemoryLayout<bp_error>.size)
    return error
  }

  /// The message, kept within its array even if the plugin forgot the terminator.
  package func text(_ code: Int32) -> String {
    let words = PluginText.text(in: message)
    if words.isEmpty { return "\(statusName(code)), without a message [BP-2.2]" }
    return (BP_OK...BP_ERROR_INTERNAL).contains(code) ? words : "\(words) (\(statusName(code)) [BP-2.1])"
  }

  /// Whether the device will not answer again.
  package func isFinal(_ code: Int32) -> Bool { flags & BP_ERROR_FLAG_STICKY != 0 || code == BP_ERROR_DEVICE_LOST }
}

/// A status code in words.
func statusName(_ code: Int32) -> String {
  switch code {
  case BP_ERROR_INVALID_ARGUMENT: "invalid argument"
  case BP_ERROR_UNSUPPORTED: "unsupported"
  case BP_ERROR_OUT_OF_MEMORY: "out of memory"
  case BP_ERROR_DEVICE_LOST: "device lost"
  case BP_ERROR_UNAVAILABLE: "unavailable"
  case BP_ERROR_ABI_MISMATCH: "ABI mismatch"
  case BP_ERROR_INTERNAL: "internal error"
  default: "unknown status \(code)"
  }
}
