import Glibc

/// Throws where so many bytes of work space cannot be had.
///
/// Swift's temporary memory ends the program where there is none. What takes more than a little of it asks first, while
/// an error can still be given.
func requireWorkSpace(_ bytes: Int, _ operation: String) throws(Failure) {
  if bytes <= 1 << 20 { return }
  guard let memory = malloc(bytes) else {
    throw .outOfMemory("\(operation): no room for \(bytes) bytes of work space")
  }
  free(memory)
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
