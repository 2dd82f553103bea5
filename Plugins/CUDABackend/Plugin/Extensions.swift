import BackendAPI
import Glibc

/// The extensions of the interface that the plugin has, by name.
let getExtension: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> UnsafeRawPointer? = { _, name in
  switch name.map({ String(cString: $0) }) {
  case BP_EXTENSION_PEER_COPY: UnsafeRawPointer(peerCopy)
  case BP_EXTENSION_FUSION: UnsafeRawPointer(fusion)
  default: nil
  }
}
