import Glibc
import Synchronization

/// Throws where so many bytes of work space cannot be had.
///
/// Swift's temporary memory ends the program where there is none. What takes more than a little of it asks first, while
/// an error can still be given.
func requireWorkSpace(_ bytes: Int, _ operation: String) throws(Failure) {
  if bytes <= 1 << 20 { return }
  // Not malloc: a block that nothing uses is one that the optimizer does not ask for.
  guard let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), memory != MAP_FAILED
  else {
    throw .outOfMemory("\(operation): no room for \(bytes) bytes of work space")
  }
  munmap(memory, bytes)
}

/// The block that the call before used, or nothing: whoever takes it leaves nothing.
private let spareBlock = Atomic<UInt>(0)

/// A block's header, which keeps its size and the alignment.
private let headerBytes = 64
/// Blocks at least this large lie on huge pages.
private let hugePage = 2 << 20
/// Blocks larger than this are given back at once.
private let greatestSpare = 64 << 20

/// Calls `body` with so many bytes of work space at a multiple of 64, or throws where they cannot be had.
///
/// A large block stays for the next call: memory that comes from the system anew costs as much to fill with zeros, page by
/// page, as many an operator takes for what it does.
func withWorkSpace(_ bytes: Int, _ operation: String, _ body: (UnsafeMutableRawPointer) -> Void) throws(Failure) {
  if bytes <= 1 << 16 {
    return withUnsafeTemporaryAllocation(byteCount: max(1, bytes), alignment: 64) {
      body($0.baseAddress.unsafelyUnwrapped)
    }
  }
  var block = UnsafeMutableRawPointer(bitPattern: spareBlock.exchange(0, ordering: .acquiring))
  if let found = block, found.load(as: Int.self) < bytes {
    free(found)
    block = nil
  }
  if block == nil {
    let (wanted, overflow) = bytes.addingReportingOverflow(headerBytes + hugePage)
    let isHuge = bytes >= hugePage, size = isHuge ? wanted / hugePage * hugePage : bytes &+ headerBytes
    guard !overflow, posix_memalign(&block, isHuge ? hugePage : headerBytes, size) == 0, let new = block else {
      throw .outOfMemory("\(operation): no room for \(bytes) bytes of work space")
    }
    if isHuge { _ = madvise(new, size, MADV_HUGEPAGE) }
    new.storeBytes(of: size &- headerBytes, as: Int.self)
  }
  let memory = block.unsafelyUnwrapped
  body(memory + headerBytes)
  let isSpare = memory.load(as: Int.self) <= greatestSpare
  let previous =
    isSpare ? spareBlock.exchange(UInt(bitPattern: memory), ordering: .acquiringAndReleasing) : UInt(bitPattern: memory)
  free(UnsafeMutableRawPointer(bitPattern: previous))
}

/// The product of numbers, or the greatest there is: of how much work there is to do, which may be done nevertheless.
func amount(_ factors: Int...) -> Int {
  var result = 1
  for factor in factors {
    let (product, overflow) = result.multipliedReportingOverflow(by: factor)
    if overflow { return .max }
    result = product
  }
  return result
}
