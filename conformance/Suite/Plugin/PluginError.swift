import BackendAPI

/// Why a call into a plugin failed, or why the plugin cannot be used.
public struct PluginError: Error, CustomStringConvertible, Sendable {
  /// One of `BP_ERROR_*`, or nil where the plugin could not even be asked.
  public let code: Int32?
  public let flags: UInt32
  public let message: String

  init(_ message: String, code: Int32? = nil, flags: UInt32 = 0) {
    self.code = code
    self.flags = flags
    self.message = message.onOneLine
  }

  public var description: String { code.map { "\(statusName($0)): \(message)" } ?? message }
}

extension String {
  /// The text in one line, as failures are told: a plugin's message may be a compiler's log.
  package var onOneLine: String {
    guard utf8.contains(where: { $0 == 10 || $0 == 13 }) else { return self }
    let lines = split(whereSeparator: \.isNewline).map { line in
      String(line.drop { $0 == " " || $0 == "\t" })
    }
    return lines.filter { !$0.isEmpty }.joined(separator: "; ")
  }
}

/// The header's name of a status code, shortened: "INVALID_ARGUMENT".
func statusName(_ code: Int32) -> String {
  switch code {
  case BP_OK: "OK"
  case BP_ERROR_INVALID_ARGUMENT: "INVALID_ARGUMENT"
  case BP_ERROR_UNSUPPORTED: "UNSUPPORTED"
  case BP_ERROR_OUT_OF_MEMORY: "OUT_OF_MEMORY"
  case BP_ERROR_DEVICE_LOST: "DEVICE_LOST"
  case BP_ERROR_UNAVAILABLE: "UNAVAILABLE"
  case BP_ERROR_ABI_MISMATCH: "ABI_MISMATCH"
  case BP_ERROR_INTERNAL: "INTERNAL"
  default: "code \(code)"
  }
}

/// The text in a fixed character array, or nil where no NUL ends it.
func text<Characters: BitwiseCopyable>(_ characters: Characters) -> String? {
  withUnsafeBytes(of: characters) { bytes in
    guard let end = bytes.firstIndex(of: 0) else { return nil }
    return String(decoding: bytes[..<end], as: UTF8.self)
  }
}
