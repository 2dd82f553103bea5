import Backplane
import Foundation
import TestSupport
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

  /// Also with tensors so small that it is as likely their objects for which there is no memory.
  @Test(arguments: [1, 100, 10_000]) func smallTensorsRunOutOfMemoryToo(_ count: Int) async throws {
    setenv("BACKPLANE_TEST_COUNT", "\(count)", 1)
    await #expect(processExitsWith: .success) {
      let count = Int(ProcessInfo.processInfo.environment["BACKPLANE_TEST_COUNT"] ?? "") ?? 1
      _ = Tensor.ones([1])
      // What the process has by now, and 300 MB.
      let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").first
      let bytes = (pages.flatMap { UInt($0) } ?? 0) * 4096 + 300_000_000
      var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
      setrlimit(__rlimit_resource_t(9), &limit)  // RLIMIT_AS
      var tensors: [Tensor] = []
      let message = errorMessage {
        while true { tensors.append(try withErrors { Tensor.ones([count]) }) }
      }
      #expect(message.hasPrefix("cpu out of memory. Tried to allocate"), "\(message)")
      tensors = []
      #expect(Tensor.ones([1000, 1000]).sum().item() == 1_000_000)
    }
  }

  @Test(arguments: testDevices) func theSummaryNamesTheDevice(_ device: Device) throws {
    _ = Tensor.ones([10], device: device)
    let summary = try memorySummary(device)
    #expect(summary.contains("Memory of \(device)"))
    #expect(summary.contains("reserved"))
    try emptyCache(device)
  }

  @Test(arguments: testDevices) func viewsTakeNoMemory(_ device: Device) throws {
    // 256 MiB: other tests that use the device meanwhile hold far less.
    let x = Tensor.zeros([1 << 26], dtype: .float32, device: device)
    let before = try memoryStatistics(device)
    let views = [
      x.view(1 << 13, -1), x.view(1 << 13, -1).t(), x[1...], x[.stride(by: 2)], x.unsqueeze(0), x.expand(4, 1 << 26),
      x.detach(),
    ]
    let after = try memoryStatistics(device)
    for view in views { #expect(view.sharesStorage(with: x)) }
    #expect(after.allocated - before.allocated < 1 << 26)
  }

  /// A device that no other test uses, so that its memory can be counted to the byte.
  private static let solitary: Device = {
    let file = try! CompiledPlugin.makeFolder().appendingPathComponent("libbackplane-solitary.so")
    try! CompiledPlugin.compile("toy.c", ["TOY_NAME=\"solitary\""], to: file)
    try! Plugin.load(file.path)
    return "solitary"
  }()

  @Test func aMillionOperationsLeaveNothingBehind() throws {
    let device = MemoryTests.solitary
    let one = Tensor([1.0, 1, 1, 1], device: device)
    var x = Tensor([0.0, 1, 2, 3], device: device)
    let before = try memoryStatistics(device)
    for _ in 0..<1_000_000 { x = x + one }
    let after = try memoryStatistics(device)
    #expect(x.toArray(Double.self) == [1_000_000, 1_000_001, 1_000_002, 1_000_003])
    #expect(after.allocated == before.allocated)
    #expect(after.pluginAllocationCount - before.pluginAllocationCount <= 1)
    #expect(after.allocationCount - before.allocationCount >= 1_000_000)
  }

  @Test func graphsLeaveNothingBehind() throws {
    let device = MemoryTests.solitary
    let x = Tensor([1.0, 2, 3, 4], device: device, requiresGrad: true)
    let seed = Tensor([1.0, 1, 1, 1], device: device)
    let before = try memoryStatistics(device).allocated
    for _ in 0..<20_000 {
      let y = x * x
      (y * y + x).backward(gradient: seed)
      x.grad = nil
    }
    // A graph that is never walked leaves nothing either.
    for _ in 0..<10_000 { _ = x * x + x }
    #expect(try memoryStatistics(device).allocated == before)
  }
}
