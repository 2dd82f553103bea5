import Backplane
import DLPackABI
import Synchronization
import TestSupport
import Testing

@Suite struct DLPackTests {
  /// Calls of `count`'s deleter.
  private static let deleted = Mutex(0)

  @Test(arguments: testDevices) func thereAndBackWithoutACopy(_ device: Device) throws {
    let x = Tensor([[1.0, 2, 3], [4, 5, 6]], device: device)
    let managed = try x.t().toDLPack()
    let source = managed.pointee.dl_tensor
    #expect(source.ndim == 2 && source.shape[0] == 3 && source.strides[0] == 1 && source.strides[1] == 3)
    let y = try Tensor(dlpack: managed, device: device)
    y.fill_(7)
    #expect(x.toArray(Int.self) == [7, 7, 7, 7, 7, 7])
    let address = try x.withUnsafeBytes { $0.baseAddress }
    #expect(address == UnsafeRawPointer(source.data))
  }

  @Test func versioned() throws {
    let x = Tensor([1, 2], device: "reference")
    let shared = try Tensor(dlpack: x.toVersionedDLPack(), device: "reference")
    let managed = try x.toVersionedDLPack()
    managed.pointee.flags |= UInt64(DLPACK_FLAG_READ_ONLY)
    let copied = try Tensor(dlpack: managed, device: "reference")
    x.fill_(3)
    #expect(shared.toArray(Int.self) == [3, 3] && copied.toArray(Int.self) == [1, 2])
  }

  @Test(arguments: DType.allCases) func types(_ dtype: DType) throws {
    let x = Tensor([1.0, 0], shape: [2], dtype: dtype, device: "reference")
    let y = try Tensor(dlpack: x.toDLPack(), device: "reference")
    #expect(y.dtype == dtype && y.toArray(Double.self) == x.toArray(Double.self))
  }

  @Test func gradients() {
    let x = Tensor([1.0], device: "reference", requiresGrad: true)
    #expect(
      errorMessage { _ = try x.toDLPack() } == "Can't export tensors that require gradient, use tensor.detach()")
  }

  /// The deleter is called once, with the last view.
  @Test func theDeleter() throws {
    let data = UnsafeMutablePointer<Float>.allocate(capacity: 4)
    data.initialize(repeating: 2, count: 4)
    let shape = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
    shape.pointee = 4
    defer {
      data.deallocate()
      shape.deallocate()
    }
    var managed = DLManagedTensor()
    managed.dl_tensor.data = UnsafeMutableRawPointer(data)
    managed.dl_tensor.device = DLDevice(device_type: DLPACK_DEVICE_CPU, device_id: 0)
    managed.dl_tensor.ndim = 1
    managed.dl_tensor.dtype = DLDataType(code: UInt8(DLPACK_CODE_FLOAT), bits: 32, lanes: 1)
    managed.dl_tensor.shape = shape
    managed.deleter = { _ in DLPackTests.deleted.withLock { $0 += 1 } }
    try withUnsafeMutablePointer(to: &managed) { managed in
      var x: Tensor? = try Tensor(dlpack: managed, device: "reference")
      var view: Tensor? = x!.select(0, 1)
      x = nil
      #expect(DLPackTests.deleted.withLock { $0 } == 0 && view!.item() == 2)
      view = nil
      #expect(DLPackTests.deleted.withLock { $0 } == 1)
      managed.pointee.dl_tensor.device.device_type = 2
      #expect(errorKind { _ = try Tensor(dlpack: managed, device: "reference") } == .device)
      managed.pointee.dl_tensor.device.device_type = 1
      managed.pointee.dl_tensor.dtype.lanes = 4
      #expect(errorKind { _ = try Tensor(dlpack: managed, device: "reference") } == .dtype)
    }
    #expect(DLPackTests.deleted.withLock { $0 } == 1)
  }
}
