import Glibc

/// Runs each body on a thread of its own, for calls that a plugin takes from any thread, and waits for all.
func runOnThreads(_ bodies: [@Sendable () -> Void]) throws(PluginError) {
  final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  var threads: [pthread_t] = []
  defer { for thread in threads { pthread_join(thread, nil) } }
  for body in bodies {
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(Body(body)).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, argument)
    guard status == 0 else { throw PluginError("pthread_create: \(String(cString: strerror(status)))") }
    threads.append(thread)
  }
}
