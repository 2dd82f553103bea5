import BackendAPI

/// The plugin's entry point.
@c @implementation
public func bp_plugin_open_v1(
  _ host: UnsafePointer<bp_host>!, _ out: UnsafeMutablePointer<bp_plugin>!,
  _ err: UnsafeMutablePointer<bp_error>!
) -> Int32 {
  bp_fail(err, BP_ERROR_INTERNAL, "nothing here yet")
}
