import BackendAPI
import Synchronization

/// The memory that a tensor and its views share.
final class Storage {
  unowned(unsafe) let context: DeviceContext
  /// The memory, where it is there: that of a storage whose elements are still to be computed comes with them. Whoever
  /// looks at the elements asks for ``block``.
  @exclusivity(unchecked) private(set) var memory: Block
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
  /// Whether operands are told apart by this object, not by their buffer: the dispatcher asks here for the memory.
  let isTagged: Bool
  /// Whether the elements are there; the device's ``Fusion`` changes it.
  let state: Atomic<State>

  enum State: UInt8, AtomicRepresentable {
    /// In memory, or to be written there by whoever has asked for the storage.
    case ready
    /// As `ready`, and others may write there at any time.
    case shared
    /// Without memory, until somebody writes.
    case empty
    /// The result of an operator that has not been executed.
    case pending
    /// The operator has failed.
    case failed
  }

  @inline(__always)
  init(_ byteCount: Int, on context: DeviceContext) throws(BackplaneError) {
    self.context = context
    owner = nil
    self.byteCount = byteCount
    memory = try context.allocator.allocate(byteCount)
    isTagged = byteCount >= context.taggedBytes || memory.buffer & context.tagMask != 0
    state = Atomic(.ready)
  }

  /// Has no memory before the first operator writes there.
  init(later byteCount: Int, on context: DeviceContext) {
    self.context = context
    owner = nil
    self.byteCount = byteCount
    memory = Block(buffer: 0, hostPointer: nil, byteCount: 0)
    isTagged = true
    state = Atomic(.empty)
  }

  /// Shares memory that `owner` keeps alive and in place.
  init(
    wrapping memory: UnsafeMutableRawPointer, byteCount: Int, owner: AnyObject, on context: DeviceContext
  ) throws(BackplaneError) {
    let buffer = try context.wrapHost(memory, byteCount: byteCount)
    self.context = context
    self.owner = owner
    self.byteCount = byteCount
    self.memory = Block(buffer: buffer, hostPointer: memory, byteCount: byteCount)
    isTagged = byteCount >= context.taggedBytes || buffer & context.tagMask != 0
    state = Atomic(.shared)
  }

  /// The memory of the invalid tensor: none.
  init(invalid context: DeviceContext) {
    self.context = context
    owner = context
    byteCount = 0
    memory = Block(buffer: 0, hostPointer: nil, byteCount: 0)
    isTagged = false
    state = Atomic(.ready)
  }

  deinit {
    if isTagged, !context.fusion!.hasMemoryAtEnd(self) { return }
    if owner == nil {
      context.allocator.release(memory)
    } else if !context.isInvalid {
      // [BP-8.4]: the memory's owner may take it away as soon as it is freed here. An error of the work is reported
      // again at the device's next call.
      try? context.synchronize()
      context.free(memory.buffer)
    }
  }

  /// The memory with its elements, for the host to look at and to change.
  var block: Block {
    @inline(__always) get throws(BackplaneError) {
      if isTagged { try context.fusion!.settle(self) }
      return memory
    }
  }

  /// What stands for the memory in descriptors: the buffer, or where the dispatcher asks for it.
  @inline(__always)
  var handle: bp_buffer {
    isTagged ? UInt64(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque())) | Fusion.tag : memory.buffer
  }

  /// Others than the device's operators will write to the memory, at times that nobody tells of.
  func share() {
    if state.load(ordering: .acquiring) == .ready { state.store(.shared, ordering: .releasing) }
  }

  /// Whether there is a block, whatever it holds by now.
  var hasMemory: Bool { memory.byteCount > 0 }

  /// Whether its elements are still to be computed.
  @inline(__always)
  var isPending: Bool { isTagged && state.load(ordering: .acquiring) == .pending }

  /// Whether an operator that writes all of it need not be executed at once.
  var mayWait: Bool {
    switch state.load(ordering: .acquiring) {
    case .ready, .empty, .pending: true
    case .shared, .failed: false
    }
  }

  /// For the device's fusion, which changes storages under its lock.
  func receive(_ block: Block) { memory = block }
}
