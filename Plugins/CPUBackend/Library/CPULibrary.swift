import BackendAPI
import CPUBackend

/// The one symbol of the library.
@c @implementation
public func bp_plugin_open_v1(
  _ host: UnsafePointer<bp_host>!, _ out: UnsafeMutablePointer<bp_plugin>!,
  _ err: UnsafeMutablePointer<bp_error>!
) -> Int32 { openCPUBackend(host, out, err) }
