import BackendAPI

typealias ErrorPointer = UnsafeMutablePointer<bp_error>?

/// What stands between the frontend and a plugin's table: every function of the table, without the context.
///
/// A layer calls `inner`, whose context is the plugin's own. ``LayeredTable`` makes a table of it again, so that
/// layers stack.
protocol TableLayer: AnyObject {
  var inner: bp_plugin { get }

  func deviceInfo(_ device: Int32, _ out: UnsafeMutablePointer<bp_device_info>?, _ err: ErrorPointer) -> Int32
  func memoryInfo(_ device: Int32, _ out: UnsafeMutablePointer<bp_memory_info>?, _ err: ErrorPointer) -> Int32

  func alloc(
    _ device: Int32, _ kind: Int32, _ bytes: Int64, _ alignment: Int64, _ out: UnsafeMutablePointer<bp_buffer>?,
    _ err: ErrorPointer
  ) -> Int32
  func free(_ device: Int32, _ buffer: bp_buffer)
  func copyFromHost(
    _ device: Int32, _ stream: bp_stream, _ target: bp_buffer, _ offset: Int64, _ source: UnsafeRawPointer?,
    _ bytes: Int64, _ err: ErrorPointer
  ) -> Int32
  func copyToHost(
    _ device: Int32, _ stream: bp_stream, _ target: UnsafeMutableRawPointer?, _ source: bp_buffer, _ offset: Int64,
    _ bytes: Int64, _ err: ErrorPointer
  ) -> Int32

  func queryOp(
    _ device: Int32, _ op: UnsafePointer<bp_op>?, _ out: UnsafeMutablePointer<bp_op_info>?, _ err: ErrorPointer
  ) -> Int32
  func execute(_ device: Int32, _ stream: bp_stream, _ op: UnsafePointer<bp_op>?, _ err: ErrorPointer) -> Int32

  func hostPointer(
    _ device: Int32, _ buffer: bp_buffer, _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ err: ErrorPointer
  ) -> Int32
  func wrapHost(
    _ device: Int32, _ memory: UnsafeMutableRawPointer?, _ bytes: Int64, _ out: UnsafeMutablePointer<bp_buffer>?,
    _ err: ErrorPointer
  ) -> Int32

  func streamCreate(_ device: Int32, _ out: UnsafeMutablePointer<bp_stream>?, _ err: ErrorPointer) -> Int32
  func streamDestroy(_ device: Int32, _ stream: bp_stream)
  func streamQuery(
    _ device: Int32, _ stream: bp_stream, _ done: UnsafeMutablePointer<Int32>?, _ err: ErrorPointer
  ) -> Int32
  func streamSynchronize(_ device: Int32, _ stream: bp_stream, _ err: ErrorPointer) -> Int32
  func streamWait(_ device: Int32, _ stream: bp_stream, _ event: bp_event, _ err: ErrorPointer) -> Int32
  func eventCreate(_ device: Int32, _ out: UnsafeMutablePointer<bp_event>?, _ err: ErrorPointer) -> Int32
  func eventDestroy(_ device: Int32, _ event: bp_event)
  func eventRecord(_ device: Int32, _ event: bp_event, _ stream: bp_stream, _ err: ErrorPointer) -> Int32
  func eventQuery(
    _ device: Int32, _ event: bp_event, _ done: UnsafeMutablePointer<Int32>?, _ err: ErrorPointer
  ) -> Int32
  func eventSynchronize(_ device: Int32, _ event: bp_event, _ err: ErrorPointer) -> Int32

  /// The extension `backplane.peer_copy/1`, where `inner` has it.
  func peerCopy(_ peer: bp_peer_copy, _ range: PeerRange, _ err: ErrorPointer) -> Int32

  // The extension `backplane.fusion/1`, where `inner` has it.
  func prepareFusion(
    _ fusion: bp_fusion, _ device: Int32, _ program: UnsafePointer<bp_fusion_program>?,
    _ handle: UnsafeMutablePointer<UInt64>?, _ err: ErrorPointer
  ) -> Int32
  func releaseFusion(_ fusion: bp_fusion, _ device: Int32, _ handle: UInt64)
  func executeFusion(_ fusion: bp_fusion, _ device: Int32, _ call: FusedCall, _ err: ErrorPointer) -> Int32
}

/// The operands of a call of a program. How many there are the program says.
struct FusedCall {
  typealias Operands = UnsafePointer<UnsafePointer<bp_tensor>?>

  let stream: bp_stream
  let handle: UInt64
  let inputs: Operands?
  let outputs: Operands?
}

/// The operands of a copy between two devices.
struct PeerRange {
  struct End {
    let device: Int32
    var stream: bp_stream
    var buffer: bp_buffer
    var offset: Int64
  }

  var target: End
  var source: End
  let bytes: Int64

  func copy(_ peer: bp_peer_copy, _ context: UnsafeMutableRawPointer?, _ err: ErrorPointer) -> Int32 {
    peer.copy(
      context, target.device, target.stream, target.buffer, target.offset, source.device, source.stream,
      source.buffer, source.offset, bytes, err)
  }
}
