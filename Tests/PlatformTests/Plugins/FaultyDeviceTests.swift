import Backplane
import Foundation
import TestSupport
import Testing

/// Plugins that open well and misbehave when they are used: the use throws an error that names the device, and the
/// file where the plugin broke the ABI; other devices go on.
@Suite struct FaultyDeviceTests {
  /// Faults that one addition and the copy of its result to the host meet.
  static let met: [Fault] = [
    Fault("DEVICE_INFO_FAILS", says: "device_info failed: the board does not answer"),
    Fault("ALIGNMENT", "VALUE=0", says: "device_info says alignment 0, which is no power of two"),
    Fault("ALIGNMENT", "VALUE=48", says: "device_info says alignment 48, which is no power of two"),
    Fault("ALIGNMENT", "VALUE=-16", says: "device_info says alignment -16, which is no power of two"),
    Fault("ALIGNMENT", "VALUE=INT64_MIN", says: "which is no power of two"),
    Fault("TOTAL_BYTES", "VALUE=-1", says: "device_info says -1 bytes of memory"),
    Fault("NO_HOST_POINTER", says: "it says that its memory is the host's, but has no host_pointer [BP-8.6]"),
    Fault("STREAM_CREATE_FAILS", "STREAMS", says: "stream_create failed: too many streams"),
    Fault("STREAM_CREATE_GIVES_NOTHING", "STREAMS", says: "stream_create returned no stream and no error [BP-9.1]"),
    Fault("ALLOC_GIVES_NOTHING", says: "alloc returned no buffer and no error [BP-8.2]"),
    Fault("ALLOC_GIVES_NOTHING", "STREAMS", says: "alloc returned no buffer and no error [BP-8.2]"),
    Fault("ALLOC_MISALIGNED", says: "which is not aligned to 16 bytes [BP-8.2]"),
    Fault("HOST_POINTER_FAILS", says: "out of sight"),
    Fault("HOST_POINTER_NULL", says: "host_pointer returned NULL and no error [BP-8.6]"),
    Fault("HOST_POINTER_MISALIGNED", says: "which is not aligned to 16 bytes [BP-8.2]"),
    Fault("SUPPORTED_IS_GARBAGE", says: "says supported 7, which is neither 0 nor 1"),
    Fault("WORKSPACE", "VALUE=-1", says: "wants a workspace of -1 bytes [BP-5.7]"),
  ]

  /// What may happen to a plugin that keeps the ABI, or whose breach the operator itself shows.
  static let failing: [Fault] = [
    Fault("QUERY_FAILS", says: "query of add on"),
    Fault("LACKS_A_CORE_OPERATOR", says: "add of (float32, float32) is not supported on"),
    Fault("REASON_UNTERMINATED", says: String(repeating: "x", count: 232)),
    Fault("WORKSPACE", "VALUE=INT64_MAX", says: "out of memory"),
    Fault("WORKSPACE", "VALUE=(1ll<<62)+1", says: "out of memory"),
    Fault("EXECUTE_FAILS", "CODE=BP_ERROR_UNSUPPORTED", says: "execute refuses what query_op claimed [BP-5.2]"),
    Fault("EXECUTE_FAILS", "CODE=BP_ERROR_INVALID_ARGUMENT", says: "add: it happened"),
    Fault("EXECUTE_FAILS", "CODE=BP_ERROR_INTERNAL", says: "it happened"),
    Fault("EXECUTE_FAILS", "CODE=99", says: "it happened (unknown status 99 [BP-2.1])"),
    Fault("EXECUTE_FAILS", "CODE=-5", says: "it happened (unknown status -5 [BP-2.1])"),
    Fault("EXECUTE_FAILS_WITHOUT_A_MESSAGE", "CODE=99", says: "unknown status 99, without a message [BP-2.2]"),
    Fault("EXECUTE_FAILS_WITHOUT_A_MESSAGE", "CODE=7", says: "internal error, without a message [BP-2.2]"),
    Fault("COPY_FAILS", "STREAMS", says: "copy to host on"),
  ]

  private func use(_ device: Device) -> String {
    var sum: [Double] = []
    let message = errorMessage {
      let a = Tensor([1.0, 2, 3], device: device)
      sum = (a + a).toArray(Double.self)
    }
    // An addition works, or it says why not.
    #expect(sum == [2, 4, 6] || message != "(no error)")
    return message
  }

  @Test(arguments: met) func aBreachIsAnErrorThatNamesTheFile(_ fault: Fault) throws {
    let plugin = try FaultyPlugin("device", fault.defines)
    try Plugin.load(plugin.file.path)
    for _ in 0..<2 {
      let message = use(plugin.device)
      #expect(message.contains(fault.message!))
      #expect(message.contains(plugin.file.path) && message.contains(plugin.name))
      HealthyDevices.expectToWork()
    }
  }

  @Test(arguments: failing) func aFailureIsAnErrorThatTheProgramSurvives(_ fault: Fault) throws {
    let plugin = try FaultyPlugin("device", fault.defines)
    try Plugin.load(plugin.file.path)
    for _ in 0..<2 {
      #expect(use(plugin.device).contains(fault.message!))
      HealthyDevices.expectToWork()
    }
    // A failure that is not for good leaves the device as it was.
    #expect(isAvailable(plugin.device))
  }

  @Test(arguments: [
    Fault("FREE_DOES_NOTHING", says: nil), Fault("UNKNOWN_FLAGS", says: nil), Fault("WORKSPACE", "VALUE=64", says: nil),
    Fault("DEVICE_NAME_UNTERMINATED", says: nil), Fault("ALLOC_FAILS_ON_CALL", says: nil),
    Fault("EXTENSION", "SIZE=0", "STREAMS", "DEVICES=2", says: nil),
    Fault("EXTENSION", "SIZE=8", "STREAMS", "DEVICES=2", says: nil),
  ])
  func whatCanBeBorneWorks(_ fault: Fault) throws {
    let plugin = try FaultyPlugin("device", fault.defines)
    let loaded = try Plugin.load(plugin.file.path)
    for size in [3, 300, 3000] {
      let a = Tensor.full([size], 2, device: plugin.device)
      #expect((a + a).toArray(Double.self) == Array(repeating: 4, count: size))
      if loaded.deviceCount > 1 {
        #expect(a.to(Device(type: plugin.name, index: 1)).toArray(Double.self) == Array(repeating: 2, count: size))
      }
    }
    try emptyCache(plugin.device)
    #expect(try memoryStatistics(plugin.device).reserved == 0)
    HealthyDevices.expectToWork()
  }

  @Test(arguments: [("-1", "0"), ("100", "200"), ("100", "-1")])
  func nonsenseAboutMemoryIsTold(_ total: String, _ free: String) throws {
    let plugin = try FaultyPlugin("device", ["FAULT_MEMORY_INFO", "TOTAL=\(total)", "FREE=\(free)"])
    try Plugin.load(plugin.file.path)
    #expect(use(plugin.device) == "(no error)")
    let expected = "\(plugin.file.path): \(plugin.name):0: memory_info says \(free) bytes free of \(total)"
    #expect(Device.all().failures.contains { $0.message == expected })
    HealthyDevices.expectToWork()
  }

  /// The plugin forgets its fault at once: that the device is lost is the host's to know.
  @Test(arguments: ["BP_ERROR_DEVICE_LOST", "BP_ERROR_INTERNAL"], [[], ["STREAMS"]])
  func aLostDeviceStaysLost(_ code: String, _ kind: [String]) throws {
    let plugin = try FaultyPlugin(
      "device", ["FAULT_EXECUTE_FAILS_FOR_GOOD", "CODE=\(code)", "DEVICES=2"] + kind)
    try Plugin.load(plugin.file.path)
    let survivor = Device(type: plugin.name, index: 1)
    let (a, b) = (Tensor([1.0, 2], device: plugin.device), Tensor([1.0, 2], device: survivor))
    #expect((a * a).toArray(Double.self) == [1, 4] && isAvailable(plugin.device))
    #expect(errorMessage { _ = a + a }.contains("an uncorrectable memory error"))

    let uses: [() throws -> Void] = [
      { _ = a * a }, { _ = a.toArray(Double.self) }, { _ = a.cpu() }, { _ = a.to(survivor) },
      { _ = b.to(plugin.device) }, { _ = Tensor([1.0], device: plugin.device) }, { try synchronize(plugin.device) },
    ]
    for use in uses {
      #expect(errorKind(use) == .deviceLost)
      #expect(errorMessage(use).contains("an uncorrectable memory error"))
    }
    #expect(!isAvailable(plugin.device) && isAvailable(survivor))
    #expect((b + b).toArray(Double.self) == [2, 4])
    HealthyDevices.expectToWork()
  }

  @Test func aStickyErrorOfAllocIsForGood() throws {
    let plugin = try FaultyPlugin("device", ["FAULT_ALLOC_FAILS_FOR_GOOD", "DEVICES=1"])
    try Plugin.load(plugin.file.path)
    #expect(errorKind { _ = Tensor([1.0], device: plugin.device) } == .internal)
    #expect(errorKind { _ = Tensor([1.0], device: plugin.device) } == .deviceLost)
    #expect(use(plugin.device).contains("the page table is damaged"))
    HealthyDevices.expectToWork()
  }

  /// With streams an operator's error comes later, and the first one counts.
  @Test func anAsynchronousErrorIsReportedAtSynchronize() throws {
    let plugin = try FaultyPlugin("device", ["FAULT_FAILS_LATER", "STREAMS"])
    try Plugin.load(plugin.file.path)
    let a = Tensor([1.0, 2], device: plugin.device)
    #expect(errorMessage { _ = a + a } == "(no error)")
    let message = errorMessage { try synchronize(plugin.device) }
    #expect(message.contains("operator 128: illegal address"))
    #expect(errorKind { _ = a * a } == .deviceLost)
    #expect(errorMessage { _ = a.toArray(Double.self) }.contains("operator 128: illegal address"))
    HealthyDevices.expectToWork()
  }
}
