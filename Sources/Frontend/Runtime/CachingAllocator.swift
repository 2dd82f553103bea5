import BackendAPI

/// A piece of device memory.
struct Block {
  let buffer: bp_buffer
  /// Where the host can reach it, or nil.
  let hostPointer: UnsafeMutableRawPointer?
  /// The size as allocated: that of a size class, or exactly what was wrapped.
  let byteCount: Int
}

/// What a device's memory is used for, in bytes.
public struct MemoryStatistics: Sendable {
  /// Bytes held by tensors.
  public internal(set) var allocated = 0
  /// The greatest number of bytes that tensors have held at once.
  public internal(set) var peakAllocated = 0
  /// Bytes held by tensors and by the cache.
  public internal(set) var reserved = 0
  /// The greatest number of bytes that tensors and cache have held at once.
  public internal(set) var peakReserved = 0
  /// The number of requests for memory since the program began.
  public internal(set) var allocationCount = 0
  /// The number of requests that the plugin had to serve, since the cache could not.
  public internal(set) var pluginAllocationCount = 0
}

/// Keeps freed blocks for the next tensor of about that size, so that neither the plugin nor the
/// operating system's page faults are met twice.
///
/// Sizes are rounded up to eight classes per doubling: at most an eighth is wasted, and a free block
/// of the class is found at once. All work of a device is on one stream, so a block freed while
/// an operator still uses it may be handed out again: the next user comes later on the same stream.
final class CachingAllocator: @unchecked Sendable {
  // Sendable: the state is behind a lock; `context` is set once, before the allocator is shared.

  private struct State {
    var free: [[Block]] = Array(repeating: [], count: CachingAllocator.classCount)
    /// The blocks of each class that the plugin has given, used ones included: their lists have room for all of them, so
    /// that giving one back needs no memory.
    var blockCounts = [Int](repeating: 0, count: CachingAllocator.classCount)
    var blockCount = 0
    var statistics = MemoryStatistics()

    mutating func countBlock(ofClass index: Int) {
      blockCount += 1
      blockCounts[index] += 1
      if free[index].capacity < blockCounts[index] { free[index].reserveCapacity(2 * blockCounts[index]) }
    }

    /// Every block that no tensor uses.
    mutating func takeFree() -> [[Block]] {
      var lists = [[Block]](repeating: [], count: free.count)
      for i in free.indices where !free[i].isEmpty {
        swap(&lists[i], &free[i])
        blockCount -= lists[i].count
        blockCounts[i] -= lists[i].count
        free[i].reserveCapacity(blockCounts[i])
        for block in lists[i] { statistics.reserved -= block.byteCount }
      }
      return lists
    }
  }

  private static let classCount = 8 * 64
  /// The size of the largest element, to which its address is aligned [BP-4.4].
  static let alignment: Int64 = 16
  private let state = Lock(State())
  private unowned(unsafe) var context: DeviceContext!

  func attach(_ context: DeviceContext) { self.context = context }

  var statistics: MemoryStatistics { state.withLock { $0.statistics } }

  func resetPeaks() {
    state.withLock {
      $0.statistics.peakAllocated = $0.statistics.allocated
      $0.statistics.peakReserved = $0.statistics.reserved
    }
  }

  /// The class of a size, and the size of that class.
  @inline(__always)
  private static func sizeClass(_ byteCount: Int) -> (index: Int, byteCount: Int) {
    // Below 512 bytes, steps of 64; above, the three bits after the leading one.
    if byteCount <= 512 {
      let index = (max(byteCount, 1) + 63) >> 6
      return (index, index << 6)
    }
    let exponent = Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount
    let shift = exponent - 3
    let step = ((byteCount - 1) >> shift) + 1  // 9 … 16 eighths of 2^exponent
    return (((exponent - 8) << 3) + step, step << shift)
  }

  func allocate(_ byteCount: Int) throws(BackplaneError) -> Block {
    let (index, rounded) = CachingAllocator.sizeClass(byteCount)
    let cached: Block? = state.withLock { state in
      guard let block = state.free[index].popLast() else { return nil }
      state.statistics.count(allocated: block.byteCount)
      return block
    }
    if let cached { return cached }
    return try allocateFromPlugin(rounded, requested: byteCount)
  }

  @inline(never)
  private func allocateFromPlugin(
    _ byteCount: Int, requested: Int
  ) throws(BackplaneError) -> Block {
    try context.checkUsable("alloc")
    // The class of a size near the greatest is past the greatest.
    guard byteCount >= requested, requested >= 0 else {
      throw BackplaneError(.outOfMemory, outOfMemoryMessage(requested, "no memory is so large"))
    }
    var error = bp_error.empty
    var buffer: bp_buffer = 0
    var code = callAlloc(byteCount, &buffer, &error)
    if code == BP_ERROR_OUT_OF_MEMORY, !error.isFinal(code) {
      emptyCache()
      buffer = 0
      code = callAlloc(byteCount, &buffer, &error)
    }
    if code == BP_ERROR_OUT_OF_MEMORY, !error.isFinal(code) {
      throw BackplaneError(.outOfMemory, outOfMemoryMessage(requested, error.text(code)))
    }
    guard code == BP_OK else { throw context.failure(code, error, "alloc") }
    guard buffer != 0 else { throw context.defect("alloc returned no buffer and no error [BP-8.2]") }
    let pointer: UnsafeMutableRawPointer?
    do {
      pointer = try context.hostPointer(buffer)
    } catch {
      context.free(buffer)
      throw error
    }
    state.withLock { state in
      state.countBlock(ofClass: CachingAllocator.sizeClass(byteCount).index)
      state.statistics.pluginAllocationCount += 1
      state.statistics.reserved += byteCount
      state.statistics.peakReserved = max(state.statistics.peakReserved, state.statistics.reserved)
      state.statistics.count(allocated: byteCount)
    }
    return Block(buffer: buffer, hostPointer: pointer, byteCount: byteCount)
  }

  private func callAlloc(_ byteCount: Int, _ buffer: inout bp_buffer, _ error: inout bp_error) -> Int32 {
    let code = context.alloc(byteCount, &buffer, &error)
    let blockCount = state.withLock { $0.blockCount }
    guard code == BP_OK, buffer != 0,
      !HostReserve.isThere(after: context.hasHostMemory ? byteCount : 0, blocks: blockCount)
    else {
      return code
    }
    context.free(buffer)
    buffer = 0
    return bp_fail(&error, BP_ERROR_OUT_OF_MEMORY, HostReserve.shortage)
  }

  /// Takes a block back for the next tensor of its size.
  func release(_ block: Block) {
    let (index, _) = CachingAllocator.sizeClass(block.byteCount)
    state.withLock { state in
      state.statistics.allocated -= block.byteCount
      state.free[index].append(block)
    }
  }

  /// Gives cached memory back to the device.
  func emptyCache() {
    let lists = state.withLock { $0.takeFree() }
    guard lists.contains(where: { !$0.isEmpty }) else { return }
    // [BP-8.4]: nothing may be freed that unfinished work uses. An error of that work is not lost: the device
    // reports it again at the next call, or the caller's own synchronize does.
    try? context.synchronize()
    for list in lists {
      for block in list { context.free(block.buffer) }
    }
  }

  private func outOfMemoryMessage(_ requested: Int, _ reason: String) -> String {
    let statistics = statistics
    let memory = try? context.memoryInfo()
    return "\(context.device.type) out of memory. Tried to allocate \(formatBytes(requested)) (\(context.device); "
      + "\(formatBytes(Int(memory?.total_bytes ?? 0))) total capacity; "
      + "\(formatBytes(statistics.allocated)) already allocated; "
      + "\(formatBytes(Int(memory?.free_bytes ?? 0))) free; "
      + "\(formatBytes(statistics.reserved)) reserved in total by Backplane): \(reason)"
  }
}

extension MemoryStatistics {
  @inline(__always)
  fileprivate mutating func count(allocated byteCount: Int) {
    allocationCount += 1
    allocated += byteCount
    if allocated > peakAllocated { peakAllocated = allocated }
  }
}
