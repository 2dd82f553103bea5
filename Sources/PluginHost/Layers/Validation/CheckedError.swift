import BackendAPI
import Glibc

/// The `bp_error` that a plugin is given in place of the host's: filled with a pattern, so that it can be told what the
/// plugin wrote.
struct CheckedError {
  private static let filler: UInt8 = 0x5a
  var error = bp_error()

  init() {
    withUnsafeMutableBytes(of: &error) { bytes in
      for i in bytes.indices { bytes[i] = CheckedError.filler }
    }
    error.struct_size = UInt32(MemoryLayout<bp_error>.size)
  }

  /// The rules of section 2 that a call broke, each with its number.
  func breaches(code: Int32) -> [(obligation: String, message: String)] {
    guard code != BP_OK else {
      let untouched = CheckedError()
      let isUntouched = withUnsafeBytes(of: error) { now in
        withUnsafeBytes(of: untouched.error) { memcmp(now.baseAddress!, $0.baseAddress!, now.count) == 0 }
      }
      return isUntouched ? [] : [("BP-2.4", "bp_error was written although the call succeeded")]
    }
    var breaches: [(String, String)] = []
    if !(BP_ERROR_INVALID_ARGUMENT...BP_ERROR_INTERNAL).contains(code) {
      breaches.append(("BP-2.1", "\(code) is no status of the header"))
    }
    if isUntouched {
      breaches.append(("BP-2.1", "it failed with status \(code) and left bp_error unwritten"))
      return breaches
    }
    if error.code != code {
      let written = error.code == pattern ? "left its code unwritten" : "wrote code \(error.code)"
      breaches.append(("BP-2.1", "it failed with status \(code) and \(written) in bp_error"))
    }
    if error.flags == UInt32(bitPattern: pattern) {
      breaches.append(("BP-2.1", "it failed with status \(code) and left the flags of bp_error unwritten"))
    }
    if messageIsUntouched {
      breaches.append(("BP-2.1", "it failed with status \(code) without a message"))
    } else if !messageIsTerminated {
      breaches.append(("BP-2.2", "it failed with status \(code) and a message without its terminating NUL"))
    } else if error.message.0 == 0 {
      breaches.append(("BP-2.2", "it failed with status \(code) and an empty message"))
    }
    return breaches
  }

  /// The error as the host may read it, whatever the plugin left undone.
  func sound(_ code: Int32) -> bp_error {
    var sound = error
    sound.code = code
    sound.reserved = 0
    if sound.flags == UInt32(bitPattern: pattern) { sound.flags = 0 }
    let nativePattern = Int64(bitPattern: 0x0101_0101_0101_0101 * UInt64(CheckedError.filler))
    if sound.native_code == nativePattern { sound.native_code = 0 }
    if messageIsUntouched { sound.message.0 = 0 }
    withUnsafeMutableBytes(of: &sound.message) { $0[$0.count - 1] = 0 }
    return sound
  }

  private var pattern: Int32 { 0x0101_0101 * Int32(CheckedError.filler) }

  private var isUntouched: Bool {
    messageIsUntouched && error.code == pattern && error.flags == UInt32(bitPattern: pattern)
  }

  private var messageIsUntouched: Bool {
    withUnsafeBytes(of: error.message) { bytes in bytes.allSatisfy { $0 == CheckedError.filler } }
  }

  private var messageIsTerminated: Bool { withUnsafeBytes(of: error.message) { $0.contains(0) } }
}

extension bp_error {
  /// An error of the layer's own.
  init(_ code: Int32, _ message: String) {
    self = .empty
    _ = bp_fail(&self, code, message)
  }
}
