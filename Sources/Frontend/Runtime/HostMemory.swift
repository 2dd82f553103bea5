import Glibc

/// Memory of the host for arrays whose length comes from outside.
///
/// Swift ends the program where an array finds no memory. Who makes one as long as a caller says asks here first, after
/// the layouts that the length is for.
package enum HostMemory {
  /// Below this nobody asks: a program that lacks so little cannot go on anyway.
  private static let little = 1 << 20

  /// Throws where an array of so many elements cannot be made, with as much again for its growth.
  package static func require<Element>(
    _ count: Int, of type: Element.Type, in operation: @autoclosure () -> String
  ) throws(BackplaneError) {
    let (bytes, overflow) = Swift.max(count, 0).multipliedReportingOverflow(by: 2 * MemoryLayout<Element>.stride)
    if !overflow, bytes <= little { return }
    let physical = sysconf(Int32(_SC_PHYS_PAGES)).multipliedReportingOverflow(by: sysconf(Int32(_SC_PAGESIZE)))
    // What exceeds the machine is refused even where the system promises it. The compiler may leave out a `malloc` whose
    // memory nobody uses, and take it for granted; the system is asked.
    if !overflow, physical.overflow || bytes <= physical.partialValue,
      let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), memory != MAP_FAILED
    {
      munmap(memory, bytes)
      return
    }
    throw BackplaneError(
      .outOfMemory,
      "\(operation()): the host's memory does not hold \(count) elements of \(MemoryLayout<Element>.stride) bytes")
  }
}
