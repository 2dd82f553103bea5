import BackendAPI
import Text

/// Writes each call of a plugin to the trace that is running.
final class TraceLayer: TableLayer, Sendable {
  nonisolated(unsafe) let inner: bp_plugin  // Constant, and its functions may be called from any thread [BP-1.6].
  private let name: String
  /// What handles stand for.
  let programs = Lock<[TracedProgram: FusedProgram]>([:])

  init(_ inner: bp_plugin) {
    self.inner = inner
    name = inner.name.map { String(cString: $0) } ?? "unnamed plugin"
  }

  /// Runs a call that can fail, and writes it down with its status.
  func traced(
    _ function: String, _ device: Int32, _ arguments: @autoclosure () -> [(String, String)] = [], _ body: () -> Int32
  ) -> Int32 {
    guard let file = Trace.file else { return body() }
    let begin = TraceFile.now()
    let code = body()
    let end = TraceFile.now()
    let status = code == BP_OK ? "ok" : statusName(code)
    file.add(
      function, category: name, from: begin, to: end,
      arguments() + [("device", "\(device)"), ("status", jsonQuoted(status))])
    return code
  }

  func traced(_ function: String, _ device: Int32, _ handle: (String, UInt64), _ body: () -> Void) {
    _ = traced(function, device, [(handle.0, "\(handle.1)")]) {
      body()
      return BP_OK
    }
  }

  // MARK: Devices and memory

  func deviceInfo(_ device: Int32, _ out: UnsafeMutablePointer<bp_device_info>?, _ err: ErrorPointer) -> Int32 {
    traced("device_info", device) { inner.device_info(inner.context, device, out, err) }
  }

  func memoryInfo(_ device: Int32, _ out: UnsafeMutablePointer<bp_memory_info>?, _ err: ErrorPointer) -> Int32 {
    traced("memory_info", device) { inner.memory_info(inner.context, device, out, err) }
  }

  func alloc(
    _ device: Int32, _ kind: Int32, _ bytes: Int64, _ alignment: Int64, _ out: UnsafeMutablePointer<bp_buffer>?,
    _ err: ErrorPointer
  ) -> Int32 {
    traced("alloc", device, [("bytes", "\(bytes)"), ("buffer", "\(out?.pointee ?? 0)")]) {
      inner.alloc(inner.context, device, kind, bytes, alignment, out, err)
    }
  }

  func free(_ device: Int32, _ buffer: bp_buffer) {
    traced("free", device, ("buffer", buffer)) { inner.free(inner.context, device, buffer) }
  }

  func copyFromHost(
    _ device: Int32, _ stream: bp_stream, _ target: bp_buffer, _ offset: Int64, _ source: UnsafeRawPointer?,
    _ bytes: Int64, _ err: ErrorPointer
  ) -> Int32 {
    traced("copy_from_host", device, [("bytes", "\(bytes)"), ("buffer", "\(target)"), ("stream", "\(stream)")]) {
      inner.copy_from_host(inner.context, device, stream, target, offset, source, bytes, err)
    }
  }

  func copyToHost(
    _ device: Int32, _ stream: bp_stream, _ target: UnsafeMutableRawPointer?, _ source: bp_buffer, _ offset: Int64,
    _ bytes: Int64, _ err: ErrorPointer
  ) -> Int32 {
    traced("copy_to_host", device, [("bytes", "\(bytes)"), ("buffer", "\(source)"), ("stream", "\(stream)")]) {
      inner.copy_to_host(inner.context, device, stream, target, source, offset, bytes, err)
    }
  }

  func hostPointer(
    _ device: Int32, _ buffer: bp_buffer, _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ err: ErrorPointer
  ) -> Int32 {
    traced("host_pointer", device, [("buffer", "\(buffer)")]) {
      inner.host_pointer(inner.context, device, buffer, out, err)
    }
  }

  func wrapHost(
    _ device: Int32, _ memory: UnsafeMutableRawPointer?, _ bytes: Int64, _ out: UnsafeMutablePointer<bp_buffer>?,
    _ err: ErrorPointer
  ) -> Int32 {
    traced("wrap_host", device, [("bytes", "\(bytes)"), ("buffer", "\(out?.pointee ?? 0)")]) {
      inner.wrap_host(inner.context, device, memory, bytes, out, err)
    }
  }

  func peerCopy(_ peer: bp_peer_copy, _ range: PeerRange, _ err: ErrorPointer) -> Int32 {
    traced("peer_copy", range.target.device, [("bytes", "\(range.bytes)"), ("source", "\(range.source.device)")]) {
      range.copy(peer, inner.context, err)
    }
  }

  // MARK: Operators

  func queryOp(
    _ device: Int32, _ op: UnsafePointer<bp_op>?, _ out: UnsafeMutablePointer<bp_op_info>?, _ err: ErrorPointer
  ) -> Int32 {
    traced("query_op", device, TraceLayer.arguments(op) + [("supported", "\(out?.pointee.supported ?? 0)")]) {
      inner.query_op(inner.context, device, op, out, err)
    }
  }

  func execute(_ device: Int32, _ stream: bp_stream, _ op: UnsafePointer<bp_op>?, _ err: ErrorPointer) -> Int32 {
    let name = op.map { CallText.name($0.pointee.op) } ?? "execute"
    return traced(name, device, TraceLayer.arguments(op) + [("stream", "\(stream)")]) {
      inner.execute(inner.context, device, stream, op, err)
    }
  }

  private static func arguments(_ op: UnsafePointer<bp_op>?) -> [(String, String)] {
    guard let op = op?.pointee else { return [] }
    return [("operator", jsonQuoted(CallText.name(op.op)))]
      + operands((op.inputs, op.input_count), (op.outputs, op.output_count))
  }

  typealias Operands = (views: UnsafePointer<UnsafePointer<bp_tensor>?>?, count: Int32)

  static func operands(_ inputs: Operands, _ outputs: Operands) -> [(String, String)] {
    [
      ("inputs", list(CallText.operands(inputs.views, inputs.count))),
      ("outputs", list(CallText.operands(outputs.views, outputs.count))),
      ("bytes", "\(bytes(inputs.views, inputs.count) + bytes(outputs.views, outputs.count))"),
    ]
  }

  static func list(_ words: [String]) -> String { "[\(words.map(jsonQuoted).joined(separator: ","))]" }

  /// The bytes of all elements, those of a broadcast axis as often as they are seen.
  private static func bytes(_ views: UnsafePointer<UnsafePointer<bp_tensor>?>?, _ count: Int32) -> Int {
    guard let views else { return 0 }
    return (0..<max(Int(count), 0)).reduce(0) { sum, i in
      guard let view = views[i]?.pointee, view.flags & BP_TENSOR_IMMEDIATE == 0,
        (0...BP_MAX_RANK).contains(view.rank), view.rank == 0 || view.shape != nil
      else { return sum }
      return sum &+ view.extents.reduce(Int(bp_dtype_size(view.dtype)), &*)
    }
  }

  // MARK: Streams and events

  func streamCreate(_ device: Int32, _ out: UnsafeMutablePointer<bp_stream>?, _ err: ErrorPointer) -> Int32 {
    traced("stream_create", device, [("stream", "\(out?.pointee ?? 0)")]) {
      inner.stream_create(inner.context, device, out, err)
    }
  }

  func streamDestroy(_ device: Int32, _ stream: bp_stream) {
    traced("stream_destroy", device, ("stream", stream)) { inner.stream_destroy(inner.context, device, stream) }
  }

  func streamQuery(
    _ device: Int32, _ stream: bp_stream, _ done: UnsafeMutablePointer<Int32>?, _ err: ErrorPointer
  ) -> Int32 {
    traced("stream_query", device, [("stream", "\(stream)")]) {
      inner.stream_query(inner.context, device, stream, done, err)
    }
  }

  func streamSynchronize(_ device: Int32, _ stream: bp_stream, _ err: ErrorPointer) -> Int32 {
    traced("stream_synchronize", device, [("stream", "\(stream)")]) {
      inner.stream_synchronize(inner.context, device, stream, err)
    }
  }

  func streamWait(_ device: Int32, _ stream: bp_stream, _ event: bp_event, _ err: ErrorPointer) -> Int32 {
    traced("stream_wait", device, [("stream", "\(stream)"), ("event", "\(event)")]) {
      inner.stream_wait(inner.context, device, stream, event, err)
    }
  }

  func eventCreate(_ device: Int32, _ out: UnsafeMutablePointer<bp_event>?, _ err: ErrorPointer) -> Int32 {
    traced("event_create", device, [("event", "\(out?.pointee ?? 0)")]) {
      inner.event_create(inner.context, device, out, err)
    }
  }

  func eventDestroy(_ device: Int32, _ event: bp_event) {
    traced("event_destroy", device, ("event", event)) { inner.event_destroy(inner.context, device, event) }
  }

  func eventRecord(_ device: Int32, _ event: bp_event, _ stream: bp_stream, _ err: ErrorPointer) -> Int32 {
    traced("event_record", device, [("stream", "\(stream)"), ("event", "\(event)")]) {
      inner.event_record(inner.context, device, event, stream, err)
    }
  }

  func eventQuery(
    _ device: Int32, _ event: bp_event, _ done: UnsafeMutablePointer<Int32>?, _ err: ErrorPointer
  ) -> Int32 {
    traced("event_query", device, [("event", "\(event)")]) {
      inner.event_query(inner.context, device, event, done, err)
    }
  }

  func eventSynchronize(_ device: Int32, _ event: bp_event, _ err: ErrorPointer) -> Int32 {
    traced("event_synchronize", device, [("event", "\(event)")]) {
      inner.event_synchronize(inner.context, device, event, err)
    }
  }
}
