import BackendAPI

/// A tensor's copy on another device, for the length of one call.
///
/// Elements that lie row by row go as they are. Others are gathered with the device's own copy; a device that cannot copy
/// elements of the type gives everything between the first and the last of them, and the view keeps its strides.
final class CarriedTensor {
  private enum Way {
    case whole
    case gathered(near: Tensor)
    case span(Range<Int>)
  }

  private let original: bp_tensor
  private let source: DeviceContext
  private let way: Way
  /// The bytes on the other device.
  private let far: Storage
  private let layout: Layout
  /// What the other device is handed: valid as long as this and the original.
  let view: bp_tensor

  init(
    _ view: bp_tensor, from source: DeviceContext, to target: DeviceContext, withContents: Bool
  ) throws(BackplaneError) {
    guard let dtype = DType(rawValue: view.dtype) else {
      throw BackplaneError(.internal, "an operand of unknown type \(view.dtype)")
    }
    original = view
    self.source = source
    layout = try .contiguous(view.extents)
    let byteCount = layout.count * dtype.byteCount
    if view.isContiguous {
      way = .whole
    } else if Dispatcher.supports(.copy, on: source, dtype, inputs: 1, outputs: 1) {
      way = .gathered(near: try Tensor(empty: layout, dtype, on: source))
    } else {
      way = .span(view.byteSpan)
    }
    if case .span(let span) = way {
      far = try Storage(span.count, on: target)
      var view = view
      view.buffer = far.memory.buffer
      view.byte_offset = Int64(-span.lowerBound)
      self.view = view
      // What lies between the elements is written back with them.
      try Transfer.fetch(
        source, original.buffer, offset: Int(original.byte_offset) + span.lowerBound, to: far, count: span.count)
      return
    }
    far = try Storage(byteCount, on: target)
    self.view = layout.descriptor(dtype, buffer: far.memory.buffer, byteOffset: 0)
    guard withContents else { return }
    if case .gathered(let near) = way {
      try Dispatcher.part(.copy, on: source, [view], [CarriedTensor.inMemory(near)])
      try Transfer.fetch(source, near.storage.memory.buffer, offset: 0, to: far, count: byteCount)
    } else {
      try Transfer.fetch(source, view.buffer, offset: Int(view.byte_offset), to: far, count: byteCount)
    }
  }

  private static func inMemory(_ near: Tensor) -> bp_tensor {
    near.layout.descriptor(near.dtype, buffer: near.storage.memory.buffer, byteOffset: 0)
  }

  /// Brings the elements home.
  func copyBack() throws(BackplaneError) {
    switch way {
    case .whole:
      try Transfer.send(far, to: source, buffer: original.buffer, offset: Int(original.byte_offset))
    case .gathered(let near):
      try Transfer.send(far, to: source, buffer: near.storage.memory.buffer, offset: 0)
      try Dispatcher.part(.copy, on: source, [CarriedTensor.inMemory(near)], [original])
    case .span(let span):
      try Transfer.send(
        far, to: source, buffer: original.buffer, offset: Int(original.byte_offset) + span.lowerBound)
    }
  }
}

extension Transfer {
  /// Bytes that go through the host at once.
  private static let pieceBytes = 4 << 20

  /// Fills a storage with bytes of another device's buffer.
  fileprivate static func fetch(
    _ source: DeviceContext, _ buffer: bp_buffer, offset: Int, to far: Storage, count: Int
  ) throws(BackplaneError) {
    guard count > 0 else { return }
    let target = far.context
    if let memory = far.memory.hostPointer {
      // Earlier work may still use the block.
      try target.synchronize()
      return try source.copyToHost(memory, from: buffer, offset: offset, count: count)
    }
    let isCopied = try target.copyFromPeer(
      source, buffer, offset: offset, to: far.memory.buffer, targetOffset: 0, count: count)
    if isCopied { return }
    try inPieces(count) { (memory, start, count) throws(BackplaneError) in
      try source.copyToHost(memory, from: buffer, offset: offset + start, count: count)
      try target.copyFromHost(memory, to: far.block, offset: start, count: count)
    }
  }

  /// Writes a storage's bytes to another device's buffer.
  fileprivate static func send(
    _ far: Storage, to target: DeviceContext, buffer: bp_buffer, offset: Int
  ) throws(BackplaneError) {
    guard far.byteCount > 0 else { return }
    let block = Block(buffer: buffer, hostPointer: nil, byteCount: 0)
    if let memory = far.memory.hostPointer {
      try far.context.synchronize()
      return try target.copyFromHost(memory, to: block, offset: offset, count: far.byteCount)
    }
    let isCopied = try target.copyFromPeer(
      far.context, far.memory.buffer, offset: 0, to: buffer, targetOffset: offset, count: far.byteCount)
    if isCopied { return }
    try inPieces(far.byteCount) { (memory, start, count) throws(BackplaneError) in
      try far.context.copyToHost(memory, from: far.memory.buffer, offset: start, count: count)
      try target.copyFromHost(memory, to: block, offset: offset + start, count: count)
    }
  }

  private static func inPieces(
    _ count: Int, _ body: (UnsafeMutableRawPointer, Int, Int) throws(BackplaneError) -> Void
  ) throws(BackplaneError) {
    let piece = min(count, pieceBytes)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: piece, alignment: 64)
    defer { memory.deallocate() }
    for start in stride(from: 0, to: count, by: piece) { try body(memory, start, min(piece, count - start)) }
  }
}
