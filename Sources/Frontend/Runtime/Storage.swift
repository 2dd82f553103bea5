import BackendAPI

/// The memory that a tensor and its views share.
final class Storage {
  unowned(unsafe) let context: DeviceContext
  let block: Block
  /// As asked for; the block may be larger.
  let byteCount: Int
  /// Counts in-place changes, so that the gradient of an operator notices that a value it saved is gone.
  var version: Int {
    @inline(__always) get { change >> 1 }
    @inline(__always) set { change = newValue << 1 | change & 1 }
  }
  /// An operator in place is computing what is to stand here: what a gradient needs of the present value it must copy.
  var isBeingChanged: Bool {
    get { change & 1 == 1 }
    set { change = newValue ? change | 1 : change & ~1 }
  }
  /// Both of these in one word, for every tensor that is made has one of these.
  private var change = 0
  /// What keeps wrapped memory alive; nil for memory of the allocator.
  private let owner: AnyObject?

  @inline(__always)
  init(_ byteCount: Int, on context: DeviceContext) throws(BackplaneError) {
    self.context = context
    owner = nil
    self.byteCount = byteCount
    block = try context.allocator.allocate(byteCount)
  }

  /// Shares memory that `owner` keeps alive and in place.
  init(
    wrapping memory: UnsafeMutableRawPointer, byteCount: Int, owner: AnyObject, on context: DeviceContext
  ) throws(BackplaneError) {
    let buffer = try context.wrapHost(memory, byteCount: byteCount)
    self.context = context
    self.owner = owner
    self.byteCount = byteCount
    block = Block(buffer: buffer, hostPointer: memory, byteCount: byteCount)
  }

  /// The memory of the invalid tensor: none.
  init(invalid context: DeviceContext) {
    self.context = context
    owner = context
    byteCount = 0
    block = Block(buffer: 0, hostPointer: nil, byteCount: 0)
  }

  deinit {
    if owner == nil {
      context.allocator.release(block)
    } else if !context.isInvalid {
      // [BP-8.4]: the memory's owner may take it away as soon as it is freed here. An error of the work is reported
      // again at the device's next call.
      try? context.synchronize()
      context.free(block.buffer)
    }
  }
}
