import Backplane
import Testing

@Suite(.serialized) struct MemoryTests {
  @Test(arguments: testDevices) func freedMemoryIsReused(_ device: Device) throws {
    var x = Tensor.zeros([1000], device: device)
    x = x + 1
    let before = try memoryStatistics(device)
    for _ in 0..<10_000 { x = x + 1 }
    let after = try memoryStatistics(device)
    #expect(x[0].item() == 10_001)
    // Other tests share the device, so that only what ten thousand leaks would cost is looked for.
    #expect(after.allocated - before.allocated < 10_000 * 4000 / 2)
    #expect(after.pluginAllocationCount - before.pluginAllocationCount < 5_000)
  }

  @Test(arguments: testDevices) func outOfMemoryIsAnErrorThatTheProgramSurvives(_ device: Device) throws {
    let message = errorMessage { _ = Tensor.empty([1 << 44], device: device) }
    #expect(message.contains("out of memory. Tried to allocate 64.00 TiB"))
    #expect(errorKind { _ = Tensor.empty([1 << 44], device: device) } == .outOfMemory)
    #expect(Tensor.ones([2], device: device).sum().item() == 2)
  }

  @Test(arguments: testDevices) func theSummaryNamesTheDevice(_ device: Device) throws {
    _ = Tensor.ones([10], device: device)
    let summary = try memorySummary(device)
    #expect(summary.contains("Memory of \(device)"))
    #expect(summary.contains("reserved"))
    try emptyCache(device)
  }
}
