import BackendAPI
import PluginHost
import Synchronization

/// Elementwise operators of a device that wait to be executed together.
///
/// An operator on large tensors is not executed but noted in the device's pending region, and the storage of its result
/// has no memory yet. When somebody needs the elements, the region is put together as a program of the plugin's extension
/// `backplane.fusion/1`. What nobody holds any more by then is never stored: the storages' reference counts tell.
///
/// Large storages are tagged: descriptors carry the storage instead of a buffer, and the dispatcher, the one door, asks
/// here for the memory. All else stays as it is, small tensors above all.
final class Fusion: @unchecked Sendable {
  // Sendable: what changes is behind the lock; the rest is set once, before the object is shared.

  /// The bit that no address of a process has. A buffer that has it is tagged too.
  static let tag: UInt64 = 1 << 62

  /// How much of fusion a program asks for.
  enum Mode {
    case off
    /// Of tensors whose elements outweigh the bookkeeping.
    case on
    /// Of every tensor: for tests.
    case all
  }

  static let mode: Mode =
    switch Environment.fusion {
    case "0": .off
    case "all": .all
    default: .on
    }

  unowned(unsafe) let context: DeviceContext
  private let region = Lock(PendingRegion())
  /// Whether the region has steps: for those who need not lock to know that it has none.
  private let isWaiting = Atomic(false)
  private let programs: FusedPrograms
  /// Storages of at least so many bytes are tagged.
  let taggedBytes: Int
  /// Results of fewer elements are computed at once.
  private let leastCount: Int
  /// A result of more bytes is computed at once, so that what fits into no memory fails where it was asked for.
  private let greatestBytes: Int

  /// Nil where the plugin lacks the extension, or fusion is turned off.
  init?(_ context: DeviceContext, _ table: bp_fusion?) {
    guard let table, Fusion.mode != .off else { return nil }
    self.context = context
    programs = FusedPrograms(context, table)
    let isForAll = Fusion.mode == .all
    taggedBytes = isForAll ? 0 : 1 << 16
    leastCount = isForAll ? 0 : 1 << 16
    let total = (try? context.memoryInfo().total_bytes) ?? 0
    greatestBytes = total > 0 ? Int(clamping: total / 8) : 1 << 30
  }

  /// Whether a result of so many elements may wait.
  @inline(__always)
  func takes(_ count: Int, _ byteCount: Int) -> Bool {
    count >= leastCount && byteCount > 0 && byteCount <= greatestBytes
  }

  /// The storage behind a tagged buffer; alive as long as the operand.
  static func storage(_ buffer: bp_buffer) -> Storage? {
    guard buffer & tag != 0, let object = UnsafeRawPointer(bitPattern: UInt(buffer & ~tag)) else { return nil }
    return Unmanaged<Storage>.fromOpaque(object).takeUnretainedValue()
  }

  /// By operator: whether it may be a step of a program.
  private static let steps: [Bool] = {
    let ids = Operator.all.map(\.id).filter { OperatorFacts.isElementwise($0) }
    return (0...(ids.max() ?? 0)).map { ids.contains($0) }
  }()

  private static func mayBeStep(_ id: Int32) -> Bool { Int(id) < steps.count && steps[Int(id)] }

  // MARK: Calls

  /// Executes a call that has tagged operands, or notes it.
  @inline(never)
  func execute(_ op: Operator, _ call: bp_op) throws(BackplaneError) {
    if try note(op, call) { return }
    if try noteReduction(op, call) { return }
    try withBuffers(call) { (call) throws(BackplaneError) in try Dispatcher.execute(op, call, on: context) }
  }

  /// The call with buffers in place of tags, all elements that it reads in memory, and nothing pending that reads what
  /// it writes.
  func withBuffers(_ call: bp_op, _ body: (bp_op) throws(BackplaneError) -> Void) throws(BackplaneError) {
    let inputCount = Int(call.input_count), count = inputCount + Int(call.output_count)
    var failure: BackplaneError?
    withUnsafeTemporaryAllocation(of: bp_tensor.self, capacity: count) { views in
      withUnsafeTemporaryAllocation(of: UnsafePointer<bp_tensor>?.self, capacity: count) { pointers in
        let v = views.baseAddress!, p = pointers.baseAddress!
        do throws(BackplaneError) {
          for i in 0..<count {
            let isInput = i < inputCount
            (v + i).initialize(to: (isInput ? call.inputs[i] : call.outputs[i &- inputCount])!.pointee)
            (p + i).initialize(to: UnsafePointer(v + i))
            guard let storage = Fusion.storage(v[i].buffer) else { continue }
            try isInput ? complete(storage) : settle(storage)
            v[i].buffer = storage.memory.buffer
          }
          var call = call
          call.inputs = UnsafePointer(p)
          call.outputs = UnsafePointer(p + inputCount)
          try body(call)
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
  }

  /// Notes a call in the pending region; false where it is none to be noted.
  private func note(_ op: Operator, _ call: bp_op) throws(BackplaneError) -> Bool {
    guard call.output_count == 1, call.params == nil, Fusion.mayBeStep(op.id),
      let result = Fusion.storage(call.outputs[0]!.pointee.buffer),
      result.mayWait, let shape = FusedShape(call.outputs[0]!.pointee, filling: result.byteCount),
      takes(shape.count, result.byteCount), try isPlain(op, call)
    else { return false }
    let dtype = DType(rawValue: call.outputs[0]!.pointee.dtype) ?? .float32
    var inputs: [FusedInput] = []
    for i in 0..<Int(call.input_count) {
      guard let input = try FusedInput(call.inputs[i]!.pointee, on: context),
        input.storage !== result || (input.isWhole && input.dtype == dtype)
      else { return false }
      inputs.append(input)
    }
    // What the region lets go of is released after the lock: the end of a storage takes it too.
    var released = PendingRegion()
    let isNoted = region.withLock { region in
      if !region.hasRoom(for: inputs, shape) || region.readsPart(of: result, dtype) {
        released = region
        run(&region)
      }
      // A result that another thread has taken meanwhile.
      guard result.mayWait, let operands = region.operands(inputs) ?? retry(inputs, &region, &released) else {
        return false
      }
      region.append(op, operands, dtype, shape, .passUnretained(result))
      result.state.store(.pending, ordering: .releasing)
      isWaiting.store(true, ordering: .releasing)
      return true
    }
    withExtendedLifetime(released) {}
    return isNoted
  }

  /// Notes a reduction of a result that waits, as the region's end; false where it is none.
  private func noteReduction(_ op: Operator, _ call: bp_op) throws(BackplaneError) -> Bool {
    guard [BP_OP_SUM, BP_OP_MEAN, BP_OP_MAX, BP_OP_MIN].contains(op.id), call.params == nil,
      let value = Fusion.storage(call.inputs[0]!.pointee.buffer), value.isPending,
      let result = Fusion.storage(call.outputs[0]!.pointee.buffer), result.state.load(ordering: .acquiring) == .empty,
      let shape = FusedShape(call.inputs[0]!.pointee, filling: value.byteCount),
      let reduced = FusedShape(call.outputs[0]!.pointee, filling: result.byteCount),
      let valueType = DType(rawValue: call.inputs[0]!.pointee.dtype),
      let dtype = DType(rawValue: call.outputs[0]!.pointee.dtype),
      try isPlain(op, call, wanted: BP_OP_INFO_DETERMINISTIC)
    else { return false }
    return region.withLock { region in
      // A view of the same elements may have another shape.
      guard region.shape == shape,
        region.append(reduction: op, of: value, valueType, to: dtype, reduced.extents, result)
      else { return false }
      result.state.store(.pending, ordering: .releasing)
      return true
    }
  }

  /// The operands in an emptied region: pending ones that are seen through other layouts are stored first.
  private func retry(
    _ inputs: [FusedInput], _ region: inout PendingRegion, _ released: inout PendingRegion
  ) -> [Int32]? {
    guard !region.isEmpty else { return nil }
    released = region
    run(&region)
    return region.operands(inputs)
  }

  /// Whether a plugin wants nothing but the call itself, which may stand in a program then.
  private func isPlain(
    _ op: Operator, _ call: bp_op, wanted: UInt32 = BP_OP_INFO_DETERMINISTIC | BP_OP_INFO_IN_PLACE
  ) throws(BackplaneError) -> Bool {
    let key = CapabilityCache.key(call)
    var answer = context.capabilities.answer(key)
    if answer == nil {
      // The plugin is asked about views that have no memory yet.
      let views = (0..<Int(call.input_count)).map { call.inputs[$0]!.pointee } + [call.outputs[0]!.pointee]
      let bare = views.map { view in
        var view = view
        if view.buffer & Fusion.tag != 0 { (view.buffer, view.byte_offset) = (0, 0) }
        return view
      }
      answer = try Dispatcher.withCall(op, Array(bare.dropLast()), [bare.last!], nil) {
        (call) throws(BackplaneError) in try Dispatcher.capability(op, call, on: context)
      }
    }
    let wanted = 0x100 | UInt64(wanted)
    let unwanted = UInt64(BP_OP_INFO_CONTIGUOUS | BP_OP_INFO_WORKSPACE)
    return answer!.bits & (wanted | unwanted) == wanted
  }

  // MARK: Storages

  /// Waits for nothing, but has a storage's elements computed by the device, in its memory.
  func complete(_ storage: Storage) throws(BackplaneError) {
    switch storage.state.load(ordering: .acquiring) {
    case .ready, .shared: return
    case .pending: flush()
    case .empty:
      let block = try context.allocator.allocate(storage.byteCount)
      storage.receive(block)
      storage.state.store(.ready, ordering: .releasing)
      return
    case .failed: break
    }
    if storage.state.load(ordering: .acquiring) == .failed { throw failure(of: storage) }
  }

  /// As `complete`, where the elements are going to be changed: what is pending and reads them comes first.
  func settle(_ storage: Storage) throws(BackplaneError) {
    try complete(storage)
    // What one thread has noted before, it finds noted.
    guard isWaiting.load(ordering: .acquiring) else { return }
    var released = PendingRegion()
    region.withLock { region in
      guard region.reads(storage) else { return }
      released = region
      run(&region)
    }
    withExtendedLifetime(released) {}
  }

  /// Gives all that is pending to the device. What goes wrong in it is returned, and told again to whoever asks for the
  /// elements.
  @discardableResult
  func flush() -> BackplaneError? {
    var released = PendingRegion()
    let failure = region.withLock { region in
      released = region
      return run(&region)
    }
    withExtendedLifetime(released) {}
    return failure
  }

  /// Whether a storage that nobody holds any more has memory to give back.
  func hasMemoryAtEnd(_ storage: Storage) -> Bool {
    switch storage.state.load(ordering: .acquiring) {
    case .ready, .shared: return true
    case .empty: return false
    // One that has been changed in place has had memory before.
    case .pending, .failed: break
    }
    var released = PendingRegion()
    region.withLock { region in
      region.failures[ObjectIdentifier(storage)] = nil
      if storage.state.load(ordering: .acquiring) == .pending, region.forget(storage) {
        // Nobody waits for anything any more.
        released = region
        region.clear()
        isWaiting.store(false, ordering: .releasing)
      }
    }
    withExtendedLifetime(released) {}
    return storage.hasMemory
  }

  private func failure(of storage: Storage) -> BackplaneError {
    region.withLock { $0.failures[ObjectIdentifier(storage)] }
      ?? BackplaneError(.internal, "the operator that was to compute the tensor has failed")
  }

  // MARK: Running

  /// Executes the region, and empties it. A failure is that of the storages that now have no elements: whoever asks for
  /// them is told.
  @discardableResult
  private func run(_ region: inout PendingRegion) -> BackplaneError? {
    defer {
      region.clear()
      isWaiting.store(false, ordering: .releasing)
    }
    guard let program = FusedProgram(region) else { return nil }
    do throws(BackplaneError) {
      try programs.run(program)
      return nil
    } catch {
      for target in program.targets {
        region.failures[ObjectIdentifier(target)] = error
        target.state.store(.failed, ordering: .releasing)
      }
      return error
    }
  }
}
