import BackendAPI

/// The host's log.
enum HostLog {
  // Set once, before any other function of the plugin is called.
  nonisolated(unsafe) private static var host: UnsafePointer<bp_host>?
  private static let lock = Lock()
  nonisolated(unsafe) private static var told: Set<String> = []  // Behind `lock`.

  static func open(_ host: UnsafePointer<bp_host>) { self.host = host }

  /// Warns of what may well happen again.
  static func warnOnce(_ message: String) {
    guard let host, let log = host.pointee.log, lock.with({ told.insert(message).inserted }) else { return }
    log(host.pointee.context, BP_LOG_WARNING, message)
  }

  nonisolated(unsafe) private static var kinds: Set<Int> = []  // Behind `lock`.

  /// Tells those who debug what was done, once for each kind of it.
  static func debugOnce(_ kind: Int, _ message: () -> String) {
    guard let host, let log = host.pointee.log, lock.with({ kinds.insert(kind).inserted }) else { return }
    log(host.pointee.context, BP_LOG_DEBUG, message())
  }
}
