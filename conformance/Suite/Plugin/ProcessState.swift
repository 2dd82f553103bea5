import Glibc
import Isolation
import Text

/// What a plugin must leave as it found it [BP-1.7].
struct ProcessState {
  private let directory = getcwd(nil, 0).map { String(cString: $0) }
  private let locale = setlocale(LC_ALL, nil).map { String(cString: $0) }
  private let environment = ProcessState.environmentStrings()
  private let handlers = ProcessState.signalHandlers()
  private let rounding = fegetround()
  private let keepsSubnormals = ProcessState.keepsSubnormals()

  var changes: [String] {
    let now = ProcessState()
    var changes: [String] = []
    if now.directory != directory {
      changes.append("the working directory is now \(now.directory ?? "gone") [BP-1.7]")
    }
    if now.locale != locale { changes.append("the locale is now \(now.locale ?? "unknown") [BP-1.7]") }
    for variable in now.environment.symmetricDifference(environment).sorted() {
      changes.append("the environment has another \(variable.prefix { $0 != "=" }) [BP-1.7]")
    }
    for (signal, handler) in now.handlers where handler != handlers[signal] {
      changes.append("signal \(signal) has another handler [BP-1.5]")
    }
    if let text = Worker.newOutput() { changes.append("standard output holds \(jsonQuoted(text)) [BP-1.7]") }
    if now.rounding != rounding { changes.append("the rounding mode has changed [BP-1.7]") }
    if now.keepsSubnormals != keepsSubnormals { changes.append("subnormals are now flushed to zero [BP-1.7]") }
    return changes
  }

  private static func environmentStrings() -> Set<String> {
    var strings: Set<String> = []
    var next = environ
    while let entry = next.pointee {
      strings.insert(String(cString: entry))
      next += 1
    }
    return strings
  }

  /// The handlers of the signals that a host is likely to handle itself.
  private static func signalHandlers() -> [Int32: Int] {
    var handlers: [Int32: Int] = [:]
    for signal in [
      SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGPIPE, SIGTERM, SIGCHLD,
    ] {
      var action = sigaction()
      guard sigaction(signal, nil, &action) == 0 else { continue }
      handlers[signal] = withUnsafeBytes(of: action.__sigaction_handler) { $0.loadUnaligned(as: Int.self) }
    }
    return handlers
  }

  @inline(never)
  private static func keepsSubnormals() -> Bool {
    // Through memory, so that the compiler does not compute it ahead of time.
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 1) { memory in
      memory[0] = Double.leastNormalMagnitude * Double(getpid() > 0 ? 1 : 2)
      return memory[0] / 4 != 0
    }
  }
}
