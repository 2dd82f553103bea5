import BackendAPI

/// The buffers of one device. A handle is the address of the first byte; page-locked host memory carries a mark in the
/// top bit, which no address has.
struct Allocations {
  static let hostMark: UInt64 = 1 << 63
  /// What the driver's own allocator gives.
  static let alignment = 256

  private struct Allocation {
    /// Where the driver's block begins.
    let base: UInt64
    let bytes: Int
  }

  private var blocks: [UInt64: Allocation] = [:]

  mutating func add(_ base: UInt64, room: Int, bytes: Int, alignment: Int) -> bp_buffer {
    let mask = UInt64(max(alignment, 1)) - 1
    let address = (base + mask) & ~mask
    blocks[address] = Allocation(base: base, bytes: bytes)
    return address
  }

  mutating func addHost(_ pointer: UnsafeMutableRawPointer, bytes: Int) -> bp_buffer {
    let base = UInt64(UInt(bitPattern: pointer))
    blocks[base | Allocations.hostMark] = Allocation(base: base, bytes: bytes)
    return base | Allocations.hostMark
  }

  mutating func remove(_ buffer: bp_buffer) -> (base: UInt64, isHost: Bool)? {
    blocks.removeValue(forKey: buffer).map { ($0.base, buffer & Allocations.hostMark != 0) }
  }

  func size(of buffer: bp_buffer) -> Int? { blocks[buffer]?.bytes }

  func isHost(_ address: UInt64, _ bytes: Int) -> Bool {
    blocks.contains { buffer, block in
      buffer & Allocations.hostMark != 0 && address >= block.base
        && address + UInt64(bytes) <= block.base + UInt64(block.bytes)
    }
  }
}
