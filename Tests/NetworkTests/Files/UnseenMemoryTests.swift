import Backplane
import DLPackABI
import Foundation
import TestSupport
import Testing

/// Files and a device whose memory the host does not see: what passes between them does so piece by piece.
@Suite struct UnseenMemoryTests {
  private static let folder = try! CompiledPlugin.makeFolder()
  private static let device: Device = {
    let file = folder.appendingPathComponent("libbackplane-unseen.so")
    try! CompiledPlugin.compile("toy.c", ["TOY_NAME=\"unseen\"", "TOY_MEMORY=(64 << 20)"], to: file)
    try! Plugin.load(file.path)
    return "unseen"
  }()

  /// More than a piece, and not a whole number of them.
  private static let count = 700_001

  @Test func everyFormat() throws {
    let folder = try TemporaryFolder()
    let device = UnseenMemoryTests.device
    let numbers = (0..<UnseenMemoryTests.count).map { Float($0) }
    let x = Tensor(numbers, shape: [UnseenMemoryTests.count], device: device)
    let flags = Tensor(numbers.map { Int($0) % 3 }, shape: [UnseenMemoryTests.count], dtype: .bool, device: device)
    try save(["x": x, "flags": flags], to: folder.path("t"))
    try saveNPY(x, to: folder.path("t.npy"))
    try saveNPZ(["x": x, "flags": flags], to: folder.path("t.npz"), compressed: true)
    let loaded = [try load(folder.path("t"), device: device), try loadNPZ(folder.path("t.npz"), device: device)]
    for tensors in loaded {
      #expect(tensors["x"]!.device == "unseen:0" && tensors["x"]!.toArray(Float.self) == numbers)
      #expect(tensors["flags"]!.toArray(Bool.self) == numbers.map { Int($0) % 3 != 0 })
    }
    #expect(try loadNPY(folder.path("t.npy"), device: device).toArray(Float.self) == numbers)
  }

  @Test func betweenDevices() throws {
    let file = UnseenMemoryTests.folder.appendingPathComponent("libbackplane-hidden.so")
    try CompiledPlugin.compile("toy.c", ["TOY_NAME=\"hidden\"", "TOY_MEMORY=(64 << 20)"], to: file)
    try Plugin.load(file.path)
    // More than goes through the host at once.
    let numbers = (0..<5_000_003).map { Int32($0) }
    let x = Tensor(numbers, shape: [numbers.count], device: UnseenMemoryTests.device)
    #expect(x.to("hidden").toArray(Int32.self) == numbers)
  }

  /// Elements in another order, and more of them than there is memory.
  @Test func fromAnotherLibrary() throws {
    var data: [Float] = [1, 2, 3, 4, 5, 6]
    var extents: [Int64] = [2, 3, 1, 2]
    try data.withUnsafeMutableBytes { data in
      try extents.withUnsafeMutableBufferPointer { extents in
        var managed = DLManagedTensor()
        managed.dl_tensor.data = data.baseAddress
        managed.dl_tensor.device = DLDevice(device_type: DLPACK_DEVICE_CPU, device_id: 0)
        managed.dl_tensor.ndim = 2
        managed.dl_tensor.dtype = DLDataType(code: UInt8(DLPACK_CODE_FLOAT), bits: 32, lanes: 1)
        managed.dl_tensor.shape = extents.baseAddress
        managed.dl_tensor.strides = extents.baseAddress! + 2
        let x = try Tensor(dlpack: &managed, device: UnseenMemoryTests.device)
        #expect(x.toArray(Int.self) == [1, 3, 5, 2, 4, 6])
        extents[0] = 1 << 50
        extents[2] = 0
        let kind = errorKind { _ = try Tensor(dlpack: &managed, device: UnseenMemoryTests.device) }
        #expect(kind == .outOfMemory)
      }
    }
  }
}
