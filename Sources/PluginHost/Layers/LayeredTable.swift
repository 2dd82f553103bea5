import BackendAPI

/// The table of a layer. Its context is an object of this class, which lives as long as the process, as plugins do.
final class LayeredTable {
  let layer: any TableLayer
  private let peerCopy: (inner: bp_peer_copy, wrapped: UnsafePointer<bp_peer_copy>)?
  let fusion: (inner: bp_fusion, wrapped: UnsafePointer<bp_fusion>)?

  private init(_ layer: any TableLayer) {
    self.layer = layer
    peerCopy = LayeredTable.peerCopy(of: layer.inner)
    fusion = LayeredTable.fusion(of: layer.inner)
  }

  /// A table that leads into a layer. It has the functions that the layer's plugin has, and no others.
  static func table(_ layer: any TableLayer) -> bp_plugin {
    let inner = layer.inner
    var table = inner
    table.context = Unmanaged.passRetained(LayeredTable(layer)).toOpaque()
    setRequiredFunctions(&table)
    if inner.host_pointer != nil {
      table.host_pointer = { findLayer($0).hostPointer($1, $2, $3, $4) }
    }
    if inner.wrap_host != nil {
      table.wrap_host = { findLayer($0).wrapHost($1, $2, $3, $4, $5) }
    }
    if inner.stream_create != nil { setStreamFunctions(&table) }
    if inner.get_extension != nil {
      table.get_extension = { LayeredTable.of($0).extensionTable($1) }
    }
    return table
  }

  static func of(_ context: UnsafeMutableRawPointer?) -> LayeredTable {
    Unmanaged<LayeredTable>.fromOpaque(context!).takeUnretainedValue()
  }

  private static func setRequiredFunctions(_ table: inout bp_plugin) {
    table.device_info = { findLayer($0).deviceInfo($1, $2, $3) }
    table.memory_info = { findLayer($0).memoryInfo($1, $2, $3) }
    table.alloc = { findLayer($0).alloc($1, $2, $3, $4, $5, $6) }
    table.free = { findLayer($0).free($1, $2) }
    table.copy_from_host = { findLayer($0).copyFromHost($1, $2, $3, $4, $5, $6, $7) }
    table.copy_to_host = { findLayer($0).copyToHost($1, $2, $3, $4, $5, $6, $7) }
    table.query_op = { findLayer($0).queryOp($1, $2, $3, $4) }
    table.execute = { findLayer($0).execute($1, $2, $3, $4) }
  }

  private static func setStreamFunctions(_ table: inout bp_plugin) {
    table.stream_create = { findLayer($0).streamCreate($1, $2, $3) }
    table.stream_destroy = { findLayer($0).streamDestroy($1, $2) }
    table.stream_query = { findLayer($0).streamQuery($1, $2, $3, $4) }
    table.stream_synchronize = { findLayer($0).streamSynchronize($1, $2, $3) }
    table.stream_wait = { findLayer($0).streamWait($1, $2, $3, $4) }
    table.event_create = { findLayer($0).eventCreate($1, $2, $3) }
    table.event_destroy = { findLayer($0).eventDestroy($1, $2) }
    table.event_record = { findLayer($0).eventRecord($1, $2, $3, $4) }
    table.event_query = { findLayer($0).eventQuery($1, $2, $3, $4) }
    table.event_synchronize = { findLayer($0).eventSynchronize($1, $2, $3) }
  }

  // MARK: Extensions

  /// An extension's functions take the plugin's context and buffers, which are not the layer's: one that is not
  /// wrapped here is hidden.
  private func extensionTable(_ name: UnsafePointer<CChar>?) -> UnsafeRawPointer? {
    guard let name else { return nil }
    switch String(cString: name) {
    case BP_EXTENSION_PEER_COPY: return peerCopy.map { UnsafeRawPointer($0.wrapped) }
    case BP_EXTENSION_FUSION: return fusion.map { UnsafeRawPointer($0.wrapped) }
    default: break
    }
    if let find = layer.inner.get_extension, find(layer.inner.context, name) != nil {
      Log.write(
        .info, "\(String(cString: layer.inner.name)): the extension \(String(cString: name)) is hidden by a layer")
    }
    return nil
  }

  private static func peerCopy(
    of inner: bp_plugin
  ) -> (inner: bp_peer_copy, wrapped: UnsafePointer<bp_peer_copy>)? {
    guard let found = inner.get_extension?(inner.context, BP_EXTENSION_PEER_COPY) else { return nil }
    let peer = found.assumingMemoryBound(to: bp_peer_copy.self)
    guard Int(peer.pointee.struct_size) >= MemoryLayout<bp_peer_copy>.size, peer.pointee.copy != nil else { return nil }
    // Never freed: tables live as long as the process [BP-1.4].
    let wrapped = UnsafeMutablePointer<bp_peer_copy>.allocate(capacity: 1)
    wrapped.initialize(to: bp_peer_copy())
    wrapped.pointee.struct_size = UInt32(MemoryLayout<bp_peer_copy>.size)
    wrapped.pointee.copy = {
      context, targetDevice, targetStream, target, targetOffset, device, stream, source, offset, bytes, err in
      let table = LayeredTable.of(context)
      let range = PeerRange(
        target: .init(device: targetDevice, stream: targetStream, buffer: target, offset: targetOffset),
        source: .init(device: device, stream: stream, buffer: source, offset: offset), bytes: bytes)
      return table.layer.peerCopy(table.peerCopy!.inner, range, err)
    }
    return (peer.pointee, UnsafePointer(wrapped))
  }
}

/// The layer behind a context.
private func findLayer(_ context: UnsafeMutableRawPointer?) -> any TableLayer { LayeredTable.of(context).layer }
