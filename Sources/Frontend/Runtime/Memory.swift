/// Memory of a device in bytes: held by tensors, by tensors and the cache, and their peaks.
public func memoryStatistics(_ device: Device) throws -> MemoryStatistics {
  try DeviceContext.of(device).allocator.statistics
}

/// A table of ``memoryStatistics(_:)`` for people, with the operators that ran elsewhere.
public func memorySummary(_ device: Device) throws -> String {
  let context = try DeviceContext.of(device)
  let statistics = context.allocator.statistics
  func row(_ name: String, _ current: String, _ peak: String) -> String {
    "  \(name.padded(to: 12)) \(current.padded(to: 14, alignRight: true)) \(peak.padded(to: 14, alignRight: true))"
  }
  var lines = [
    "Memory of \(context.device)",
    row("", "current", "peak"),
    row("allocated", formatBytes(statistics.allocated), formatBytes(statistics.peakAllocated)),
    row("reserved", formatBytes(statistics.reserved), formatBytes(statistics.peakReserved)),
    "  \(statistics.allocationCount) allocations, \(statistics.pluginAllocationCount) served by the plugin",
  ]
  let prefix = "\(context.device) "
  for (operation, count) in Fallback.counts.sorted(by: { $0.key < $1.key }) where operation.hasPrefix(prefix) {
    lines.append("  fallback: \(operation.dropFirst(prefix.count)), \(count) times")
  }
  return lines.joined(separator: "\n")
}

/// Gives memory that no tensor uses back to the device.
public func emptyCache(_ device: Device) throws {
  try DeviceContext.of(device).allocator.emptyCache()
}

/// Waits until a device has done all that it was given, and throws what went wrong in it.
///
/// Programs need it to measure times; whatever reads elements waits by itself. Large results of elementwise operators are
/// computed at the latest here, as long as somebody holds them: one that is dropped before is never computed.
///
/// ```swift
/// let y = (x * 2).exp()
/// try synchronize("cpu")  // y has its elements now
/// ```
///
/// - Throws: ``BackplaneError``: what went wrong in the work, such as memory that could not be had.
public func synchronize(_ device: Device) throws {
  let context = try DeviceContext.of(device)
  let failure = context.fusion?.flush()
  try context.synchronize()
  if let failure { throw failure }
}
