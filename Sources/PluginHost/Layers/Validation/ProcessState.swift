import Glibc

/// What a plugin must leave as it found it [BP-1.7].
struct ProcessState {
  private let floatingPoint: [UInt32]
  private let locale: String
  private let directory: String

  init() {
    floatingPoint = ProcessState.floatingPointMode()
    locale = setlocale(LC_ALL, nil).map { String(cString: $0) } ?? ""
    directory = ProcessState.currentDirectory()
  }

  /// What differs from the state before, in words.
  func changes(since before: ProcessState) -> [String] {
    var changes: [String] = []
    if floatingPoint != before.floatingPoint {
      changes.append("the floating-point mode was changed (rounding, traps or subnormals)")
    }
    if locale != before.locale { changes.append("the locale was changed from \(before.locale) to \(locale)") }
    if directory != before.directory {
      changes.append("the working directory was changed from \(before.directory) to \(directory)")
    }
    return changes
  }

  private static func floatingPointMode() -> [UInt32] {
    #if arch(x86_64)
      var environment = fenv_t()
      fegetenv(&environment)
      // fegetenv masks the traps of the old unit; the rest of the state is put back.
      fesetenv(&environment)
      // The low six bits of mxcsr tell what happened, not how to compute.
      return [UInt32(environment.__control_word), environment.__mxcsr & ~0x3f]
    #else
      return [UInt32(truncatingIfNeeded: fegetround())]
    #endif
  }

  private static func currentDirectory() -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { path in
      getcwd(path.baseAddress, path.count).map { String(cString: $0) } ?? ""
    }
  }
}
