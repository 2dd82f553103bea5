import Glibc
import Synchronization

/// Memory of the host that is kept back, so that a program can go on from having run out of it.
///
/// Every tensor is some small objects as well, and Swift ends the process where there is no memory for one. So devices
/// are asked for no more memory while the host still has enough for the error, and for what the program does about it.
enum HostReserve {
  private static let byteCount = 64 << 20
  /// Asking the system at every small tensor would cost more than the tensor.
  private static let checkedBytes = 1 << 20
  /// What the objects of a tensor take up, roughly.
  private static let objectBytes = 1024
  private static let unchecked = Atomic<Int>(0)

  /// What lists of blocks, and a program's of its tensors, take up for each when they grow.
  private static let listBytes = 64

  static let shortage = "what the host has left is kept back for the program to go on with"

  /// Whether the reserve is there, now that memory was given out.
  ///
  /// - Parameters:
  ///   - byteCount: As much of it as is the host's.
  ///   - blocks: How many pieces of memory have been given out in all.
  static func isThere(after byteCount: Int, blocks: Int) -> Bool {
    guard unchecked.add(byteCount + objectBytes, ordering: .relaxed).newValue >= checkedBytes else { return true }
    let reserve = HostReserve.byteCount + blocks * listBytes
    guard canMap(reserve) || canAllocate(reserve) else { return false }
    unchecked.store(0, ordering: .relaxed)
    return true
  }

  /// Not by malloc, which would from then on take blocks of such a size from the heap.
  private static func canMap(_ byteCount: Int) -> Bool {
    let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { return false }
    munmap(memory, byteCount)
    return true
  }

  /// What was freed may be kept by malloc, in pieces, and be all that there is.
  private static func canAllocate(_ byteCount: Int) -> Bool {
    var pieces: UnsafeMutableRawPointer?
    var missing = byteCount
    // Each holds the address of the one before it: a list of them would need memory.
    while missing > 0, let piece = malloc(pieceBytes) {
      piece.storeBytes(of: pieces, as: UnsafeMutableRawPointer?.self)
      pieces = piece
      missing -= pieceBytes
    }
    while let piece = pieces {
      pieces = piece.load(as: UnsafeMutableRawPointer?.self)
      free(piece)
    }
    return missing <= 0
  }

  private static let pieceBytes = 8 << 20
}
