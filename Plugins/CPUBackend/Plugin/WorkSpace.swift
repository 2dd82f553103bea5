import Glibc

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
